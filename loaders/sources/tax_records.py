"""The collection system on each taxpayer: filings, payments, credits claimed and given back, grants, ratings."""

from __future__ import annotations

from types import MappingProxyType

from loaders.sources import registrations
from loaders.sources.layouts import Layout, TabularSource
from loaders.sources.organisation import taxpayer_reference

NAME = "tax-records"
# 征收项目代码 as commonly published; words stay.
TAXES = MappingProxyType({"10101": "增值税", "10102": "消费税", "10104": "企业所得税", "10106": "个人所得税"})
RISKS = MappingProxyType(
    {
        **dict.fromkeys(("高", "高风险", "1"), "high"),
        **dict.fromkeys(("中", "中风险", "2"), "medium"),
        **dict.fromkeys(("低", "低风险", "3"), "low"),
    }
)
CLAIMS = MappingProxyType(
    {
        **dict.fromkeys(("抵扣", "抵扣勾选", "1"), "deduction"),
        **dict.fromkeys(("退税", "退税勾选", "2"), "export_rebate"),
        **dict.fromkeys(("不抵扣", "不抵扣勾选", "6"), "not_deducted"),
    }
)
_TAXPAYER = {"taxpayer": registrations.TAX_NUMBER, "serial": registrations.SERIAL}
_PERIOD = {
    "tax_kind": ("征收项目", "税种", "ZSXM_DM"),
    "period_from": ("所属期起", "税款所属期起", "SKSSQQ"),
    "period_to": ("所属期止", "税款所属期止", "SKSSQZ"),
}


def _layout(
    record: str,
    columns: dict[str, tuple[str, ...]],
    needed: tuple[str, ...],
    codes: dict[str, MappingProxyType[str, str]],
) -> Layout:
    return Layout(
        record=record,
        columns={**columns, **_TAXPAYER},
        needed=(tuple(_TAXPAYER), *((name,) for name in needed)),
        codes=codes,
        constants={"source": NAME},
        finish=taxpayer_reference,
    )


LAYOUTS = (
    _layout(
        "deductions",
        {
            "invoice_code": ("发票代码",),
            "invoice_number": ("发票号码",),
            "digital_number": ("数电发票号码", "数电票号码", "全电发票号码"),
            "period": ("所属期", "税款所属期", "勾选所属期"),
            "claimed_on": ("勾选时间", "勾选日期", "确认时间"),
            "effective_tax": ("有效税额", "有效抵扣税额"),
            "kind": ("勾选类型", "用途", "勾选用途"),
        },
        ("effective_tax", "claimed_on"),
        {"kind": CLAIMS},
    ),
    _layout(
        "filings",
        {
            "id": ("申报编号", "申报表编号", "SBUUID", "凭证序号"),
            **_PERIOD,
            "filed_on": ("申报日期", "SBRQ"),
            "sales": ("销售额", "应税销售额"),
            "output_tax": ("销项税额",),
            "input_tax": ("进项税额",),
            "payable": ("应纳税额", "YNSE"),
        },
        ("id", "filed_on", "payable"),
        {"tax_kind": TAXES},
    ),
    _layout(
        "tax_payments",
        {
            "id": ("缴款编号", "缴款凭证号", "税票号码"),
            **_PERIOD,
            "paid_on": ("缴款日期", "入库日期", "JKRQ"),
            "amount": ("实缴金额", "实缴税额", "入库金额"),
        },
        ("id", "paid_on", "amount"),
        {"tax_kind": TAXES},
    ),
    _layout(
        "input_transfers_out",
        {
            "id": ("转出编号", "转出序号"),
            **{name: names for name, names in _PERIOD.items() if name != "tax_kind"},
            "booked_on": ("转出日期", "记账日期"),
            "reason": ("转出原因",),
            "amount": ("转出税额", "进项税额转出"),
        },
        ("id", "amount", "booked_on"),
        {},
    ),
    _layout(
        "quota_grants",
        {
            "id": ("核定编号", "票种核定编号"),
            "invoice_kind": ("发票票种", "发票种类"),
            "count": ("月领用份数", "每月最高领用份数"),
            "face_cap": ("单份限额", "单份最高开票限额"),
            "total": ("发票总额度", "总额度"),
            "granted_on": ("核定日期", "授予日期"),
        },
        ("id", "granted_on"),
        {},
    ),
    _layout(
        "risk_levels",
        {
            "id": ("评级编号", "风险编号"),
            "level": ("风险等级",),
            "reason": ("评定原因", "风险原因"),
            "rated_on": ("评定日期", "评级日期"),
        },
        ("id", "level", "rated_on"),
        {"level": RISKS},
    ),
    _layout(
        "credit_grades",
        {
            "id": ("信用等级编号",),
            "year": ("评价年度", "年度"),
            "grade": ("纳税信用等级", "信用等级", "信用级别"),
            "graded_on": ("评定日期", "评价日期"),
        },
        ("grade", "year"),
        {},
    ),
)
SOURCE = TabularSource(name=NAME, version=1, rank=70, layouts=LAYOUTS)
