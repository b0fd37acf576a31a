"""Reads an embedded file as one state in record batches. Called by the store.

What a statement needs beyond its stream (joins with key tables) DuckDB bounds by its memory limit and spills to disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts.columns import named_columns, named_rows
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.schema import (
    listed,
    nodes_of,
)
from graph.store.duckdb_parts.view import View
from graph.store.dumping import stamped
from graph.store.port import BatchRecord

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)
_ROWS = 100_000  # of one record batch: some 40 MB of invoices


@dataclass(frozen=True, slots=True)
class EmbeddedDump:
    """One transaction's state of the file."""

    reader: Reader
    view: View
    ledger: Sequence[BatchRecord]

    def visible(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """The rows that count in the view."""
        if type_name in _RELATIONSHIPS:
            relationship = stored_relationship(type_name)
            seen = f"{self.view.visible('r')} AND {self.view.holds('r', relationship)}"
            return self._relationships(relationship, seen, relationship.schema())
        kind = node_type(type_name)
        return self._nodes(kind, self.view.present("n", kind), kind.schema())

    def versions(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """Every version with its stamps."""
        if type_name in _RELATIONSHIPS:
            relationship = stored_relationship(type_name)
            return self._relationships(relationship, "true", stamped(relationship))
        kind = node_type(type_name)
        return self._nodes(kind, "true", stamped(kind))

    def _nodes(self, kind: NodeType, seen: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return self._stream(f"SELECT {listed(schema.names, 'n')} FROM {nodes_of(kind.name)} n WHERE {seen}", schema)

    def _relationships(self, kind: RelationshipType, seen: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        stamps = ", r.batch_from, r.batch_to" if "batch_to" in schema.names else ""
        return self._stream(f"SELECT {named_columns(kind)}{stamps} {named_rows(kind)} WHERE {seen}", schema)

    def _stream(self, statement: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for batch in self.reader.stream(statement, _ROWS):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()
