"""Identifiers as values: tax numbers, resident ids, invoice keys, party tokens and public taxpayer ids.

Everything here is a pure function of its arguments. The loaders run the same definitions as SQL over whole columns
(`loaders.staging.macros`); a property test holds the two together. Called by loaders, queries and api.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from stdnum.cn import ric, uscc

PARTY_NUMBER: Final = "no"
PARTY_SERIAL: Final = "serial"
PARTY_NAME: Final = "name"
FOREIGN: Final = "foreign"
_HEX: Final = 24
_RESIDENT = re.compile(r"[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_TRUE_LENGTH: Final = 18


def normal_number(raw: str) -> str:
    """A tax or document number as it is compared: NFKC, capitals, no white space.

    >>> normal_number(" 9135 0100m000100y43")
    '91350100M000100Y43'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw)).upper()


def is_uscc(number: str) -> bool:
    """True if the check digit of a unified social credit code is right (GB 32100-2015)."""
    return bool(uscc.is_valid(number))


def is_resident_id(number: str) -> bool:
    """True if an 18-digit resident id is right (GB 11643-1999)."""
    return bool(ric.is_valid(number))


def holds_resident_id(number: str) -> bool:
    """True if a tax number begins with a valid resident id: it belongs to an individual and is never stored."""
    head = number[:_TRUE_LENGTH]
    return bool(_RESIDENT.fullmatch(head)) and str(ric.calc_check_digit(head)) == head[-1]


def long_resident_id(number: str) -> str:
    """A 15-digit resident id in its 18-digit form (19 inserted after the region, check digit added); others as is."""
    if not re.fullmatch(r"\d{15}", number):
        return number
    body = f"{number[:6]}19{number[6:]}"
    return body + str(ric.calc_check_digit(f"{body}0"))


def party_token(number: str) -> str:
    """The party id that a tax number gives.

    >>> party_token("91350100m000100y43")
    'no:91350100M000100Y43'
    """
    return f"{PARTY_NUMBER}:{normal_number(number)}"


def serial_token(source: str, source_id: str) -> str:
    """The party id that a source's own serial gives."""
    return f"{PARTY_SERIAL}:{source}:{source_id}"


def taxpayer_id(token: str) -> str:
    """The public taxpayer id that a canonical party gives: `tp` and 24 hex digits of sha256."""
    return f"tp{hashlib.sha256(token.encode()).hexdigest()[:_HEX]}"


def invoice_key(
    *, number: str, code: str | None = None, scheme: str = "cn", seller: str | None = None, red: bool | None = None
) -> str:
    """The public key of an invoice.

    Chinese: `code‖number` where there is a code, else the number. Foreign: `x` and 24 hex digits of
    sha256(seller's party token, number, red flag), because a number is unique only for its seller and a tax number
    must not be readable in a public id.
    """
    if scheme == FOREIGN:
        text = f"{seller or ''}\x1f{number}\x1f{'true' if red else 'false'}"
        return f"x{hashlib.sha256(text.encode()).hexdigest()[:_HEX]}"
    return f"{code or ''}{number}"
