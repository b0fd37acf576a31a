"""Compiles a checked pattern to one Cypher statement. Called by the store's `match`.

Every step has a `MATCH` of its own: inside one clause Cypher never binds a relationship twice, so two invoices of one
party could not both lead to its taxpayer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pyarrow as pa

from graph.model.fields import Kind
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.cypher import current, property_of, visible
from graph.store.neo4j_parts.nodes import candidates, schema_of
from graph.store.neo4j_parts.schema import LEDGER_TYPE
from graph.store.neo4j_parts.values import from_wire, quoted, wired
from graph.store.neo4j_parts.view import View
from graph.store.patterns import CheckedBefore, CheckedEdge, CheckedNode, CheckedPattern, Reference
from graph.store.port import Matches
from graph.store.questions import Op

_ANCHORS = 1_000  # more nodes than this are not worth starting from


def match(server: Server, view: View, pattern: CheckedPattern) -> Matches:
    """One row an embedding; one row more than the limit is asked for, to know whether the list is cut."""
    clauses = [_node_clause(server, view, node) for node in pattern.nodes]
    clauses += [_edge_clauses(view, edge) for edge in pattern.edges]
    rows = [f"{current(_node(node.name))} AS {_version(node.name)}" for node in pattern.nodes]
    conditions = [*_distinct(pattern), *(_before(each, pattern) for each in pattern.before)]
    kept = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    ids = [f"{_node(node.name)}.id" for node in pattern.nodes]
    values = [_place(each, pattern) for each in pattern.returns]
    answer = [*ids, *(wired(each.kind, value) for each, value in zip(pattern.returns, values, strict=True))]
    statement = (
        f"{' '.join(clauses)} WITH *, {', '.join(rows)}{kept} WITH * ORDER BY {', '.join([*ids, *values])} "
        f"LIMIT {view.parameters.add(pattern.limit + 1)} RETURN [{', '.join(answer)}]"
    )
    found = [row[0] for row in server.rows(statement, **view.parameters.values)]
    table = from_wire(found[: pattern.limit], _schema(pattern))
    return Matches(table, truncated=len(found) > pattern.limit)


def _schema(pattern: CheckedPattern) -> pa.Schema:
    ids = [pa.field(node.name, pa.string()) for node in pattern.nodes]
    return pa.schema([*ids, *schema_of({each.text: each.kind for each in pattern.returns})])


def _node(name: str) -> str:
    return quoted(f"n_{name}")


def _version(name: str) -> str:
    return quoted(f"v_{name}")


def _edge(name: str) -> str:
    return quoted(f"e_{name}")


def _party(edge: CheckedEdge, end: str) -> str:
    return quoted(f"{end}_{edge.name}")


# --- nodes


def _node_clause(server: Server, view: View, node: CheckedNode) -> str:
    """The key node, with conditions that the planner can check as soon as it is reached."""
    name, kind = _node(node.name), node.type
    if kind.name == LEDGER_TYPE:
        return f"MATCH ({name}:{kind.name}) WHERE {_fits(view, node, name)}"
    later = f"EXISTS {{ ({name})-[:VERSION]->(w) WHERE {visible('w')} AND {_fits(view, node, 'w')} }}"
    fits = f"(({visible(name)} AND {_fits(view, node, name)}) OR {later})"
    anchor = _anchor(server, view, node)
    return f"MATCH ({name}:{kind.name}) WHERE {anchor}{fits} AND {view.in_scope(name, kind.name)}"


def _fits(view: View, node: CheckedNode, row: str) -> str:
    filters = [view.compare(property_of(row, each.property), each) for each in node.where]
    return " AND ".join([view.happened(row, node.type), *filters])


def _anchor(server: Server, view: View, node: CheckedNode) -> str:
    """A condition on the key that lets an index start the search, where an indexed property is asked to equal."""
    indexed = {p.name for p in node.type.properties if p.indexed}
    for each in node.where:
        if each.op not in (Op.EQ, Op.IN):
            continue
        if each.property == "id":
            return f"{view.compare(f'{_node(node.name)}.id', each)} AND "
        if each.property in indexed:
            statement = f"{candidates(view, node.type, [each])} RETURN n.id LIMIT {_ANCHORS + 1}"
            ids = [row[0] for row in server.rows(statement, **view.parameters.values)]
            if len(ids) <= _ANCHORS:
                return f"{_node(node.name)}.id IN {view.parameters.add(ids)} AND "
    return ""


# --- edges


def _edge_clauses(view: View, edge: CheckedEdge) -> str:
    name = _edge(edge.name)
    source, first = _end(edge.source, edge.source_type, edge.source_stored, _party(edge, "s"))
    target, last = _end(edge.target, edge.target_type, edge.target_stored, _party(edge, "t"))
    filters = [view.compare(property_of(name, each.property), each) for each in edge.where]
    kept = " AND ".join([view.holds(name, edge.type), *filters])
    return f"{first}{last}MATCH ({source})-[{name}:{edge.type.name}]->({target}) WHERE {kept}"


def _end(variable: str, declared: str, stored: str, party: str) -> tuple[str, str]:
    """The node that the relationship hangs on, and the clause that leads there."""
    node = _node(variable)
    if declared == stored:
        return node, ""
    through = quoted(f"of_{party.strip('`')}")
    return party, f"MATCH ({node})<-[{through}:PARTY_OF]-({party}:Party) WHERE {visible(through)} "


def _distinct(pattern: CheckedPattern) -> Iterator[str]:
    """No two edges on one row; no two nodes of a type on one node unless the pattern allows it."""
    for one, other in combinations(pattern.edges, 2):
        if one.type.name == other.type.name:
            yield f"{_edge(one.name)} <> {_edge(other.name)}"
    if pattern.repeat_nodes:
        return
    for first, second in combinations(pattern.nodes, 2):
        if first.type.name == second.type.name:
            yield f"{_node(first.name)} <> {_node(second.name)}"


# --- values


def _place(reference: Reference, pattern: CheckedPattern) -> str:
    is_node = any(node.name == reference.variable for node in pattern.nodes)
    return property_of(_version(reference.variable) if is_node else _edge(reference.variable), reference.name)


def _before(each: CheckedBefore, pattern: CheckedPattern) -> str:
    first, then = (_comparable(end, pattern) for end in (each.first, each.then))
    return f"{first} {'<' if each.strict else '<='} {then}"


def _comparable(reference: Reference, pattern: CheckedPattern) -> str:
    """A date stands for its midnight beside a civil time."""
    place = _place(reference, pattern)
    if reference.kind is not Kind.DATE:
        return place
    return f"CASE WHEN {place} IS NULL THEN null ELSE localdatetime({{date: {place}}}) END"
