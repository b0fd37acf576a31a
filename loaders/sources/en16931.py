"""European invoices (EN 16931), from UBL or CII alike: one mapping from business terms.

A party's number is its VAT number, else its tax registration, else its legal registration, else it has none and is
known by name, country and postcode. Credit notes and negative totals are red and stored negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from types import MappingProxyType

import pyarrow as pa

from loaders.readers.tables import ROW, RawFile, RawTable
from loaders.readers.values import canonical_decimal
from loaders.sources.base import WHOLE, CanonicalTable, Cut, with_place
from loaders.sources.layouts import not_of_source

Row = Mapping[str, str | None]
# UNTDID 1001: document types that credit the buyer.
CREDIT_TYPES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
SELLER_NUMBERS = ("BT-31", "BT-32", "BT-30")
BUYER_NUMBERS = ("BT-48", "BT-47")
_PLAIN = MappingProxyType(
    {
        "number": "BT-1",
        "issued_at": "BT-2",
        "kind": "BT-3",
        "currency": "BT-5",
        "seller_name": "BT-27",
        "seller_country": "BT-40",
        "seller_postcode": "BT-38",
        "buyer_name": "BT-44",
        "buyer_country": "BT-55",
        "buyer_postcode": "BT-53",
        "net": "BT-109",
        "total": "BT-112",
        "remark": "BT-22",
    }
)
_PRICE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class En16931:
    """The source `en16931`."""

    name: str = "en16931"
    version: int = 1
    rank: int = 100

    def matches(self, file: RawFile) -> bool:
        """Whether the reader found a UBL or CII invoice."""
        return file.format in {"ubl", "cii"}

    def cut(self, _file: RawFile, _table: RawTable) -> Cut:
        """Each file by itself."""
        return WHOLE

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """One invoice and its lines a file."""
        return [table for file in files for table in self._of_file(file)]

    def _of_file(self, file: RawFile) -> list[CanonicalTable]:
        if not self.matches(file):
            raise not_of_source(self.name, file, ("BT-1",))
        headers = file.table("en16931")
        header: Row = headers.rows.slice(0, 1).to_pylist()[0]
        invoice = invoice_of(header)
        made = [CanonicalTable("invoices", _table([invoice], [1], headers.file), name=headers.name)]
        lines = file.table("en16931_lines")
        if lines.rows.num_rows:
            places = [int(str(place)) for place in lines.rows.column(ROW).to_pylist()]
            terms = lines.rows.drop_columns([ROW]).to_pylist()
            rows = [
                line_of(row, invoice, place, turned=turned(header)) for row, place in zip(terms, places, strict=True)
            ]
            made.append(CanonicalTable("invoice_lines", _table(rows, places, lines.file), name=lines.name))
        return made


def _table(rows: Sequence[Row], places: Sequence[int], file: str) -> pa.Table:
    names = rows[0].keys()
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
    return with_place(pa.table({**columns, ROW: pa.array(places, pa.int64())}), file)


def is_credit(header: Row) -> bool:
    """Whether the document type credits the buyer."""
    return header.get("BT-3") in CREDIT_TYPES


def is_negative(header: Row) -> bool:
    """Whether the total (or, without one, the net amount) is below zero."""
    return (header.get("BT-112") or header.get("BT-109") or "").startswith("-")


def turned(header: Row) -> bool:
    """Whether amounts must change sign: a credit note that states its amounts as positive."""
    return is_credit(header) and not is_negative(header)


def invoice_of(header: Row) -> dict[str, str | None]:
    """The canonical invoice of one document's business terms."""
    row = {name: header.get(term) for name, term in _PLAIN.items()}
    sign = negated if turned(header) else same
    row |= {
        "seller": first_of(header, SELLER_NUMBERS),
        "buyer": first_of(header, BUYER_NUMBERS),
        "net": sign(header.get("BT-109")),
        "tax": sign(header.get("BT-110") or "0"),
        "total": sign(header.get("BT-112")),
        "red": "true" if is_credit(header) or is_negative(header) else "false",
        "blue_number": first_line(header.get("BT-25")),
        "status": "normal",
        "scheme": "foreign",
    }
    return row


def line_of(terms: Row, invoice: Row, place: int, *, turned: bool) -> dict[str, str | None]:
    """The canonical line; `place` is its number, because BT-126 may be any text."""
    sign = negated if turned else same
    rate = terms.get("BT-152")
    shared = ("seller", "seller_name", "seller_country", "seller_postcode", "red", "currency", "scheme")
    return {
        **{name: invoice[name] for name in shared},
        "invoice_number": terms.get("BT-1"),
        "line": str(place),
        "code": commodity(terms),
        "name": terms.get("BT-153"),
        "specification": first_line(terms.get("BT-155")),
        "unit": terms.get("BT-130"),
        "quantity": sign(terms.get("BT-129")),
        "price": unit_price(terms.get("BT-146"), terms.get("BT-149")),
        "amount": sign(terms.get("BT-131")),
        "rate": None if rate is None else f"{rate}%",
    }


def first_of(header: Row, terms: Sequence[str]) -> str | None:
    """The first of these terms that is there, without blanks around it."""
    return next((value.strip() for term in terms if (value := header.get(term)) and value.strip()), None)


def first_line(value: str | None) -> str | None:
    """A repeated term's first value."""
    return value.split("\n", 1)[0] if value else None


def commodity(terms: Row) -> str | None:
    """Item classification (BT-158) or standard identifier (BT-157) under its scheme: `STI:65434568`; else none."""
    for term in ("BT-158", "BT-157"):
        code, scheme = first_line(terms.get(term)), first_line(terms.get(f"{term}-1"))
        if code:
            return f"{scheme}:{code}" if scheme else code
    return None


def unit_price(price: str | None, base: str | None) -> str | None:
    """Price of one unit: the item net price over its base quantity, at most twelve decimals."""
    if price is None or base in (None, "0", "1"):
        return price
    with localcontext(prec=38):
        try:
            quotient = (Decimal(price) / Decimal(base)).quantize(Decimal(1).scaleb(-_PRICE_DIGITS))
        except ArithmeticError:
            return price
    return canonical_decimal(format(quotient, "f"))


def negated(amount: str | None) -> str | None:
    """The amount with the other sign."""
    if amount is None or amount == "0":
        return amount
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def same(amount: str | None) -> str | None:
    """The amount as it is."""
    return amount


SOURCE = En16931()
