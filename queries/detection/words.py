"""Text columns as flags and codes of numpy. Shared by the patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
UNTOLD = -1


def says(column: Any, word: str) -> Flags:
    """Which texts of a column are this word, bool[n]; never where nothing is told."""
    return np.asarray(pc.fill_null(pc.equal(column, pa.scalar(word)), False).to_numpy(zero_copy_only=False), np.bool_)


def places_in(column: Any, words: Sequence[str]) -> Longs:
    """Place of each text among the words, int64[n]; `UNTOLD` where it is none of them."""
    found: Any = pc.index_in(column, value_set=pa.array(list(words), pa.string()))
    return np.asarray(pc.fill_null(found, UNTOLD).to_numpy(zero_copy_only=False), np.int64)


def codes_of(column: Any) -> Longs:
    """Equal texts have equal codes, int64[n]; `UNTOLD` where nothing is told."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    codes: Any = whole.dictionary_encode().indices
    return np.asarray(pc.fill_null(codes.cast(pa.int64()), UNTOLD).to_numpy(zero_copy_only=False), np.int64)


def among(column: pa.DictionaryArray[Any, Any], words: Sequence[str]) -> Flags:
    """Which entries of a dictionary column are one of the words, bool[n]."""
    known: Any = column.dictionary
    wanted = np.append(places_in(known, words) != UNTOLD, False)
    places: Any = column.indices
    return np.asarray(wanted[pc.fill_null(places.cast(pa.int64()), len(known)).to_numpy()], np.bool_)
