"""Reads a server's graph as one state in record batches. Called by the store.

Versions are only ever added and ended, so the ledger of the beginning fixes the state: what later batches wrote is
left out, and ends that came later are taken off again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.types import RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.dumping import lasting, stamped
from graph.store.neo4j_parts.columns import RELATIONSHIP_PAGE, paged_end, pages_of
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.nodes import wired_columns
from graph.store.neo4j_parts.snapshots import lines
from graph.store.neo4j_parts.values import column_kinds
from graph.store.neo4j_parts.view import View
from graph.store.port import BatchRecord

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)
_EVERY = (
    "CALL (n) { WITH n WHERE n.batch_from IS NOT NULL RETURN n AS row "
    "UNION ALL MATCH (n)-[:VERSION]->(v) RETURN v AS row } WITH n, row ORDER BY n.dense, row.batch_from"
)


@dataclass(frozen=True)
class ServerDump:
    """The state of the server when its ledger was read."""

    server: Server
    view: View
    ledger: Sequence[BatchRecord]

    def visible(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """The rows that count in the view."""
        if type_name in _RELATIONSHIPS:
            relationship = stored_relationship(type_name)
            return self._relationships(relationship, f"WHERE {self.view.holds('r', relationship)}", "")
        kind = node_type(type_name)
        rest = f"WITH {self.view.row('n', kind)} AS row WHERE {self.view.present('row', kind)}"
        row = wired_columns(column_kinds(kind), "row")
        return self._stream(type_name, rest, row, kind.schema())

    def versions(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """Every version with its stamps, as they were in this state."""
        if type_name in _RELATIONSHIPS:
            found = self._relationships(stored_relationship(type_name), "", ", r.batch_from, r.batch_to")
        else:
            kind = node_type(type_name)
            row = f"{wired_columns(column_kinds(kind), 'row')}, row.batch_from, row.batch_to"
            found = self._stream(type_name, _EVERY, row, stamped(kind))
        return (batch for rows in found if (batch := self._as_it_was(rows)).num_rows)

    def _relationships(self, kind: RelationshipType, seen: str, stamps: str) -> Iterator[pa.RecordBatch]:
        near, ends = paged_end(self.server, kind)
        row = ", ".join(f"labels({end})[0], {end}.id" for end in ends)
        row += f", {wired_columns(column_kinds(kind), 'r')}{stamps}"
        rest = f"MATCH ({ends[0]})-[r:{kind.name}]->({ends[1]}) {seen}"
        schema = stamped(kind) if stamps else kind.schema()
        for name in near:
            yield from self._stream(name, rest, row, schema, RELATIONSHIP_PAGE)

    def _stream(self, name: str, rest: str, row: str, schema: pa.Schema, *page: int) -> Iterator[pa.RecordBatch]:
        for table in pages_of(self.server, self.view, name, rest, row, schema, *page):
            yield from table.combine_chunks().to_batches()

    # --- the state at the beginning

    @cached_property
    def _lasting(self) -> frozenset[int]:
        return lasting(self.ledger)

    @cached_property
    def _ends(self) -> frozenset[int]:
        """End numbers that this state knows."""
        return self._lasting | {number for line in self.ledger for number in line.ends_again}

    def _as_it_was(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        known = pa.array(sorted(self._lasting), pa.int64())
        kept = rows.filter(pc.is_in(rows["batch_from"], value_set=known))
        ends = kept["batch_to"]
        if not set(pc.unique(ends).to_pylist()) - self._ends - {None}:
            return kept
        later = {number: former for line in lines(self.server.rows) for number, former in line.ends_again.items()}
        before = [self._end_then(number, later) for number in ends.to_pylist()]
        place = kept.schema.get_field_index("batch_to")
        return kept.set_column(place, "batch_to", pa.array(before, pa.int64()))

    def _end_then(self, number: int | None, later: dict[int, int]) -> Any:
        """The end that a version had in this state: a later batch may have ended it, or ended it again."""
        while number is not None and number not in self._ends:
            number = later.get(number)
        return number
