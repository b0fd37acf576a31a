"""Dates and times out of text columns, whole columns at a time. Offered by `loaders.readers.values`.

A value is *civil* time (what the clock on the wall showed, default zone Asia/Shanghai) with its precision. Times that
carry an offset are converted; a date that carries one keeps its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.readers.columns import as_text, fill_false, map_distinct, null_if_blank, pc, to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loaders.readers.columns import Column, Values

DEFAULT_ZONE = "Asia/Shanghai"
DAY = "day"
SECOND = "second"

# Named parts are the same in each form, so that one function reads them all.
_PARTED = (
    r"^(?P<year>\d{4})(?:-|/|\.|年)(?P<month>\d{1,2})(?:-|/|\.|月)(?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})(?::|时)(?P<minute>\d{1,2})(?:(?::|分)(?:(?P<second>\d{1,2})(?:[.,]\d+)?秒?)?)?)?"
    r"\s*(?P<offset>Z|z|UTC|[+-]\d{2}:?\d{2})?$"
)
_COMPACT = (
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[T\s]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?$"
)
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_CLOCK_ENDS = (24, 60, 60)
# Day 0 of the sheet's calendar, so that day 61 is 1900-03-01: it counts a 29 February 1900 that never was.
_SERIAL_EPOCH_DAYS = int(np.datetime64("1899-12-30", "D").astype(np.int64))
_DAY_SECONDS = 86_400
_FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {
    0x3000: 0x20,
    0xFF0D: 0x2D,
    0xFF0F: 0x2F,
    0xFF1A: 0x3A,
    0xFF0E: 0x2E,
    0xFF0B: 0x2B,
}


@dataclass(frozen=True, slots=True)
class ParsedTimes:
    """What became of a column of dates and times.

    Attributes:
        value: `timestamp('s')` without zone, civil time; midnight where only the day is known; null if there is none.
        precision: "day" or "second" (a time given to the minute counts as its first second); null with `value`.
        failed: true where the text is neither blank nor a date or time.
    """

    value: Values
    precision: Values
    failed: Values


@dataclass(frozen=True, slots=True)
class _Moments:
    seconds: NDArray[np.int64]  # civil seconds since 1970-01-01, of whatever zone the text is in
    offset: NDArray[np.int64]  # seconds east of UTC, where has_offset
    timed: NDArray[np.bool_]
    has_offset: NDArray[np.bool_]
    good: NDArray[np.bool_]


def parse_date_or_time(column: Column, *, zone: str = DEFAULT_ZONE, serials: bool = True) -> ParsedTimes:
    """Dates and times in the mixed forms that exports hold.

    Reads `2026-03-01`, `2026/3/1`, `2026.3.1`, `20260301`, `2026年3月1日`, each with a time
    (`12:30`, `12:30:05`, `12时30分05秒`, `123005`; fractions of a second are cut) and, with a time,
    an offset (`Z`, `+08:00`). Bare numbers of five digits are a sheet's serial days if `serials`. `03/01/2026` is
    refused: it may be January or March.

    Args:
        column: text.
        zone: the civil zone into which times with an offset are converted (an IANA name).
        serials: whether `46082` or `46082.52` is a serial date (1900 date system).
    """
    text = _trimmed(column)
    moments = _merge(_read(text, _PARTED), _read(text, _COMPACT))
    if serials:
        moments = _merge(moments, _read_serials(text))
    present = to_numpy(pc.is_valid(text))
    seconds = np.where(moments.has_offset & moments.timed, _to_zone(moments, zone), moments.seconds)
    absent = pa.array(~moments.good)
    value = pa.array(seconds).cast(pa.timestamp("s"))
    precision = pa.array(np.where(moments.timed, SECOND, DAY).astype(object), pa.string())
    return ParsedTimes(
        value=pc.if_else(absent, pa.scalar(None, pa.timestamp("s")), value),
        precision=pc.if_else(absent, pa.scalar(None, pa.string()), precision),
        failed=pa.array(present & ~moments.good),
    )


def _trimmed(column: Column) -> Values:
    text = as_text(column)
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = map_distinct(text, lambda value: value.translate(_FULL_WIDTH))
    text = pc.utf8_trim_whitespace(text)
    return null_if_blank(text)


def _read(text: Values, pattern: str) -> _Moments:
    parts = pc.extract_regex(text, pattern)
    year, month, day, *clock = (_number(parts, name) for name in _PARTS)
    days, good = _days(year, month, day)
    good &= to_numpy(pc.is_valid(parts))
    for value, end in zip(clock, _CLOCK_ENDS, strict=True):
        good &= value < end
    hour, minute, second = clock
    offset, has_offset = _offsets(parts)
    return _Moments(
        seconds=days * _DAY_SECONDS + hour * 3600 + minute * 60 + second,
        offset=offset,
        timed=_given(parts, "hour"),
        has_offset=has_offset,
        good=good & (np.abs(offset) < _DAY_SECONDS),
    )


def _number(parts: Values, name: str) -> NDArray[np.int64]:
    """The part as an integer; 0 where it is absent."""
    part = pc.struct_field(parts, name)
    part = pc.if_else(fill_false(pc.equal(part, "")), "0", part)
    return to_numpy(pc.fill_null(pc.cast(part, pa.int64()), 0))


def _given(parts: Values, name: str) -> NDArray[np.bool_]:
    return to_numpy(fill_false(pc.not_equal(pc.struct_field(parts, name), "")))


def _days(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970-01-01, and whether the three make a date (30 February does not)."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    good = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= following - first)  # noqa: PLR2004 - months
    return first + day - 1, good


def _offsets(parts: Values) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds east of UTC, and where an offset is given; `Z` is zero."""
    text = pc.struct_field(parts, "offset")
    digits = pc.extract_regex(text, r"^(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})$")
    size = _number(digits, "hours") * 3600 + _number(digits, "minutes") * 60
    west = to_numpy(fill_false(pc.equal(pc.struct_field(digits, "sign"), "-")))
    return np.where(west, -size, size), _given(parts, "offset")


def _read_serials(text: Values) -> _Moments:
    good = fill_false(pc.match_substring_regex(text, _SERIAL))
    serial = to_numpy(pc.fill_null(pc.cast(pc.if_else(good, text, "0"), pa.float64()), 0.0))
    seconds = np.rint((serial + _SERIAL_EPOCH_DAYS) * _DAY_SECONDS).astype(np.int64)
    nowhere = np.zeros(len(seconds), dtype=bool)
    return _Moments(
        seconds=seconds,
        offset=np.zeros(len(seconds), dtype=np.int64),
        timed=seconds % _DAY_SECONDS != 0,
        has_offset=nowhere,
        good=to_numpy(good),
    )


def _merge(first: _Moments, second: _Moments) -> _Moments:
    """The first where it is good, else the second."""
    return _Moments(
        seconds=np.where(first.good, first.seconds, second.seconds),
        offset=np.where(first.good, first.offset, second.offset),
        timed=np.where(first.good, first.timed, second.timed),
        has_offset=np.where(first.good, first.has_offset, second.has_offset),
        good=first.good | second.good,
    )


def _to_zone(moments: _Moments, zone: str) -> NDArray[np.int64]:
    """Civil seconds in `zone` of the instants that the moments with an offset are."""
    instants = pa.array(moments.seconds - moments.offset).cast(pa.timestamp("s", tz=zone))
    local = pc.local_timestamp(instants)
    return to_numpy(local.cast(pa.int64()))
