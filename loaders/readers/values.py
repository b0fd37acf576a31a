"""Codes, numbers and amounts out of text columns, whole columns at a time. Called by `loaders.sources`.

Each parser takes a string column (Arrow array, chunked array or pandas series), returns columns of the same length, and
never raises on a value: what cannot be read is null and marked in `failed`. Null and blank are null and not failed.
Dates and times are in `loaders.readers.times`, offered here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from loaders.readers.columns import as_text, fill_false, map_distinct, null_if_blank, pc
from loaders.readers.times import ParsedTimes, parse_date_or_time

if TYPE_CHECKING:
    from loaders.readers.columns import Column, Values

__all__ = [
    "ParsedDecimals",
    "ParsedIntegers",
    "ParsedTimes",
    "canonical_decimal",
    "clean_code",
    "parse_date_or_time",
    "parse_decimal",
    "parse_millionths",
    "parse_minor_units",
    "to_half_width",
]

# Full-width ! … ~ lie 0xFEE0 above ASCII; the ideographic blank, the full-width yen and the minus sign lie apart.
_HALF_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20, 0xFFE5: 0xA5, 0x2212: 0x2D}
# Each digit can be taken in one way only: Python's engine would try all ways to cut a text of a million digits.
_PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$"
_GROUPED = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"
_SCIENTIFIC = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d{1,2}$"
_DIGITS_OF_INT64 = 18
_MILLIONTH_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ParsedDecimals:
    """`text`: canonical decimal text (`-12.5`, no exponent, no useless zero), null where absent or failed."""

    text: Values
    failed: Values


@dataclass(frozen=True, slots=True)
class ParsedIntegers:
    """`value`: int64 in the unit asked for; `rounded`: the text had more digits and was rounded half away from zero."""

    value: Values
    rounded: Values
    failed: Values


def to_half_width(column: Column) -> Values:
    """Full-width letters, digits and signs (and the ideographic blank) as ASCII; nothing else changes.

    Not NFKC, which also turns `10²` into `102`. For codes, numbers and amounts only: names keep their own signs.
    """
    text = as_text(column)
    wide = pc.invert(pc.fill_null(pc.string_is_ascii(text), True))
    if not pc.any(wide).as_py():
        return text
    return map_distinct(text, lambda value: value.translate(_HALF_WIDTH))


def clean_code(column: Column) -> Values:
    """Codes and numbers of documents: half width, upper case, no white space, no `="…"` or leading apostrophe.

    The last two are what spreadsheets add to keep long numbers as text. Blank becomes null.
    """
    text = pc.replace_substring_regex(to_half_width(column), r"[\s\x{a0}\x{200b}\x{feff}]+", "")
    text = pc.replace_substring_regex(text, r'^="(.*)"$', r"\1")
    text = pc.utf8_upper(pc.replace_substring_regex(text, r"^['’]", ""))
    return null_if_blank(text)


def parse_decimal(column: Column) -> ParsedDecimals:
    """Decimal numbers as canonical text.

    Reads `1234.5`, `1,234.50`, `１，２３４．５０`, `¥1,234.50`, `1,234.50元`, `(1,234.50)` = -1234.5, `1.2E+5`.
    A comma is a thousands separator and stands every three digits; `1.234,50` is refused, not guessed.
    """
    text = _bare_number(column)
    grouped = fill_false(pc.match_substring_regex(text, _GROUPED))
    text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
    scientific = fill_false(pc.match_substring_regex(text, _SCIENTIFIC))
    if pc.any(scientific).as_py():
        text = map_distinct(text, _without_exponent)
    good = fill_false(pc.match_substring_regex(text, _PLAIN))
    failed = pc.and_not(pc.is_valid(text), good)
    return ParsedDecimals(text=_canonical(pc.if_else(good, text, pa.scalar(None, pa.string()))), failed=failed)


def parse_minor_units(column: Column, *, digits: int = 2) -> ParsedIntegers:
    """Amounts as int64 minor units; `digits` is the currency's exponent (2: yuan → cents)."""
    return _scaled(parse_decimal(column), digits=digits)


