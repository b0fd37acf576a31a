"""Columns of the embedded store by dense number, for detection: of all nodes and links, of some, of what changed."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import (
    LINKS_AT,
    MEMBERSHIPS,
    PARTY,
    changed_schema,
    checked_where,
    linked_schema,
    numbered_schema,
    relationship_kinds,
    stored_relationship,
)
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.keys import among
from graph.store.duckdb_parts.schema import keys_of, listed, nodes_of, quoted, rows_of
from graph.store.duckdb_parts.view import View
from graph.store.questions import Among, Longs

_WRITTEN_OUT = 10  # numbers in a statement that names them six times: more take longer to plan than a scan takes
_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


def node_columns(
    reader: Reader, view: View, kind: NodeType, names: Sequence[str], numbers: Longs | None = None
) -> pa.Table:
    """Dense numbers and these properties, by number."""
    schema = numbered_schema(kind, names)
    kept = view.present("n", kind)
    if numbers is not None:
        kept += f" AND n._number {among(reader, 'asked', numbers)}"
    rows = f"SELECT {listed(('_number', *names), 'n')} FROM {nodes_of(kind.name)} n WHERE {kept}"
    return reader.table(f"{rows} ORDER BY n._number").rename_columns(schema.names).cast(schema)


def link_columns(reader: Reader, view: View, kind: RelationshipType, names: Sequence[str], asked: Among) -> pa.Table:
    """Dense ends and these properties, by source, target and identity."""
    schema = linked_schema(kind, names)
    own = listed(("from_number", "to_number", *names), "r")
    kept = [view.visible("r"), view.holds("r", kind)]
    if asked.numbers is not None:
        end = "from_number" if asked.end == "source" else "to_number"
        kept.append(f"r.{end} {among(reader, 'asked', asked.numbers)}")
    where = checked_where(asked.where, relationship_kinds(kind))
    kept += [view.compare(f"r.{quoted(each.property)}", each) for each in where]
    order = listed(("from_number", "to_number", *(p.name for p in kind.identity if p.name in names)), "r")
    rows = f"SELECT {own} FROM {rows_of(kind)} r WHERE {' AND '.join(kept)} ORDER BY {order}"
    return reader.table(rows, view.parameters).rename_columns(schema.names).cast(schema)


def links_at(reader: Reader, view: View, kinds: Sequence[RelationshipType], numbers: Longs) -> pa.Table:
    """Ends of links of these types with either end among the numbers."""
    asked = among(reader, "asked", numbers, written_out=_WRITTEN_OUT)
    found = (
        f"SELECT '{kind.name}' AS relationship, r.from_number AS source, r.to_number AS target FROM {rows_of(kind)} r "
        f"WHERE (r.from_number {asked} OR r.to_number {asked}) AND {view.visible('r')} AND {view.holds('r', kind)}"
        for kind in kinds
    )
    return reader.table(f"SELECT DISTINCT * FROM ({' UNION ALL '.join(found)}) ORDER BY ALL").cast(LINKS_AT)


def changed(reader: Reader, name: str, since: int) -> pa.Table:
    """What batches above `since` wrote or ended."""
    if name in _RELATIONSHIPS:
        table, own = rows_of(stored_relationship(name)), "from_number, to_number"
    else:
        table, own = nodes_of(node_type(name).name), "_number"
    schema = changed_schema(name)
    later = f"batch_from > {int(since)} OR batch_to > {int(since)}"
    rows = reader.table(f"SELECT DISTINCT {own} FROM {table} WHERE {later} ORDER BY ALL")
    return rows.rename_columns(schema.names).cast(schema)


def memberships(reader: Reader, end: str, ids: Sequence[str]) -> pa.Table:
    """Every version of PARTY_OF at these parties or taxpayers."""
    reader.lend("asked", pa.table({"id": pa.array(sorted(set(ids)), pa.string())}))
    rows = reader.table(
        "SELECT p.id, t.id, r.rule, r.score, r.batch_from, r.batch_to "
        f"FROM {rows_of(stored_relationship('PARTY_OF'))} r JOIN {keys_of('Party')} p ON p._number = r.from_number "
        f"JOIN {keys_of('Taxpayer')} t ON t._number = r.to_number "
        f"WHERE {'p' if end == PARTY else 't'}.id IN (SELECT id FROM asked) ORDER BY ALL"
    )
    reader.release("asked")
    return rows.rename_columns(MEMBERSHIPS.names).cast(MEMBERSHIPS)
