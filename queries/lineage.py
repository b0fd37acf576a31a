"""Who was responsible on a day, what was done in a task, was its loop closed, what does an officer look after.

Pure questions to the store, called by api. Every function takes the recorded clock (`as_of.recorded` or `recorded`)
and a scope; the organisation's own directory is open, taxpayers and tasks are scoped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Order, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.reading import IN, OUT, names, node, none_first, related, rows
from queries.results import Cut, PartyRef
from queries.tasks import Holder, TaskHead, holders, task_head, tasks_at

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
class LoopTask:
    """A task of a loop with those who hold it; `depth` counts from the first task of the loop."""

    task: TaskHead
    depth: int
    officers: tuple[Holder, ...]
    grids: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class LoopLink:
    """`kind` SPAWNED: source opened target; ANSWERS: source is the answer to target."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What keeps a loop open: which task, since when, with whom."""

    task: str
    since: datetime | None
    officers: tuple[str, ...]
    grids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskLoop:
    """All tasks that spawned or answer each other, from the first one down; closed when `open` is empty."""

    asked: str
    first: str
    tasks: tuple[LoopTask, ...]
    links: tuple[LoopLink, ...]
    open: tuple[OpenWork, ...]
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


def task_loop(
    store: GraphStore, task: str, *, as_of: AsOf = NOW, scope: Scope = ROOT, limits: Limits = DEFAULT_LIMITS
) -> TaskLoop:
    """The loop that a task belongs to: every task reached by SPAWNED and ANSWERS, up and down.

    Tasks out of scope are absent. Raises NotFoundError for a task that is not there or out of scope.
    """
    node(store, "Task", task, as_of=as_of, scope=scope)
    links, cut = _linked(store, task, as_of=as_of, scope=scope, limits=limits)
    members = sorted({task, *(end for link in links for end in (link.source, link.target))})
    depths = _depths(members, links)
    heads = [task_head(row) for row in rows(store.fetch("Task", members, as_of=as_of, scope=scope))]
    officers = holders(store, members, "ASSIGNED_TO", as_of=as_of, scope=scope)
    grids = holders(store, members, "HELD_BY", as_of=as_of, scope=scope)
    ordered = sorted(heads, key=lambda head: (depths[head.id], none_first(head.opened_at), head.id))
    listed = tuple(LoopTask(h, depths[h.id], officers.get(h.id, ()), grids.get(h.id, ())) for h in ordered)
    waiting = tuple(_open_work(one) for one in listed if one.task.open_on(as_of.valid))
    return TaskLoop(task, listed[0].task.id, listed, links, waiting, cut)


def _open_work(one: LoopTask) -> OpenWork:
    return OpenWork(
        task=one.task.id,
        since=one.task.opened_at,
        officers=_current(one.officers),
        grids=_current(one.grids),
    )


def _current(held: Iterable[Holder]) -> tuple[str, ...]:
    """Those who still hold it; dated ends were given up."""
    return tuple(sorted({holder.id for holder in held if holder.to is None}))


def _linked(
    store: GraphStore, start: str, *, as_of: AsOf, scope: Scope, limits: Limits
) -> tuple[tuple[LoopLink, ...], tuple[Cut, ...]]:
    """Links of the loop, level by level from the asked task, at most `limits.rows` tasks."""
    seen, frontier = {start}, [start]
    links: set[LoopLink] = set()
    while frontier and len(seen) <= limits.rows:
        found = _links_of(store, frontier, as_of=as_of, scope=scope)
        links |= found
        ends = {end for link in found for end in (link.source, link.target)}
        frontier = sorted(ends - seen)
        seen |= ends
    cut = (Cut("tasks", "rows"),) if frontier else ()
    return tuple(sorted(links, key=lambda link: (link.kind, link.source, link.target))), cut


def _links_of(store: GraphStore, tasks: Sequence[str], *, as_of: AsOf, scope: Scope) -> set[LoopLink]:
    return {
        LoopLink(kind, str(row["from_id"]), str(row["to_id"]))
        for kind in ("SPAWNED", "ANSWERS")
        for direction in (OUT, IN)
        for row in rows(related(store, "Task", tasks, kind, direction, as_of=as_of, scope=scope).table)
    }


def _depths(members: Sequence[str], links: Sequence[LoopLink]) -> dict[str, int]:
    """Steps from the tasks that nothing opened. An answer stands one below what it answers if nothing spawned it."""
    parents = {link.target: link.source for link in links if link.kind == "SPAWNED"}
    for link in links:
        if link.kind == "ANSWERS":
            parents.setdefault(link.source, link.target)
    return {member: _steps_up(member, parents) for member in members}


def _steps_up(member: str, parents: dict[str, str]) -> int:
    seen = {member}
    while (parent := parents.get(member)) is not None and parent not in seen:
        seen.add(parent)
        member = parent
    return len(seen) - 1


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
