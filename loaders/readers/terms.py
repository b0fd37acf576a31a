"""The business terms of EN 16931-1 that are read, and how a value of each kind is written. Used by `en16931`.

One declaration for both syntaxes; where a term stands in UBL and in CII is in `ubl_paths` and `cii_paths`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from loaders.readers.values import canonical_decimal

SEPARATOR = "\n"
_SUBJECT = re.compile(r"#([A-Z]{3})#\s*(.*)")
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:Z|[+-]\d{2}:\d{2})?")


class Kind(Enum):
    """How a term's text becomes canonical."""

    TEXT = "text"
    DECIMAL = "decimal"
    OPTIONAL = "optional"  # a decimal that defaults to zero: zero is written as absent
    DATE = "date"
    NOTE = "note"  # UBL puts the subject's code in front of the note: `#AAC#text`
    SUBJECT = "subject"  # … and this is that code


@dataclass(frozen=True, slots=True)
class Term:
    """A business term: what it means, its kind, and whether it may repeat (values then stand one a line)."""

    meaning: str
    kind: Kind = Kind.TEXT
    repeats: bool = False


def _repeated(meaning: str, kind: Kind = Kind.TEXT) -> Term:
    return Term(meaning, kind, repeats=True)


def _decimal(meaning: str) -> Term:
    return Term(meaning, Kind.DECIMAL)


def _optional(meaning: str) -> Term:
    return Term(meaning, Kind.OPTIONAL)


def _date(meaning: str) -> Term:
    return Term(meaning, Kind.DATE)


HEADER_TERMS: dict[str, Term] = {
    "BT-1": Term("invoice number"),
    "BT-2": _date("invoice issue date"),
    "BT-3": Term("invoice type code"),
    "BT-5": Term("invoice currency code"),
    "BT-6": Term("VAT accounting currency code"),
    "BT-7": _date("value added tax point date"),
    "BT-9": _date("payment due date"),
    "BT-10": Term("buyer reference"),
    "BT-11": Term("project reference"),
    "BT-12": Term("contract reference"),
    "BT-13": Term("purchase order reference"),
    "BT-14": Term("sales order reference"),
    "BT-20": _repeated("payment terms"),
    "BT-21": _repeated("invoice note subject code", Kind.SUBJECT),
    "BT-22": _repeated("invoice note", Kind.NOTE),
    "BT-23": Term("business process type"),
    "BT-24": Term("specification identifier"),
    "BT-25": _repeated("preceding invoice reference"),
    "BT-26": _repeated("preceding invoice issue date", Kind.DATE),
    "BT-27": Term("seller name"),
    "BT-28": Term("seller trading name"),
    "BT-29": _repeated("seller identifier"),
    "BT-29-1": _repeated("scheme of the seller identifier"),
    "BT-30": Term("seller legal registration identifier"),
    "BT-30-1": Term("scheme of the seller legal registration identifier"),
    "BT-31": Term("seller VAT identifier"),
    "BT-32": Term("seller tax registration identifier"),
    "BT-33": Term("seller additional legal information"),
    "BT-34": Term("seller electronic address"),
    "BT-35": Term("seller address line 1"),
    "BT-36": Term("seller address line 2"),
    "BT-162": Term("seller address line 3"),
    "BT-37": Term("seller city"),
    "BT-38": Term("seller post code"),
    "BT-39": Term("seller country subdivision"),
    "BT-40": Term("seller country code"),
    "BT-41": Term("seller contact point"),
    "BT-42": Term("seller contact telephone number"),
    "BT-43": Term("seller contact email address"),
    "BT-44": Term("buyer name"),
    "BT-45": Term("buyer trading name"),
    "BT-46": _repeated("buyer identifier"),
    "BT-46-1": _repeated("scheme of the buyer identifier"),
    "BT-47": Term("buyer legal registration identifier"),
    "BT-47-1": Term("scheme of the buyer legal registration identifier"),
    "BT-48": Term("buyer VAT identifier"),
    "BT-49": Term("buyer electronic address"),
    "BT-50": Term("buyer address line 1"),
    "BT-51": Term("buyer address line 2"),
    "BT-163": Term("buyer address line 3"),
    "BT-52": Term("buyer city"),
    "BT-53": Term("buyer post code"),
    "BT-54": Term("buyer country subdivision"),
    "BT-55": Term("buyer country code"),
    "BT-56": Term("buyer contact point"),
    "BT-57": Term("buyer contact telephone number"),
    "BT-58": Term("buyer contact email address"),
    "BT-59": Term("payee name"),
    "BT-60": Term("payee identifier"),
    "BT-61": Term("payee legal registration identifier"),
    "BT-62": Term("seller tax representative name"),
    "BT-63": Term("seller tax representative VAT identifier"),
    "BT-70": Term("deliver to party name"),
    "BT-72": _date("actual delivery date"),
    "BT-73": _date("invoicing period start date"),
    "BT-74": _date("invoicing period end date"),
    "BT-78": Term("deliver to post code"),
    "BT-80": Term("deliver to country code"),
    "BT-81": Term("payment means type code"),
    "BT-83": Term("remittance information"),
    "BT-84": _repeated("payment account identifier"),
    "BT-91": Term("debited account identifier"),
    "BT-106": _decimal("sum of invoice line net amounts"),
    "BT-107": _optional("sum of allowances on document level"),
    "BT-108": _optional("sum of charges on document level"),
    "BT-109": _decimal("invoice total without VAT"),
    "BT-110": _decimal("invoice total VAT amount"),
    "BT-111": _decimal("invoice total VAT amount in accounting currency"),
    "BT-112": _decimal("invoice total with VAT"),
    "BT-113": _optional("paid amount"),
    "BT-114": _optional("rounding amount"),
    "BT-115": _decimal("amount due for payment"),
}

