"""Everybody who answers for a taxpayer: by its grids and those above, by posts there, by open tasks, by delegation.

Used by `responsible` (the lines of a day) and `moves` (all of them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from queries.organisation.days import Span, common, span, without
from queries.organisation.delegation import delegated_by, with_delegates
from queries.organisation.facts import UNNAMED, Asking, Ground, Named
from queries.organisation.lines import (
    GRID,
    POST,
    TASK,
    HeldDuty,
    Responsible,
    in_service,
    line,
    line_order,
    with_names,
)
from queries.organisation.places import Place, bureaus_of, grids_of_taxpayer
from queries.reading import day_of
from queries.tasks import CLOSED, TaskHead, tasks_concerning


def answering(asking: Asking, taxpayer: str, on: date | None) -> list[Responsible]:
    """All lines, or with `on` those that hold that day (`asking` then should ask for it too), in a total order."""
    grids = grids_of_taxpayer(asking, taxpayer)
    own = [
        *lines_by_grid(asking, grids),
        *lines_by_post(asking, [*grids, *bureaus_of(asking, grids)]),
        *lines_by_task(asking, taxpayer, on),
    ]
    delegations = delegated_by(asking, (one.officer for one in own))
    asked = {one.officer for one in own} | {ground.target for each in delegations.values() for ground in each}
    officers = asking.named("Officer", asked)
    every = with_delegates(in_service(own, officers), delegations, officers)
    lines = [one.with_duties_of(on) for one in every if one.days.holds(on)]
    named = asking.named("Grid", (one.grid for one in lines if one.grid))
    return sorted(with_names(lines, officers, named), key=line_order)


def lines_by_grid(asking: Asking, grids: Sequence[Place]) -> list[Responsible]:
    """Officers who work in these grids."""
    works = asking.into("Grid", (place.id for place in grids), "WORKS_IN", "Officer")
    return [
        one
        for place in grids
        for work in works.get(place.id, ())
        for one in line(
            work.source,
            GRID,
            common(place.days, work.days),
            (*place.grounds, work),
            grid=place.id,
            role=work.role,
            level=place.level,
        )
    ]


def lines_by_post(asking: Asking, places: Sequence[Place]) -> list[Responsible]:
    """Officers who hold posts in these grids and bureaus, with the duties that the posts carry."""
    found = _posts_at(asking, places)
    standing = [(place, ground) for place in places for ground in found.get((place.type, place.id), ())]
    named = asking.named("Post", (ground.source for _, ground in standing))
    holders = asking.into("Post", (ground.source for _, ground in standing), "HOLDS_POST", "Officer")
    duties = duties_of(asking, holders)
    return [
        one
        for place, stands in standing
        for holds in holders.get(stands.source, ())
        for one in _by_post(place, stands, holds, named.get(stands.source, UNNAMED), duties.get(stands.source, ()))
    ]


def _by_post(
    place: Place, stands: Ground, holds: Ground, post: Named, duties: tuple[HeldDuty, ...]
) -> Iterator[Responsible]:
    days = common(place.days, stands.days, holds.days)
    return line(
        holds.source,
        POST,
        common(days, post.days),
        (*place.grounds, stands, *post.cutting(stands.source, days), holds),
        grid=place.id if place.type == "Grid" else None,
        bureau=place.id if place.type == "Bureau" else None,
        level=place.level,
        post=stands.source,
        post_name=post.name,
        duties=duties,
    )


def _posts_at(asking: Asking, places: Sequence[Place]) -> dict[tuple[str, str], list[Ground]]:
    """Posts that stand at these places, by type and id of the place."""
    found: dict[tuple[str, str], list[Ground]] = {}
    for kind in ("Grid", "Bureau"):
        standing = asking.into(kind, (place.id for place in places if place.type == kind), "POST_AT", "Post")
        found |= {(kind, key): grounds for key, grounds in standing.items()}
    return found


def duties_of(asking: Asking, posts: Iterable[str]) -> dict[str, tuple[HeldDuty, ...]]:
    """What posts carry, by post; a duty only on the days on which it is there."""
    carried = asking.out("Post", posts, "CARRIES", "Duty")
    named = asking.named("Duty", (ground.target for each in carried.values() for ground in each))
    found: dict[str, tuple[HeldDuty, ...]] = {}
    for post, grounds in carried.items():
        held = [(ground.target, named.get(ground.target, UNNAMED), ground.days) for ground in grounds]
        dated = [(key, duty.name, common(days, duty.days)) for key, duty, days in held]
        found[post] = tuple(HeldDuty(key, name, days.from_, days.to) for key, name, days in dated if not days.empty)
    return found


def lines_by_task(asking: Asking, taxpayer: str, on: date | None) -> list[Responsible]:
    """Officers assigned to open tasks about the taxpayer.

    On days on which none of them is in service it is those who work in the grid that holds the task.
    """
    about = tasks_concerning(asking.store, "Taxpayer", [taxpayer], as_of=asking.as_of, scope=asking.scope)
    every = ((task.id, open_days(task)) for task in about)
    concerns = {
        task: Ground("CONCERNS", task, taxpayer, None, days.from_, days.to)
        for task, days in every
        if not days.empty and days.holds(on)
    }
    assigned = asking.out("Task", concerns, "ASSIGNED_TO", "Officer")
    lines = [
        one
        for task, concern in concerns.items()
        for each in assigned.get(task, ())
        for one in line(each.target, TASK, common(concern.days, each.days), (concern, each), task=task, role=each.role)
    ]
    return [*lines, *_by_holding_grid(asking, concerns, _unassigned(asking, concerns, lines))]


def _unassigned(asking: Asking, concerns: Mapping[str, Ground], lines: Sequence[Responsible]) -> dict[str, list[Span]]:
    """By task the days on which it is open and none of these lines is of an officer in service."""
    served = list(in_service(lines, asking.named("Officer", (one.officer for one in lines))))
    left = {
        task: without(concern.days, [one.days for one in served if one.task == task])
        for task, concern in concerns.items()
    }
    return {task: days for task, days in left.items() if days}


def _by_holding_grid(
    asking: Asking, concerns: Mapping[str, Ground], left: Mapping[str, list[Span]]
) -> list[Responsible]:
    """Officers of the grids that hold these tasks, on the days left."""
    held = asking.out("Task", left, "HELD_BY", "Grid")
    works = asking.into("Grid", (ground.target for each in held.values() for ground in each), "WORKS_IN", "Officer")
    return [
        one
        for task, spans in left.items()
        for ground in held.get(task, ())
        for work in works.get(ground.target, ())
        for days in spans
        for one in line(
            work.source,
            TASK,
            common(days, ground.days, work.days),
            (concerns[task], ground, work),
            task=task,
            grid=ground.target,
            role=work.role,
        )
    ]


def open_days(task: TaskHead) -> Span:
    """The days at whose end a task was open, as `TaskHead.open_on` says day by day."""
    closed = day_of(task.closed_at)
    if closed is None and task.status in CLOSED:
        return Span(0, 0)
    return span(day_of(task.opened_at), closed)
