"""Chinese e-invoices one by one: EInvoice XML and its XBRL form (Ministry of Finance's accounting-data standard).

The XBRL form is kept by the firm that booked the invoice and names no buyer: the accounting entity is the buyer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.readers.columns import pc
from loaders.readers.tables import ROW, RawFile, RawTable
from loaders.sources.base import WHOLE, CanonicalTable, Cut, canonical_rows
from loaders.sources.layouts import column_or_null, not_of_source, translate, with_columns

if TYPE_CHECKING:
    from loaders.sources.layouts import Chunks

# InIssuType: whether the invoice is a blue one; XBRL says the opposite with true and false.
_BLUE = MappingProxyType({"Y": "false", "N": "true"})
# EInvoiceType 01 digital, 02 paper form; GeneralOrSpecialVAT 01 special, 02 ordinary.
_KINDS = MappingProxyType(
    {
        "01-01": "digital_special",
        "01-02": "digital_ordinary",
        "02-01": "paper_form_special",
        "02-02": "paper_form_ordinary",
    }
)
_HEADER = MappingProxyType(
    {
        "InvoiceNumber": "number",
        "SellerIdNum": "seller",
        "SellerName": "seller_name",
        "TotalAmWithoutTax": "net",
        "TotalTaxAm": "tax",
        "TotalTax-includedAmount": "total",
        "currency": "currency",
        "Drawer": "issuer_name",
        "Remark": "remark",
    }
)
_LINE = MappingProxyType(
    {
        "InvoiceNumber": "invoice_number",
        "TaxClassificationCode": "code",
        "ItemName": "name",
        "SpecMod": "specification",
        "MeaUnits": "unit",
        "Quantity": "quantity",
        "UnPrice": "price",
        "Amount": "amount",
        "TaxRate": "rate",
        "ComTaxAm": "tax",
    }
)


@dataclass(frozen=True, slots=True)
class EInvoice:
    """The source `einvoice`."""

    name: str = "einvoice"
    version: int = 1
    rank: int = 100

    def matches(self, file: RawFile) -> bool:
        """Whether the reader found an e-invoice."""
        return file.format in {"einvoice", "einvoice-xbrl"}

    def cut(self, _file: RawFile, _table: RawTable) -> Cut:
        """Each file by itself."""
        return WHOLE

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """One invoice and its lines a file."""
        made: list[CanonicalTable] = []
        for file in files:
            if not self.matches(file):
                raise not_of_source(self.name, file, ("EInvoice",))
            made.append(_invoices(file.table("einvoice")))
            lines = file.table("einvoice_lines")
            if lines.rows.num_rows:
                made.append(_lines(lines))
        return made


def _invoices(table: RawTable) -> CanonicalTable:
    raw = table.rows
    first = {
        "issued_at": pc.coalesce(column_or_null(raw, "IssueTime"), column_or_null(raw, "RequestTime")),
        "buyer": pc.coalesce(
            column_or_null(raw, "BuyerIdNum"), _entity(raw, "UnifiedSocialCreditCodeOfAccountingEntity")
        ),
        "buyer_name": pc.coalesce(column_or_null(raw, "BuyerName"), _entity(raw, "NameOfAccountingEntity")),
        "red": pc.coalesce(
            translate(column_or_null(raw, "InIssuType.LabelCode"), _BLUE),
            column_or_null(raw, "WhetherEinvoiceIsRedEinvoice"),
        ),
        "kind": _kinds(raw),
    }
    return CanonicalTable("invoices", with_columns(canonical_rows(table, _HEADER), first), name=table.name)


def _entity(raw: pa.Table, name: str) -> Chunks:
    """What the accounting entity says of itself; its name only where the buyer's number is missing."""
    if name.startswith("Unified"):
        return _first_known(column_or_null(raw, name), column_or_null(raw, "entity"))
    unnamed = pc.is_null(column_or_null(raw, "BuyerIdNum"))
    found: Chunks = pc.if_else(unnamed, column_or_null(raw, name), pa.scalar(None, pa.string()))
    return found


def _first_known(*columns: Chunks) -> Chunks:
    found: Chunks = pc.coalesce(*columns)
    return found


def _kinds(raw: pa.Table) -> Chunks:
    form = column_or_null(raw, "EInvoiceType.LabelCode")
    tax = column_or_null(raw, "GeneralOrSpecialVAT.LabelCode")
    joined = pc.binary_join_element_wise(form, tax, "-")
    known = translate(pa.chunked_array([joined.combine_chunks()]), _KINDS)
    unknown = pc.match_substring_regex(known, r"^\d\d-\d\d$")
    found: Chunks = pc.if_else(unknown, column_or_null(raw, "GeneralOrSpecialVAT.LabelName"), known)
    return found


def _lines(table: RawTable) -> CanonicalTable:
    rows = canonical_rows(table, _LINE)
    # The element's place is the line's number: the same file twice gives the same lines.
    return CanonicalTable(
        "invoice_lines", with_columns(rows, {"line": rows.column(ROW).cast(pa.string())}), name=table.name
    )


SOURCE = EInvoice()
