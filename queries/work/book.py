"""The tasks of one group of actions as the open batch has them, and what the group makes of them. Owned by the desk.

Everything is read in a few columns for all tasks at once; each action works on the state that those before it left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from graph.civil import civil
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import node_type, relationship_type
from graph.store.open_batches import SmallBatch
from graph.store.port import BatchHeader, WriteBatch
from graph.trail.canonical import note_digest
from graph.trail.chain import NO_HEAD, Head, chained
from queries.reading import holds_on
from queries.work.actions import SOURCE, SYSTEM_OFFICER
from queries.work.hidden import HiddenHeads
from queries.work.kinds import ENDS, Kinds, Machine
from queries.work.people import Capacity
from queries.work.state import Happened, TaskState, after, happened, state_of

Row = dict[str, Any]
Identity = tuple[Any, ...]
HANDLER: Final = "handler"
OWN: Final = {"prov_source": SOURCE, "claims": 1}
_DATED: Final = {"ASSIGNED_TO": ("to_id", "role", "valid_from"), "HELD_BY": ("to_id", "valid_from")}
_OFFSET_MINUTES: Final = 480
_TICK: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Kept:
    """A task in the group: its row, state, last link and dated ends, and what was changed of them.

    `stored`: the row as the store has it, empty for a new task.
    """

    row: Row
    machine: Machine
    state: TaskState
    events: dict[str, Happened]
    head: Head = NO_HEAD
    stored: Row = field(default_factory=dict)
    dated: dict[str, dict[Identity, Row]] = field(default_factory=lambda: {name: {} for name in _DATED})
    before: set[int] = field(default_factory=set)  # batches whose versions it builds on
    happened: list[Row] = field(default_factory=list)
    changed: dict[str, dict[Identity, Row]] = field(default_factory=lambda: {name: {} for name in _DATED})

    def current(self, relationship: str, day: date) -> list[str]:
        """Officers to whom it is assigned, or grids that hold it, on a day."""
        found = self.dated[relationship].values()
        return sorted({row["to_id"] for row in found if holds_on(day, row["valid_from"], row["valid_to"])})

    def hand_over(self, relationship: str, to: str | None, day: date) -> None:
        """End what holds on the day, and let it hold for another officer or grid from that day on."""
        for row in list(self.dated[relationship].values()):
            if row["to_id"] != to and holds_on(day, row["valid_from"], row["valid_to"]):
                self._put(relationship, row | {"valid_to": day})
        if to is not None and to not in self.current(relationship, day):
            kind = relationship_type(relationship)
            ends = {"from_type": "Task", "from_id": self.row["id"], "to_type": kind.targets[0], "to_id": to}
            role = {"role": HANDLER} if relationship == "ASSIGNED_TO" else {}
            self._put(relationship, {**ends, **role, **OWN, "valid_from": day, "valid_to": None})

    def _put(self, relationship: str, row: Row) -> None:
        identity = tuple(row[name] for name in _DATED[relationship])
        self.dated[relationship][identity] = self.changed[relationship][identity] = row

    def record(self, values: Row, capacity: Capacity, state: str, now: datetime) -> Row:
        """Add an event that leads to a state; the row, with its link in the chain.

        Its instant is never before that of the event before it, whatever the clock says: the order of events is what
        the officers did.
        """
        last = self.state.last
        at = max(now, last.at + _TICK) if last is not None and last.at is not None else now
        sequence = self.head[0] + 1
        row: Row = dict.fromkeys(node_type("TaskEvent").schema().names) | values
        row |= {"task": self.row["id"], "position": sequence, "at": at, "offset_minutes": _OFFSET_MINUTES}
        row |= {"post": capacity.post, "acting_for": capacity.acting_for, "status": state, "recorded_at": now}
        row |= {"note_digest": note_digest(row["note"]) if row["note"] else None, **OWN}
        link = chained([row], {row["task"]: self.head})[0]
        row |= {"sequence": link[0], "previous_hash": link[1], "hash": link[2]}
        self.head = link[0], link[2]
        event = happened(row)
        self.events[event.id] = event
        self.state = after(self.state, event, self.machine)
        self.happened.append(row)
        self._move(state, at)
        return row

    def _move(self, state: str, at: datetime) -> None:
        if self.row["status"] != state:
            self.row |= {"status": state, "closed_at": civil(at) if state in ENDS else None}

    def written(self, number: int) -> None:
        """What was changed is in the store now, under this batch."""
        if self.row != self.stored:
            self.row["batch_from"] = number
            self.stored = dict(self.row)
        for rows in self.changed.values():
            for row in rows.values():
                row["batch_from"] = number
        self.before = {self.row["batch_from"], number} - {0}
        self.happened, self.changed = [], {name: {} for name in _DATED}


NO_PAGES: Final[Mapping[str, Kept]] = MappingProxyType({})


class Book:
    """The tasks of one group.

    Args:
        batch: where nobody else writes.
        hidden: links that no reader sees any more.
        tasks: which are asked for; those that are not there have no page.
        kinds: of the deployment.
        kept: pages that stand already.
    """

    def __init__(
        self,
        batch: SmallBatch,
        hidden: HiddenHeads,
        tasks: Iterable[str],
        kinds: Kinds,
        *,
        kept: Mapping[str, Kept] = NO_PAGES,
    ) -> None:
        asked = sorted(set(tasks))
        self._kinds = kinds
        self.pages: dict[str, Kept] = {task: kept[task] for task in asked if task in kept}
        self._links: dict[str, list[Row]] = {}
        ids = [task for task in asked if task not in kept]
        self._hidden = hidden.of(ids, batch.ledger)
        rows = batch.existing("Task", _ids(ids)).to_pylist() if ids else []
        known = sorted(row["id"] for row in rows)
        events = _events(batch, known)
        for row in rows:
            own = events.get(row["id"], [])
            self.pages[row["id"]] = self._page(row, own)
        for relationship in _DATED:
            for link in _from_tasks(batch, relationship, known):
                page = self.pages[link["from_id"]]
                identity = tuple(link[name] for name in _DATED[relationship])
                page.dated[relationship][identity] = link

    def _page(self, row: Row, events: Sequence[Row]) -> Kept:
        machine = self._kinds.machine(row["kind"], row["risk"])
        known = {event["id"]: happened(event) for event in events}
        state = state_of(known.values(), machine, told=row["status"])
        batches = {row["batch_from"], *(event.batch for event in known.values() if event.sequence == state.sequence)}
        head = max(head_of(events), self._hidden[row["id"]])
        return Kept(dict(row), machine, state, known, head, stored=row, before=batches - {0})

    def begin(self, row: Row) -> Kept:
        """A page for a new task; `add` puts it into the book."""
        values = dict.fromkeys(node_type("Task").schema().names) | row | OWN
        return Kept(values, self._kinds.machine(row["kind"], row["risk"]), TaskState(""), {})

    def add(self, page: Kept, links: Mapping[str, Sequence[Row]]) -> None:
        """A new task, with its relationships."""
        self.pages[page.row["id"]] = page
        for relationship, rows in links.items():
            self._links.setdefault(relationship, []).extend(row | OWN for row in rows)

    def written(self, number: int) -> None:
        """The group is in the store now, under this batch."""
        for page in self.pages.values():
            if page.happened:
                page.written(number)

    @property
    def events(self) -> int:
        """How many events the group made."""
        return sum(len(page.happened) for page in self.pages.values())

    def built_on(self) -> tuple[int, ...]:
        """Batches whose versions the group ends or whose events it follows."""
        touched = [page for page in self.pages.values() if page.happened]
        ended = {
            row["batch_from"] for page in touched for rows in page.changed.values() for row in rows.values()
            if row.get("batch_from")
        }  # fmt: skip
        return tuple(sorted(ended.union(*(page.before for page in touched))))

    def batch(self, header: BatchHeader) -> WriteBatch:
        """Everything that the group writes."""
        touched = [self.pages[key] for key in sorted(self.pages) if self.pages[key].happened]
        events = [row for page in touched for row in page.happened]
        links = dict(self._links)
        links["HAS_EVENT"] = [_link("Task", row["task"], "TaskEvent", row["id"]) for row in events]
        links["DONE_BY"] = [
            _link("TaskEvent", row["id"], "Officer", row["officer"])
            for row in events
            if row["officer"] != SYSTEM_OFFICER  # the platform is nobody
        ]
        for relationship in _DATED:
            links[relationship] = [row for page in touched for row in page.changed[relationship].values()]
        # Most actions are notes: they leave the task's row as it is, and no version of it.
        nodes = {"Task": [page.row for page in touched if page.row != page.stored], "TaskEvent": events}
        return WriteBatch(
            header,
            nodes={name: _table(node_type(name), rows) for name, rows in nodes.items() if rows},
            relationships={name: _table(relationship_type(name), rows) for name, rows in links.items() if rows},
        )


def head_of(events: Sequence[Row]) -> Head:
    """The last link among a task's events."""
    linked = [(event["sequence"], event["hash"]) for event in events if event["sequence"] and event["hash"]]
    return max(linked, default=NO_HEAD)


