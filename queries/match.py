"""Investigators' own graph questions: a pattern as text or JSON, asked of the store, answered as rows and as a graph.

Called by api. The language is `queries.pattern_text`; the stores compile the typed pattern.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from graph.errors import QueryError
from graph.model.fields import Property
from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Before, EdgePattern, Filter, NodePattern, Op, Pattern, Scope, Value
from queries.limits import DEFAULT_LIMITS, Limits
from queries.pattern_text import DEFAULT_ROWS, parse_pattern, visible_properties
from queries.pattern_values import property_of, typed_value
from queries.results import Cut, GraphPayload, strings


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """`table`: one row a match, a column of ids for each node variable, then `variable.property` columns."""

    pattern: Pattern
    table: pa.Table
    cut: tuple[Cut, ...]

    def payload(self) -> GraphPayload:
        """Every node once and every relationship between matched nodes once."""
        columns: dict[str, list[str]] = {node.name: strings(self.table[node.name]) for node in self.pattern.nodes}
        nodes = {(node.type, value) for node in self.pattern.nodes for value in columns[node.name]}
        edges = {
            (edge.relationship, source, target)
            for edge in self.pattern.edges
            for source, target in zip(columns[edge.source], columns[edge.target], strict=True)
        }
        return GraphPayload(_node_table(sorted(nodes)), _edge_table(sorted(edges)))


def match(
    store: GraphStore,
    pattern: Pattern | str | Mapping[str, Any],
    *,
    as_of: AsOf = NOW,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> MatchAnswer:
    """Every embedding of the pattern that the scope may see, up to the smaller of its limit and `limits.rows`.

    Raises:
        QueryError: when the pattern makes no sense, with the place in the text or the JSON.
    """
    asked = as_pattern(pattern)
    bounded = replace(asked, limit=min(asked.limit, limits.rows))
    found = store.match(bounded, as_of=as_of, scope=scope)
    return MatchAnswer(bounded, found.table, (Cut("matches", "rows"),) if found.truncated else ())


def as_pattern(pattern: Pattern | str | Mapping[str, Any]) -> Pattern:
    """A pattern from any of its three forms: typed, text, JSON object."""
    if isinstance(pattern, Pattern):
        return pattern
    if isinstance(pattern, str):
        return parse_pattern(pattern)
    return pattern_from_json(pattern)


def pattern_from_json(data: Mapping[str, Any]) -> Pattern:
    """A pattern from JSON that uses the same names as the dataclasses.

    Form: `{"nodes": [{"name", "type", "where": [{"property", "op", "value"}]}], "edges": [{"name", "source",
    "relationship", "target", "where"}], "before": [{"first", "then", "strict"}], "returns", "repeat_nodes", "limit"}`.

    Raises:
        QueryError: `query.pattern` naming the part that is missing or of the wrong form.
    """
    try:
        return Pattern(
            nodes=tuple(_node(item) for item in data["nodes"]),
            edges=tuple(_edge(item) for item in data.get("edges", ())),
            before=tuple(Before(b["first"], b["then"], bool(b.get("strict", False))) for b in data.get("before", ())),
            returns=tuple(str(item) for item in data.get("returns", ())),
            repeat_nodes=bool(data.get("repeat_nodes", False)),
            limit=_limit(data.get("limit", DEFAULT_ROWS)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise QueryError(
            f"This JSON is no pattern: {_missing(wrong)}.",
            code="query.pattern",
            next_step='Write {"nodes": [{"name": "a", "type": "Taxpayer"}], "edges": [], "limit": 50}.',
        ) from None


def _missing(wrong: Exception) -> str:
    return f"{wrong} is missing" if isinstance(wrong, KeyError) else str(wrong)


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("'limit' is a whole number from 1")
    return value


def _node(item: Mapping[str, Any]) -> NodePattern:
    properties = visible_properties(node_type(str(item["type"])).properties)
    return NodePattern(str(item["name"]), str(item["type"]), _filters(item, properties))


def _edge(item: Mapping[str, Any]) -> EdgePattern:
    properties = visible_properties(relationship_type(str(item["relationship"])).properties)
    ends = (str(item["source"]), str(item["relationship"]), str(item["target"]))
    return EdgePattern(str(item["name"]), *ends, where=_filters(item, properties))


def _filters(item: Mapping[str, Any], properties: tuple[Property, ...]) -> tuple[Filter, ...]:
    return tuple(_filter(f, properties) for f in item.get("where", ()))


def _filter(item: Mapping[str, Any], properties: tuple[Property, ...]) -> Filter:
    property_ = property_of(properties, str(item["property"]), "This part of the pattern")
    op, value = Op(item["op"]), item["value"]
    if op is Op.IS_NULL:
        return Filter(property_.name, op, bool(value))
    if op is Op.IN:
        return Filter(property_.name, op, _values(value, property_))
    return Filter(property_.name, op, typed_value(value, property_))


def _values(values: Sequence[object], property_: Property) -> tuple[Value, ...]:
    if isinstance(values, str):
        raise TypeError("'in' needs a list of values")
    return tuple(typed_value(value, property_) for value in values)


def _node_table(nodes: Sequence[tuple[str, str]]) -> pa.Table:
    return pa.table(
        {
            "id": pa.array([value for _, value in nodes], pa.string()),
            "type": pa.array([type_name for type_name, _ in nodes], pa.string()),
            "label": pa.array([value for _, value in nodes], pa.string()),
            "hidden": pa.array([value.startswith("hidden-") for _, value in nodes], pa.bool_()),
        }
    )


def _edge_table(edges: Sequence[tuple[str, str, str]]) -> pa.Table:
    return pa.table(
        {
            "id": pa.array([f"{source}|{kind}|{target}" for kind, source, target in edges], pa.string()),
            "type": pa.array([kind for kind, _, _ in edges], pa.string()),
            "source": pa.array([source for _, source, _ in edges], pa.string()),
            "target": pa.array([target for _, _, target in edges], pa.string()),
        }
    )
