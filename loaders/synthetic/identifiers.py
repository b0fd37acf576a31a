"""Identifiers of fictitious subjects with right check digits: USCC, resident id, old tax number. Used by `population`.

Formulas: USCC, GB 32100-2015; resident id, GB 11643-1999 (both as in docs: weights and modulus below).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.text import join, padded, pick, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.synthetic.text import Integers, Text

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECKS = "0123456789X"
_RESIDENT_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_RESIDENT_CHECKS = "10X98765432"


def social_credit_codes(counties: Sequence[str], county: Integers, serial: Integers) -> Text:
    """USCC of firms: `91`, six digits of the county, nine of the organisation code, check sign.

    Args:
        counties: six-digit codes.
        county: which of them, per firm.
        serial: a number below 10^7, unique per firm; the rest of the code is fixed by it.
    """
    organisation = join("M", padded(serial % 10_000_000, 7))
    body = join(organisation, _organisation_check(_signs(organisation)))
    front = join("91", pick(counties, county), body)
    return join(front, _uscc_check(_signs(front)))


def resident_numbers(region: Text, birthday: Text, serial: Integers) -> Text:
    """Resident ids: region (6), birthday (YYYYMMDD), serial below 1000, check sign. Of no real person by intent."""
    front = join(region, birthday, padded(serial % 1000, 3))
    return join(front, _resident_check(_signs(front)))


def old_tax_numbers(region: Text, serial: Integers) -> Text:
    """Fifteen-digit numbers as they were before 2015: region and nine digits."""
    return join(region, padded(100_000_000 + serial % 900_000_000, 9))


def bureau_serials(province: Text, serial: Integers) -> Text:
    """DJXH: twenty digits, `101`, province, fifteen digits."""
    return join("101", province, padded(serial, 15))


def birthdays(year: Integers, day_of_year: Integers) -> Text:
    """YYYYMMDD; the day of year counts from 0 and stays below 365."""
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    days = first + day_of_year.astype("timedelta64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    return join(whole(year), padded(month, 2), padded((days - months).astype(np.int64) + 1, 2))


def _signs(text: Text) -> Integers:
    width = len(text[0].as_py()) if len(text) else 1
    fixed = np.array(text.to_pylist(), dtype=f"S{width}")
    return fixed.view(np.uint8).reshape(len(fixed), width).astype(np.int64)


def _places(alphabet: str) -> Integers:
    table = np.zeros(256, dtype=np.int64)
    for place, sign in enumerate(alphabet):
        table[ord(sign)] = place
    return table


def _uscc_check(signs: Integers) -> Text:
    total = _places(_USCC_ALPHABET)[signs] @ _USCC_WEIGHTS
    return pick(list(_USCC_ALPHABET), (31 - total % 31) % 31)


def _organisation_check(signs: Integers) -> Text:
    total = _places(_ORGANISATION_ALPHABET)[signs] @ _ORGANISATION_WEIGHTS
    return pick(list(_ORGANISATION_CHECKS), (11 - total % 11) % 11)


def _resident_check(signs: Integers) -> Text:
    total = _places("0123456789")[signs] @ _RESIDENT_WEIGHTS
    return pick(list(_RESIDENT_CHECKS), total % 11)
