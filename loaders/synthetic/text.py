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

    Integers: TypeAlias = NDArray[np.signedinteger[Any]]  # of 64 bits where no docstring says otherwise
    Booleans: TypeAlias = NDArray[np.bool_]
    Floats: TypeAlias = NDArray[np.float64]
    Text: TypeAlias = pa.Array[Any]

# The published stubs refuse much that the kernels take (an array and a plain value), hence Any.
pc: Any = pyarrow.compute

_SECONDS_A_DAY = 86_400
_MOST_DIGITS = 18  # that a 64-bit number always holds
_SIGN_BIT = 63


def pick(words: Sequence[str | None] | Text, places: Integers) -> Text:
    """The word at each place; place -1 is null."""
    array = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    wanted: Any = pa.array(places, mask=places < 0)
    return array.take(wanted)


def coded(words: Sequence[str | None], places: Integers) -> Text:
    """As `pick`, of few words: kept as their places, which files with dictionaries store as they are."""
    # Arrow writes dictionaries with a word twice as plain text, and not the same bytes every time.
    known = [*dict.fromkeys(word for word in words if word is not None)]
    place = np.array([-1 if word is None else known.index(word) for word in words] + [-1], dtype=np.int16)[places]
    indices: Any = pa.array(place, mask=place < 0)
    found: Text = pa.DictionaryArray.from_arrays(indices, pa.array(known, pa.string()))
    return found


def join(*parts: Text | str) -> Text:
    """The parts of each row one after another; null where any part is null."""
    text: Text = pc.binary_join_element_wise(
        *(pa.scalar(part) if isinstance(part, str) else part for part in parts), ""
    )
    return text


def padded(numbers: Integers, width: int) -> Text:
    """Whole numbers from nought on with leading zeros."""
    count, limit = len(numbers), 10 ** min(width, _MOST_DIGITS)
    if not count or int(numbers.max()) >= limit or limit < 10**width:
        text: Text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")
        return text
    # Written with a leading one, all are equally long; cutting it off is four times as fast as filling up.
    led = pa.array(numbers.astype(np.int64) + limit).cast(pa.string()).buffers()[2]
    signs = np.frombuffer(led, np.uint8)[: count * (width + 1)].reshape(count, width + 1)[:, 1:]
    ends = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), count, [None, _buffer(ends), _buffer(signs)])


def whole(numbers: Integers) -> Text:
    """Whole numbers without leading zeros."""
    return pa.array(numbers).cast(pa.string())


def _buffer(values: Any) -> pa.Buffer:
    return pa.py_buffer(np.ascontiguousarray(values))  # type: ignore[arg-type]  # the stubs know no arrays


def cents_text(cents: Integers) -> Text:
    """Amounts with two decimals: -1205 is `-12.05`."""
    return _decimal_text(cents, 2)


def millionths_text(millionths: Integers) -> Text:
    """Numbers with six decimals, useless zeros cut off."""
    number: Text = pc.utf8_rtrim(pc.utf8_rtrim(_decimal_text(millionths, 6), characters="0"), characters=".")
    return number


def _decimal_text(numbers: Integers, places: int) -> Text:
    """Whole numbers with a point before the last `places` digits."""
    halves = np.empty((len(numbers), 2), dtype=np.int64)  # of a 128-bit number: low and, for the sign, high
    halves[:, 0] = numbers
    halves[:, 1] = numbers >> _SIGN_BIT
    kind = pa.decimal128(_MOST_DIGITS + 1, places)
    text: Text = pa.Array.from_buffers(kind, len(numbers), [None, _buffer(halves)]).cast(pa.string())
    return text


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
