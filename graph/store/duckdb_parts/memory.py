"""What an open file remembers between reads, so that a small question need not search for it. Owned by the store.

All of it is about keys, nothing about what an answer shows:

* numbers of public ids and ids of numbers. Key tables only grow, so a remembered pair holds for ever. A type whose ids
  are searched often gets an index of all of them (`keys`).
* `linked`: which nodes are the source of any row of a relationship (a node without a bit has nothing to ask the tables
  for), and from which sources relationships lead to a node.
* `standing`: which party is which taxpayer, and whose a registration is, as the newest state has it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

from graph.model.types import RelationshipType
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.key_index import KeyIndex
from graph.store.duckdb_parts.linked import Linked, Sources, Standing
from graph.store.duckdb_parts.schema import BOTH_WAYS, keys_of, rows_of
from graph.store.ledger import Snapshot

MOST_KEYS = 200_000  # about 50 MB
# Nearly every node has these, and their tables are large: bits would cost more than they save.
ALWAYS_LINKED = BOTH_WAYS | {"LISTS"}
# Asked for in nearly every question about a taxpayer, and nothing but their ends is.
HELD_STANDING = frozenset({"PARTY_OF", "REGISTERS"})
K = TypeVar("K")
V = TypeVar("V")


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
        # Under a snapshot too: the bureau in charge of a taxpayer, and whether a node is in a scope (its bureaus).
        self.bureaus: Bounded[tuple[Snapshot, int], tuple[str | None]] = Bounded(MOST_KEYS)
        self.scoped: Bounded[tuple[Snapshot, frozenset[str], int], bool] = Bounded(MOST_KEYS)
        self._keys: dict[str, KeyIndex] = {}
        self._linked: dict[str, Linked] = {}
        self._sources: dict[str, Sources] = {}
        self._standing = {name: Standing() for name in HELD_STANDING}
        self._guard = threading.Lock()

    def learn(self, type_name: str, key: str, number: int) -> None:
        """Remember both directions of a key."""
        self.numbers.put((type_name, key), number)
        self.ids.put(number, key)

    def candidates(self, reader: Reader, type_name: str, ids: Sequence[str], batch: int) -> Mapping[str, Sequence[int]]:
        """By id the numbers that it may have (at most one of them), of keys that batches up to `batch` brought."""
        with self._guard:
            known = self._keys.setdefault(type_name, KeyIndex(keys_of(type_name)))
        return known.candidates(reader, ids, batch)

    def some_linked(self, reader: Reader, kind: RelationshipType, numbers: Iterable[int], batch: int) -> bool:
        """May any of these nodes be the source of a row of this relationship, written by batches up to `batch`?"""
        if kind.name in ALWAYS_LINKED:
            return True
        with self._guard:
            known = self._linked.setdefault(kind.name, Linked())
        return known.some(reader, f"SELECT from_number FROM {rows_of(kind)}", numbers, batch)

    def sources(self, reader: Reader, kind: RelationshipType, targets: Iterable[int], batch: int) -> list[int]:
        """From where rows of this relationship lead to these nodes, ascending; written by batches up to `batch`."""
        with self._guard:
            known = self._sources.setdefault(kind.name, Sources())
        return known.of(reader, rows_of(kind), targets, batch)

    def standing(
        self, reader: Reader, kind: RelationshipType, sources: Iterable[int], snapshot: Snapshot
    ) -> list[tuple[int, int]] | None:
        """Source and target of the rows of these sources that the snapshot shows; None where only the table tells.

        That is so of other relationships, of the past, and where batches were withdrawn.
        """
        known = self._standing.get(kind.name)
        if known is None or not snapshot.latest or snapshot.excluded:
            return None
        return known.of(reader, rows_of(kind), sources, snapshot.ceiling)
