"""Writes batches: node versions, relationship versions, ends of versions. Called inside one transaction.

Everything works on whole columns of the batch's Arrow tables: `numbering` gives each row its dense numbers and writes
new keys, SQL does the rest. Keys that are new in a part cannot have an older version, so the search for what a row
supersedes is narrowed to keys that were there before (`known`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts.engine import Parameters, Reader
from graph.store.duckdb_parts.incoming import (
    ascending,
    conformed,
    duplicates,
    incoming_name,
    is_ordered,
    node_rows,
    numbered,
    with_ends,
)
from graph.store.duckdb_parts.keys import Keys
from graph.store.duckdb_parts.numbering import Numbering
from graph.store.duckdb_parts.reending import Reending
from graph.store.duckdb_parts.schema import (
    BOTH_WAYS,
    LEDGER_COLUMNS,
    listed,
    names,
    nodes_of,
    pairs_of,
    quoted,
    rows_of,
    written,
)
from graph.store.ledger import BatchState, from_columns, to_columns
from graph.store.port import BatchRecord, WriteBatch

_ENDS = ("from_type", "from_id", "to_type", "to_id")


@dataclass(frozen=True, slots=True)
class _Writer:
    """One part of a batch on its way in: the batch's number and the dense numbers of the part's rows."""

    reader: Reader
    number: int
    reending: Reending
    numbering: Numbering


def write_facts(reader: Reader, batch: WriteBatch, number: int, reending: Reending, keys: Keys) -> None:
    """Write all rows of a part of a batch under its ledger number. `keys`: as the batch's transaction sees them."""
    writer = _Writer(reader, number, reending, Numbering(keys))
    for name in sorted(batch.ended):
        _end(writer, name, batch.ended[name])
    for kind, table in _ahead(batch.nodes, lambda name: _node_rows(name, batch.nodes[name])):
        if table.num_rows:
            _write_nodes(writer, node_type(kind), table)
            batch.told(table.num_rows)
        batch.stop.check()
    for kind, table in _ahead(batch.relationships, lambda name: batch.relationships[name]):
        if table.num_rows:
            _write_relationships(writer, stored_relationship(kind), table)
            batch.told(table.num_rows)
        batch.stop.check()