def parse_millionths(column: Column) -> ParsedIntegers:
    """Rates and shares as integer millionths: `13%` and `0.13` are 130000; `1` is one whole, not one per cent."""
    text = to_half_width(column)
    percent = fill_false(pc.match_substring_regex(text, r"%\s*$"))
    numbers = parse_decimal(pc.replace_substring_regex(text, r"\s*%\s*$", ""))
    whole = _scaled(numbers, digits=_MILLIONTH_DIGITS)
    hundredth = _scaled(numbers, digits=_MILLIONTH_DIGITS - 2)
    return ParsedIntegers(
        value=pc.if_else(percent, hundredth.value, whole.value),
        rounded=pc.if_else(percent, hundredth.rounded, whole.rounded),
        failed=pc.if_else(percent, hundredth.failed, whole.failed),
    )


def canonical_decimal(text: str) -> str | None:
    """One number's canonical text, or None if it is no number: `parse_decimal` for a single ASCII value."""
    stripped = text.strip()
    if re.fullmatch(_SCIENTIFIC.strip("^$"), stripped, re.ASCII):
        stripped = _without_exponent(stripped)
    if not re.fullmatch(_PLAIN.strip("^$"), stripped, re.ASCII):
        return None
    negative, digits = stripped.startswith("-"), stripped.lstrip("+-")
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    number = f"{whole}.{fraction}" if fraction else whole
    return f"-{number}" if negative and number != "0" else number


def _bare_number(column: Column) -> Values:
    """Half width, without outer blanks, currency signs and brackets; blank → null. Inner blanks stay, and fail."""
    text = pc.utf8_trim_whitespace(to_half_width(column))
    text = pc.replace_substring_regex(text, r"^\(\s*([^-+()]*?)\s*\)$", r"-\1")
    text = pc.replace_substring_regex(text, r"^([+-]?)\s*[¥$€£]\s*([^-+]|$)", r"\1\2")
    text = pc.replace_substring_regex(text, r"^[¥$€£]\s*([+-])", r"\1")
    return null_if_blank(pc.replace_substring_regex(text, r"([\d.])\s*[元圆]$", r"\1"))


def _without_exponent(value: str) -> str:
    if not re.fullmatch(_SCIENTIFIC.strip("^$"), value, re.ASCII):
        return value
    return format(Decimal(value), "f")


def _canonical(text: Values) -> Values:
    steps: tuple[tuple[str, str], ...] = (
        (r"^\+", ""),
        (r"^(-?)0+(\d)", r"\1\2"),
        (r"^(-?)\.", r"\10."),  # RE2 groups have one digit: group 1, then a zero
        (r"(\.\d*?)0+$", r"\1"),
        (r"\.$", ""),
        (r"^-0$", "0"),
    )
    for pattern, replacement in steps:
        text = pc.replace_substring_regex(text, pattern, replacement)
    return text


def _scaled(numbers: ParsedDecimals, *, digits: int) -> ParsedIntegers:
    """Canonical decimals times 10^digits, half away from zero; more than 18 digits in all fail."""
    parts = pc.extract_regex(numbers.text, r"^(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<fraction>\d+))?$")
    sign, whole, fraction = (pc.struct_field(parts, name) for name in ("sign", "whole", "fraction"))
    kept = pc.binary_join_element_wise(
        whole, pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, width=digits, padding="0"), 0, digits), ""
    )
    fits = pc.less_equal(pc.utf8_length(kept), _DIGITS_OF_INT64)
    magnitude = pc.cast(pc.if_else(fits, kept, pa.scalar(None, pa.string())), pa.int64())
    rest = pc.utf8_slice_codeunits(fraction, digits)
    up = pc.cast(pc.match_substring_regex(rest, "^[5-9]"), pa.int64())
    value = pc.add(magnitude, up)
    return ParsedIntegers(
        value=pc.if_else(pc.equal(sign, "-"), pc.negate(value), value),
        rounded=fill_false(pc.and_(fits, pc.greater(pc.utf8_length(rest), 0))),
        failed=pc.or_(numbers.failed, fill_false(pc.invert(fits))),
    )
