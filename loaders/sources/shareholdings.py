"""Shareholdings (股东及出资信息): natural persons by document, firms by number or name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.readers.columns import pc
from loaders.readers.values import to_half_width
from loaders.sources import registrations
from loaders.sources.layouts import Layout, TabularSource, column_or_null, with_columns
from loaders.sources.organisation import VALID

if TYPE_CHECKING:
    from loaders.readers.columns import Values
    from loaders.sources.layouts import Chunks

# 股东类型 of firms; all others are natural persons.
_FIRM = "企业|法人|公司|合伙|机构|合作社"
_TEXT = pa.scalar(None, pa.string())


def _holders(rows: pa.Table) -> pa.Table:
    """Firms leave their document columns to `from` (registers write the credit code there), persons keep theirs."""
    kind, number = column_or_null(rows, "holder_kind"), column_or_null(rows, "document_number")
    named_firm = pc.match_substring_regex(kind, _FIRM)
    firm = pc.coalesce(named_firm, pc.is_valid(column_or_null(rows, "from")), pa.scalar(False))
    name = column_or_null(rows, "name")
    changed = {
        "from": pc.if_else(firm, pc.coalesce(column_or_null(rows, "from"), number), _TEXT),
        "from_name": pc.if_else(firm, name, _TEXT),
        "name": pc.if_else(firm, _TEXT, name),
        "document_kind": pc.if_else(firm, _TEXT, column_or_null(rows, "document_kind")),
        "document_number": pc.if_else(firm, _TEXT, number),
        "ratio": with_percent(column_or_null(rows, "ratio")),
    }
    rows = with_columns(rows, changed)
    return rows.drop_columns(["holder_kind"]) if "holder_kind" in rows.column_names else rows


def with_percent(ratio: Chunks) -> Values:
    """A bare number above one is per cent: `40` is `40%`, `0.4` stays."""
    text = pc.utf8_trim_whitespace(to_half_width(ratio))
    bare = pc.match_substring_regex(text, r"^(?:[2-9]|\d{2,3}|1\.\d*[1-9]\d*|\d{1,3}\.\d+)$")
    small = pc.match_substring_regex(text, r"^0(?:\.\d+)?$|^1(?:\.0+)?$")
    found: Values = pc.if_else(pc.and_(bare, pc.invert(small)), pc.binary_join_element_wise(text, "%", ""), text)
    return found


SOURCE = TabularSource(
    name="shareholdings",
    version=1,
    rank=60,
    layouts=(
        Layout(
            record="holds_share",
            columns={
                "holder_kind": ("股东类型", "投资方类型"),
                "name": ("股东名称", "股东姓名", "投资方名称", "股东(发起人)"),
                "document_kind": ("股东证件类型", "投资方证件种类", "证件类型"),
                "document_number": ("股东证件号码", "投资方证件号码", "证件号码"),
                "from": ("股东纳税人识别号", "股东识别号", "股东统一社会信用代码"),
                "to": ("被投资企业纳税人识别号", "被投资企业识别号", *registrations.TAX_NUMBER),
                "to_name": ("被投资企业名称", "纳税人名称"),
                "ratio": ("持股比例", "投资比例", "出资比例"),
                "direct": ("是否直接持股", "直接持股"),
                **VALID,
            },
            needed=(("name", "from", "document_number"), ("to",), ("ratio",)),
            codes={"document_kind": registrations.DOCUMENTS},
            finish=_holders,
        ),
    ),
)
