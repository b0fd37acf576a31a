"""Tasks and their events as columns, by dense numbers that stay inside: what every indicator is counted from.

Events stand by task, then instant, position and number; arrays of tasks stand by the task's number. Absent numbers are
-1, absent days `NEVER`. Days are ordinals of 1970: of an event by its own offset, else in the authority's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from graph.model.organisation import TASK_STATUS
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.event_days import event_days

pc: Any = _compute  # its stubs know no columns of mixed types
Longs = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NEVER = np.iinfo(np.int32).max
STATUS = {name: place for place, name in enumerate(TASK_STATUS)}
OTHER = -1


@dataclass(frozen=True, slots=True)
class Tasks:
    """By place: dense `number` (ascending), texts as they stand, `due` and `opened` days; `grid`, `parent`: places."""

    number: Longs
    id: Sequence[str]
    kind: Sequence[str]
    risk: Sequence[str]
    outcome: Sequence[str]
    status: Longs
    opened: Longs
    due: Longs
    grid: Longs
    parent: Longs
    officer: Longs


@dataclass(frozen=True, slots=True)
class Events:
    """By place: `task` and `officer` are places, `status` of the task after it (OTHER: of another system), `day`."""

    number: Longs
    task: Longs
    officer: Longs
    status: Longs
    day: Longs
    evidence: Mask


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that indicators read. `officers` and `grids`: ids by place."""

    tasks: Tasks
    events: Events
    officers: Sequence[str]
    grids: Sequence[str]


def work(store: GraphStore, *, before: int, as_of: AsOf) -> Work:
    """The columns in one state, unscoped, without events of the day `before` and later ones."""
    grids, officers = _nodes(store, "Grid", as_of), _nodes(store, "Officer", as_of)
    tasks = _tasks(store, grids.number, officers.number, as_of)
    return Work(tasks, _events(store, tasks, officers, before, as_of), officers.id, grids.id)


@dataclass(frozen=True, slots=True)
class _Nodes:
    number: Longs
    id: Sequence[str]


def _nodes(store: GraphStore, kind: str, as_of: AsOf) -> _Nodes:
    table = store.node_columns(kind, ("id",), as_of=as_of)
    return _Nodes(_longs(table.column("number")), [str(each) for each in table.column("id").to_pylist()])


def _tasks(store: GraphStore, grids: Longs, officers: Longs, as_of: AsOf) -> Tasks:
    names = ("id", "kind", "risk", "outcome", "status", "opened_at", "due_on")
    table = store.node_columns("Task", names, as_of=as_of)
    number = _longs(table.column("number"))
    parents = _ends(store, "SPAWNED", as_of)
    return Tasks(
        number=number,
        **{name: _texts(table.column(name)) for name in ("id", "kind", "risk", "outcome")},
        status=_statuses(table.column("status")),
        opened=_days(table.column("opened_at")),
        due=_days(table.column("due_on")),
        grid=_smallest(number, _ends(store, "HELD_BY", as_of), grids),
        parent=_smallest(number, (parents[1], parents[0]), number),
        officer=_smallest(number, _ends(store, "ASSIGNED_TO", as_of), officers),
    )


def _events(store: GraphStore, tasks: Tasks, officers: _Nodes, before: int, as_of: AsOf) -> Events:
    names = ("task", "officer", "action", "status", "at", "offset_minutes", "position", "evidence")
    table = store.node_columns("TaskEvent", names, as_of=as_of)
    task = _found(table.column("task"), tasks.id)
    at = _longs(pc.fill_null(table.column("at").cast(pa.int64()), np.iinfo(np.int64).min // 2))
    number = _longs(table.column("number"))
    order = np.lexsort((number, _longs(pc.fill_null(table.column("position"), 0)), at, task))
    day = event_days(at, table.column("offset_minutes"))
    day = np.where(day < -NEVER, NEVER, day)  # without an instant
    order = order[(task[order] >= 0) & (day[order] < before)]
    status = _statuses(pc.coalesce(table.column("status"), table.column("action")))
    return Events(
        number=number[order],
        task=task[order],
        officer=_found(table.column("officer"), officers.id)[order],
        status=status[order],
        day=day[order],
        evidence=np.asarray(pc.fill_null(pc.not_equal(table.column("evidence"), ""), False))[order],
    )


def _ends(store: GraphStore, relationship: str, as_of: AsOf) -> tuple[Longs, Longs]:
    table = store.link_columns(relationship, (), as_of=as_of)
    return _longs(table.column("source")), _longs(table.column("target"))


def _smallest(numbers: Longs, pairs: tuple[Longs, Longs], far: Longs) -> Longs:
    """For each number the smallest place in `far` that a pair leads to; -1 without one."""
    own, other = _places(numbers, pairs[0]), _places(far, pairs[1])
    known = (own >= 0) & (other >= 0)
    found = np.full(len(numbers), len(far), np.int64)
    np.minimum.at(found, own[known], other[known])
    return np.where(found == len(far), -1, found)


def _places(ascending: Longs, wanted: Longs) -> Longs:
    if not len(ascending):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, at, -1)


def _found(column: Any, ids: Sequence[str]) -> Longs:
    places = pc.index_in(column, value_set=pa.array(ids, pa.string()))
    return _longs(pc.fill_null(places, -1).cast(pa.int64()))


def _statuses(column: Any) -> Longs:
    places = pc.index_in(column, value_set=pa.array(TASK_STATUS, pa.string()))
    return _longs(pc.fill_null(places, OTHER).cast(pa.int64()))


def _days(column: Any) -> Longs:
    return _longs(pc.fill_null(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), NEVER))


def _texts(column: Any) -> list[str]:
    return [str(each) if each is not None else "" for each in column.to_pylist()]


def _longs(column: Any) -> Longs:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)
