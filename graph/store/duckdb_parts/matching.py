"""Compiles a checked pattern to one SQL statement over the embedded store. Called by the store's `match`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pyarrow as pa

from graph.model.fields import Kind
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.schema import nodes_of, quoted, rows_of
from graph.store.duckdb_parts.view import View, with_clause
from graph.store.patterns import CheckedBefore, CheckedEdge, CheckedPattern, Reference
from graph.store.port import Matches


def match(reader: Reader, view: View, pattern: CheckedPattern) -> Matches:
    """One row an embedding; one row more than the limit is asked for, to know whether the list is cut."""
    prelude = with_clause(view.prelude())
    tables = [f"{nodes_of(node.type.name)} {_node(node.name)}" for node in pattern.nodes]
    tables += [table for edge in pattern.edges for table in _edge_tables(edge)]
    conditions = [*_node_conditions(view, pattern), *_edge_conditions(view, pattern), *_distinct(pattern)]
    conditions += [_before(each, pattern) for each in pattern.before]
    ids = [f"{_node(node.name)}.id AS {quoted(node.name)}" for node in pattern.nodes]
    values = [f"{_place(each, pattern)} AS {quoted(each.text)}" for each in pattern.returns]
    names = [quoted(name) for name in _schema(pattern).names]
    ordered = ", ".join(f"{name} NULLS LAST" for name in names)
    table = reader.table(
        f"{prelude}SELECT {', '.join([*ids, *values])} FROM {', '.join(tables)} "
        f"WHERE {' AND '.join(conditions)} ORDER BY {ordered} LIMIT {pattern.limit + 1}",
        view.parameters,
    ).cast(_schema(pattern))
    return Matches(table.slice(0, pattern.limit), truncated=table.num_rows > pattern.limit)


def _schema(pattern: CheckedPattern) -> pa.Schema:
    ids = [pa.field(node.name, pa.string()) for node in pattern.nodes]
    return pa.schema([*ids, *(pa.field(each.text, each.kind.arrow) for each in pattern.returns)])


def _node(name: str) -> str:
    return quoted(f"n_{name}")


def _edge(name: str) -> str:
    return quoted(f"e_{name}")


def _through(name: str, end: str) -> str:
    return quoted(f"{end}_{name}")


def _edge_tables(edge: CheckedEdge) -> Iterator[str]:
    yield f"{rows_of(edge.type)} {_edge(edge.name)}"
    if edge.source_type != edge.source_stored:
        yield f"r_party_of {_through(edge.name, 's')}"
    if edge.target_type != edge.target_stored:
        yield f"r_party_of {_through(edge.name, 't')}"


def _node_conditions(view: View, pattern: CheckedPattern) -> Iterator[str]:
    for node in pattern.nodes:
        alias = _node(node.name)
        yield view.present(alias, node.type)
        yield view.in_scope(f"{alias}._number", node.type.name)
        for each in node.where:
            yield view.compare(f"{alias}.{quoted(each.property)}", each)


def _edge_conditions(view: View, pattern: CheckedPattern) -> Iterator[str]:
    for edge in pattern.edges:
        alias = _edge(edge.name)
        yield view.visible(alias)
        yield view.holds(alias, edge.type)
        source, target = f"{_node(edge.source)}._number", f"{_node(edge.target)}._number"
        yield from _joined(
            view, edge, "s", f"{alias}.from_number", source, through=edge.source_type != edge.source_stored
        )
        yield from _joined(
            view, edge, "t", f"{alias}.to_number", target, through=edge.target_type != edge.target_stored
        )
        for each in edge.where:
            yield view.compare(f"{alias}.{quoted(each.property)}", each)


def _joined(view: View, edge: CheckedEdge, end: str, stored: str, node: str, *, through: bool) -> Iterator[str]:
    if not through:
        yield f"{stored} = {node}"
        return
    party_of = _through(edge.name, end)
    yield f"{party_of}.from_number = {stored}"
    yield f"{party_of}.to_number = {node}"
    yield view.visible(party_of)


def _distinct(pattern: CheckedPattern) -> Iterator[str]:
    """No two edges on one row; no two nodes of a type on one node unless the pattern allows it."""
    for one, other in combinations(pattern.edges, 2):
        if one.type.name == other.type.name:
            yield f"{_edge(one.name)}.rowid <> {_edge(other.name)}.rowid"
    if pattern.repeat_nodes:
        return
    for first, second in combinations(pattern.nodes, 2):
        if first.type.name == second.type.name:
            yield f"{_node(first.name)}._number <> {_node(second.name)}._number"


def _place(reference: Reference, pattern: CheckedPattern) -> str:
    is_node = any(node.name == reference.variable for node in pattern.nodes)
    alias = _node(reference.variable) if is_node else _edge(reference.variable)
    return f"{alias}.{quoted(reference.name)}"


def _before(each: CheckedBefore, pattern: CheckedPattern) -> str:
    first, then = (_comparable(end, pattern) for end in (each.first, each.then))
    return f"{first} {'<' if each.strict else '<='} {then}"


def _comparable(reference: Reference, pattern: CheckedPattern) -> str:
    """A date stands for its midnight beside a civil time."""
    place = _place(reference, pattern)
    return f"{place}::TIMESTAMP" if reference.kind is Kind.DATE else place
