"""Cypher of the two clocks, of the scope and of filters, derived from the vocabulary and `scoping.VISIBILITY`.

A `View` is fixed once per question; every reading part compiles with it. Scope routes follow the recorded clock and
not the valid day: whoever may see a person today may see the person's past.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from graph.model.fields import Kind
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import relationship_type
from graph.store.conditions import Ends
from graph.store.ledger import Snapshot
from graph.store.neo4j_parts.cypher import Parameters, current, property_of, visible
from graph.store.neo4j_parts.schema import LEDGER_TYPE
from graph.store.neo4j_parts.values import quoted
from graph.store.questions import AsOf, Direction, Filter, Op, Order, Scope
from graph.store.scoping import VISIBILITY, Hop, Rule

_COMPARE = {
    Op.EQ: "{} = {}",
    Op.NE: "{} <> {}",
    Op.LT: "{} < {}",
    Op.LE: "{} <= {}",
    Op.GT: "{} > {}",
    Op.GE: "{} >= {}",
    Op.IN: "{} IN {}",
    Op.CONTAINS: "{} CONTAINS {}",
    Op.PREFIX: "{} STARTS WITH {}",
}


@dataclass(frozen=True, slots=True)
class View:
    """One question's snapshot, valid day, scope and parameters."""

    snapshot: Snapshot
    as_of: AsOf
    scope: Scope
    parameters: Parameters = field(default_factory=Parameters)

    @classmethod
    def of(cls, snapshot: Snapshot, as_of: AsOf, scope: Scope) -> View:
        """A view whose parameters hold the snapshot and the scope's bureaus."""
        parameters = Parameters.seen_by(snapshot)
        if not scope.everything:
            parameters.values["bureaus"] = sorted(scope.bureaus or ())
        return cls(snapshot, as_of, scope, parameters)

    # --- clocks

    def row(self, node: str, kind: NodeType) -> str:
        """Expression: the version of key node `node` that this question reads, or null."""
        return node if kind.name == LEDGER_TYPE else current(node)

    def holds(self, name: str, kind: RelationshipType) -> str:
        """Condition: this relationship is part of the snapshot and holds on the valid day."""
        day = self.as_of.valid
        if day is None or not kind.dated:
            return visible(name)
        at = self.parameters.add(day)
        since = f"({name}.valid_from IS NULL OR {name}.valid_from <= {at})"
        return f"{visible(name)} AND {since} AND ({name}.valid_to IS NULL OR {name}.valid_to > {at})"

    def happened(self, row: str, kind: NodeType) -> str:
        """Condition: this event lies before the end of the valid day; an undated one always does."""
        if self.as_of.valid is None or kind.event_time is None:
            return "true"
        following = self.as_of.valid + timedelta(days=1)
        midnight = datetime.combine(following, time())
        stamps = {Kind.DATE: following, Kind.CIVIL_TIME: midnight, Kind.INSTANT: midnight.replace(tzinfo=UTC)}
        end = self.parameters.add(stamps[kind.property(kind.event_time).kind])
        stamp = property_of(row, kind.event_time)
        return f"({stamp} IS NULL OR {stamp} < {end})"

    def present(self, row: str, kind: NodeType) -> str:
        """Condition: the version exists and has happened."""
        return f"{row} IS NOT NULL AND {self.happened(row, kind)}"

    # --- scope

    def in_scope(self, node: str, type_name: str) -> str:
        """Condition: this key node may be seen."""
        visibility = VISIBILITY[type_name]
        if self.scope.everything or visibility.rule is Rule.OPEN:
            return "true"
        if visibility.rule is Rule.ROOT_ONLY:
            return "false"
        if visibility.rule is Rule.SELF:
            return _of_bureaus(node)
        routes = [_reaches(node, route) for route in visibility.routes]
        if visibility.rule is Rule.ALL:
            routes = [
                f"({some} AND NOT {_leaves(node, route)})"
                for some, route in zip(routes, visibility.routes, strict=True)
            ]
        return f"({' OR '.join(routes)})"

    # --- filters and orders

    def compare(self, expression: str, each: Filter) -> str:
        """Condition of a checked filter; its value becomes a parameter."""
        if each.op is Op.IS_NULL:
            return f"{expression} IS {'' if each.value else 'NOT '}NULL"
        value = each.value
        if each.op is Op.IN and not isinstance(value, tuple):
            value = (value,)
        return _COMPARE[each.op].format(expression, self.parameters.add(value))


def _of_bureaus(taxpayer: str) -> str:
    """Condition: this Taxpayer key node belongs to the scope's bureaus."""
    later = f"EXISTS {{ ({taxpayer})-[:VERSION]->(tv) WHERE {visible('tv')} AND tv.bureau IN $bureaus }}"
    return f"(({visible(taxpayer)} AND {taxpayer}.bureau IN $bureaus) OR {later})"


def _party_in_scope(party: str) -> str:
    return f"EXISTS {{ ({party})-[po:PARTY_OF]->(t:Taxpayer) WHERE {visible('po')} AND {_of_bureaus('t')} }}"


def _route(node: str, route: tuple[Hop, ...]) -> tuple[str, list[str], str]:
    """Pattern, conditions and last variable of a chain of hops: a Taxpayer, or the Party it hides behind."""
    pattern, conditions, last = f"({node})", [], node
    for place, hop in enumerate(route):
        kind = relationship_type(hop.relationship)
        to = "Party" if hop.to == "Taxpayer" and not kind.resolved else hop.to
        pattern += f"{arrow(f'h{place}', kind.name, hop.direction)}(x{place}:{to})"
        conditions.append(visible(f"h{place}"))
        last = f"x{place}"
    return pattern, conditions, last


def _reaches(node: str, route: tuple[Hop, ...]) -> str:
    pattern, conditions, last = _route(node, route)
    conditions.append(_end_in_scope(last, route))
    return f"EXISTS {{ {pattern} WHERE {' AND '.join(conditions)} }}"


def _leaves(node: str, route: tuple[Hop, ...]) -> str:
    pattern, conditions, last = _route(node, route)
    conditions.append(f"NOT coalesce({_end_in_scope(last, route)}, false)")
    return f"EXISTS {{ {pattern} WHERE {' AND '.join(conditions)} }}"


def _end_in_scope(last: str, route: tuple[Hop, ...]) -> str:
    return _of_bureaus(last) if relationship_type(route[-1].relationship).resolved else _party_in_scope(last)


def arrow(name: str, relationship: str, direction: Direction) -> str:
    """`-[name:REL]->`, or the other way round."""
    body = f"-[{name}:{relationship}]-"
    return f"{body}>" if direction is Direction.OUT else f"<{body}"


def asked_arrow(ends: Ends, name: str) -> str:
    """The arrow from the near end to the far end of an expansion."""
    return arrow(name, ends.type.name, ends.direction)


def sort_keys(order: tuple[Order, ...], front: str) -> list[str]:
    """Sort keys over `front.<property>`; nulls last whichever way."""
    return [key for by in order for key in sort_key(f"{front}.{quoted(by.property)}", descending=by.descending)]


def sort_key(expression: str, *, descending: bool = False) -> list[str]:
    """One sort key; Cypher puts nulls first where it sorts downwards."""
    return [f"{expression} IS NULL", f"{expression} DESC"] if descending else [expression]
