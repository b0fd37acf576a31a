"""Officers of the grids in question with their expertise and present load, read from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.dispatch.choosing import Candidate
from queries.dispatch.places import Place
from queries.dispatch.rules import DispatchRules, tags_of
from queries.reading import IN, Row, related, rows
from queries.tasks import TASK_FIELDS, TaskHead, task_head


@dataclass(frozen=True, slots=True)
class _Load:
    minutes: int = 0
    last_given: datetime | None = None


def candidates(
    store: GraphStore, places: Sequence[Place], *, rules: DispatchRules, as_of: AsOf
) -> tuple[Candidate, ...]:
    """Everybody who works in these grids on the day, once a grid, by distance, grid and id."""
    near = {place.grid: place.distance for place in places}
    wanted = ("expertise", "active_from", "active_to")
    table = related(store, "Grid", list(near), "WORKS_IN", IN, attributes=wanted, as_of=as_of, scope=ROOT).table
    working = {(str(row["from_id"]), str(row["key"])): row for row in rows(table) if _active(row, as_of.valid)}
    loads = _loads(store, sorted({officer for officer, _ in working}), rules, as_of)
    found = [
        Candidate(
            officer, grid, near[grid], tags_of(row["far.expertise"]), loads[officer].minutes, loads[officer].last_given
        )
        for (officer, grid), row in working.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.distance, one.grid, one.officer)))


def _active(row: Row, day: date | None) -> bool:
    since, until = row["far.active_from"], row["far.active_to"]
    return day is None or ((since is None or since <= day) and (until is None or day < until))


def _loads(store: GraphStore, officers: Sequence[str], rules: DispatchRules, as_of: AsOf) -> Mapping[str, _Load]:
    """Minutes of the open tasks that each officer has on the day, and when the latest task was given."""
    table = related(
        store, "Officer", officers, "ASSIGNED_TO", IN, attributes=TASK_FIELDS, as_of=as_of, scope=ROOT
    ).table
    open_tasks: dict[str, dict[str, TaskHead]] = {officer: {} for officer in officers}
    last: dict[str, datetime] = {}
    for row in rows(table):
        officer, head = str(row["key"]), task_head(row, key="from_id", prefix="far.")
        given = _given(row["valid_from"], head)
        if given is not None:
            last[officer] = max(given, last.get(officer, given))
        if head.open_on(as_of.valid):
            open_tasks[officer][head.id] = head
    return {
        officer: _Load(sum(rules.minutes(head.kind) for head in heads.values()), last.get(officer))
        for officer, heads in open_tasks.items()
    }


def _given(since: date | None, head: TaskHead) -> datetime | None:
    return datetime.combine(since, time()) if since is not None else head.opened_at
