"""The bureau's full-invoice query (全量发票查询): headers 发票基础信息 and lines 信息汇总表, old and new names.

Sheets may come as one workbook, as a file each, or as one table with every column: then invoices are summed up from
their lines. Several files of one batch belong together: a header in one, its lines in another.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.readers.columns import pc
from loaders.readers.tables import ROW, RawFile, RawTable
from loaders.readers.values import clean_code
from loaders.sources.base import FILE, CanonicalTable, Cut, together_by
from loaders.sources.invoice_sums import line_numbers, sum_up
from loaders.sources.layouts import Layout, column_or_null, find_columns, needed_names, not_of_source, with_columns

if TYPE_CHECKING:
    from loaders.readers.columns import Values
    from loaders.sources.layouts import Chunks

# 发票状态 as the e-invoice platform and the older control system write it.
STATUSES = MappingProxyType(
    {
        **dict.fromkeys(("正常", "0"), "normal"),
        **dict.fromkeys(("已作废", "作废", "空白作废", "已作废-正常", "2"), "void"),
        **dict.fromkeys(
            ("已红冲", "已红冲-全额", "红冲", "全额红冲", "已全部红冲", "已红冲(全额)", "已红冲（全额）"), "reversed"
        ),
        **dict.fromkeys(
            ("已红冲-部分", "部分红冲", "已部分红冲", "已红冲(部分)", "已红冲（部分）"),
            "reversed_in_part",
        ),
    }
)
# 是否正数发票: a positive invoice is blue.
RED = MappingProxyType(
    {**dict.fromkeys(("是", "Y", "1", "true"), "false"), **dict.fromkeys(("否", "N", "0", "false"), "true")}
)
# 发票票种: digital (no code, 20 digits), paper forms of digital ones, and those of the control system.
_DIGITAL = ("数电票", "数电发票", "全电发票", "电子发票")
_PAPER_FORM = ("数电纸质发票", "数电纸票", "全电纸质发票")


def _named(words: Sequence[str], content: str) -> tuple[str, ...]:
    return tuple(form.format(word, content) for word in words for form in ("{}（{}）", "{}({})"))


KINDS = MappingProxyType(
    {
        **dict.fromkeys(_named(_DIGITAL, "增值税专用发票"), "digital_special"),
        **dict.fromkeys(_named(_DIGITAL, "普通发票"), "digital_ordinary"),
        **dict.fromkeys(_named(_PAPER_FORM, "增值税专用发票"), "paper_form_special"),
        **dict.fromkeys(_named(_PAPER_FORM, "普通发票"), "paper_form_ordinary"),
        **dict.fromkeys(("增值税专用发票", "专票"), "special"),
        **dict.fromkeys(("增值税普通发票", "普票", "增值税普通发票（卷票）"), "ordinary"),
        **dict.fromkeys(("增值税电子专用发票", "电子专票"), "electronic_special"),
        **dict.fromkeys(("增值税电子普通发票", "电子普票"), "electronic_ordinary"),
        "机动车销售统一发票": "motor_vehicle",
        "二手车销售统一发票": "used_car",
        "道路通行费电子普通发票": "toll",
    }
)
RISKS = MappingProxyType(
    {"正常": "normal", "疑点发票": "doubtful", "疑点": "doubtful", "异常凭证": "abnormal", "异常": "abnormal"}
)
# 特定业务类型 whose invoices the buyer issues: farm purchases and reverse invoicing.
ISSUED_BY_BUYER = ("农产品收购", "收购", "报废产品收购", "反向开票", "二手车反向开具")

_NUMBERS = {
    "code": ("发票代码", "FPDM"),
    "number": ("发票号码", "FPHM"),
    "digital_number": ("数电发票号码", "数电票号码", "全电发票号码", "全电票号码"),
}
_PARTIES = {
    "seller": ("销方识别号", "销方纳税人识别号", "销售方识别号", "销售方纳税人识别号"),
    "seller_name": ("销方名称", "销售方名称"),
    "buyer": ("购方识别号", "购方纳税人识别号", "购买方识别号", "购买方纳税人识别号"),
    "buyer_name": ("购买方名称", "购方名称"),
}
_AMOUNTS = {
    "net": ("金额", "合计金额", "不含税金额"),
    "tax": ("税额", "合计税额"),
    "total": ("价税合计", "含税金额"),
}
_TRAITS = {
    "issued_at": ("开票日期", "开票时间"),
    "kind": ("发票票种", "发票种类", "票种"),
    "status": ("发票状态", "状态"),
    "red": ("是否正数发票",),
    "blue_code": ("对应蓝字发票代码", "对应正数发票代码"),
    "blue_number": ("对应蓝字发票号码", "对应正数发票号码", "被红冲蓝字数电票号码"),
    "business_kind": ("特定业务类型", "特定要素类型"),
    "risk_level": ("发票风险等级",),
    "channel": ("发票来源",),
    "issuer_name": ("开票人",),
    "remark": ("备注",),
    "currency": ("币种",),
    "as_at": ("数据日期", "提取日期"),
}
_GOODS = {
    "commodity": ("税收分类编码", "商品编码", "税收编码"),
    "name": ("货物或应税劳务名称", "货物或应税劳务、服务名称", "货物名称", "项目名称"),
    "specification": ("规格型号",),
    "unit": ("单位",),
    "quantity": ("数量",),
    "price": ("单价",),
    "rate": ("税率", "税率/征收率"),
}
_CODES = {"kind": KINDS, "status": STATUSES, "red": RED, "risk_level": RISKS}
_NUMBERED = ("number", "digital_number")
HEADERS = Layout(
    record="invoices",
    columns={**_NUMBERS, **_PARTIES, **_AMOUNTS, **_TRAITS},
    needed=(_NUMBERED, ("seller", "seller_name"), ("buyer", "buyer_name"), ("issued_at",), ("net",), ("tax",)),
    codes=_CODES,
)
LINES = Layout(
    record="invoice_lines",
    columns={**HEADERS.columns, **_GOODS},
    needed=(_NUMBERED, ("name", "commodity"), ("net",)),
    codes=_CODES,
)
_LINE_NAMES = MappingProxyType(
    {
        "code": "invoice_code",
        "number": "invoice_number",
        "digital_number": "digital_number",
        "commodity": "code",
        "name": "name",
        "specification": "specification",
        "unit": "unit",
        "quantity": "quantity",
        "price": "price",
        "net": "amount",
        "rate": "rate",
        "tax": "tax",
        "currency": "currency",
        "as_at": "as_at",
    }
)


@dataclass(frozen=True, slots=True)
class InvoiceWorkbook:
    """The source `invoice-workbook`."""

    name: str = "invoice-workbook"
    version: int = 1
    rank: int = 90

    def matches(self, file: RawFile) -> bool:
        """Whether any table holds headers or lines."""
        return any(LINES.fits(table) or HEADERS.fits(table) for table in file.tables)

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """Invoices of all header sheets, lines of all line sheets, and invoices that only lines tell of."""
        line_tables = [table for file in files for table in file.tables if LINES.fits(table)]
        header_tables = [table for file in files for table in self._headers(file)]
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:  # whole columns: outside the lock
            line_rows = list(pool.map(LINES.lay_out, line_tables))
            header_rows = list(pool.map(HEADERS.lay_out, header_tables))
            business = _business_kinds(line_rows)
            invoices = pool.map(lambda rows: _with_issuer(_with_business(rows, business)), header_rows)
            listed = pool.map(_line_rows, line_rows)
            made = [
                CanonicalTable("invoices", rows, name=t.name) for t, rows in zip(header_tables, invoices, strict=True)
            ]
            made += [
                CanonicalTable("invoice_lines", rows, name=t.name) for t, rows in zip(line_tables, listed, strict=True)
            ]
        return [*made, *self._summed(list(zip(line_tables, line_rows, strict=True)), header_rows)]

    def cut(self, _file: RawFile, table: RawTable) -> Cut:
        """An invoice and its lines stay together."""
        if not LINES.fits(table) and not HEADERS.fits(table):
            return Cut(unused=True)
        return Cut(together=together_by(tuple(_NUMBERS), find_columns(_NUMBERS, table)), first=not LINES.fits(table))

    def _headers(self, file: RawFile) -> list[RawTable]:
        found = [table for table in file.tables if HEADERS.fits(table) and not LINES.fits(table)]
        if not found and not any(LINES.fits(table) for table in file.tables):
            raise not_of_source(self.name, file, needed_names(HEADERS))
        return found

    def _summed(self, lines: list[tuple[RawTable, pa.Table]], headers: list[pa.Table]) -> list[CanonicalTable]:
        """Invoices of line sheets that carry the parties too, without those that a header sheet tells."""
        whole = [(table, rows) for table, rows in lines if HEADERS.fits(table)]
        if not whole:
            return []
        known = pa.chunked_array([number_key(rows) for rows in headers], pa.string()).combine_chunks()
        result = []
        for table, rows in whole:
            key = number_key(rows)
            new = pc.invert(pc.is_in(key, value_set=known))
            invoices = sum_up(rows.filter(new), key.filter(new), tuple(HEADERS.columns))
            result.append(CanonicalTable("invoices", _with_issuer(invoices), name=table.name, counted=False))
        return result


def number_key(rows: pa.Table) -> Values:
    """What tells invoices of one export apart: code and number, else the digital number."""
    code, number, digital = (clean_code(column_or_null(rows, name)) for name in _NUMBERS)
    old = pc.binary_join_element_wise(pc.fill_null(code, ""), number, "")
    found: Values = pc.fill_null(pc.coalesce(old, digital), "")
    return found


def _raw_key(rows: pa.Table) -> Values:
    """As `number_key`, without cleaning: within one export a number is always written alike."""
    parts = (pc.fill_null(column_or_null(rows, name), "") for name in _NUMBERS)
    key: Chunks = pc.binary_join_element_wise(*parts, "|")
    return key.combine_chunks()


def _line_rows(rows: pa.Table) -> pa.Table:
    kept = [name for name in (*_LINE_NAMES, ROW, FILE) if name in rows.column_names]
    named = rows.select(kept).rename_columns([_LINE_NAMES.get(name, name) for name in kept])
    named = with_columns(named, {"line": line_numbers(_raw_key(rows))})
    if "rate" not in named.column_names:
        return named
    return with_columns(named, {"rate": _numeric_rate(named.column("rate"))})


def _numeric_rate(rate: Chunks) -> Chunks:
    """免税, 不征税 and *** are no rates: such lines have none."""
    found: Chunks = pc.if_else(pc.match_substring_regex(rate, r"[\d０-９]"), rate, pa.scalar(None, pa.string()))
    return found


def _business_kinds(tables: Sequence[pa.Table]) -> tuple[Values, Values]:
    """Number keys and specific business kinds of the lines that have one; the header sheet does not tell it."""
    keys, kinds = [], []
    for rows in tables:
        if "business_kind" not in rows.column_names:
            continue
        special = rows.filter(pc.is_valid(rows.column("business_kind")))
        keys.append(_raw_key(special))
        kinds.append(special.column("business_kind").combine_chunks())
    return (
        pa.chunked_array(keys, pa.string()).combine_chunks(),
        pa.chunked_array(kinds, pa.string()).combine_chunks(),
    )


def _with_business(rows: pa.Table, business: tuple[Values, Values]) -> pa.Table:
    keys, kinds = business
    if "business_kind" in rows.column_names or not len(keys):
        return rows
    return with_columns(rows, {"business_kind": kinds.take(pc.index_in(_raw_key(rows), value_set=keys))})


def _with_issuer(rows: pa.Table) -> pa.Table:
    """The buyer is the issuer where the specific business says so."""
    if "business_kind" not in rows.column_names:
        return rows
    by_buyer = pc.is_in(rows.column("business_kind"), value_set=pa.array(ISSUED_BY_BUYER))
    if not pc.any(by_buyer).as_py():
        return rows
    issuer = pc.if_else(by_buyer, column_or_null(rows, "buyer"), pa.scalar(None, pa.string()))
    return with_columns(rows, {"issuer": issuer})


SOURCE = InvoiceWorkbook()
