"""The arrivals and seats of a simulation, from the tasks and postings that the graph holds. Whole columns, unscoped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.dispatch.choosing import Work
from queries.dispatch.rules import DispatchRules, tags_of
from queries.dispatch.simulation import Arrival, Seat

DUE_DAYS = 20  # of a task without a due day


def arrivals(store: GraphStore, *, since: date, until: date, rules: DispatchRules, as_of: AsOf) -> tuple[Arrival, ...]:
    """Tasks opened from `since` until before `until` that a grid holds, each in its smallest grid, by id."""
    grids = _ids(store, "Grid", as_of)
    holding: dict[int, str] = {}
    for task, grid in _pairs(store, "HELD_BY", as_of):
        if grid in grids:
            holding[task] = min(grids[grid], holding.get(task, grids[grid]))
    columns = store.node_columns("Task", ("id", "kind", "opened_at", "due_on"), as_of=as_of)
    found = [
        _arrival(str(row["id"]), row["kind"], row["opened_at"].date(), row["due_on"], holding[row["number"]], rules)
        for row in columns.to_pylist()
        if row["number"] in holding and row["opened_at"] is not None and since <= row["opened_at"].date() < until
    ]
    return tuple(sorted(found, key=lambda each: each.work.task))


def _arrival(  # noqa: PLR0917 - a row's cells
    task: str, kind: str | None, opened: date, due: date | None, grid: str, rules: DispatchRules
) -> Arrival:
    day = opened.toordinal()
    work = Work(task, kind, rules.tags(kind), rules.minutes(kind))
    return Arrival(work, grid, day, due.toordinal() if due else day + DUE_DAYS)


def seats(store: GraphStore, *, as_of: AsOf) -> tuple[Seat, ...]:
    """Who works in which grid as of the day, by grid and officer."""
    grids = _ids(store, "Grid", as_of)
    officers = {
        row["number"]: (str(row["id"]), tags_of(row["expertise"]))
        for row in store.node_columns("Officer", ("id", "expertise"), as_of=as_of).to_pylist()
    }
    found = {
        Seat(officers[officer][0], grids[grid], officers[officer][1])
        for officer, grid in _pairs(store, "WORKS_IN", as_of)
        if officer in officers and grid in grids
    }
    return tuple(sorted(found, key=lambda seat: (seat.grid, seat.officer)))


def _ids(store: GraphStore, kind: str, as_of: AsOf) -> dict[int, str]:
    return {row["number"]: str(row["id"]) for row in store.node_columns(kind, ("id",), as_of=as_of).to_pylist()}


def _pairs(store: GraphStore, relationship: str, as_of: AsOf) -> Iterator[tuple[int, int]]:
    for row in store.link_columns(relationship, (), as_of=as_of).to_pylist():
        yield row["source"], row["target"]
