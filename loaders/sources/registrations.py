"""Tax registration tables (税务登记信息) and the register of changes (变更登记), under code or Chinese column names.

Snapshots carry the day of the extract (数据日期, TQRQ), which becomes `as_at`; the pipeline differences them. Code
tables are the tax administration's as commonly published; each source system may need further entries.
"""

from __future__ import annotations

from types import MappingProxyType

from loaders.sources.layouts import Layout, TabularSource

# 纳税人状态代码 (NSRZT_DM) and its words.
STATUSES = MappingProxyType(
    {
        **dict.fromkeys(("03", "正常", "正常户", "开业"), "normal"),
        **dict.fromkeys(("04", "停业", "停业户", "报验", "清算", "06"), "suspended"),
        **dict.fromkeys(("05", "非正常", "非正常户"), "abnormal"),
        **dict.fromkeys(("07", "08", "注销", "注销户", "非正常户注销", "核销报验"), "cancelled"),
        **dict.fromkeys(("09", "吊销", "吊销营业执照"), "revoked"),
    }
)
VAT_STATUSES = MappingProxyType(
    {
        **dict.fromkeys(("1", "一般纳税人", "增值税一般纳税人", "辅导期一般纳税人"), "general"),
        **dict.fromkeys(("2", "小规模纳税人", "增值税小规模纳税人", "小规模"), "small_scale"),
    }
)
# 课征主体登记类型代码 (KZZTDJLX_DM), first two places, and its words.
KINDS = MappingProxyType(
    {
        **dict.fromkeys(("1110", "单位纳税人税务登记", "单位纳税人", "企业", "单位"), "enterprise"),
        **dict.fromkeys(("1120", "个体经营纳税人税务登记", "个体工商户", "个体"), "individual_business"),
        **dict.fromkeys(("1600", "自然人登记", "自然人", "个人"), "natural_person"),
        **dict.fromkeys(("境外企业", "非居民企业"), "foreign"),
    }
)
# 证件类型代码: only those of persons; 201 is the resident card.
DOCUMENTS = MappingProxyType(
    {
        **dict.fromkeys(("201", "居民身份证", "身份证", "中华人民共和国居民身份证"), "resident"),
        **dict.fromkeys(("208", "外国护照", "护照"), "passport"),
        **dict.fromkeys(("227", "中国护照"), "chinese_passport"),
        **dict.fromkeys(("210", "港澳居民来往内地通行证"), "hong_kong_macau_permit"),
        **dict.fromkeys(("213", "台湾居民来往大陆通行证"), "taiwan_permit"),
        **dict.fromkeys(("202", "军官证"), "officer_card"),
    }
)
ITEMS = MappingProxyType(
    {
        **dict.fromkeys(("纳税人名称", "名称", "企业名称", "NSRMC"), "name"),
        **dict.fromkeys(("纳税人识别号", "NSRSBH"), "tax_number"),
        **dict.fromkeys(("统一社会信用代码", "社会信用代码", "SHXYDM"), "uscc"),
        **dict.fromkeys(("法定代表人", "法定代表人姓名", "法定代表人(负责人)", "FDDBRXM"), "legal_representative"),
        **dict.fromkeys(("注册地址", "住所", "ZCDZ"), "address"),
        **dict.fromkeys(("行业", "国民经济行业", "HY_DM"), "industry"),
        **dict.fromkeys(("纳税人状态", "NSRZT_DM"), "status"),
        **dict.fromkeys(("主管税务机关", "ZGSWJ_DM"), "bureau"),
        **dict.fromkeys(("行政区划", "XZQHSZ_DM"), "region"),
        **dict.fromkeys(("增值税纳税人类型", "ZZSNSRLX"), "vat_status"),
        **dict.fromkeys(("经营范围", "JYFW"), "scope"),
        **dict.fromkeys(("投资方", "股东", "投资人"), "share"),
        **dict.fromkeys(("财务负责人", "CWFZRXM"), "finance_officer"),
        **dict.fromkeys(("办税人", "办税员", "BSRXM"), "tax_handler"),
        **dict.fromkeys(("购票员", "领票人", "GPRXM"), "invoice_collector"),
        **dict.fromkeys(("联系电话", "LXDH"), "phone"),
    }
)
# Role → prefixes of its columns in code form, and words in Chinese form.
_ROLES = {
    "legal_representative": (("FDDBR",), ("法定代表人", "法定代表人(负责人)", "负责人")),
    "finance_officer": (("CWFZR",), ("财务负责人",)),
    "tax_handler": (("BSR", "BSY"), ("办税人", "办税员")),
    "invoice_collector": (("GPR", "GPY", "LPR"), ("购票员", "购票人", "领票人")),
}
_PARTS = {
    "": (("XM", ""), ("姓名", "")),
    "_document_kind": (("ZJLX", "ZJLX_DM", "SFZJLX_DM", "SFZJZL_DM"), ("证件类型", "身份证件类型", "身份证件种类")),
    "_document_number": (("ZJHM", "SFZJHM"), ("证件号码", "身份证件号码", "证件号")),
    "_phone": (("SJ", "YDDH", "DH", "LXDH"), ("手机", "移动电话", "电话", "联系电话")),
    "_from": (("QSRQ", "RZRQ"), ("任职起", "任职日期", "起始日期")),
}


