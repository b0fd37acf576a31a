"""Writes batches: keys, node versions, relationship versions, ends of versions. Called inside one transaction.

Everything is set-based SQL over the batch's Arrow tables. Keys that are new in this batch cannot have an older
version, so the search for what a row supersedes is narrowed to keys that were there before (`known`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts.engine import Parameters, Reader
from graph.store.duckdb_parts.incoming import (
    conformed,
    duplicates,
    incoming_name,
    is_ordered,
    node_rows,
    numbered,
    refused,
)
from graph.store.duckdb_parts.reending import Reending
from graph.store.duckdb_parts.schema import (
    BOTH_WAYS,
    LEDGER_COLUMNS,
    first_number,
    keys_of,
    listed,
    names,
    nodes_of,
    pairs_of,
    quoted,
    rows_of,
    written,
)
from graph.store.ledger import from_columns, to_columns
from graph.store.port import BatchRecord, WriteBatch

_ENDS = ("from_type", "from_id", "to_type", "to_id")


@dataclass(frozen=True, slots=True)
class _Writer:
    """One batch on its way in: its number, and for each type the first number that is new in it."""

    reader: Reader
    number: int
    fresh: dict[str, int]
    reending: Reending


def write_facts(reader: Reader, batch: WriteBatch, number: int, reending: Reending) -> None:
    """Write all rows of a batch under its ledger number."""
    writer = _Writer(reader, number, {name: next_number(reader, name) for name in _touched(batch)}, reending)
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


def _touched(batch: WriteBatch) -> set[str]:
    """Node types whose keys this batch may need."""
    named = {*batch.nodes, *batch.ended, *batch.relationships}
    ends = [kind for kind in STORED_RELATIONSHIP_TYPES if kind.name in named]
    found = {name for kind in ends for name in (*kind.stored_sources(), *kind.stored_targets())}
    return found | {kind.name for kind in NODE_TYPES if kind.name in named}


def next_number(reader: Reader, type_name: str) -> int:
    """The dense number that the next new key of a type gets."""
    return reader.number(f"SELECT max(_number) + 1 FROM {keys_of(type_name)}") or first_number(type_name)


# --- keys


def _reserve(writer: _Writer, type_name: str, wanted: str) -> None:
    """Give numbers to ids of `wanted` (an SQL select of `id`) that have none, in order of id."""
    reader = writer.reader
    first = next_number(reader, type_name)
    reader.run(
        f"INSERT INTO {keys_of(type_name)} SELECT {first} + row_number() OVER (ORDER BY id) - 1, id FROM ({wanted}) w "
        f"WHERE NOT EXISTS (FROM {keys_of(type_name)} k WHERE k.id = w.id) ORDER BY id"
    )


def _all_differ(reader: Reader, source: str, columns: str, type_name: str) -> None:
    """Refuse a table that names one key twice. Hashes first: ten million of them compare in half a second."""
    count = reader.number(f"SELECT count(*) FROM {source}")
    if reader.number(f"SELECT count(DISTINCT hash({columns})) FROM {source}") == count:
        return
    twice = reader.number(f"SELECT count(*) FROM (SELECT 1 FROM {source} GROUP BY {columns} HAVING count(*) > 1)")
    if twice:
        raise duplicates(type_name, twice)


# --- nodes


def _write_nodes(writer: _Writer, kind: NodeType, rows: pa.Table) -> None:
    reader, source, first = writer.reader, incoming_name(kind), writer.fresh[kind.name]
    ordered = is_ordered(rows)
    reader.lend(source, numbered(rows, first))
    if not ordered:
        _all_differ(reader, source, "id", kind.name)
    search = "i.search_text, " if kind.search else ""
    columns = f"{listed(names(kind.properties), 'i')}, {search}{_stamps(writer)}"
    if ordered and not _some_known(writer, kind, source):
        reader.run(f"INSERT INTO {keys_of(kind.name)} SELECT _number, id FROM {source}")
        reader.run(f"INSERT INTO {nodes_of(kind.name)} BY NAME SELECT i._number, {columns} FROM {source} i")
        return
    _reserve(writer, kind.name, f"SELECT id FROM {source}")
    _end_nodes(writer, kind, source)
    reader.run(
        f"INSERT INTO {nodes_of(kind.name)} BY NAME SELECT k._number, {columns} "
        f"FROM {source} i JOIN {keys_of(kind.name)} k ON k.id = i.id ORDER BY k._number"
    )


def _some_known(writer: _Writer, kind: NodeType, source: str) -> bool:
    table = keys_of(kind.name)
    if _empty(writer.reader, table):
        return False
    return bool(writer.reader.number(f"SELECT count(*) FROM {source} i WHERE i.id IN (SELECT id FROM {table})"))


def _stamps(writer: _Writer) -> str:
    own = "i.prov_source, i.prov_file, i.prov_row, i.prov_first_at, i.prov_as_at, i.claims"
    return f"{own}, {writer.number} AS batch_from, NULL::BIGINT AS batch_to"


def _end_nodes(writer: _Writer, kind: NodeType, source: str) -> None:
    """End the current versions of the ids in `source`."""
    if _empty(writer.reader, nodes_of(kind.name)):
        return
    known = (
        f"r._number IN (SELECT k._number FROM {source} i JOIN {keys_of(kind.name)} k ON k.id = i.id "
        f"WHERE k._number < {writer.fresh[kind.name]})"
    )
    table = nodes_of(kind.name)
    writer.reader.run(f"UPDATE {table} r SET batch_to = {writer.number} WHERE r.batch_to IS NULL AND {known}")
    writer.reending.end(writer.reader, table, known)


def _empty(reader: Reader, table: str) -> bool:
    return not reader.number(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)")


# --- relationships


def _write_relationships(writer: _Writer, kind: RelationshipType, rows: pa.Table) -> None:
    reader, source = writer.reader, incoming_name(kind)
    reader.lend(source, conformed(kind, rows, kind.schema().names))
    if kind.name not in BOTH_WAYS and _empty(reader, rows_of(kind)):
        _write_first(writer, kind, source)
    else:
        _write_more(writer, kind, source)
    reader.release(source)


def _write_first(writer: _Writer, kind: RelationshipType, source: str) -> None:
    """Into an empty table rows go straight, and are looked at there. Ends are reserved if some are missing: rare."""
    reader, target = writer.reader, rows_of(kind)
    _insert(writer, kind, f"({_resolved(writer, kind, source, written(kind), 'LEFT JOIN')})")
    if reader.number(f"SELECT count(*) FROM {target} WHERE from_number IS NULL OR to_number IS NULL"):
        reader.run(f"DELETE FROM {target}")
        _reserve_ends(writer, kind, source)
        _insert(writer, kind, f"({_resolved(writer, kind, source, written(kind), 'JOIN')})")
    _all_differ(reader, target, _identity(kind), kind.name)


def _write_more(writer: _Writer, kind: RelationshipType, source: str) -> None:
    reader = writer.reader
    _resolve(writer, kind, source)
    _all_differ(reader, "resolved", _identity(kind), kind.name)
    _end_relationships(writer, kind, "resolved")
    _insert(writer, kind, "resolved")
    if kind.name in BOTH_WAYS:
        reader.run(f"INSERT INTO {pairs_of(kind)} SELECT to_number, from_number FROM resolved ORDER BY 1, 2")
    reader.release("resolved")


def _insert(writer: _Writer, kind: RelationshipType, resolved: str) -> None:
    own = f"{listed(names(kind.properties), 'i')}, " if kind.properties else ""
    writer.reader.run(
        f"INSERT INTO {rows_of(kind)} BY NAME SELECT i.from_number, i.to_number, {own}{_stamps(writer)} "
        f"FROM {resolved} i ORDER BY i.from_number, i.to_number"
    )


def _resolve(writer: _Writer, kind: RelationshipType, source: str) -> None:
    """Lend `resolved`: the incoming rows with dense ends. Ends are reserved only if some are missing, which is rare.

    An Arrow table, because a temporary one that is dropped inside a transaction keeps its memory until the commit.
    """
    reader = writer.reader
    rows = _resolved(writer, kind, source, written(kind), "LEFT JOIN")
    found = reader.table(rows)
    if found["from_number"].null_count or found["to_number"].null_count:
        _reserve_ends(writer, kind, source)
        found = reader.table(rows)
    reader.lend("resolved", found)


def _reserve_ends(writer: _Writer, kind: RelationshipType, source: str) -> None:
    """Numbers for the ends that have none; StoreError if an end is of a type that the relationship does not have."""
    for end, types in (("from", kind.stored_sources()), ("to", kind.stored_targets())):
        _check_ends(writer.reader, kind, source, end, types)
        for name in dict.fromkeys(types):
            only = f" WHERE {end}_type = '{name}'" if len(set(types)) > 1 else ""
            _reserve(writer, name, f"SELECT DISTINCT {end}_id AS id FROM {source}{only}")


def _check_ends(reader: Reader, kind: RelationshipType, source: str, end: str, types: Iterable[str]) -> None:
    allowed = ", ".join(f"'{name}'" for name in types)
    wrong = f"{end}_id IS NULL OR {end}_type IS NULL OR {end}_type NOT IN ({allowed})"
    count = reader.number(f"SELECT count(*) FROM {source} WHERE {wrong}")
    if count:
        raise refused("Relationship rows have an end of another type, or none.", kind.name, end=end, rows=count)


def _resolved(writer: _Writer, kind: RelationshipType, source: str, columns: Sequence[str], join: str) -> str:
    """SQL: rows of `source` with dense ends, and whether both keys were there before this batch."""
    joins, known = [], []
    for end, types in (("from", kind.stored_sources()), ("to", kind.stored_targets())):
        joins.append(f"{join} {_keys(writer, types)} {end}_key ON {_same_end(end, types)}")
        known.append(f"{end}_key._known")
    own = f", {listed(columns, 'i')}" if columns else ""
    return (
        f"SELECT from_key._number AS from_number, to_key._number AS to_number, {' AND '.join(known)} AS _known{own} "
        f"FROM {source} i {' '.join(joins)}"
    )


def _keys(writer: _Writer, types: Sequence[str]) -> str:
    parts = [
        f"SELECT '{name}' AS type, id, _number, _number < {writer.fresh[name]} AS _known FROM {keys_of(name)}"
        for name in dict.fromkeys(types)
    ]
    return f"({' UNION ALL '.join(parts)})"


def _same_end(end: str, types: Sequence[str]) -> str:
    only = set(types)
    return f"{end}_key.id = i.{end}_id AND i.{end}_type = " + (
        f"'{only.pop()}'" if len(only) == 1 else f"{end}_key.type"
    )


def _identity(kind: RelationshipType) -> str:
    return ", ".join(["from_number", "to_number", *(quoted(p.name) for p in kind.identity)])


def _end_relationships(writer: _Writer, kind: RelationshipType, source: str) -> None:
    """End the current versions with the ends and identity of `source`."""
    table = rows_of(kind)
    if _empty(writer.reader, table):
        return
    same = [f"r.{quoted(p.name)} IS NOT DISTINCT FROM i.{quoted(p.name)}" for p in kind.identity]
    conditions = ["r.from_number = i.from_number", "r.to_number = i.to_number", *same]
    writer.reader.run(
        f"UPDATE {table} r SET batch_to = {writer.number} FROM {source} i "
        f"WHERE i._known AND r.batch_to IS NULL AND {' AND '.join(conditions)}"
    )
    found = f"EXISTS (SELECT 1 FROM {source} i WHERE i._known AND {' AND '.join(conditions)})"
    writer.reending.end(writer.reader, table, found)


# --- ends without a successor


def _end(writer: _Writer, name: str, table: pa.Table) -> None:
    if name in {kind.name for kind in STORED_RELATIONSHIP_TYPES}:
        relationship = stored_relationship(name)
        wanted = [*_ENDS, *(p.name for p in relationship.identity)]
        writer.reader.lend("in_ended", conformed(relationship, table, wanted))
        columns = [p.name for p in relationship.identity]
        _end_relationships(writer, relationship, f"({_resolved(writer, relationship, 'in_ended', columns, 'JOIN')})")
        return
    kind = node_type(name)
    writer.reader.lend("in_ended", conformed(kind, table, ["id"]))
    _end_nodes(writer, kind, "in_ended")


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


def read_ledger(reader: Reader) -> list[BatchRecord]:
    """Every line of the ledger, in order of number."""
    rows = reader.table(f"SELECT {LEDGER_COLUMNS} FROM ledger ORDER BY number")
    return [from_columns(row) for row in rows.to_pylist()]
