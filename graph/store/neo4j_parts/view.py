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
from graph.store.scoping import OPENED_WITH, VISIBILITY, Hop, Rule, Visibility

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
        return f"({' OR '.join([self._led_to(node, visibility), *self._opened(node, type_name)])})"

    def _opened(self, node: str, type_name: str) -> list[str]:
        """Conditions: the scope opens this node by itself, or with another one."""
        found, hop = self._opened_itself(node, type_name), OPENED_WITH.get(type_name)
        if hop is not None and (end := self._opened_itself("oe", hop.to)):
            step = f"({node}){arrow('oh', hop.relationship, hop.direction)}(oe:{hop.to})"
            found.append(f"EXISTS {{ {step} WHERE {visible('oh')} AND {end[0]} }}")
        return found

    def _opened_itself(self, node: str, type_name: str) -> list[str]:
        ids = self.scope.opened_ids(type_name)
        return [f"{node}.id IN {self.parameters.add(ids)}"] if ids else []

    @staticmethod
    def _led_to(node: str, visibility: Visibility) -> str:
        """Condition: the routes of its type lead to taxpayers in scope."""
        if visibility.rule is Rule.SELF:
            return _taxpayer_in_scope(node)
        if visibility.rule is Rule.ROOT_ONLY:
            return "false"
        routes = _routes(visibility)
        if visibility.rule is Rule.ANY:
            return f"({' OR '.join(route.reaches(node) for route in routes)})"
        return f"({' OR '.join(f'({route.reaches(node)} AND NOT {route.leaves(node)})' for route in routes)})"

    # --- filters and orders

    def compare(self, expression: str, each: Filter) -> str:
        """Condition of a checked filter; its value becomes a parameter."""
        if each.op is Op.IS_NULL:
            return f"{expression} IS {'' if each.value else 'NOT '}NULL"
        value = each.value
        if each.op is Op.IN and not isinstance(value, tuple):
            value = (value,)
        return _COMPARE[each.op].format(expression, self.parameters.add(value))


# A taxpayer's bureau stands on the key or on a later version: one pattern covers both and keeps plans small.
_BUREAU = "-[:VERSION*0..1]->(tv)"


def _of_bureaus() -> str:
    return f"{visible('tv')} AND tv.bureau IN $bureaus"


def _party_in_scope(party: str) -> str:
    return f"EXISTS {{ ({party})-[po:PARTY_OF]->(t:Taxpayer){_BUREAU} WHERE {visible('po')} AND {_of_bureaus()} }}"


def _taxpayer_in_scope(taxpayer: str) -> str:
    return f"EXISTS {{ ({taxpayer}){_BUREAU} WHERE {_of_bureaus()} }}"


@dataclass(frozen=True, slots=True)
class _Route:
    """Chains of hops that differ in one relationship type alone, as one: seven roles are one pattern to plan."""

    hops: tuple[tuple[tuple[str, ...], Direction, str], ...]
    resolved: bool

    @property
    def last(self) -> str:
        """The variable at the end: a Taxpayer, or the Party that it hides behind."""
        return f"x{len(self.hops) - 1}"

    def pattern(self, node: str) -> str:
        """The path from a key node to the last variable."""
        steps = [
            f"{arrow(f'h{place}', '|'.join(names), direction)}(x{place}:{to})"
            for place, (names, direction, to) in enumerate(self.hops)
        ]
        return f"({node}){''.join(steps)}"

    def seen(self) -> str:
        """Condition: every hop is part of the snapshot."""
        return " AND ".join(visible(f"h{place}") for place in range(len(self.hops)))

    def reaches(self, node: str) -> str:
        """Condition: this way leads to a taxpayer in scope."""
        if self.resolved:
            return f"EXISTS {{ {self.pattern(node)}{_BUREAU} WHERE {self.seen()} AND {_of_bureaus()} }}"
        party_of = f"-[po:PARTY_OF]->(t:Taxpayer){_BUREAU}"
        kept = f"{self.seen()} AND {visible('po')} AND {_of_bureaus()}"
        return f"EXISTS {{ {self.pattern(node)}{party_of} WHERE {kept} }}"

    def leaves(self, node: str) -> str:
        """Condition: this way leads to a taxpayer out of scope, or to a party that is no taxpayer yet."""
        inside = _taxpayer_in_scope(self.last) if self.resolved else _party_in_scope(self.last)
        return f"EXISTS {{ {self.pattern(node)} WHERE {self.seen()} AND NOT {inside} }}"


def _routes(visibility: Visibility) -> list[_Route]:
    merged: list[_Route] = []
    for route in (_single(hops) for hops in visibility.routes):
        for place, other in enumerate(merged):
            if (both := _merged(other, route)) is not None:
                merged[place] = both
                break
        else:
            merged.append(route)
    return merged


def _single(hops: tuple[Hop, ...]) -> _Route:
    resolved = relationship_type(hops[-1].relationship).resolved
    party = {"Taxpayer": "Party"} if not resolved else {}
    return _Route(tuple(((hop.relationship,), hop.direction, party.get(hop.to, hop.to)) for hop in hops), resolved)


def _merged(one: _Route, other: _Route) -> _Route | None:
    """Both as one, if they differ in the relationship types of one hop; else None."""
    if one.resolved != other.resolved or [hop[1:] for hop in one.hops] != [hop[1:] for hop in other.hops]:
        return None
    if sum(a[0] != b[0] for a, b in zip(one.hops, other.hops, strict=True)) > 1:
        return None
    hops = ((tuple(dict.fromkeys((*a[0], *b[0]))), a[1], a[2]) for a, b in zip(one.hops, other.hops, strict=True))
    return _Route(tuple(hops), one.resolved)


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
