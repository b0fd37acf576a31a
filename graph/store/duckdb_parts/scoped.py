"""Which of a few nodes are in scope, by look-ups: the rules of `scoping.VISIBILITY` as `View.in_scope` compiles them.

Used by the small questions. Routes follow the recorded clock and no valid day. What was found in scope under a
snapshot is remembered: a page asks about the same nodes many times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from graph.model.types import RelationshipType
from graph.model.vocabulary import TYPE_SHIFT, node_type, relationship_type
from graph.store.conditions import Ends
from graph.store.duckdb_parts.hopping import hops
from graph.store.duckdb_parts.points import Looking, nodes_at, taxpayers_of
from graph.store.duckdb_parts.schema import first_number
from graph.store.questions import Direction
from graph.store.scoping import OPENED_WITH, VISIBILITY, Hop, Rule


def in_scope(looking: Looking, type_name: str, numbers: Sequence[int]) -> set[int]:
    """Those of the numbers (of one type) that the scope of the view shows."""
    scope, visibility = looking.view.scope, VISIBILITY[type_name]
    if scope.bureaus is None or visibility.rule is Rule.OPEN:
        return set(numbers)
    seen = _opened(looking, type_name, numbers)
    known = {n: looking.memory.scoped.get((looking.view.snapshot, scope.bureaus, n)) for n in numbers if n not in seen}
    asked = [number for number, found in known.items() if found is None]
    found = _found(looking, type_name, asked)
    for number in asked:
        looking.memory.scoped.put((looking.view.snapshot, scope.bureaus, number), number in found)
    return seen | found | {number for number, there in known.items() if there}


def remember_reached(looking: Looking, ends: Ends, near: Sequence[int], numbers: Sequence[int]) -> None:
    """Nodes that a visible row leads to from a taxpayer in scope are in scope, where that row is a route of theirs.

    A taxpayer that the scope opens by itself opens nothing with it.
    """
    bureaus = looking.view.scope.bureaus
    if bureaus is None or ends.near != "Taxpayer" or len(_taxpayers(looking, near)) < len(near):
        return
    back = Direction.OUT if ends.direction is Direction.IN else Direction.IN
    kinds = {first_number(name) >> TYPE_SHIFT for name in ends.far if _reached_by(name, ends.type, back)}
    for number in numbers:
        if number >> TYPE_SHIFT in kinds:
            looking.memory.scoped.put((looking.view.snapshot, bureaus, number), True)


def _reached_by(type_name: str, kind: RelationshipType, back: Direction) -> bool:
    visibility = VISIBILITY[type_name]
    return visibility.rule is Rule.ANY and (Hop(kind.name, back, "Taxpayer"),) in visibility.routes


def _opened(looking: Looking, type_name: str, numbers: Sequence[int]) -> set[int]:
    """Nodes that the scope opens one by one, and those that are opened with them."""
    seen, hop = _opened_themselves(looking, type_name, numbers), OPENED_WITH.get(type_name)
    if hop is None or not looking.view.scope.opened_ids(hop.to):
        return seen
    rest = [number for number in numbers if number not in seen]
    ends = _followed(looking, (hop,), rest)
    opened = _opened_themselves(looking, hop.to, sorted({each for reached in ends.values() for each in reached}))
    return seen | {number for number, reached in ends.items() if not opened.isdisjoint(reached)}


def _opened_themselves(looking: Looking, type_name: str, numbers: Sequence[int]) -> set[int]:
    ids = set(looking.view.scope.opened_ids(type_name))
    if not ids:
        return set()
    return {number for number, key in looking.node_ids(type_name, numbers).items() if key in ids}


def _found(looking: Looking, type_name: str, numbers: Sequence[int]) -> set[int]:
    visibility = VISIBILITY[type_name]
    if visibility.rule is Rule.SELF:
        return _taxpayers(looking, numbers)
    found: set[int] = set()
    for route in visibility.routes:
        rest = [number for number in numbers if number not in found]
        ends = _followed(looking, route, rest)
        near = _ends_in_scope(looking, relationship_type(route[-1].relationship), ends)
        if visibility.rule is Rule.ANY:
            found |= {number for number, reached in ends.items() if not near.isdisjoint(reached)}
        else:
            found |= {number for number, reached in ends.items() if reached and near.issuperset(reached)}
    return found


def _followed(looking: Looking, route: Sequence[Hop], numbers: Sequence[int]) -> dict[int, set[int]]:
    """By number the stored ends that a chain of hops leads to."""
    reached = {number: {number} for number in numbers}
    for hop in route:
        here = sorted({each for ends in reached.values() for each in ends})
        rows = hops(looking, relationship_type(hop.relationship), hop.direction, here, on_day=False)
        steps: dict[int, set[int]] = {}
        for near, far in rows:
            if far >> TYPE_SHIFT in _kinds(hop):
                steps.setdefault(near, set()).add(far)
        reached = {n: {far for each in ends for far in steps.get(each, ())} for n, ends in reached.items()}
    return reached


@cache
def _kinds(hop: Hop) -> frozenset[int]:
    """Types (above `TYPE_SHIFT`) that a number at the end of a hop may have: a taxpayer's facts hang on its parties."""
    names = ("Taxpayer", "Party") if hop.to == "Taxpayer" else (hop.to,)
    return frozenset(first_number(name) >> TYPE_SHIFT for name in names)


def _ends_in_scope(looking: Looking, kind: RelationshipType, ends: Mapping[int, set[int]]) -> set[int]:
    """Which stored ends are, or belong to, a taxpayer in scope."""
    numbers = sorted({each for reached in ends.values() for each in reached})
    if kind.resolved:
        return _taxpayers(looking, numbers)
    ordinal = first_number("Party") >> TYPE_SHIFT
    parties = [number for number in numbers if number >> TYPE_SHIFT == ordinal]
    taxpayers = taxpayers_of(looking.reader, looking.memory, looking.view, parties)
    near = _taxpayers(looking, sorted({each for found in taxpayers.values() for each in found}))
    return {party for party, found in taxpayers.items() if not near.isdisjoint(found)}


def _taxpayers(looking: Looking, numbers: Sequence[int]) -> set[int]:
    """Taxpayers whose bureau is one of the scope's."""
    ordinal = first_number("Taxpayer") >> TYPE_SHIFT
    bureaus, snapshot = looking.view.scope.bureaus or frozenset(), looking.view.snapshot
    known = {n: looking.memory.bureaus.get((snapshot, n)) for n in numbers if n >> TYPE_SHIFT == ordinal}
    asked = [number for number, found in known.items() if found is None]
    rows = nodes_at(looking.reader, looking.memory, looking.view, node_type("Taxpayer"), asked, "n.bureau")
    for number in asked:
        known[number] = (rows[number][1][0] if number in rows else None,)
        looking.memory.bureaus.put((snapshot, number), known[number] or (None,))
    return {number for number, found in known.items() if found and found[0] is not None and found[0] in bureaus}
