"""All work as columns: tasks, events, handlers, officers in their grids and posts. Read by the rules when they scan.

Nodes are numbered by the rank of their public ids, so that places order as the ids do. Days count from 1970 in civil
time, `NEVER` where none is told; instants are microseconds since 1970 (UTC). Control sees everything, unscoped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from graph.model.organisation import TASK_STATUS
from graph.model.vocabulary import relationship_type
from graph.store.port import GraphStore
from graph.store.questions import NOW, AsOf
from queries.detection.columns import NEVER, day_numbers, day_of, number_of, place_of
from queries.detection.people import Numbered
from queries.event_days import event_days

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts: TypeAlias = "pa.Array[Any]"
pc: Any = _compute  # its stubs know no columns of mixed types
T = TypeVar("T")
ABSENT = -1
FOREVER = 2**40  # a day after all days
DATES = ("valid_from", "valid_to")


def status_places(*names: str) -> Longs:
    """Places of these statuses."""
    return np.array([TASK_STATUS.index(name) for name in names], np.int64)


@dataclass(frozen=True, slots=True)
class Nodes(Numbered):
    """Nodes of one type, found by dense number or by public id."""

    def named(self, texts: Any) -> Longs:
        """Place of each public id, int64; `ABSENT` where there is none."""
        return place_of(texts, self.ids)

    def id(self, place: int) -> str:
        """The public id at a place."""
        return str(self.ids[int(place)].as_py())


@dataclass(frozen=True, slots=True)
class Dated:
    """Pairs that hold from a day until another (first day no longer): places int64[n], days int64[n]."""

    source: Longs
    target: Longs
    begin: Longs
    end: Longs
    text: Texts

    def __len__(self) -> int:
        """Rows."""
        return len(self.source)

    def take(self, rows: Any) -> Dated:
        """Some of the rows."""
        kept = pa.array(np.arange(len(self.source))[rows])
        return Dated(self.source[rows], self.target[rows], self.begin[rows], self.end[rows], self.text.take(kept))


@dataclass(frozen=True, slots=True)
class Tasks:
    """By place: codes of kind, risk and outcome with their words, days; `closed_at`: micros of civil time."""

    kind: Longs
    kinds: tuple[str, ...]
    risk: Longs
    outcome: Longs
    outcomes: tuple[str, ...]
    due: Longs
    closed: Longs
    open: Flags


@dataclass(frozen=True, slots=True)
class Events:
    """By task, instant and position. `status` is a place in TASK_STATUS or -1; `starts` int64[tasks + 1]."""

    number: Longs
    task: Longs
    status: Longs
    at: Longs
    day: Longs
    officer: Longs
    acting_for: Longs
    post: Longs
    posts: tuple[str, ...]
    evidence: Flags
    recorded: Longs
    starts: Longs

    def __len__(self) -> int:
        """Events."""
        return len(self.number)

    def of(self, task: int) -> slice:
        """The rows of a task."""
        return slice(int(self.starts[task]), int(self.starts[task + 1]))

    def left(self, *names: str) -> Flags:
        """Which events left one of these statuses behind."""
        return np.isin(self.status, status_places(*names))


class Work:
    """One state of the graph for one scan. `on`: the day on which open tasks are looked at."""

    def __init__(self, store: GraphStore, *, on: date, as_of: AsOf = NOW) -> None:
        self.store = store
        self.as_of = as_of
        self.on = number_of(on)
        self._made: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for: what several rules derive alike."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def nodes(self, type_name: str) -> Nodes:
        """Every node of a type by public id."""
        return self.once(type_name, lambda: self._nodes(self.columns(type_name, "id")))

    @staticmethod
    def _nodes(table: pa.Table) -> Nodes:
        ids: Any = table["id"].combine_chunks()
        order = np.asarray(pc.sort_indices(ids).to_numpy(), np.int64)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return Nodes(np.asarray(table["number"].to_numpy(), np.int64), place, ids.take(pa.array(order)))

    def columns(self, type_name: str, *names: str) -> pa.Table:
        """Properties of every node of a type."""
        return self.store.node_columns(type_name, names, as_of=self.as_of)

    @cached_property
    def taxpayers(self) -> Nodes:
        """Taxpayers by id, found by the dense number of any of their parties."""
        table = self.store.parties(as_of=self.as_of)
        ids = pc.coalesce(table["taxpayer_id"], table["party_id"]).combine_chunks()
        known = pc.unique(ids)
        known = known.take(pc.sort_indices(known))
        number = np.asarray(table["party"].to_numpy(), np.int64)
        return Nodes(number, place_of(ids, known), known)

    @cached_property
    def party_ids(self) -> tuple[Texts, Longs]:
        """Public ids of parties and the place of each one's taxpayer: access logs of other systems name parties."""
        table = self.store.parties(as_of=self.as_of)
        return table["party_id"].combine_chunks(), self.taxpayers.place

    def ends(self, type_name: str) -> Nodes:
        """The nodes that an end of this type is counted among."""
        return self.taxpayers if type_name == "Party" else self.nodes(type_name)

    def links(self, relationship: str, source: str, target: str, *, text: str = "") -> Dated:
        """Dated relationships between stored types by the places of their ends; `text`: a property to have with it."""
        return self.once(
            f"{relationship} {source} {target} {text}", lambda: self._links(relationship, source, target, text)
        )

    def _links(self, relationship: str, source: str, target: str, text: str) -> Dated:
        dates = DATES if relationship_type(relationship).dated else ()
        names = (*dates, *((text,) if text else ()))
        table = self.store.link_columns(relationship, names, as_of=self.as_of)
        ends = (np.asarray(table[name].to_numpy(), np.int64) for name in ("source", "target"))
        never = np.full(table.num_rows, NEVER, np.int64)
        begin, end = (day_numbers(table[name]) for name in DATES) if dates else (never, never)
        word = table[text].combine_chunks() if text else pa.nulls(table.num_rows, pa.string())
        left, right = (self.ends(kind).of(numbers) for kind, numbers in zip((source, target), ends, strict=True))
        found = Dated(left, right, begin, np.where(end == NEVER, FOREVER, end), word)
        return found.take((found.source >= 0) & (found.target >= 0))

    @cached_property
    def concerns(self) -> tuple[Longs, Longs]:
        """Tasks and the taxpayers they concern, distinct, by task."""
        table = self.store.link_columns("CONCERNS", (), as_of=self.as_of)
        task = self.nodes("Task").of(np.asarray(table["source"].to_numpy(), np.int64))
        firm = self.taxpayers.of(np.asarray(table["target"].to_numpy(), np.int64))
        kept = (task >= 0) & (firm >= 0)
        width = len(self.taxpayers.ids) + 1
        pairs = np.unique(task[kept] * width + firm[kept])
        return pairs // width, pairs % width

    def firms_of(self, task: int) -> tuple[str, ...]:
        """Taxpayers that a task concerns."""
        tasks, firms = self.concerns
        begin, end = np.searchsorted(tasks, [task, task + 1])
        return tuple(self.taxpayers.id(firm) for firm in firms[begin:end].tolist())

    @cached_property
    def tasks(self) -> Tasks:
        """Every task."""
        table = self.columns("Task", "kind", "risk", "outcome", "due_on", "closed_at", "status")
        place = self.nodes("Task").place
        order = np.empty(len(place), np.int64)
        order[place] = np.arange(len(place))
        rows: Any = pa.array(order)
        table = table.take(rows)
        (kind, kinds), (risk, risks), (outcome, outcomes) = (coded(table[n]) for n in ("kind", "risk", "outcome"))
        high = risks.index("high") if "high" in risks else ABSENT - 1
        closed = day_numbers(table["closed_at"].cast(pa.date32()))
        status, statuses = coded(table["status"])
        over = np.isin(status, [k for k, name in enumerate(statuses) if name in {"closed", "cancelled"}])
        return Tasks(
            kind=kind,
            kinds=kinds,
            risk=(risk == high).astype(np.int64),
            outcome=outcome,
            outcomes=outcomes,
            due=day_numbers(table["due_on"]),
            closed=closed,
            open=~over & (closed == NEVER),
        )

    @cached_property
    def events(self) -> Events:
        """Every event of a known task."""
        names = ("task", "action", "status", "at", "offset_minutes", "position", "officer", "acting_for", "post")
        table = self.columns("TaskEvent", *names, "evidence", "recorded_at")
        task = self.nodes("Task").named(table["task"])
        at = micros(table["at"])
        position = np.asarray(pc.fill_null(table["position"], 0).to_numpy(), np.int64)
        order = np.lexsort((position, at, task))
        order = order[np.searchsorted(task[order], 0) :]  # of no task that is known
        officers = self.nodes("Officer")
        post, posts = coded(table["post"])
        return Events(
            number=np.asarray(table["number"].to_numpy(), np.int64)[order],
            task=task[order],
            status=_statuses(table)[order],
            at=at[order],
            day=event_days(at, table["offset_minutes"])[order],
            officer=officers.named(table["officer"])[order],
            acting_for=officers.named(table["acting_for"])[order],
            post=post[order],
            posts=posts,
            evidence=_told(table["evidence"])[order],
            recorded=micros(table["recorded_at"])[order],
            starts=np.searchsorted(task[order], np.arange(len(self.nodes("Task")) + 1)),
        )

    def pinned(self, row: int) -> datetime | None:
        """The recorded instant that an event pinned as what was visible then (`snapshot` of its JSON), if it did."""
        numbers = self.events.number[[row]]
        told = self.store.node_columns("TaskEvent", ("visible",), numbers=numbers, as_of=self.as_of)[
            "visible"
        ].to_pylist()
        snapshot = json.loads(told[0] or "{}").get("snapshot") if told else None
        if not isinstance(snapshot, int):
            return None
        known = self.once("ledger", self.store.batches)
        return max((line.committed_at for line in known if line.number <= snapshot and line.committed_at), default=None)

    def recorded_at(self, moment: datetime) -> Work:
        """All work as it was recorded then."""
        return self.once(
            f"recorded {moment.isoformat()}",
            lambda: Work(self.store, on=day_of(self.on), as_of=AsOf(recorded=moment)),
        )

    @cached_property
    def handlers(self) -> Dated:
        """Who handled each task when, by task and first day."""
        found = self.links("ASSIGNED_TO", "Task", "Officer")
        return found.take(np.lexsort((found.target, found.begin, found.source)))

    @cached_property
    def last_handler(self) -> Longs:
        """The officer that had each task last (by first day, then id); else who did the last of it; `ABSENT`."""
        last = np.full(len(self.nodes("Task")), ABSENT, np.int64)
        events = self.events
        last[events.task] = events.officer
        last[self.handlers.source] = self.handlers.target
        return last

    @cached_property
    def grid_of(self) -> Longs:
        """The grid that held each task last; `ABSENT`."""
        held = self.links("HELD_BY", "Task", "Grid")
        held = held.take(np.lexsort((held.target, held.begin)))
        grid = np.full(len(self.nodes("Task")), ABSENT, np.int64)
        grid[held.source] = held.target
        return grid

    @cached_property
    def grid_above(self) -> Longs:
        """The grid of which each grid is a part now; `ABSENT`."""
        part = self.links("PART_OF", "Grid", "Grid")
        part = part.take(part.end == FOREVER)
        above = np.full(len(self.nodes("Grid")), ABSENT, np.int64)
        above[part.source] = part.target
        return above

    @cached_property
    def in_office(self) -> tuple[Longs, Longs]:
        """First day of each officer, and the first one no longer."""
        table = self.columns("Officer", "active_from", "active_to")
        place = self.nodes("Officer").place
        begin, end = np.empty(len(place), np.int64), np.empty(len(place), np.int64)
        begin[place], end[place] = day_numbers(table["active_from"]), day_numbers(table["active_to"])
        return begin, np.where(end == NEVER, FOREVER, end)

    @cached_property
    def closings(self) -> Longs:
        """The row of the event that closed each task last and was not followed by an opening; `ABSENT`."""
        events = self.events
        last = np.full(len(self.nodes("Task")), ABSENT, np.int64)
        rows = np.flatnonzero(events.left("closed", "created", "reopened"))
        closes = events.left("closed")[rows]
        last[events.task[rows]] = np.where(closes, rows, ABSENT)
        return last

    @cached_property
    def closed_day(self) -> Longs:
        """Day on which each task was closed: by its last closing event, else as its row says; `NEVER`."""
        closing = self.closings
        by_event = np.where(closing >= 0, self.events.day[closing] if len(self.events) else NEVER, NEVER)
        return np.where(closing >= 0, by_event, self.tasks.closed)

    def place(self, type_name: str, key: str | None) -> int:
        """Place of a node by its public id; `ABSENT` where there is none."""
        places = self.once(f"places of {type_name}", lambda: _places(self.nodes(type_name).ids))
        return places.get(key or "", ABSENT)

    def officer(self, place: int) -> str:
        """Public id of an officer."""
        return self.nodes("Officer").id(place)

    def task(self, place: int) -> str:
        """Public id of a task."""
        return self.nodes("Task").id(place)