def _ahead(names: Iterable[str], made: Callable[[str], pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    """Each table by name; the next one is made while the caller still writes the one before."""
    ordered = sorted(names)
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = [pool.submit(made, name) for name in ordered[:1]]
        for place, name in enumerate(ordered):
            table = coming.pop().result()
            coming += [pool.submit(made, after) for after in ordered[place + 1 : place + 2]]
            yield name, table


def _node_rows(name: str, table: pa.Table) -> pa.Table:
    return node_rows(node_type(name), table) if table.num_rows else table


def _all_differ(reader: Reader, source: str, columns: str, type_name: str, *, count: int) -> None:
    """Refuse a table of `count` rows that names one key twice. Hashes first: ten million compare in half a second."""
    if count == 1 or reader.number(f"SELECT count(DISTINCT hash({columns})) FROM {source}") == count:
        return
    twice = reader.number(f"SELECT count(*) FROM (SELECT 1 FROM {source} GROUP BY {columns} HAVING count(*) > 1)")
    if twice:
        raise duplicates(type_name, twice)


# --- nodes


def _write_nodes(writer: _Writer, kind: NodeType, rows: pa.Table) -> None:
    reader, source = writer.reader, incoming_name(kind)
    if not is_ordered(rows):
        reader.lend(source, rows)
        _all_differ(reader, source, "id", kind.name, count=rows.num_rows)
    numbers = writer.numbering.nodes(kind, rows)
    reader.lend(source, numbered(rows, numbers))
    first = writer.numbering.first_new(kind.name)
    if (numbers < first).any():
        _end_nodes(writer, kind, f"SELECT _number FROM {source} WHERE _number < {first}")
    search = "i.search_text, " if kind.search else ""
    columns = f"{listed(names(kind.properties), 'i')}, {search}{_stamps(writer)}"
    order = "" if ascending(numbers) else " ORDER BY i._number"
    reader.run(f"INSERT INTO {nodes_of(kind.name)} BY NAME SELECT i._number, {columns} FROM {source} i{order}")
    reader.release(source)


def _stamps(writer: _Writer) -> str:
    own = "i.prov_source, i.prov_file, i.prov_row, i.prov_first_at, i.prov_as_at, i.claims"
    return f"{own}, {writer.number} AS batch_from, NULL::BIGINT AS batch_to"


def _end_nodes(writer: _Writer, kind: NodeType, numbers: str) -> None:
    """End the current versions of these numbers (an SQL select of them)."""
    table, wanted = nodes_of(kind.name), f"r._number IN ({numbers})"
    writer.reader.run(f"UPDATE {table} r SET batch_to = {writer.number} WHERE r.batch_to IS NULL AND {wanted}")
    writer.reending.end(writer.reader, table, wanted)


# --- relationships


def _write_relationships(writer: _Writer, kind: RelationshipType, rows: pa.Table) -> None:
    reader, source = writer.reader, incoming_name(kind)
    given = conformed(kind, rows, kind.schema().names)
    ends = writer.numbering.ends(kind, given)
    numbered_rows = with_ends(given.select(written(kind)), ends)
    reader.lend(source, numbered_rows)
    _all_differ(reader, source, _identity(kind), kind.name, count=rows.num_rows)
    if ends.known.any():
        _end_relationships(writer, kind, numbered_rows.filter(pa.array(ends.known)))
    own = f"{listed(names(kind.properties), 'i')}, " if kind.properties else ""
    order = "" if ascending(ends.source, ends.target) else " ORDER BY i.from_number, i.to_number"
    reader.run(
        f"INSERT INTO {rows_of(kind)} BY NAME SELECT i.from_number, i.to_number, {own}{_stamps(writer)} "
        f"FROM {source} i{order}"
    )
    if kind.name in BOTH_WAYS:
        reader.run(f"INSERT INTO {pairs_of(kind)} SELECT to_number, from_number FROM {source} ORDER BY 1, 2")
    reader.release(source)


def _identity(kind: RelationshipType) -> str:
    return ", ".join(["from_number", "to_number", *(quoted(p.name) for p in kind.identity)])


def _end_relationships(writer: _Writer, kind: RelationshipType, rows: pa.Table) -> None:
    """End the current versions with the ends and identity of these rows."""
    reader, table = writer.reader, rows_of(kind)
    same = [f"r.{quoted(p.name)} IS NOT DISTINCT FROM i.{quoted(p.name)}" for p in kind.identity]
    conditions = " AND ".join(["r.from_number = i.from_number", "r.to_number = i.to_number", *same])
    reader.lend("ending", rows)
    reader.run(
        f"UPDATE {table} r SET batch_to = {writer.number} FROM ending i WHERE r.batch_to IS NULL AND {conditions}"
    )
    writer.reending.end(reader, table, f"EXISTS (SELECT 1 FROM ending i WHERE {conditions})")
    reader.release("ending")


# --- ends without a successor


def _end(writer: _Writer, name: str, table: pa.Table) -> None:
    if name in {kind.name for kind in STORED_RELATIONSHIP_TYPES}:
        relationship = stored_relationship(name)
        columns = [p.name for p in relationship.identity]
        rows = conformed(relationship, table, [*_ENDS, *columns])
        ends = writer.numbering.ends(relationship, rows, reserve=False)
        _end_relationships(writer, relationship, with_ends(rows.select(columns), ends).filter(pa.array(ends.known)))
        return
    kind = node_type(name)
    ids = conformed(kind, table, ["id"])["id"]
    columns_: dict[str, Any] = {"_number": pa.array(writer.numbering.keys.numbers(name, ids))}
    writer.reader.lend("ending", pa.table(columns_))
    _end_nodes(writer, kind, "SELECT _number FROM ending")
    writer.reader.release("ending")


# --- the ledger


def write_ledger(reader: Reader, columns: dict[str, object]) -> None:
    """Append a line to the ledger (columns of `ledger.to_columns`)."""
    parameters = Parameters()
    places = ", ".join(parameters.add(value) for value in columns.values())
    reader.run(f"INSERT INTO ledger ({listed(list(columns))}) VALUES ({places})", parameters)


def mark_withdrawn(reader: Reader, records: Iterable[BatchRecord]) -> None:
    """Bring the lines of these batches up to date."""
    for record in records:
        values = Parameters()
        columns = to_columns(record)
        set_to = ", ".join(
            f"{name} = {values.add(columns[name])}" for name in ("state", "withdrawn_at", "withdrawn_by")
        )
        reader.run(f"UPDATE ledger SET {set_to} WHERE number = {values.add(record.number)}", values)


def read_ledger(reader: Reader, *, after: int | None = None) -> list[BatchRecord]:
    """Every line of the ledger, in order of number; `after`: those above this number, and all that are withdrawn."""
    where = "" if after is None else f"WHERE number > {after} OR state = '{BatchState.WITHDRAWN.value}'"
    rows = reader.table(f"SELECT {LEDGER_COLUMNS} FROM ledger {where} ORDER BY number")
    return [from_columns(row) for row in rows.to_pylist()]
