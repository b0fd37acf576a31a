"""Small helpers over Arrow text columns. Used by `values` and `times`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    Values: TypeAlias = pa.Array[Any]
    Column: TypeAlias = pa.Array[Any] | pa.ChunkedArray[Any] | pd.Series[str]

# The published stubs refuse much that the kernels take (an array and a plain value), hence Any.
pc: Any = pyarrow.compute


def as_text(column: Column) -> Values:
    """A string array of the column, in one piece; a pandas series' missing values become null."""
    found: Any = column
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if not isinstance(found, pa.Array):
        found = pa.array(found, from_pandas=True)
    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    text: Values = found.cast(pa.string())
    return text


def fill_false(mask: Values) -> Values:
    """The mask with false for null."""
    filled: Values = pc.fill_null(mask, False)
    return filled


def to_numpy(values: Values) -> NDArray[Any]:
    """The values as a numpy array; there must be no null among integers and booleans."""
    array: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return array


def null_if_blank(text: Values) -> Values:
    """The text with null for the empty text."""
    present: Values = pc.if_else(fill_false(pc.equal(text, "")), pa.scalar(None, pa.string()), text)
    return present


def map_distinct(text: Values, change: Callable[[str], str]) -> Values:
    """`change` applied to each distinct value once; for what Arrow has no kernel for."""
    encoded: Any = text.dictionary_encode()
    changed: Values = pa.array([change(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return changed.take(encoded.indices)


def text_bytes(column: pa.ChunkedArray[Any]) -> Iterator[bytes]:
    """The UTF-8 of a string column's values one after the other: a search in it is faster than one in each value."""
    for chunk in column.chunks:
        offsets, data = chunk.buffers()[1:]
        if data is None or offsets is None or not len(chunk):
            continue
        places = np.frombuffer(memoryview(offsets), dtype=np.int32, count=len(chunk) + 1, offset=4 * chunk.offset)
        yield data.slice(int(places[0]), int(places[-1] - places[0])).to_pybytes()
