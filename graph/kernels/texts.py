"""The usual writings of values, read straight from the UTF-8 of a text column. Used by the staging area of loaders.

Each kernel takes a column as Arrow keeps it (`offsets` int32 of n + 1, `data` uint8) and gives n values and n flags:
the flag is 0 where the text is not of the one usual form, whose value is then meaningless. Empty text counts as usual
and gives 0: the caller knows which cells are null. Unusual writings are for the slower, complete definitions
(`loaders.staging.values`), which a property test holds equal to these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

_ZERO, _NINE = 48, 57
_MINUS, _POINT, _PERCENT, _COLON, _SPACE, _T = 45, 46, 37, 58, 32, 84
_LONGEST = 15  # digits before the point: with two decimals they fit an int64
_LONGEST_RATE = 12  # signs, so that millionths fit an int64 too
_DATE, _MINUTE, _SECOND = 10, 16, 19  # lengths of 2026-03-01, 2026-03-01 12:30 and 2026-03-01 12:30:05
_DAY_SECONDS = 86_400


@kernel
def _digits(data: Flags, start: int, end: int) -> int:
    """The number that these bytes write, -1 if one is no digit or there is none."""
    if start >= end:
        return -1
    value = 0
    for place in range(start, end):
        sign = data[place]
        if sign < _ZERO or sign > _NINE:
            return -1
        value = value * 10 + (sign - _ZERO)
    return value


@kernel
def _scaled(data: Flags, start: int, end: int, decimals: int) -> tuple[int, int]:
    """Value times 10^decimals of `-?digits(.digits)?` with at most so many decimals; and whether it is one."""
    sign = 1
    if start < end and data[start] == _MINUS:
        sign = -1
        start += 1
    point = start
    while point < end and data[point] != _POINT:
        point += 1
    whole = _digits(data, start, point)
    if whole < 0 or point - start > _LONGEST:
        return 0, 0
    given = max(end - point - 1, 0)
    if point < end and (given == 0 or given > decimals):
        return 0, 0
    part = _digits(data, point + 1, end) if given else 0
    if part < 0:
        return 0, 0
    for _ in range(given):
        whole *= 10
    value = whole + part
    for _ in range(decimals - given):
        value *= 10
    return sign * value, 1


@kernel
def hundredths(offsets: Ints, data: Flags) -> tuple[Longs, Flags]:
    """Amounts such as `-1234.5`: at most 15 digits and two decimals; values in hundredths."""
    count = len(offsets) - 1
    values, usual = np.zeros(count, np.int64), np.ones(count, np.uint8)
    for row in range(count):
        if offsets[row] < offsets[row + 1]:
            values[row], usual[row] = _scaled(data, offsets[row], offsets[row + 1], 2)
    return values, usual


@kernel
def millionths(offsets: Ints, data: Flags) -> tuple[Longs, Flags]:
    """Rates such as `0.13` (six decimals at most) or `13%` (four); values in millionths."""
    count = len(offsets) - 1
    values, usual = np.zeros(count, np.int64), np.ones(count, np.uint8)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        if end - start > _LONGEST_RATE:
            usual[row] = 0
        elif data[end - 1] == _PERCENT:
            values[row], usual[row] = _scaled(data, start, end - 1, 4)
        else:
            values[row], usual[row] = _scaled(data, start, end, 6)
    return values, usual


@kernel
def whole_numbers(offsets: Ints, data: Flags) -> tuple[Longs, Flags]:
    """Digits only, at most 18."""
    count = len(offsets) - 1
    values, usual = np.zeros(count, np.int64), np.ones(count, np.uint8)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        value = _digits(data, start, end) if end - start <= 18 else -1
        if value < 0:
            usual[row] = 0
        else:
            values[row] = value
    return values, usual


@kernel
def plain_decimals(offsets: Ints, data: Flags) -> Flags:
    """Whether each text already is its canonical decimal: no leading or trailing zero, no plus, no exponent."""
    count = len(offsets) - 1
    usual = np.ones(count, np.uint8)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        first = start + 1 if data[start] == _MINUS else start
        point = first
        while point < end and data[point] != _POINT:
            point += 1
        length, given = point - first, end - point - 1
        zero = data[first] == _ZERO
        if (
            length < 1
            or length > _LONGEST + 1
            or _digits(data, first, point) < 0
            or (zero and (length > 1 or first > start))
        ):
            usual[row] = 0
        elif point < end:
            cut = given < 1 or given > 11 or data[end - 1] == _ZERO
            usual[row] = 0 if cut or _digits(data, point + 1, end) < 0 else 1
    return usual


@kernel
def _day(data: Flags, start: int) -> int:
    """Days since 1970-01-01 of `2026-03-01` at `start` (years 1 to 9999); -2^31 if it is no date.

    Civil calendar to day number: H. Hinnant, chrono-compatible low-level date algorithms, days_from_civil.
    """
    wrong = -(1 << 31)
    year, month = _digits(data, start, start + 4), _digits(data, start + 5, start + 7)
    day = _digits(data, start + 8, start + 10)
    if data[start + 4] != _MINUS or data[start + 7] != _MINUS or year < 1 or month < 1 or month > 12 or day < 1:
        return wrong
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month in {4, 6, 9, 11}:
        longest = 30
    elif month == 2:
        longest = 29 if leap else 28
    if day > longest:
        return wrong
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return int(era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468)


@kernel
def days(offsets: Ints, data: Flags) -> tuple[Longs, Flags]:
    """Dates such as `2026-03-01`; values in days since 1970-01-01."""
    count = len(offsets) - 1
    values, usual = np.zeros(count, np.int64), np.ones(count, np.uint8)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        day = _day(data, start) if end - start == _DATE else -(1 << 31)
        if day == -(1 << 31):
            usual[row] = 0
        else:
            values[row] = day
    return values, usual


@kernel
def _clock(data: Flags, start: int, end: int) -> int:
    """Seconds of ` 12:30` or ` 12:30:05`, -1 if these bytes write none."""
    if data[start] != _SPACE and data[start] != _T:
        return -1
    hour, minute, second = _digits(data, start + 1, start + 3), _digits(data, start + 4, start + 6), 0
    if data[start + 3] != _COLON:
        return -1
    if end - start == _SECOND - _DATE:
        if data[start + 6] != _COLON:
            return -1
        second = _digits(data, start + 7, start + 9)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return -1
    return hour * 3600 + minute * 60 + second


@kernel
def seconds(offsets: Ints, data: Flags) -> tuple[Longs, Flags, Flags]:
    """Civil times such as `2026-03-01`, `2026-03-01 12:30` or `2026-03-01T12:30:05`.

    Values in seconds since 1970-01-01 without a zone; the third array tells which texts have a clock time.
    """
    count = len(offsets) - 1
    values, usual = np.zeros(count, np.int64), np.ones(count, np.uint8)
    timed = np.zeros(count, np.uint8)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        length = end - start
        if length == 0:
            continue
        day, clock = -(1 << 31), 0
        if length in {_DATE, _MINUTE, _SECOND}:
            day = _day(data, start)
            if length > _DATE:
                clock = _clock(data, start + _DATE, end)
                timed[row] = 1
        if day == -(1 << 31) or clock < 0:
            usual[row] = 0
        else:
            values[row] = day * _DAY_SECONDS + clock
    return values, usual, timed


@kernel
def _is_blank(first: int, second: int, third: int) -> bool:
    """Whether these bytes begin with white space as Unicode defines it (Python's `str.isspace`)."""
    if first < 0x80:
        return 9 <= first <= 13 or 28 <= first <= 32
    if first == 0xC2:
        return second in {0x85, 0xA0}
    if first == 0xE1:
        return second == 0x9A and third == 0x80
    if first == 0xE2:
        general = second == 0x80 and (third <= 0x8A or third in {0xA8, 0xA9, 0xAF})
        return general or (second == 0x81 and third == 0x9F)
    return first == 0xE3 and second == 0x80 and third == 0x80


@kernel
def has_outer_blanks(offsets: Ints, data: Flags) -> bool:
    """Whether any text begins or ends with white space."""
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        first, last = data[start], data[end - 1]
        wide = end - start >= 3
        if _is_blank(first, data[start + 1] if start + 1 < end else 0, data[start + 2] if wide else 0):
            return True
        if last < 0x80:
            if _is_blank(last, 0, 0):
                return True
        elif (end - start >= 2 and _is_blank(data[end - 2], last, 0)) or (
            wide and _is_blank(data[end - 3], data[end - 2], last)
        ):
            return True
    return False
