"""The authority's own tables: bureaus, grids, officers, posts, duties; who works where, holds and delegates what."""

from __future__ import annotations

from types import MappingProxyType

import pyarrow as pa

from loaders.readers.columns import pc
from loaders.sources import registrations
from loaders.sources.layouts import Layout, TabularSource, column_or_null, with_columns

GRID_KINDS = MappingProxyType(
    {
        **dict.fromkeys(("机构网格", "机构", "01"), "institution"),
        **dict.fromkeys(("区域网格", "区域", "地域网格", "02"), "region"),
        **dict.fromkeys(("群体网格", "群体", "行业网格", "03"), "group"),
    }
)
# Roles keep the authority's own words; these are other ways of saying them.
ROLES = MappingProxyType(
    {
        **dict.fromkeys(("01", "组长", "网格组长"), "网格长"),
        **dict.fromkeys(("02", "组员", "网格组员"), "网格员"),
        **dict.fromkeys(("03", "税收管理员(专管员)", "专管员", "管户人员"), "税收管理员"),
    }
)
LEVELS = MappingProxyType(
    {"总局": "1", "省": "2", "省局": "2", "市": "3", "市局": "3", "县": "4", "县局": "4", "所": "5"}
)
OFFICER = ("税务人员代码", "人员代码", "SWRY_DM", "税务人员编号")
GRID = ("网格编码", "网格代码", "网格编号", "WGBM")
POST = ("岗位编码", "岗位代码", "岗位编号", "GW_DM")
DUTY = ("职责编码", "职责代码", "职责编号")
VALID = {
    "valid_from": ("有效期起", "任职起", "起始日期", "开始日期", "YXQQ"),
    "valid_to": ("有效期止", "任职止", "终止日期", "结束日期", "YXQZ"),
}
_EXISTS = {"active_from": ("设立日期", "启用日期"), "active_to": ("撤销日期", "停用日期")}
_BUREAU = ("税务机关代码", "SWJG_DM", "机关代码")


def taxpayer_reference(rows: pa.Table) -> pa.Table:
    """`taxpayer` is the tax number, else the bureau's serial; the column `serial` goes."""
    serial = column_or_null(rows, "serial")
    by_serial = pc.binary_join_element_wise(f"serial:{registrations.NAME}:", pc.utf8_trim_whitespace(serial), "")
    known = pc.coalesce(column_or_null(rows, "taxpayer"), by_serial)
    rows = with_columns(rows, {"taxpayer": known})
    return rows.drop_columns(["serial"]) if "serial" in rows.column_names else rows


LAYOUTS = (
    Layout(
        record="in_grid",
        columns={
            "taxpayer": registrations.TAX_NUMBER,
            "serial": registrations.SERIAL,
            "grid": GRID,
            "role": ("网格角色", "管理类型"),
            **VALID,
        },
        needed=(("taxpayer", "serial"), ("grid",), ("valid_from",)),
        finish=taxpayer_reference,
    ),
    Layout(
        record="related_to",
        columns={
            "from_document_kind": ("本人证件类型",),
            "from_document_number": ("本人证件号码",),
            "to_document_kind": ("亲属证件类型",),
            "to_document_number": ("亲属证件号码",),
            "to_name": ("亲属姓名",),
            **VALID,
        },
        needed=(("from_document_number",), ("to_document_number",)),
        codes={"from_document_kind": registrations.DOCUMENTS, "to_document_kind": registrations.DOCUMENTS},
        constants={"kind": "kin"},
    ),
    Layout(
        record="works_in",
        columns={"officer": OFFICER, "grid": GRID, "role": ("网格角色", "角色", "岗位角色"), **VALID},
        needed=(("officer",), ("grid",), ("valid_from",)),
        codes={"role": ROLES},
    ),
    Layout(
        record="holds_post",
        columns={
            "officer": OFFICER,
            "post": POST,
            "valid_from": ("任岗起", *VALID["valid_from"]),
            "valid_to": ("任岗止", *VALID["valid_to"]),
        },
        needed=(("officer",), ("post",), ("valid_from",)),
    ),
    Layout(
        record="delegates_to",
        columns={
            "from": ("委托人代码", "委托人员代码"),
            "to": ("受托人代码", "受托人员代码", "代办人代码"),
            "post": POST,
            "valid_from": ("委托起", *VALID["valid_from"]),
            "valid_to": ("委托止", *VALID["valid_to"]),
        },
        needed=(("from",), ("to",), ("valid_from",)),
    ),
    Layout(record="carries", columns={"post": POST, "duty": DUTY, **VALID}, needed=(("post",), ("duty",))),
    Layout(
        record="posts",
        columns={
            "id": POST,
            "name": ("岗位名称",),
            "grid": GRID,
            "bureau": ("所属税务机关代码", *_BUREAU),
            **_EXISTS,
            **VALID,
        },
        needed=(("id",), ("name",)),
    ),
    Layout(
        record="duties",
        columns={"id": DUTY, "name": ("职责名称",), **_EXISTS},
        needed=(("id",), ("name",)),
    ),
    Layout(
        record="officers",
        columns={
            "id": OFFICER,
            "name": ("姓名", "税务人员名称", "人员姓名"),
            "expertise": ("专业标签", "业务专长"),
            "active_from": ("任职起", "入职日期", "启用日期"),
            "active_to": ("任职止", "离职日期", "停用日期"),
            "document_kind": ("证件类型", "身份证件类型"),
            "document_number": ("证件号码", "身份证件号码"),
        },
        needed=(("id",), ("name",)),
        codes={"document_kind": registrations.DOCUMENTS},
    ),
    Layout(
        record="grids",
        columns={
            "id": GRID,
            "kind": ("网格类型", "网格类别"),
            "name": ("网格名称",),
            "bureau": ("主管税务机关代码", "所属税务机关代码", *_BUREAU),
            "parent": ("上级网格编码", "上级网格代码"),
            **VALID,
        },
        needed=(("id",), ("name",)),
        codes={"kind": GRID_KINDS},
    ),
    Layout(
        record="bureaus",
        columns={
            "id": _BUREAU,
            "name": ("税务机关名称", "机关名称", "SWJGMC"),
            "level": ("级次", "层级", "机关层级"),
            "region": ("行政区划代码", "XZQHSZ_DM"),
            "parent": ("上级税务机关代码", "SJSWJG_DM"),
        },
        needed=(("id",), ("name",)),
        codes={"level": LEVELS},
    ),
)
SOURCE = TabularSource(name="organisation", version=1, rank=70, layouts=LAYOUTS)
