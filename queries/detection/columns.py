"""Small vectorised steps that patterns share: days, months, sums by key, places of texts. Pure numpy and pyarrow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Longs = npt.NDArray[np.int64]
NEVER = -(2**40)  # a day before all days
EPOCH = date(1970, 1, 1)
MILLION = 1_000_000
_EXACT = 2**63 // MILLION


def day_numbers(column: Any) -> Longs:
    """Days since 1970 of a date column, int64[n]; `NEVER` for null."""
    return np.asarray(pc.fill_null(column.cast(pa.int32()).cast(pa.int64()), NEVER).to_numpy(zero_copy_only=False))


def longs_of(column: Any, missing: int = 0) -> Longs:
    """An integer column with `missing` for null, int64[n]."""
    return np.asarray(pc.fill_null(column, missing).to_numpy(), np.int64)


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def number_of(day: date) -> int:
    """The day number of a date."""
    return (day - EPOCH).days


def months_of(days: npt.ArrayLike) -> Longs:
    """Months (year * 12 + month - 1) of day numbers, int64; meaningless for `NEVER`."""
    months = np.asarray(days, np.int64).clip(-700_000, 2_900_000).astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64) + 1970 * 12


def first_day_of(months: npt.ArrayLike) -> Longs:
    """Day number of the first day of each month."""
    counted = (np.asarray(months, np.int64) - 1970 * 12).astype("datetime64[M]")
    return counted.astype("datetime64[D]").astype(np.int64)


def place_of(texts: Any, among: Any) -> Longs:
    """Place of each text in `among` (distinct), int64; -1 where it is not there."""
    found = pc.index_in(texts, value_set=among)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), np.int64)


def summed(keys: Longs, amounts: Longs, count: int) -> Longs:
    """Sum of amounts by key 0..count-1, int64[count], exact."""
    order = np.argsort(keys, kind="stable")
    sums = np.zeros(count, np.int64)
    if len(order):
        ordered = keys[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        sums[ordered[starts]] = np.add.reduceat(amounts[order], starts)
    return sums


def grouped(keys: Longs) -> tuple[Longs, Longs, Longs]:
    """Distinct keys ascending, the rows by key (stable), and where each key's rows begin (one more at the end)."""
    order = np.argsort(keys, kind="stable").astype(np.int64)
    ordered = keys[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(order) else np.zeros(0, np.bool_)
    starts = np.flatnonzero(new).astype(np.int64)
    return ordered[starts], order, np.append(starts, len(order))


def share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Longs:
    """The ratio part / whole in millionths, rounded down; 0 where the whole is not above zero."""
    parts, wholes = np.broadcast_arrays(np.asarray(part, np.int64), np.asarray(whole, np.int64))
    safe = np.maximum(wholes, 1)
    rest = parts % safe
    ratio = parts // safe * MILLION + np.where(safe <= _EXACT, rest * MILLION // safe, 0)
    for place in np.flatnonzero(safe > _EXACT):  # a product above 2^63: rare enough for Python's integers
        ratio[place] += int(rest[place]) * MILLION // int(safe[place])
    return np.where(wholes > 0, ratio, 0)