def _role_names(role: str, part: str) -> tuple[str, ...]:
    prefixes, words = _ROLES[role]
    codes, tails = _PARTS[part]
    return (*(p + c for p in prefixes for c in codes if c), *(w + t for w in words for t in tails))


SERIAL = ("DJXH", "登记序号")
TAX_NUMBER = ("NSRSBH", "纳税人识别号", "税号")
AS_AT = ("TQRQ", "数据日期", "提取日期", "SJRQ")
NAME = "registrations"

_REGISTRATIONS = Layout(
    record="registrations",
    columns={
        "source_id": SERIAL,
        "tax_number": TAX_NUMBER,
        "uscc": ("SHXYDM", "统一社会信用代码", "社会信用代码"),
        "name": ("NSRMC", "纳税人名称"),
        "kind": ("KZZTDJLX_DM", "NSRLX", "纳税人类型", "课征主体登记类型"),
        "status": ("NSRZT_DM", "NSRZT", "纳税人状态"),
        "vat_status": ("ZZSNSRLX", "ZZSNSRLX_DM", "增值税纳税人类型"),
        "industry": ("HY_DM", "行业代码", "国民经济行业"),
        "region": ("XZQHSZ_DM", "行政区划代码", "行政区划"),
        "bureau": ("ZGSWJ_DM", "ZGSWSKFJ_DM", "主管税务机关代码", "主管税务机关"),
        "address": ("ZCDZ", "注册地址", "SCJYDZ", "生产经营地址"),
        "phone": ("LXDH", "ZCDLXDH", "联系电话", "注册地联系电话"),
        "registered_on": ("DJRQ", "登记日期", "KYDJRQ", "开业登记日期"),
        "cancelled_on": ("ZXRQ", "注销日期"),
        "as_at": AS_AT,
        **{f"{role}{part}": _role_names(role, part) for role in _ROLES for part in _PARTS},
    },
    # The last group tells a register from other tables that carry serial, number and name.
    needed=(
        ("source_id",),
        ("name",),
        ("tax_number", "uscc"),
        ("status", "registered_on", "industry", "address", "legal_representative"),
    ),
    codes={
        "status": STATUSES,
        "vat_status": VAT_STATUSES,
        "kind": KINDS,
        **{f"{role}_document_kind": DOCUMENTS for role in _ROLES},
    },
    constants={"source": NAME},
)
_CHANGES = Layout(
    record="registration_changes",
    columns={
        "id": ("BGXH", "变更序号", "变更登记序号"),
        "registration": SERIAL,
        "taxpayer": TAX_NUMBER,
        "item": ("BGXM", "BGXM_DM", "变更项目"),
        "old_value": ("BGQNR", "变更前内容"),
        "new_value": ("BGHNR", "变更后内容"),
        "changed_on": ("BGRQ", "变更日期"),
        "as_at": AS_AT,
    },
    needed=(("item",), ("changed_on",), ("registration", "taxpayer")),
    codes={"item": ITEMS},
    constants={"source": NAME},
)
SOURCE = TabularSource(name=NAME, version=1, rank=80, layouts=(_CHANGES, _REGISTRATIONS))
