"""What an officer may act as in a task on a day: assigned, chief or member of its grid, or in somebody's place.

Read under one instant of both clocks; responsibility in general is asked of `queries.organisation`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph.errors import AccessError
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.reading import IN, OUT, holds_on, related, rows
from queries.work.kinds import ASSIGNED, CHIEF, MEMBER, SYSTEM

MOST_LEVELS = 8  # of grids above one another


@dataclass(frozen=True, slots=True)
class Place:
    """What one officer has on a day: roles by grid, and posts with where they stand."""

    officer: str
    roles: Mapping[str, frozenset[str]]
    posts: tuple[tuple[str, frozenset[str]], ...]

    def post_for(self, grids: Collection[str]) -> str | None:
        """The post under which the officer acts for one of these grids: one that stands there before any other."""
        fitting = [post for post, stands_at in self.posts if not stands_at.isdisjoint(grids)]
        return min(fitting or [post for post, _ in self.posts], default=None)


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts, on which day: the own place, and those of officers who delegated theirs, with the post if one is named.

    `own` is None for the platform itself.
    """

    id: str
    day: date
    own: Place | None
    others: tuple[tuple[Place, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """As what somebody acts in a task; `acting_for`: in whose place."""

    actor: str
    post: str | None = None
    acting_for: str | None = None


SYSTEM_CAPACITY = Capacity(SYSTEM)


def officer_on(store: GraphStore, officer: str, *, as_of: AsOf) -> Officer:
    """What an officer has on the day of `as_of`.

    Raises:
        AccessError: `access.officer` for one that is not there, or not in service on that day.
    """
    day = as_of.valid or date.max
    found = rows(store.fetch("Officer", [officer], columns=("active_from", "active_to"), as_of=as_of))
    if not found or not holds_on(day, found[0]["active_from"], found[0]["active_to"]):
        raise AccessError(
            "You are no officer in service today.",
            code="access.officer",
            next_step="Ask for a token that names you as an officer, and check your dates of service.",
        )
    given = rows(related(store, "Officer", [officer], "DELEGATES_TO", IN, as_of=as_of, scope=ROOT).table)
    places = _places(store, [officer, *(str(row["from_id"]) for row in given)], as_of)
    delegated = sorted({(str(row["from_id"]), row["post"] or "") for row in given if row["from_id"] != officer})
    others = tuple((places[delegator], post or None) for delegator, post in delegated)
    return Officer(officer, day, places[officer], others)


def _places(store: GraphStore, officers: Iterable[str], as_of: AsOf) -> dict[str, Place]:
    wanted = sorted(set(officers))
    works = rows(related(store, "Officer", wanted, "WORKS_IN", OUT, as_of=as_of, scope=ROOT).table)
    holds = rows(related(store, "Officer", wanted, "HOLDS_POST", OUT, as_of=as_of, scope=ROOT).table)
    posts = sorted({str(row["to_id"]) for row in holds})
    stands = rows(related(store, "Post", posts, "POST_AT", OUT, as_of=as_of, scope=ROOT).table)
    at = {post: frozenset(str(row["to_id"]) for row in stands if row["key"] == post) for post in posts}
    roles: dict[str, dict[str, frozenset[str]]] = {officer: {} for officer in wanted}
    for row in works:
        grids = roles[str(row["key"])]
        grids[str(row["to_id"])] = grids.get(str(row["to_id"]), frozenset()) | {row["role"] or ""}
    held = {o: sorted({str(row["to_id"]) for row in holds if row["key"] == o}) for o in wanted}
    return {o: Place(o, roles[o], tuple((post, at[post]) for post in held[o])) for o in wanted}


def above(store: GraphStore, grids: Sequence[str], *, as_of: AsOf) -> tuple[str, ...]:
    """These grids and all above them on that day, nearest first."""
    found, frontier = list(dict.fromkeys(grids)), list(dict.fromkeys(grids))
    for _ in range(MOST_LEVELS):
        parts = rows(related(store, "Grid", frontier, "PART_OF", OUT, as_of=as_of, scope=ROOT).table)
        frontier = sorted({str(row["to_id"]) for row in parts if row["to_type"] == "Grid"} - set(found))
        if not frontier:
            break
        found += frontier
    return tuple(found)


def capacities(
    officer: Officer, *, assigned: Collection[str], grids: Sequence[str], chief_roles: frozenset[str]
) -> Iterator[Capacity]:
    """As what an officer may act in a task, the officer's own before those in somebody's place.

    Args:
        officer: who, with what the officer has on the day.
        assigned: officers to whom the task is assigned.
        grids: those that hold it, and all above them.
        chief_roles: words for a chief's role.
    """
    if officer.own is None:
        yield SYSTEM_CAPACITY
        return
    yield from _of_place(officer.own, assigned, grids, chief_roles)
    for place, post in officer.others:
        for capacity in _of_place(place, assigned, grids, chief_roles):
            yield Capacity(capacity.actor, post or capacity.post, place.officer)


def _of_place(
    place: Place, assigned: Collection[str], grids: Sequence[str], chief_roles: frozenset[str]
) -> Iterator[Capacity]:
    here = [grid for grid in grids if grid in place.roles]
    if place.officer in assigned:
        yield Capacity(ASSIGNED, place.post_for(grids))
    if any(not place.roles[grid].isdisjoint(chief_roles) for grid in here):
        yield Capacity(CHIEF, place.post_for(grids))
    if here:
        yield Capacity(MEMBER, place.post_for(grids))
