"""Which rows of which tables must stay in one slice: those that bear the same key. Called by `plan`.

A first pass reads the key columns alone. Rows whose keys come in the same order in all tables, as in one export, need
no more than a cut here and there; others are moved aside and picked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from graph.arrays.key_set import room
from graph.arrays.text_index import fold_texts
from graph.kernels.hashing import add_texts, regroup, share_out
from loaders.readers.tables import RawTable
from loaders.slicing.opened import Cursor, OpenTable, Spool

_LEAST = 1 << 16


@dataclass(frozen=True, slots=True)
class Keyed:
    """A table and the raw columns of its key (None: one that it lacks)."""

    table: OpenTable
    columns: tuple[str | None, ...]


class Shares:
    """Groups of keys: every row of a key belongs to the group that its first row opened or filled.

    Args:
        keys: of a group, at most.
    """

    def __init__(self, *, keys: int) -> None:
        self._size = keys
        self._slots = np.zeros(_LEAST, np.int64)
        self._groups = np.zeros(_LEAST, np.int32)
        self._opened = 0

    @property
    def count(self) -> int:
        """Groups so far."""
        return -(-self._opened // self._size)

    def groups_of(self, keyed: Keyed) -> np.ndarray:
        """The group (int32) of each row of a table, in order."""
        pieces = keyed.table.some([name for name in keyed.columns if name])
        found = [self._share_out(_hashes(piece.rows, keyed.columns)) for piece in pieces]
        return np.concatenate(found) if found else np.zeros(0, np.int32)

    def _share_out(self, hashes: np.ndarray) -> np.ndarray:
        self._make_room(room(self._opened + len(hashes)))
        found = np.zeros(len(hashes), np.int32)
        self._opened = share_out(self._slots, self._groups, hashes, self._size, self._opened, found)
        return found

    def _make_room(self, needed: int) -> None:
        if needed <= len(self._slots):
            return
        slots, groups = self._slots, self._groups
        size = 1 << int(needed - 1).bit_length()
        self._slots, self._groups = np.zeros(size, np.int64), np.zeros(size, np.int32)
        regroup(slots, groups, self._slots, self._groups)


def _hashes(rows: pa.Table, columns: Sequence[str | None]) -> np.ndarray:
    hashes = np.zeros(rows.num_rows, np.int64)
    for name in columns:
        if name is None:
            add_texts(np.zeros(rows.num_rows + 1, np.int32), np.zeros(0, np.uint8), hashes)
            continue
        fold_texts(rows.column(name), hashes)
    return hashes


class Shared:
    """The rows of one table, group after group.

    Args:
        keyed: the table.
        groups: of its rows, as `Shares.groups_of` gave them.
        spool: where rows go that do not stand in the order of their groups.
    """

    def __init__(self, keyed: Keyed, groups: np.ndarray, spool: Spool) -> None:
        self._table = keyed.table
        self._cursor: Cursor | None = None
        if bool(np.all(groups[:-1] <= groups[1:])):
            self._ends = groups
            self._cursor = Cursor(keyed.table)
            return
        self._order = np.argsort(groups, kind="stable")
        self._ends = groups[self._order]
        self._notes: list[RawTable] = []
        self._rows = spool.write(self._noted(), keyed.table.head.rows.schema)

    def _noted(self) -> Iterator[RawTable]:
        for piece in self._table.pieces():
            if piece.bad or piece.doubts:
                self._notes.append(replace(piece, rows=self._table.head.rows))
            yield piece

    def of(self, group: int) -> RawTable | None:
        """The rows of a group; groups must be asked for in order."""
        start, end = (int(np.searchsorted(self._ends, group, side)) for side in ("left", "right"))
        if self._cursor is not None:
            return self._cursor.take(end - start) if end > start else None
        notes, self._notes = self._notes, []
        if start == end and not notes:
            return None
        places: Any = pa.array(self._order[start:end])
        bad = tuple(bad for piece in notes for bad in piece.bad)
        doubts = tuple(doubt for piece in notes for doubt in piece.doubts)
        return replace(self._table.head, rows=self._rows().take(places), bad=bad, doubts=doubts)

    def rest(self) -> RawTable | None:
        """What no group took: bad rows behind the last good one."""
        return self._cursor.take(1) if self._cursor is not None else None
