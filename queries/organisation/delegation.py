"""Who acts for whom: delegations of a post or of everything, followed from officer to officer; circles are reported.

Used by `answering` and `portfolio`. A delegation that names a post covers what comes by that post (its id or name) or
by a role of that name; one that names none covers everything. Whoever delegates still answers, beside the delegate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from queries.organisation.days import common
from queries.organisation.facts import Asking, Ground, Named
from queries.organisation.lines import Responsible, in_service
from queries.organisation.places import Taken

Delegations = Mapping[str, Sequence[Ground]]


def delegated_by(asking: Asking, officers: Iterable[str]) -> dict[str, list[Ground]]:
    """Delegations of these officers, of those whom they delegate to, and so on; by who delegates."""
    found: dict[str, list[Ground]] = {}
    seen, asked = set(), set(officers)
    while asked:
        seen |= asked
        asking.named("Officer", asked)
        made = asking.out("Officer", asked, "DELEGATES_TO", "Officer")
        found |= made
        asked = {ground.target for each in made.values() for ground in each} - seen
    return found


def covers(delegation: Ground, one: Responsible) -> bool:
    """Is this responsibility among what is delegated?"""
    return delegation.role is None or delegation.role in {one.post, one.post_name, one.role}


def with_delegates(
    lines: Iterable[Responsible], delegations: Delegations, officers: Mapping[str, Named]
) -> Iterator[Responsible]:
    """Each line, then those of the officers who act for its officer, nearest first."""
    for one in lines:
        yield from _acting(one, delegations, officers) if one.officer in delegations else (one,)


def _acting(first: Responsible, delegations: Delegations, officers: Mapping[str, Named]) -> Iterator[Responsible]:
    """Breadth first; whoever is reached by two chains acts by the shorter one on the days of both."""
    taken = Taken()
    waiting: deque[tuple[Responsible, tuple[str, ...]]] = deque([(first, (first.officer,))])
    while waiting:
        one, chain = waiting.popleft()
        circle: tuple[str, ...] = ()
        for acting in _delegated(one, delegations, officers):
            if acting.officer in chain:
                circle = circle or (*chain[chain.index(acting.officer) :], acting.officer)
                continue
            for days in taken.fresh(acting.officer, acting.days):
                waiting.append((replace(acting, acting_for=first.officer).during(days), (*chain, acting.officer)))
        yield replace(one, circle=circle) if circle else one


def _delegated(one: Responsible, delegations: Delegations, officers: Mapping[str, Named]) -> Iterator[Responsible]:
    """The lines of those to whom its officer delegates it, on the days on which it was and they are in service."""
    for ground in delegations.get(one.officer, ()):
        days = common(one.days, ground.days)
        if covers(ground, one) and not days.empty:
            acting = replace(one, officer=ground.target, grounds=(*one.grounds, ground), circle=()).during(days)
            yield from in_service([acting], officers)