def attributes(values: Mapping[str, str]) -> str | None:
    """What an event or a task says besides, canonical JSON; None for nothing."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False, separators=(",", ":")) if values else None


def _events(batch: SmallBatch, tasks: Sequence[str]) -> dict[str, list[Row]]:
    links = _from_tasks(batch, "HAS_EVENT", tasks)
    ids = sorted({row["to_id"] for row in links})
    grouped: dict[str, list[Row]] = {}
    for row in batch.existing("TaskEvent", _ids(ids)).to_pylist() if ids else []:
        grouped.setdefault(row["task"], []).append(row)
    return grouped


def _from_tasks(batch: SmallBatch, relationship: str, tasks: Sequence[str]) -> list[Row]:
    if not tasks:
        return []
    kinds = pa.array(["Task"] * len(tasks), pa.string())
    found: list[Row] = batch.existing(
        relationship, pa.table({"from_type": kinds, "from_id": pa.array(tasks, pa.string())})
    ).to_pylist()
    return found


def _ids(ids: Sequence[str]) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.string())})


def _link(source: str, source_id: str, target: str, target_id: str) -> Row:
    return {"from_type": source, "from_id": source_id, "to_type": target, "to_id": target_id, **OWN}


def _table(kind: NodeType | RelationshipType, rows: Sequence[Row]) -> pa.Table:
    names = kind.schema().names
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows], schema=kind.schema())
