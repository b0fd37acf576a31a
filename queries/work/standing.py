"""Where a task stands, what may be done in it and by whom, and how its events differ from its kind. Scoped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import AccessError
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.reading import OUT, holds_on, node, related, rows
from queries.work.conformance import Deviation, conformance
from queries.work.judging import Allowed, allowed
from queries.work.kinds import Kinds, Machine
from queries.work.people import Capacity, capacities
from queries.work.seeing import Now
from queries.work.state import Happened, TaskState, happened, in_order, state_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A task with its events in order. `task`: its row."""

    task: Row
    events: tuple[Happened, ...]
    state: TaskState
    machine: Machine

    def deviations(self) -> tuple[Deviation, ...]:
        """Where the events differ from what the kind allows."""
        return conformance(self.events, self.machine)


def standing(store: GraphStore, task: str, kinds: Kinds, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> Standing:
    """Where a task stands. Raises NotFoundError `not_found.task`, alike for one that is out of scope."""
    row = node(store, "Task", task, as_of=as_of, scope=scope)
    linked = related(store, "Task", [task], "HAS_EVENT", OUT, columns=(), as_of=as_of, scope=scope)
    keys = [str(each["to_id"]) for each in rows(linked.table)]
    events = rows(store.fetch("TaskEvent", keys, as_of=as_of, scope=scope)) if keys else []
    return standing_of(row, events, kinds)


def standing_of(task: Row, events: Sequence[Row], kinds: Kinds) -> Standing:
    """The same of rows that were read."""
    machine = kinds.machine(task["kind"], task["risk"])
    known = tuple(in_order(happened(event) for event in events))
    return Standing(task, known, state_of(known, machine, told=task["status"]), machine)


def possible(found: Standing, officer: str | None, *, now: Now, scope: Scope, kinds: Kinds) -> tuple[Allowed, ...]:
    """What may be done in a task now; `officer`: who asks, None for one who is no officer."""
    mine = _capacities(found, officer, now, scope, kinds) if officer else []
    return allowed(found.state, found.machine, mine, officer or "")


def _capacities(found: Standing, officer: str, now: Now, scope: Scope, kinds: Kinds) -> list[Capacity]:
    try:
        who = now.officer(officer)
    except AccessError:
        return []
    task = str(found.task["id"])
    grids = _held(now, task, "HELD_BY") or list(now.task(task, scope).grids)
    assigned = _held(now, task, "ASSIGNED_TO")
    return list(capacities(who, assigned=assigned, grids=now.above(grids), chief_roles=kinds.chief_roles))


def _held(now: Now, task: str, relationship: str) -> list[str]:
    ends = rows(related(now.store, "Task", [task], relationship, OUT, as_of=NOW, scope=ROOT).table)
    return sorted({str(row["to_id"]) for row in ends if holds_on(now.day, row["valid_from"], row["valid_to"])})