def _places(ids: Texts) -> dict[str, int]:
    return {str(key): place for place, key in enumerate(ids.to_pylist())}


def _statuses(table: pa.Table) -> Longs:
    """The status that each event left: told, or the action where that is one; -1 for others."""
    told = pc.coalesce(table["status"], table["action"])
    return place_of(told, pa.array(TASK_STATUS))


def _told(column: Any) -> Flags:
    """Which texts say anything."""
    said = pc.fill_null(pc.greater(pc.utf8_length(column), 0), fill_value=False)
    return np.asarray(said.to_numpy(zero_copy_only=False), np.bool_)


def micros(column: Any) -> Longs:
    """Microseconds since 1970 of an instant column, int64; the least number for null."""
    counted = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(pc.fill_null(counted, np.iinfo(np.int64).min // 2).to_numpy(), np.int64)


def coded(column: Any) -> tuple[Longs, tuple[str, ...]]:
    """Codes of a text column, int64, -1 for null, and the words in order."""
    words = pc.unique(column.drop_null())
    words = words.take(pc.sort_indices(words))
    return place_of(column, words), tuple(str(word) for word in words.to_pylist())


def codes_of(words: tuple[str, ...], told: str) -> Longs:
    """Codes of words that a rule names, comma separated."""
    wanted = {word.strip() for word in told.split(",")}
    return np.array([code for code, word in enumerate(words) if word in wanted], np.int64)
