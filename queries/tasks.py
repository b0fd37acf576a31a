"""How a task appears in answers: its head, its officers and grids. Shared by lineage and the views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.reading import IN, OUT, day_of, none_first, related, rows

CLOSED = ("closed", "cancelled")
TASK_FIELDS = ("kind", "title", "stage", "priority", "status", "opened_at", "due_on", "closed_at", "outcome", "loop")


@dataclass(frozen=True, slots=True)
class TaskHead:
    """A task without its events."""

    id: str
    kind: str | None
    title: str | None
    stage: str | None
    priority: str | None
    status: str | None
    opened_at: datetime | None
    due_on: date | None
    closed_at: datetime | None
    outcome: str | None
    loop: str | None

    def opened_by(self, day: date | None) -> bool:
        """Was it opened on or before this day?"""
        opened = day_of(self.opened_at)
        return day is None or opened is None or opened <= day

    def open_on(self, day: date | None) -> bool:
        """Was it open at the end of this day (None: now)? A closed task without a closing time is closed throughout."""
        closed = day_of(self.closed_at)
        if closed is not None and day is not None:
            return self.opened_by(day) and closed > day
        return self.opened_by(day) and closed is None and self.status not in CLOSED

    def late_on(self, day: date | None) -> bool:
        """Was it past its due day, by closing late or by being open still?"""
        if self.due_on is None:
            return False
        closed = day_of(self.closed_at)
        if not self.open_on(day):
            return closed is not None and closed > self.due_on
        return day is not None and day > self.due_on


@dataclass(frozen=True, slots=True)
class Holder:
    """An officer or a grid that has something to do with a task, dated."""

    id: str
    name: str | None
    role: str | None
    from_: date | None
    to: date | None


def task_head(row: Mapping[str, Any], *, key: str = "id", prefix: str = "") -> TaskHead:
    """A head from a node row, or with prefix `far.` from an expanded row."""
    return TaskHead(str(row[key]), *(row[prefix + name] for name in TASK_FIELDS))


def tasks_concerning(
    store: GraphStore, type_name: str, keys: Sequence[str], *, as_of: AsOf, scope: Scope
) -> tuple[TaskHead, ...]:
    """Tasks about these nodes, oldest first."""
    return tasks_at(store, type_name, keys, "CONCERNS", as_of=as_of, scope=scope)


def tasks_at(
    store: GraphStore, type_name: str, keys: Sequence[str], relationship: str, *, as_of: AsOf, scope: Scope
) -> tuple[TaskHead, ...]:
    """Tasks that lead by `relationship` to these nodes, each once, oldest first."""
    found = related(
        store, type_name, keys, relationship, IN, attributes=TASK_FIELDS, columns=(), as_of=as_of, scope=scope
    )
    heads = {str(row["from_id"]): task_head(row, key="from_id", prefix="far.") for row in rows(found.table)}
    return in_order(heads.values())


def in_order(tasks: Iterable[TaskHead]) -> tuple[TaskHead, ...]:
    """By when they were opened; those that do not say so first."""
    return tuple(sorted(tasks, key=lambda task: (none_first(task.opened_at), task.id)))


def with_merged(store: GraphStore, tasks: Sequence[str], *, as_of: AsOf) -> list[str]:
    """These tasks, and those that were merged into them, through others too; by id, unscoped."""
    return each_with_merged(store, {"": tasks}, as_of=as_of)[""]


def each_with_merged(store: GraphStore, groups: Mapping[str, Sequence[str]], *, as_of: AsOf) -> dict[str, list[str]]:
    """As `with_merged` for each group of tasks, all asked together."""
    merged: dict[str, set[str]] = {}
    known: set[str] = set()
    frontier = {task for tasks in groups.values() for task in tasks}
    while frontier:
        known |= frontier
        asked = sorted(frontier)
        table = related(store, "Task", asked, "MERGED_INTO", IN, columns=(), as_of=as_of, scope=ROOT).table
        for row in rows(table):
            merged.setdefault(str(row["to_id"]), set()).add(str(row["from_id"]))
        frontier = {each for task in asked for each in merged.get(task, ())} - known
    return {name: _closed(tasks, merged) for name, tasks in groups.items()}


def _closed(tasks: Sequence[str], merged: Mapping[str, set[str]]) -> list[str]:
    every, frontier = set(tasks), set(tasks)
    while frontier:
        frontier = {each for task in frontier for each in merged.get(task, ())} - every
        every |= frontier
    return sorted(every)


def holders(
    store: GraphStore, tasks: Sequence[str], relationship: str, *, as_of: AsOf, scope: Scope
) -> dict[str, tuple[Holder, ...]]:
    """By task: officers (`ASSIGNED_TO`) or grids (`HELD_BY`), by start, then id."""
    found = related(store, "Task", tasks, relationship, OUT, attributes=("name",), as_of=as_of, scope=scope)
    grouped: dict[str, list[Holder]] = {}
    for row in rows(found.table):
        holder = Holder(str(row["to_id"]), row["far.name"], row.get("role"), row["valid_from"], row["valid_to"])
        grouped.setdefault(str(row["key"]), []).append(holder)
    return {task: tuple(sorted(held, key=holder_order)) for task, held in grouped.items()}


def holder_order(holder: Holder) -> tuple[object, ...]:
    """By start, then id, then role."""
    return (none_first(holder.from_), holder.id, holder.role or "")
