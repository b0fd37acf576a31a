"""Whole columns of text out of numbers and word lists. Used by every module of the generator.

Nothing here draws at random; arrays go in as numpy and come out as Arrow string arrays of the same length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]
    Booleans: TypeAlias = NDArray[np.bool_]
    Floats: TypeAlias = NDArray[np.float64]
    Text: TypeAlias = pa.Array[Any]

# The published stubs refuse much that the kernels take (an array and a plain value), hence Any.
pc: Any = pyarrow.compute

_SECONDS_A_DAY = 86_400
_MILLIONTHS = 1_000_000


def pick(words: Sequence[str | None] | Text, places: Integers) -> Text:
    """The word at each place; place -1 is null."""
    array = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    wanted: Any = pa.array(places, mask=places < 0)
    return array.take(wanted)


def join(*parts: Text | str) -> Text:
    """The parts of each row one after another; null where any part is null."""
    text: Text = pc.binary_join_element_wise(
        *(pa.scalar(part) if isinstance(part, str) else part for part in parts), ""
    )
    return text


def padded(numbers: Integers, width: int) -> Text:
    """Whole numbers with leading zeros."""
    text: Text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")
    return text


def whole(numbers: Integers) -> Text:
    """Whole numbers without leading zeros."""
    return pa.array(numbers).cast(pa.string())


def cents_text(cents: Integers) -> Text:
    """Amounts with two decimals: -1205 is `-12.05`."""
    magnitude = np.abs(cents)
    sign = pick(["", "-"], (cents < 0).astype(np.int64))
    return join(sign, whole(magnitude // 100), ".", padded(magnitude % 100, 2))


def millionths_text(millionths: Integers) -> Text:
    """Numbers with six decimals, useless zeros cut off."""
    magnitude = np.abs(millionths)
    sign = pick(["", "-"], (millionths < 0).astype(np.int64))
    text = join(sign, whole(magnitude // _MILLIONTHS), ".", padded(magnitude % _MILLIONTHS, 6))
    number: Text = pc.utf8_rtrim(pc.utf8_rtrim(text, characters="0"), characters=".")
    return number


def day_text(days: Integers, *, absent: Booleans | None = None) -> Text:
    """Days since 1970-01-01 as `2026-03-01`; null where `absent`."""
    found: Text = pa.array(days.astype("datetime64[D]").astype("datetime64[D]"), mask=absent).cast(pa.string())
    return found


def time_text(seconds: Integers, *, absent: Booleans | None = None) -> Text:
    """Civil seconds since 1970-01-01 as `2026-03-01 12:30:05`; null where `absent`."""
    found: Text = pa.array(seconds.astype("datetime64[s]"), mask=absent).cast(pa.string())
    return found


def where(condition: Booleans, then: Text | str | None, otherwise: Text | str | None) -> Text:
    """Text of one column or the other."""
    text: Text = pc.if_else(pa.array(condition), _text(then), _text(otherwise))
    return text


def _text(value: Text | str | None) -> Any:
    return pa.scalar(value, pa.string()) if value is None or isinstance(value, str) else value


def day_of(seconds: Integers) -> Integers:
    """Days since 1970-01-01 of civil seconds."""
    return seconds // _SECONDS_A_DAY


def text_table(columns: dict[str, Text]) -> pa.Table:
    """A table of these string columns."""
    return pa.table(columns)
