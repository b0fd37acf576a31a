"""Arrow columns as identity resolution uses them. The published stubs refuse much that Arrow takes, hence Any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute

Text: TypeAlias = Any  # pa.Array of strings
Column: TypeAlias = Any  # pa.Array
pc: Any = pyarrow.compute
_NO_BYTES = np.zeros(0, np.uint8)
_NO_BYTES.setflags(write=False)  # as what Arrow lends: a kernel is compiled for either
PAIR: Any = [("left", "ascending"), ("right", "ascending")]


def whole(table: pa.Table, name: str) -> Column:
    """A column as one array that starts at the start of its buffers."""
    chunks = table[name].chunks
    return pa.concat_arrays(chunks) if chunks else pa.array([], table.schema.field(name).type)


def in_order(table: pa.Table) -> pa.Table:
    """The rows by id; those that are in order already are not moved."""
    ids = whole(table, "id")
    if pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py() is not False:
        return table
    return table.take(pc.sort_indices(ids))


def places_of(ids: Text, *columns: Text) -> list[Any]:
    """Where the values of each column stand among the ids, which are unique (null: nowhere), looked up together.

    The few values are indexed, not the many ids: those are only run through.
    """
    asked = pa.concat_arrays([column.cast(pa.string()) for column in columns]).dictionary_encode()
    met = pc.index_in(ids, asked.dictionary)
    known = pc.is_valid(met)
    place = np.full(len(asked.dictionary), -1)
    place[met.drop_null().to_numpy()] = np.flatnonzero(known.to_numpy(zero_copy_only=False))
    found = pa.array(place.astype(np.int32), mask=place < 0).take(asked.indices)
    ends = np.cumsum([0, *map(len, columns)])
    return [found[first:last] for first, last in pairwise(ends.tolist())]


def made(columns: Mapping[str, Any], schema: pa.Schema | None = None) -> pa.Table:
    """A table of these columns, cast to the schema if there is one."""
    table = pa.table(dict(columns))
    return table.cast(schema) if schema is not None else table


def shaped(*fields: Any) -> pa.Schema:
    """A schema of names and types."""
    listed: Any = list(fields)
    return pa.schema(listed)


def buffers(texts: Text) -> tuple[Any, Any]:
    """Offsets (int32 of n + 1) and bytes (uint8) of strings, as kernels take them."""
    _, ends, data = texts.buffers()
    offsets = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(data, np.uint8) if data is not None else _NO_BYTES


def texts(values: Sequence[str | None]) -> Text:
    """A column of strings."""
    return pa.array(values, pa.string())
