"""Columns of the server by dense number, for detection: of all nodes and links, of some, and of what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, TYPE_SHIFT, node_type
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
from graph.store.neo4j_parts.columns import paged, paged_end
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.cypher import property_of
from graph.store.neo4j_parts.nodes import in_parts, wired_columns
from graph.store.neo4j_parts.stages import first_number
from graph.store.neo4j_parts.values import column_kinds, from_wire, joined
from graph.store.neo4j_parts.view import View
from graph.store.questions import Among, Longs

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


def node_columns(
    server: Server, view: View, kind: NodeType, names: Sequence[str], numbers: Longs | None = None
) -> pa.Table:
    """Dense numbers and these properties, by number."""
    schema = numbered_schema(kind, names)
    rest = f"WITH n, {view.row('n', kind)} AS row WHERE {view.present('row', kind)}"
    row = ", ".join(("n.dense", *_wired(kind, names, "row")))
    if numbers is None:
        return paged(server, view, kind.name, rest=rest, row=row, schema=schema).sort_by("number")
    found = in_parts(server, view, f"{_asked(kind.name)} {rest}", row, _of_type(numbers, kind.name))
    return from_wire(found, schema).sort_by("number")


def node_numbers(server: Server, view: View, kind: NodeType, ids: Sequence[str]) -> pa.Table:
    """Dense numbers and ids of these nodes that are there, by number."""
    statement = (
        f"UNWIND $ids AS id MATCH (n:{kind.name} {{id: id}}) WITH n, {view.row('n', kind)} AS row "
        f"WHERE {view.present('row', kind)}"
    )
    found = in_parts(server, view, statement, "n.dense, n.id", sorted(set(ids)))
    return from_wire(found, numbered_schema(kind, ("id",))).sort_by("number")


def link_columns(server: Server, view: View, kind: RelationshipType, names: Sequence[str], asked: Among) -> pa.Table:
    """Dense ends and these properties, by source, target and identity."""
    schema = linked_schema(kind, names)
    where = checked_where(asked.where, relationship_kinds(kind))
    kept = [view.holds("r", kind), *(view.compare(property_of("r", each.property), each) for each in where)]
    found = joined(_links(server, view, kind, (" AND ".join(kept), asked), names), schema)
    order = [p.name for p in kind.identity if p.name in names]
    return found.sort_by([(name, "ascending") for name in ("source", "target", *order)])


def _links(
    server: Server, view: View, kind: RelationshipType, condition: tuple[str, Among], names: Sequence[str]
) -> Iterator[pa.Table]:
    """Rows by the type of their paged end: that of the numbers, else the one with more keys."""
    kept, asked = condition
    schema = linked_schema(kind, names)
    near, ends = paged_end(server, kind)
    if asked.numbers is not None:
        sources = asked.end == "source"
        near = list(dict.fromkeys(kind.stored_sources() if sources else kind.stored_targets()))
        ends = ("n", "b") if sources else ("b", "n")
    rest = f"MATCH ({ends[0]})-[r:{kind.name}]->({ends[1]}) WHERE {kept}"
    row = ", ".join((*(f"{end}.dense" for end in ends), *_wired(kind, names, "r")))
    for each in near:
        if asked.numbers is None:
            yield paged(server, view, each, rest=rest, row=row, schema=schema)
        else:
            found = in_parts(server, view, f"{_asked(each)} {rest}", row, _of_type(asked.numbers, each))
            yield from_wire(found, schema)


def links_at(server: Server, view: View, kinds: Sequence[RelationshipType], numbers: Longs) -> pa.Table:
    """Ends of links of these types with either end among the numbers."""
    found = {
        (kind.name, int(source), int(target))
        for kind in kinds
        for near, types in (("a", kind.stored_sources()), ("b", kind.stored_targets()))
        for name in dict.fromkeys(types)
        for source, target in in_parts(
            server, view, _at(view, kind, near, name), "a.dense, b.dense", _of_type(numbers, name)
        )
    }
    return from_wire([list(row) for row in sorted(found)], LINKS_AT)


def _at(view: View, kind: RelationshipType, near: str, type_name: str) -> str:
    asked = f"UNWIND $ids AS number MATCH ({near}:{type_name} {{dense: number}})"
    return f"{asked} MATCH (a)-[r:{kind.name}]->(b) WHERE {view.holds('r', kind)}"


def changed(server: Server, view: View, name: str, since: int) -> pa.Table:
    """What batches above `since` wrote or ended."""
    at, schema = view.parameters.add(since), changed_schema(name)
    if name not in _RELATIONSHIPS:
        later = " OR ".join(f"{{0}}.batch_{end} > {at}" for end in ("from", "to"))
        versions = f"EXISTS {{ (n)-[:VERSION]->(c) WHERE {later.format('c')} }}"
        rest = f"AND ({later.format('n')} OR {versions})"
        found = paged(server, view, node_type(name).name, rest=rest, row="n.dense", schema=schema)
        return found.sort_by("number")
    kind = stored_relationship(name)
    near, ends = paged_end(server, kind)
    rest = f"MATCH ({ends[0]})-[r:{name}]->({ends[1]}) WHERE r.batch_from > {at} OR r.batch_to > {at}"
    row = ", ".join(f"{end}.dense" for end in ends)
    rows = joined((paged(server, view, each, rest=rest, row=row, schema=schema) for each in near), schema)
    return rows.group_by(["source", "target"]).aggregate([]).sort_by([(end, "ascending") for end in schema.names])


def memberships(server: Server, view: View, end: str, ids: Sequence[str]) -> pa.Table:
    """Every version of PARTY_OF at these parties or taxpayers."""
    label = "Party" if end == PARTY else "Taxpayer"
    statement = (
        f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) MATCH (n)-[r:PARTY_OF]-() "
        "WITH r, startNode(r) AS p, endNode(r) AS t"
    )
    row = "p.id, t.id, r.rule, r.score, r.batch_from, r.batch_to"
    found = from_wire(in_parts(server, view, statement, row, sorted(set(ids))), MEMBERSHIPS)
    return found.sort_by([(name, "ascending") for name in MEMBERSHIPS.names])


def _asked(type_name: str) -> str:
    return f"UNWIND $ids AS number MATCH (n:{type_name} {{dense: number}})"


def _of_type(numbers: Longs, type_name: str) -> list[int]:
    first = first_number(type_name)
    kept: list[int] = numbers[(numbers >= first) & (numbers < first + (1 << TYPE_SHIFT))].tolist()
    return kept


def _wired(kind: NodeType | RelationshipType, names: Sequence[str], row: str) -> list[str]:
    kinds = column_kinds(kind)
    return [wired_columns({name: kinds[name]}, row) for name in names]
