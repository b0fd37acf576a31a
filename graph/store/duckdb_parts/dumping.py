"""Reads an embedded file as one state in record batches, and fills an empty one from such. Called by the store.

Both are streams: what a statement needs beyond its stream (joins with key tables, sorting) DuckDB bounds by its memory
limit and spills to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts.columns import named_columns, named_rows
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.schema import (
    BOTH_WAYS,
    PROVENANCE_NAMES,
    first_number,
    keys_of,
    listed,
    names,
    nodes_of,
    pairs_of,
    rows_of,
)
from graph.store.duckdb_parts.view import View
from graph.store.duckdb_parts.writing import write_ledger
from graph.store.dumping import Versions, dumped_kinds, stamped
from graph.store.ledger import to_columns
from graph.store.port import BatchRecord
from graph.store.searching import search_text

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


# --- filling


def fill(writer: Reader, ledger: Sequence[BatchRecord], versions: Versions) -> None:
    """Write every version under its own stamps, then the ledger. Keys are numbered in order of id."""
    for kind in dumped_kinds():
        if kind.name not in versions:
            continue
        source = _Source(writer, kind, versions[kind.name])
        if isinstance(kind, NodeType):
            _fill_nodes(source, kind)
        else:
            _fill_relationships(source, kind)
    for line in ledger:
        write_ledger(writer, to_columns(line))


@dataclass(frozen=True, slots=True)
class _Source:
    """The versions of one type, read anew by each statement that names `{rows}`."""

    writer: Reader
    kind: NodeType | RelationshipType
    batches: Callable[[], Iterator[pa.RecordBatch]]

    def run(self, statement: str) -> None:
        schema = stamped(self.kind)
        search = isinstance(self.kind, NodeType) and bool(self.kind.search)
        if search:
            schema = schema.append(pa.field("search_text", pa.string()))
        rows = (self._searchable(batch) if search else batch for batch in self.batches())
        self.writer.lend_stream("dumped", pa.RecordBatchReader.from_batches(schema, rows))
        self.writer.run(statement.format(rows="dumped"))
        self.writer.release("dumped")

    def _searchable(self, batch: pa.RecordBatch) -> Any:
        table = pa.Table.from_batches([batch])
        assert isinstance(self.kind, NodeType)  # noqa: S101 - only nodes are searched
        return table.append_column("search_text", search_text(self.kind, table)).combine_chunks().to_batches()[0]


def _stamps(alias: str) -> str:
    return f"{listed(PROVENANCE_NAMES, alias)}, {alias}.batch_from, {alias}.batch_to"


def _fill_nodes(source: _Source, kind: NodeType) -> None:
    _reserve(source, kind.name, "SELECT DISTINCT id FROM {rows}")
    search = "i.search_text, " if kind.search else ""
    source.run(
        f"INSERT INTO {nodes_of(kind.name)} BY NAME SELECT k._number, {listed(names(kind.properties), 'i')}, {search}"
        f"{_stamps('i')} FROM {{rows}} i JOIN {keys_of(kind.name)} k ON k.id = i.id ORDER BY k._number, i.batch_from"
    )


def _reserve(source: _Source, type_name: str, ids: str) -> None:
    """Numbers for ids that have none, in order of id."""
    table = keys_of(type_name)
    following = source.writer.number(f"SELECT max(_number) + 1 FROM {table}") or first_number(type_name)
    source.run(
        f"INSERT INTO {table} SELECT {following} + row_number() OVER (ORDER BY id) - 1, id FROM ({ids}) w "
        f"WHERE NOT EXISTS (FROM {table} k WHERE k.id = w.id) ORDER BY id"
    )


def _fill_relationships(source: _Source, kind: RelationshipType) -> None:
    ends = {"from": kind.stored_sources(), "to": kind.stored_targets()}
    for end, types in ends.items():
        for name in dict.fromkeys(types):
            _reserve(source, name, f"SELECT DISTINCT {end}_id AS id FROM {{rows}} WHERE {end}_type = '{name}'")
    keys = {
        end: " UNION ALL ".join(f"SELECT '{name}' AS type, id, _number FROM {keys_of(name)}" for name in set(types))
        for end, types in ends.items()
    }
    own = f"{listed(names(kind.properties), 'i')}, " if kind.properties else ""
    joins = " ".join(
        f"JOIN ({keys[end]}) {end}_key ON {end}_key.id = i.{end}_id AND {end}_key.type = i.{end}_type" for end in ends
    )
    source.run(
        f"INSERT INTO {rows_of(kind)} BY NAME SELECT from_key._number AS from_number, to_key._number AS to_number, "
        f"{own}{_stamps('i')} FROM {{rows}} i {joins} ORDER BY from_number, to_number, i.batch_from"
    )
    if kind.name in BOTH_WAYS:
        pairs = f"SELECT to_number, from_number FROM {rows_of(kind)} ORDER BY 1, 2"
        source.writer.run(f"INSERT INTO {pairs_of(kind)} {pairs}")
