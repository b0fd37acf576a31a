"""SQL of the two clocks and of the scope, derived from the vocabulary and `scoping.VISIBILITY`. Used by every read.

A `View` is fixed once per question. Its fragments name table aliases; `prelude` holds the common table expressions
that the scope's fragments refer to. Scope routes follow the recorded clock and not the valid day: whoever may see a
person today may see the person's past.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from graph.model.fields import Kind
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import relationship_type
from graph.store.conditions import Ends
from graph.store.duckdb_parts.engine import Parameters
from graph.store.duckdb_parts.schema import LEDGER_TYPE, keys_of, nodes_of, of_type, quoted, rows_of
from graph.store.ledger import Snapshot
from graph.store.questions import AsOf, Direction, Filter, Op, Order, Scope
from graph.store.scoping import OPENED_WITH, VISIBILITY, Hop, Rule

NOTHING = "SELECT NULL::BIGINT AS _number WHERE false"


@dataclass(frozen=True, slots=True)
class View:
    """One question's snapshot, valid day, scope and parameters."""

    snapshot: Snapshot
    as_of: AsOf
    scope: Scope
    parameters: Parameters = field(default_factory=Parameters)

    # --- clocks

    def visible(self, alias: str) -> str:
        """This version is part of the snapshot."""
        snapshot = self.snapshot
        if snapshot.latest and not snapshot.excluded:
            return f"{alias}.batch_to IS NULL"
        ended = f"{alias}.batch_to IS NOT NULL AND {self._counts(f'{alias}.batch_to')}"
        return f"({self._counts(f'{alias}.batch_from')} AND NOT ({ended}))"

    def _counts(self, stamp: str) -> str:
        excluded = ", ".join(str(number) for number in sorted(self.snapshot.excluded))
        without = f" AND {stamp} NOT IN ({excluded})" if excluded else ""
        return f"({stamp} <= {self.snapshot.ceiling}{without})"

    def holds(self, alias: str, kind: RelationshipType) -> str:
        """This relationship holds on the valid day."""
        day = self.as_of.valid
        if day is None or not kind.dated:
            return "true"
        at = f"DATE '{day.isoformat()}'"
        since = f"({alias}.valid_from IS NULL OR {alias}.valid_from <= {at})"
        return f"({since} AND ({alias}.valid_to IS NULL OR {at} < {alias}.valid_to))"

    def happened(self, alias: str, kind: NodeType) -> str:
        """This event lies before the end of the valid day; an undated one always does."""
        if self.as_of.valid is None or kind.event_time is None:
            return "true"
        end = (self.as_of.valid + timedelta(days=1)).isoformat()
        stamp = "TIMESTAMPTZ" if kind.property(kind.event_time).kind is Kind.INSTANT else "TIMESTAMP"
        time = f"{alias}.{quoted(kind.event_time)}"
        return f"({time} IS NULL OR {time} < {stamp} '{end} 00:00:00')"

    def present(self, alias: str, kind: NodeType) -> str:
        """A node version that this question may see, apart from the scope."""
        if kind.name == LEDGER_TYPE:
            return f"{alias}.batch_from > 0"
        return f"{self.visible(alias)} AND {self.happened(alias, kind)}"

    # --- scope

    def prelude(self) -> list[str]:
        """Common table expressions for the scope; empty for the root."""
        if self.scope.everything:
            return []
        bureaus = self.parameters.add(sorted(self.scope.bureaus or ()))
        taxpayers = (
            f"SELECT n._number FROM {nodes_of('Taxpayer')} n "
            f"WHERE {self.visible('n')} AND n.bureau IN (SELECT unnest({bureaus}::VARCHAR[]))"
        )
        parties = (
            f"SELECT o.from_number AS _number FROM r_party_of o "
            f"WHERE {self.visible('o')} AND o.to_number IN (SELECT _number FROM scope_taxpayers)"
        )
        return [f"scope_taxpayers AS MATERIALIZED ({taxpayers})", f"scope_parties AS MATERIALIZED ({parties})"]

    def in_scope(self, number: str, type_name: str, candidates: str | None = None) -> str:
        """A node number of this type may be seen. `candidates`: an expression's name that holds all numbers asked."""
        numbers = self._scoped_numbers(type_name, candidates)
        return "true" if numbers is None else f"{number} IN ({numbers})"

    def _scoped_numbers(self, type_name: str, candidates: str | None) -> str | None:
        visibility = VISIBILITY[type_name]
        if self.scope.everything or visibility.rule is Rule.OPEN:
            return None
        routes = [self._route(type_name, route, candidates, visibility.rule) for route in visibility.routes]
        if visibility.rule is Rule.SELF:
            routes = ["SELECT _number FROM scope_taxpayers"]
        return " UNION ALL ".join([*routes, *self._opened(type_name)]) or NOTHING  # what is for the root has no route

    def _opened(self, type_name: str) -> list[str]:
        """Numbers of the nodes that the scope opens one by one, and of those that are opened with them."""
        found, hop = self._opened_themselves(type_name), OPENED_WITH.get(type_name)
        if hop is not None and (ends := self._opened_themselves(hop.to)):
            start, end = _columns("w", hop.direction)
            rows = f"{rows_of(relationship_type(hop.relationship))} w WHERE {self.visible('w')}"
            found.append(f"SELECT {start} AS _number FROM {rows} AND {end} IN ({ends[0]})")
        return found

    def _opened_themselves(self, type_name: str) -> list[str]:
        ids = self.scope.opened_ids(type_name)
        if not ids:
            return []
        keys = self.parameters.add(ids)
        return [f"SELECT _number FROM {keys_of(type_name)} WHERE id IN (SELECT unnest({keys}::VARCHAR[]))"]

    def _route(self, type_name: str, route: tuple[Hop, ...], candidates: str | None, rule: Rule) -> str:
        """Numbers that this chain of hops leads to a taxpayer in scope (ALL: to such taxpayers only)."""
        tables, conditions, near = [], [], ""
        for place, hop in enumerate(route):
            kind, alias = relationship_type(hop.relationship), f"h{place}"
            start, end = _columns(alias, hop.direction)
            tables.append(f"{rows_of(kind)} {alias}")
            conditions += [self.visible(alias), *([f"{near} = {start}"] if near else [])]
            if place < len(route) - 1:  # a holder of a share may be a firm: the way leads through persons only
                conditions.append(of_type(end, hop.to))
            near = end
        first = _columns("h0", route[0].direction)[0]
        conditions.append(f"{first} IN (SELECT _number FROM {candidates})" if candidates else of_type(first, type_name))
        through = "scope_taxpayers" if kind.resolved else "scope_parties"
        rows = f"FROM {', '.join(tables)} "
        if rule is Rule.ANY:
            return (
                f"SELECT {first} AS _number {rows}WHERE {' AND '.join(conditions)} "
                f"AND {near} IN (SELECT _number FROM {through})"
            )
        conditions.append(of_type(near, "Taxpayer" if kind.resolved else "Party"))
        return (
            f"SELECT {first} AS _number {rows}LEFT JOIN {through} s ON s._number = {near} "
            f"WHERE {' AND '.join(conditions)} GROUP BY ALL HAVING bool_and(s._number IS NOT NULL)"
        )

    # --- filters and orders

    def compare(self, expression: str, each: Filter) -> str:
        """SQL of a checked filter; values become parameters."""
        if each.op is Op.IS_NULL:
            return f"{expression} IS {'' if each.value else 'NOT '}NULL"
        if each.op is Op.IN:
            return self._one_of(expression, each)
        return _COMPARE[each.op].format(expression, self.parameters.add(each.value))

    def _one_of(self, expression: str, each: Filter) -> str:
        values = each.value if isinstance(each.value, tuple) else (each.value,)
        if not values:
            return "false"
        return f"{expression} IN ({', '.join(self.parameters.add(value) for value in values)})"


_COMPARE = {
    Op.EQ: "{} = {}",
    Op.NE: "{} <> {}",
    Op.LT: "{} < {}",
    Op.LE: "{} <= {}",
    Op.GT: "{} > {}",
    Op.GE: "{} >= {}",
    Op.CONTAINS: "contains({}, {})",
    Op.PREFIX: "starts_with({}, {})",
}


def _columns(alias: str, direction: Direction) -> tuple[str, str]:
    ends = (f"{alias}.from_number", f"{alias}.to_number")
    return ends if direction is Direction.OUT else (ends[1], ends[0])


def near_and_far(ends: Ends, alias: str) -> tuple[str, str]:
    """Columns of a relationship table at the asked end and at the other."""
    return _columns(alias, ends.direction)


def sort_keys(order: tuple[Order, ...], front: str = "") -> list[str]:
    """SQL sort keys; nulls last whichever way."""
    return [f"{front}{quoted(by.property)} {'DESC' if by.descending else 'ASC'} NULLS LAST" for by in order]


def with_clause(expressions: list[str]) -> str:
    """`WITH …`, or nothing."""
    return f"WITH {', '.join(expressions)} " if expressions else ""
