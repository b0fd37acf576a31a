"""Nodes of the Neo4j store: asked ids, fetch, select, existing. Called by `neo4j_store`, `expanding` and `columns`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.model.fields import Kind, Personal
from graph.model.types import NodeType
from graph.model.vocabulary import node_type
from graph.store.conditions import checked_columns, checked_limit, checked_order, checked_where, node_kinds
from graph.store.neo4j_parts.connection import Asking, Server
from graph.store.neo4j_parts.cypher import property_of, visible
from graph.store.neo4j_parts.schema import version_label
from graph.store.neo4j_parts.values import column_kinds, from_wire, wired
from graph.store.neo4j_parts.view import View, sort_keys
from graph.store.port import Rows
from graph.store.questions import Filter, Op, Order, Page

_AT_ONCE = 5_000  # keys of one statement


@dataclass(frozen=True, slots=True)
class Near:
    """An asked id that is there and in scope: its place, itself, and the id of the present node."""

    place: int
    key: str
    id: str


def answer_kinds(kind: NodeType, *, restricted: bool = True) -> dict[str, Kind]:
    """Columns of a node row in an answer."""
    hidden = () if restricted else tuple(p.name for p in kind.properties if p.personal is Personal.RESTRICTED)
    return {**{n: k for n, k in column_kinds(kind).items() if n not in hidden}, "batch_from": Kind.INTEGER}


def with_columns(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """A fetched table with the id, these columns and the id as asked."""
    shown = ("id", *checked_columns(columns, table.column_names), "asked")
    return table.select([name for name in table.column_names if name in shown])


def schema_of(kinds: Mapping[str, Kind]) -> pa.Schema:
    """Arrow schema of such columns."""
    return pa.schema([pa.field(name, kind.arrow) for name, kind in kinds.items()])


def wired_columns(kinds: Mapping[str, Kind], row: str) -> str:
    """The wire forms of the properties of `row`, with commas."""
    return ", ".join(wired(kind, property_of(row, name)) for name, kind in kinds.items())


def near(server: Server, view: View, type_name: str, ids: Sequence[str]) -> list[Near]:
    """Asked ids that are there and in scope, in the order asked, without duplicates.

    A Taxpayer id that no present taxpayer has is looked up as the candidate id of a party (docs/adr/0004).
    """
    kind = node_type(type_name)
    places = {key: place for place, key in enumerate(dict.fromkeys(ids))}
    found = {key: key for key in _present(server, view, kind, list(places))}
    if type_name == "Taxpayer" and (missing := [key for key in places if key not in found]):
        found |= _former(server, view, missing)
    # Scope stands apart from presence: a present id out of scope is not looked up as a former one.
    scoped = _in_scope(server, view, kind, sorted(set(found.values())))
    return [Near(place, key, found[key]) for key, place in places.items() if found.get(key) in scoped]


def _present(server: Server, view: View, kind: NodeType, ids: Sequence[str]) -> set[str]:
    statement = (
        f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) WITH n, {view.row('n', kind)} AS row "
        f"WHERE {view.present('row', kind)}"
    )
    return {row[0] for row in in_parts(server, view, statement, "n.id", ids)}


def _former(server: Server, view: View, ids: Sequence[str]) -> dict[str, str]:
    """Taxpayers of the parties whose candidate ids these are; of several parties that with the smallest id."""
    statement = (
        "UNWIND $ids AS id CALL (id) { MATCH (p:Party {taxpayer_id: id}) WHERE " + visible("p") + " RETURN p "
        "UNION MATCH (p:Party)-[:VERSION]->(v:PartyVersion {taxpayer_id: id}) WHERE " + visible("v") + " RETURN p } "
        f"MATCH (p)-[o:PARTY_OF]->(t:Taxpayer) WHERE {visible('o')} WITH id, t, p ORDER BY p.id DESC, t.dense DESC"
    )
    candidates = dict(in_parts(server, view, statement, "id, t.id", ids))
    there = _present(server, view, node_type("Taxpayer"), sorted(set(candidates.values())))
    return {key: taxpayer for key, taxpayer in candidates.items() if taxpayer in there}


def _in_scope(server: Server, view: View, kind: NodeType, ids: Sequence[str]) -> set[str]:
    if (condition := view.in_scope("n", kind.name)) == "true":
        return set(ids)
    statement = f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) WHERE {condition}"
    return {row[0] for row in in_parts(server, view, statement, "n.id", ids)}


def in_parts(server: Asking, view: View, statement: str, row: str, ids: Sequence[Any]) -> list[list[Any]]:
    """Rows `[row]` of a statement over `$ids`, some thousand ids at a time, each part as one record."""
    asked = f"{statement} RETURN collect([{row}])"
    parts = (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
    return [found for part in parts for found in server.rows(asked, **{**view.parameters.values, "ids": part})[0][0]]


def fetch(server: Server, view: View, type_name: str, ids: Sequence[str], *, restricted: bool) -> pa.Table:
    """Rows of these ids in the order asked; the last column `asked` is the id as asked."""
    kind = node_type(type_name)
    asked = near(server, view, type_name, ids)
    kinds = answer_kinds(kind, restricted=restricted)
    rows = _rows_by_id(server, view, kind, kinds, sorted({each.id for each in asked}))
    schema = schema_of(kinds).append(pa.field("asked", pa.string()))
    return from_wire([[*rows[each.id], each.key] for each in asked if each.id in rows], schema)


def _rows_by_id(
    server: Asking, view: View, kind: NodeType, kinds: Mapping[str, Kind], ids: Sequence[str]
) -> dict[str, list[Any]]:
    statement = (
        f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) WITH n, {view.row('n', kind)} AS row WHERE row IS NOT NULL"
    )
    found = in_parts(server, view, statement, f"n.id, [{wired_columns(kinds, 'row')}]", ids)
    return {row[0]: row[1] for row in found}


def existing_nodes(server: Asking, view: View, kind: NodeType, keys: pa.Table) -> pa.Table:
    """Current versions of these ids, full schema and `batch_from`."""
    kinds = answer_kinds(kind)
    ids: list[str] = sorted({str(each) for each in keys["id"].drop_null().to_pylist()})
    return from_wire(list(_rows_by_id(server, view, kind, kinds, ids).values()), schema_of(kinds))


def select(
    server: Server,
    view: View,
    type_name: str,
    *,
    where: Sequence[Filter],
    order: Sequence[Order],
    page: Page | None,
) -> Rows:
    """Rows of a type in a total order, with the exact total."""
    kind = node_type(type_name)
    known = node_kinds(kind)
    filters, by = checked_where(where, known), checked_order(order, known)
    kinds = answer_kinds(kind, restricted=False)
    kept = [view.present("row", kind), *(view.compare(property_of("row", each.property), each) for each in filters)]
    kept.append(view.in_scope("n", type_name))
    rows = f"{candidates(view, kind, filters)} WITH n, {view.row('n', kind)} AS row WHERE {' AND '.join(kept)}"
    ordered = ", ".join([*sort_keys(by, "row"), "row.id"])
    statement = f"{rows} WITH row ORDER BY {ordered}{_cut(view, page)} RETURN [{wired_columns(kinds, 'row')}]"
    found = [row[0] for row in server.rows(statement, **view.parameters.values)]
    table = from_wire(found, schema_of(kinds))
    if page is None:
        return Rows(table, total=table.num_rows, more=False)
    total = server.rows(f"{rows} RETURN count(*)", **view.parameters.values)[0][0]
    return Rows(table, total=total, more=page.offset + table.num_rows < total)


def candidates(view: View, kind: NodeType, filters: Sequence[Filter]) -> str:
    """`MATCH` of key nodes `n` that may fit; through an index where an indexed property is asked to equal something."""
    label = kind.name
    indexed = {p.name for p in kind.properties if p.indexed}
    for each in filters:
        if each.op not in (Op.EQ, Op.IN):
            continue
        if each.property == "id":
            return f"MATCH (n:{label}) WHERE {view.compare('n.id', each)}"
        if each.property in indexed:
            first, later = (view.compare(property_of(name, each.property), each) for name in ("n", "v"))
            return (
                f"CALL () {{ MATCH (n:{label}) WHERE {first} RETURN n UNION "
                f"MATCH (n:{label})-[:VERSION]->(v:{version_label(label)}) WHERE {later} RETURN n }}"
            )
    return f"MATCH (n:{label})"


def _cut(view: View, page: Page | None) -> str:
    if page is None:
        return ""
    checked_limit("limit", page.limit, least=0)
    checked_limit("offset", page.offset, least=0)
    return f" SKIP {view.parameters.add(page.offset)} LIMIT {view.parameters.add(page.limit)}"