LINE_TERMS: dict[str, Term] = {
    "BT-126": Term("line identifier"),
    "BT-127": _repeated("line note"),
    "BT-129": _decimal("invoiced quantity"),
    "BT-130": Term("unit of measure code"),
    "BT-131": _decimal("line net amount"),
    "BT-132": Term("referenced purchase order line"),
    "BT-134": _date("line period start date"),
    "BT-135": _date("line period end date"),
    "BT-146": _decimal("item net price"),
    "BT-147": _decimal("item price discount"),
    "BT-148": _decimal("item gross price"),
    "BT-149": _decimal("item price base quantity"),
    "BT-150": Term("item price base quantity unit code"),
    "BT-151": Term("line VAT category code"),
    "BT-152": _decimal("line VAT rate, per cent"),
    "BT-153": Term("item name"),
    "BT-154": Term("item description"),
    "BT-155": Term("item seller's identifier"),
    "BT-156": Term("item buyer's identifier"),
    "BT-157": Term("item standard identifier"),
    "BT-157-1": Term("scheme of the item standard identifier"),
    "BT-158": _repeated("item classification identifier"),
    "BT-158-1": _repeated("scheme of the item classification identifier"),
    "BT-159": Term("item country of origin"),
}

VAT_TERMS: dict[str, Term] = {
    "BT-116": _decimal("VAT category taxable amount"),
    "BT-117": _decimal("VAT category tax amount"),
    "BT-118": Term("VAT category code"),
    "BT-119": _decimal("VAT category rate, per cent"),
    "BT-120": Term("VAT exemption reason text"),
    "BT-121": Term("VAT exemption reason code"),
}


def write_value(term: Term, values: list[str]) -> str | None:
    """A term's values in canonical writing; None where there is none.

    Decimals lose useless zeros, dates become `YYYY-MM-DD`; what is neither stays as it is, for the source to refuse.
    """
    written = [_written(term.kind, value) for value in values]
    if term.repeats:
        joined = SEPARATOR.join(written)
        return joined if joined.strip() else None
    return next((value for value in written if value), None)


def _written(kind: Kind, value: str) -> str:
    match kind:
        case Kind.DECIMAL:
            return canonical_decimal(value) or value
        case Kind.OPTIONAL:
            return "" if (number := canonical_decimal(value)) == "0" else number or value
        case Kind.DATE:
            date = _DATE.fullmatch(value)
            return "-".join(date.groups()) if date else value
        case Kind.NOTE:
            noted = _SUBJECT.fullmatch(value)
            return noted[2] if noted else value
        case Kind.SUBJECT:
            subject = _SUBJECT.match(value)
            return subject[1] if subject else _code_alone(value)
        case Kind.TEXT:
            return value


def _code_alone(value: str) -> str:
    """The value if it is a bare subject code (CII gives it its own element), else nothing: a note without a subject."""
    return value if re.fullmatch(r"[A-Z]{3}", value) else ""
