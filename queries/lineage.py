"""What was done in a task, in order; and the names by which the questions about work have been known.

Who was responsible and what an officer looks after is answered by `queries.organisation`, loops by `queries.loops`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Order, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.loops import task_loop
from queries.organisation.portfolio import grids_of, portfolio
from queries.organisation.responsible import responsible
from queries.reading import OUT, names, node, related, rows
from queries.results import Cut
from queries.tasks import TaskHead, task_head

__all__ = ["TaskEntry", "TaskHistory", "grids_of", "portfolio", "responsible", "task_history", "task_loop"]
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
