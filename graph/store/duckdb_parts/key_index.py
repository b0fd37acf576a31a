"""Which number an id has, in memory: for types whose ids are searched again and again. Owned by `Memory`.

Key tables are sorted by number, so an id is found by a scan. After some scans the hashes of all ids are worth their
12 bytes a key; two ids may share one, so the caller compares the text.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from graph.model.vocabulary import TYPE_SHIFT
from graph.store.duckdb_parts.engine import Parameters, Reader

SCANS = 32  # cost about as much as making the index
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.integer]
_SHORT = 1 << 32


class KeyIndex:
    """Hashes of the ids of one type in ascending order, with their numbers; grown when batches came."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._scans = 0
        self._batch = -1
        self._last = -1  # the highest number that is held
        self._held: tuple[Hashes, Places] = (np.zeros(0, np.uint64), np.zeros(0, np.uint32))
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
        asked = _hashes_of(reader, ids)
        firsts, lasts = (np.searchsorted(hashes, asked, side).tolist() for side in ("left", "right"))
        found = {key: places[first:last].tolist() for key, first, last in zip(ids, firsts, lasts, strict=True)}
        return {key: [self._type + place for place in there] for key, there in found.items() if there}

    def _grow(self, reader: Reader) -> None:
        """Take in the keys above the last number; key tables only grow, in the order of their numbers."""
        rows = reader.table(f"SELECT hash(id) AS hash, _number FROM {self._table} WHERE _number > {self._last}")
        if not rows.num_rows:
            return
        numbers = np.asarray(rows.column(1).to_numpy(), np.int64)
        self._last, self._type = int(numbers.max()), int(numbers[0]) >> TYPE_SHIFT << TYPE_SHIFT
        places = numbers - self._type
        fresh = (
            np.asarray(rows.column(0).to_numpy(), np.uint64),
            places.astype(np.uint32 if _fits(places) else np.int64),
        )
        hashes, both = (np.concatenate(pair) for pair in zip(self._held, fresh, strict=True))
        order = np.argsort(hashes, kind="stable")
        self._held = hashes[order], both[order]


def _fits(places: npt.NDArray[np.int64]) -> bool:
    return int(places.max()) < _SHORT


def _hashes_of(reader: Reader, ids: Sequence[str]) -> Hashes:
    parameters = Parameters()
    row = ", ".join(f"hash({parameters.add(key)}::VARCHAR)" for key in ids)
    return np.array(reader.rows(f"SELECT {row}", parameters)[0], np.uint64)


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
