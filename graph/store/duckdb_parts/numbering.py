"""Dense numbers for the rows of one part of a batch: keys that are there keep theirs, new ones get the next in order.

Used by `writing`. Ends of relationships are looked for among the nodes that came with the part before all keys are
asked, and each distinct id once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from graph.arrays.text_index import MISSING, TextIndex
from graph.model.types import NodeType, RelationshipType
from graph.store.duckdb_parts.incoming import refused
from graph.store.duckdb_parts.keys import Keys, at

if TYPE_CHECKING:
    from graph.store.duckdb_parts.keys import Texts

pc: Any = pyarrow.compute  # its type stubs lag behind the library
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ends:
    """Dense ends of relationship rows, in their order; `known`: both keys were there before this part."""

    source: Numbers
    target: Numbers
    known: Flags


@dataclass(slots=True)
class Own:
    """The nodes of one type that came with the part; the index is made when an end asks for it."""

    ids: Texts
    numbers: Numbers
    index: TextIndex | None = None

    def find(self, ids: Texts) -> Numbers:
        """The number of each id, `MISSING` where it is not of this part."""
        if len(self.ids) == len(ids) and self.ids.equals(ids):  # in the order of their nodes
            return self.numbers.copy()
        if self.index is None:
            self.index = TextIndex()
            self.index.add(self.ids, self.numbers)
        return self.index.find(ids)


@dataclass(slots=True)
class Numbering:
    """The numbers of one part. `first`: for each type touched the first that is new in it; `own`: ids of its nodes."""

    keys: Keys
    first: dict[str, int] = field(default_factory=dict)
    own: dict[str, Own] = field(default_factory=dict)

    def first_new(self, type_name: str) -> int:
        """The first number of a type that this part may give."""
        if type_name not in self.first:
            self.first[type_name] = self.keys.next_number(type_name)
        return self.first[type_name]

    def nodes(self, kind: NodeType, rows: pa.Table) -> Numbers:
        """Numbers of node rows with distinct ids; new keys are written, in the order of the rows."""
        first, ids = self.first_new(kind.name), rows["id"]
        numbers = self.keys.numbers(kind.name, ids)
        new = np.flatnonzero(numbers == MISSING)
        coming = np.arange(first, first + len(new), dtype=np.int64)
        numbers[new] = coming
        if len(new):
            self.keys.write(kind.name, coming, ids if len(new) == len(ids) else at(ids, new))
        self.own[kind.name] = Own(ids, numbers)
        return numbers

    def ends(self, kind: RelationshipType, rows: pa.Table, *, reserve: bool = True) -> Ends:
        """Numbers of both ends of relationship rows. Without `reserve`, `MISSING` for those that have no key.

        Raises:
            StoreError: `store.batch` if an end is of a type that the relationship does not have, or none.
        """
        source, here = self.one_end(kind, "from", rows, reserve=reserve)
        target, there = self.one_end(kind, "to", rows, reserve=reserve)
        return Ends(source, target, here & there)

    def one_end(
        self, kind: RelationshipType, end: str, rows: pa.Table, *, reserve: bool = True
    ) -> tuple[Numbers, Flags]:
        """Numbers of the ends `from` or `to`, and whether their keys were there before; see `ends`."""
        types = kind.stored_sources() if end == "from" else kind.stored_targets()
        ids, named = rows[f"{end}_id"], rows[f"{end}_type"]
        numbers = np.full(rows.num_rows, MISSING, dtype=np.int64)
        known = np.zeros(rows.num_rows, dtype=bool)
        looked_at = 0
        for name in dict.fromkeys(types):
            first = self.first_new(name)
            fits = pc.and_kleene(pc.equal(named, pa.scalar(name)), pc.is_valid(ids))
            places = np.flatnonzero(pc.fill_null(fits, fill_value=False).to_numpy())
            looked_at += len(places)
            if len(places):
                some = ids if len(places) == len(ids) else at(ids, places)
                found = self.of_type(name, some, reserve=reserve)
                numbers[places], known[places] = found, (found < first) & (found != MISSING)
        if reserve and looked_at < rows.num_rows:
            wrong = rows.num_rows - looked_at
            raise refused("Relationship rows have an end of another type, or none.", kind.name, end=end, rows=wrong)
        return numbers, known

    def of_type(self, type_name: str, ids: Texts, *, reserve: bool = True) -> Numbers:
        """Numbers of ids of one type; without `reserve`, `MISSING` for those without a key.

        Equal neighbours, as of an invoice's lines, are looked for once.
        """
        runs: Any = pc.run_end_encode(ids.combine_chunks())
        found = self._of_runs(type_name, pa.chunked_array([runs.values]), reserve=reserve)
        return np.repeat(found, np.diff(runs.run_ends.to_numpy(), prepend=0))

    def _of_runs(self, type_name: str, ids: Texts, *, reserve: bool) -> Numbers:
        own = self.own.get(type_name)
        numbers = np.full(len(ids), MISSING, dtype=np.int64) if own is None else own.find(ids)
        open_ = np.flatnonzero(numbers == MISSING)
        if len(open_):
            numbers[open_] = self._elsewhere(type_name, at(ids, open_), reserve=reserve)
        return numbers

    def _elsewhere(self, type_name: str, ids: Texts, *, reserve: bool) -> Numbers:
        """Numbers of ids that are not of this part."""
        numbers = self.keys.numbers(type_name, ids)
        open_ = np.flatnonzero(numbers == MISSING)
        if len(open_) and reserve:
            encoded: Any = at(ids, open_).combine_chunks().dictionary_encode()
            numbers[open_] = self._reserve(type_name, pa.chunked_array([encoded.dictionary]))[
                encoded.indices.to_numpy()
            ]
        return numbers

    def _reserve(self, type_name: str, ids: Texts) -> Numbers:
        """New numbers for distinct ids, in order of id."""
        first = self.keys.next_number(type_name)
        order = pc.sort_indices(ids).to_numpy()
        numbers = np.zeros(len(ids), dtype=np.int64)
        numbers[order] = coming = np.arange(first, first + len(ids), dtype=np.int64)
        self.keys.write(type_name, coming, at(ids, order))
        return numbers
