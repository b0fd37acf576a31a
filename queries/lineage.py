"""Who was responsible on a day, what was done in a task, was its loop closed, what does an officer look after.

Pure questions to the store, called by api. Every function takes the recorded clock (`as_of.recorded` or `recorded`)
and a scope; the organisation's own directory is open, taxpayers and tasks are scoped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Order, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, names, node, none_first, related, rows
from queries.results import Cut, PartyRef
from queries.tasks import Holder, TaskHead, task_head, tasks_at

EVENT_FIELDS = ("position", "action", "at", "offset_minutes", "officer", "post", "attributes", "visible", "note_digest")


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One event of a task; `attributes` is the source's JSON text."""

    id: str
    position: int | None
    at: datetime | None
    offset_minutes: int | None
    action: str | None
    officer: str | None
    officer_name: str | None
    post: str | None
    attributes: str | None
    visible: str | None
    note_digest: str | None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """A task and its events by instant, then position, then id."""

    task: TaskHead
    entries: tuple[TaskEntry, ...]
    cut: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What an officer looks after on a day: grids, taxpayers in scope, open tasks. `taxpayer_count` is never cut."""

    officer: str
    officer_name: str | None
    on: date | None
    grids: tuple[Holder, ...]
    taxpayer_count: int
    taxpayers: tuple[PartyRef, ...]
    open_tasks: tuple[TaskHead, ...]
    cut: tuple[Cut, ...]


def task_history(
    store: GraphStore, task: str, *, as_of: AsOf = NOW, scope: Scope = ROOT, limits: Limits = DEFAULT_LIMITS
) -> TaskHistory:
    """Everything done in a task, in order. Raises NotFoundError for a task that is not there or out of scope."""
    head = task_head(node(store, "Task", task, as_of=as_of, scope=scope))
    found = related(
        store,
        "Task",
        [task],
        "HAS_EVENT",
        OUT,
        attributes=EVENT_FIELDS,
        order=(Order("far.at"), Order("far.position")),
        limit_per_node=limits.rows,
        as_of=as_of,
        scope=scope,
    )
    events = rows(found.table)
    officers = (str(event["far.officer"]) for event in events if event["far.officer"])
    named = names(store, "Officer", officers, as_of=as_of, scope=scope)
    cut = tuple(Cut("entries", "rows", dropped) for dropped in found.cut.values())
    return TaskHistory(head, tuple(_entry(event, named) for event in events), cut)


def _entry(event: dict[str, Any], named: dict[str, str]) -> TaskEntry:
    value = {name: event[f"far.{name}"] for name in EVENT_FIELDS}
    return TaskEntry(id=str(event["to_id"]), officer_name=named.get(value["officer"] or ""), **value)


def portfolio(
    store: GraphStore,
    officer: str,
    *,
    on: date | None = None,
    recorded: datetime | None = None,
    scope: Scope = ROOT,
    limits: Limits = DEFAULT_LIMITS,
) -> Portfolio:
    """Grids, taxpayers in scope and open tasks of an officer on a day (None: all that the graph knows, undated)."""
    as_of = AsOf(valid=on, recorded=recorded)
    head = node(store, "Officer", officer, as_of=as_of, scope=scope)
    grids = grids_of(store, officer, as_of=as_of, scope=scope)
    keys = sorted({grid.id for grid in grids})
    placed = related(store, "Grid", keys, "IN_GRID", IN, attributes=("name",), as_of=as_of, scope=scope)
    members = {str(row["from_id"]): PartyRef(str(row["from_id"]), row["far.name"]) for row in rows(placed.table)}
    listed = tuple(members[key] for key in sorted(members)[: limits.rows])
    tasks = tasks_at(store, "Officer", [officer], "ASSIGNED_TO", as_of=as_of, scope=scope)
    dropped = len(members) - len(listed)
    return Portfolio(
        officer=officer,
        officer_name=head["name"],
        on=on,
        grids=grids,
        taxpayer_count=len(members),
        taxpayers=listed,
        open_tasks=tuple(task for task in tasks if task.open_on(on)),
        cut=(Cut("taxpayers", "rows", dropped),) if dropped else (),
    )


def grids_of(store: GraphStore, officer: str, *, as_of: AsOf, scope: Scope) -> tuple[Holder, ...]:
    """Grids that an officer works in, dated, by grid, role and start."""
    found = related(store, "Officer", [officer], "WORKS_IN", OUT, attributes=("name",), as_of=as_of, scope=scope)
    grids = [
        Holder(str(row["to_id"]), row["far.name"], row["role"], row["valid_from"], row["valid_to"])
        for row in rows(found.table)
    ]
    return tuple(sorted(grids, key=lambda grid: (grid.id, grid.role or "", none_first(grid.from_))))
