"""Which number an id has, in memory: for types whose ids are searched again and again. Owned by `Memory`.

Key tables are sorted by number, so an id is found by a scan. After some scans the hashes of all ids are worth their
12 bytes a key; two ids may share one, so the caller compares the text.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.arrays.text_index import fold_texts
from graph.model.vocabulary import TYPE_SHIFT
from graph.store.duckdb_parts.engine import Parameters, Reader

if TYPE_CHECKING:
    Texts: TypeAlias = pa.ChunkedArray[Any]

SCANS = 32  # cost about as much as making the index
Hashes = npt.NDArray[np.int64]
Places = npt.NDArray[np.integer]
_SHORT = 1 << 32
_AT_ONCE = 1 << 20  # ids read at a time


class KeyIndex:
    """Hashes of the ids of one type in ascending order, with their numbers; grown when batches came."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._scans = 0
        self._batch = -1
        self._last = -1  # the highest number that is held
        self._held: tuple[Hashes, Places] = (np.zeros(0, np.int64), np.zeros(0, np.uint32))
        self._type = 0
        self._guard = threading.Lock()

    def candidates(self, reader: Reader, ids: Sequence[str], batch: int) -> dict[str, list[int]]:
        """By id the numbers whose ids share its hash; from a scan the one number that it has. Absent: no number."""
        self._scans += 1
        if self._scans <= SCANS:
            return _scanned(reader, self._table, ids)
        if self._batch < batch:
            with self._guard:
                if self._batch < batch:
                    self._grow(reader)
                    self._batch = batch
        hashes, places = self._held
        asked = fold_texts(pa.chunked_array([ids], pa.string()), np.zeros(len(ids), np.int64))
        firsts, lasts = (np.searchsorted(hashes, asked, side).tolist() for side in ("left", "right"))
        found = {key: places[first:last].tolist() for key, first, last in zip(ids, firsts, lasts, strict=True)}
        return {key: [self._type + place for place in there] for key, there in found.items() if there}

    def _grow(self, reader: Reader) -> None:
        """Take in the keys above the last number; key tables only grow, in the order of their numbers."""
        (first, last) = reader.rows(
            f"SELECT min(_number), max(_number) FROM {self._table} WHERE _number > {self._last}"
        )[0]
        if first is None:
            return
        parts = [self._held]
        for start in range(first, last + 1, _AT_ONCE):
            within = f"_number BETWEEN {start} AND {min(start + _AT_ONCE - 1, last)}"
            rows = reader.table(f"SELECT id, _number FROM {self._table} WHERE {within}")
            if rows.num_rows:
                parts.append(self._hashed(rows["id"], np.asarray(rows["_number"].to_numpy(), np.int64)))
        self._last = int(last)
        hashes, places = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.argsort(hashes, kind="stable")
        self._held = hashes[order], places[order]

    def _hashed(self, ids: Texts, numbers: npt.NDArray[np.int64]) -> tuple[Hashes, Places]:
        self._type = int(numbers[0]) >> TYPE_SHIFT << TYPE_SHIFT
        places = numbers - self._type
        return fold_texts(ids, np.zeros(len(ids), np.int64)), places.astype(np.uint32 if _fits(places) else np.int64)


def _fits(places: npt.NDArray[np.int64]) -> bool:
    return int(places.max()) < _SHORT


def _scanned(reader: Reader, table: str, ids: Sequence[str]) -> dict[str, list[int]]:
    parameters = Parameters()
    if len(ids) == 1:
        found = reader.rows(f"SELECT id, _number FROM {table} WHERE id = {parameters.add(ids[0])}", parameters)
    else:
        listed = ", ".join(f"({parameters.add(key)})" for key in ids)
        found = reader.rows(
            f"SELECT k.id, k._number FROM (VALUES {listed}) wanted(one) JOIN {table} k ON k.id = wanted.one", parameters
        )
    return {key: [number] for key, number in found}
