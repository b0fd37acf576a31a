"""What an open file remembers between reads, so that a small question need not search for it. Owned by the store.

All of it is about keys, nothing about what an answer shows:

* numbers of public ids and ids of numbers. Key tables only grow, so a remembered pair holds for ever.
* `Linked`: which nodes have any row of a relationship at one end, a bit a node. Rows are only appended, so the bits are
  a superset for every snapshot; a node without a bit has nothing to ask the tables for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import date
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from graph.model.types import RelationshipType
from graph.model.vocabulary import TYPE_SHIFT
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.schema import BOTH_WAYS, rows_of
from graph.store.ledger import Snapshot

MOST_KEYS = 200_000  # about 50 MB
# Nearly every node has these, and their tables are large: bits would cost more than they save.
ALWAYS_LINKED = BOTH_WAYS | {"LISTS"}
K = TypeVar("K")
V = TypeVar("V")
Bits = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


class Bounded(Generic[K, V]):
    """A dictionary that forgets its oldest entries; read by several threads at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[K, V] = {}
        self._guard = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, or None."""
        return self._known.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        with self._guard:
            self._known[key] = value
            while len(self._known) > self._most:
                self._known.pop(next(iter(self._known)))


class Memory:
    """Of one open file."""

    def __init__(self) -> None:
        self.numbers: Bounded[tuple[str, str], int] = Bounded(MOST_KEYS)
        self.ids: Bounded[int, str] = Bounded(MOST_KEYS)
        # Under a snapshot, which never changes: is a node there on a day, which parties a taxpayer is and the reverse.
        self.present: Bounded[tuple[Snapshot, date | None, int], bool] = Bounded(MOST_KEYS)
        self.parties: Bounded[tuple[Snapshot, int], tuple[int, ...]] = Bounded(MOST_KEYS)
        self.taxpayers: Bounded[tuple[Snapshot, int], tuple[int, ...]] = Bounded(MOST_KEYS)
        self._linked: dict[tuple[str, str], Linked] = {}
        self._guard = threading.Lock()

    def learn(self, type_name: str, key: str, number: int) -> None:
        """Remember both directions of a key."""
        self.numbers.put((type_name, key), number)
        self.ids.put(number, key)

    def some_linked(self, reader: Reader, kind: RelationshipType, end: str, numbers: Iterable[int], batch: int) -> bool:
        """May any of these nodes have a row of this relationship at `end`, written by batches up to `batch`?"""
        if kind.name in ALWAYS_LINKED:
            return True
        with self._guard:
            known = self._linked.setdefault((kind.name, end), Linked())
        return known.some(reader, f"SELECT {end}_number FROM {rows_of(kind)}", numbers, batch)


class Linked:
    """One bit for each node number of each type, grown batch by batch."""

    def __init__(self) -> None:
        self._batch = -1
        self._bits: dict[int, Bits] = {}
        self._guard = threading.Lock()

    def some(self, reader: Reader, rows: str, numbers: Iterable[int], batch: int) -> bool:
        """True if any number has its bit, after the batches up to `batch` were read."""
        if self._batch < batch:
            with self._guard:
                if self._batch < batch:
                    self._add(reader.longs(f"{rows} WHERE batch_from > {self._batch}"))
                    self._batch = batch
        return any(self._has(number) for number in numbers)

    def _has(self, number: int) -> bool:
        bits, place = self._bits.get(number >> TYPE_SHIFT), number & ((1 << TYPE_SHIFT) - 1)
        return bits is not None and place >> 3 < len(bits) and bool(bits[place >> 3] >> (place & 7) & 1)

    def _add(self, numbers: Longs) -> None:
        for ordinal in np.unique(numbers >> TYPE_SHIFT).tolist():
            places = numbers[numbers >> TYPE_SHIFT == ordinal] & ((1 << TYPE_SHIFT) - 1)
            marked = np.zeros((int(places.max()) // 8 + 1) * 8, np.bool_)
            marked[places] = True
            found = np.packbits(marked, bitorder="little")
            before = self._bits.get(ordinal, found[:0])
            grown = np.zeros(max(len(before), len(found)), np.uint8)
            grown[: len(before)] = before
            grown[: len(found)] |= found
            self._bits[ordinal] = grown
