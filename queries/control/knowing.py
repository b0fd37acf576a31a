"""What is known about a task and its actors before a step is checked, read from the store. Called by `checking`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from graph.civil import CIVIL_MINUTES
from graph.model.organisation import TASK_STATUS
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Direction
from queries.control.hits import Done, Handled, Interest, Known, Office
from queries.control.interests import KINDS, SAME
from queries.reading import IN, OUT, earliest, latest, related, rows
from queries.work.standing import Standing
from queries.work.state import FIELDS, Happened, happened, in_order

Row = dict[str, Any]
Tie = tuple[str, date | None, date | None]  # a person, since when, until when
T = TypeVar("T")


class Once(Protocol):
    """Asks what no action in a task changes, or tells what an earlier question was answered (`Now.once`)."""

    def __call__(self, key: Hashable, ask: Callable[[], T], /) -> T:
        """What `ask` gives."""
        ...


def each_time(_key: Hashable, ask: Callable[[], T]) -> T:
    """Ask, whatever was asked before."""
    return ask()


def known_before(
    store: GraphStore, task: str, actors: Iterable[str | None], *, as_of: AsOf, once: Once = each_time
) -> Known:
    """The task, what was done in it, and these actors' interests and offices, as recorded in `as_of`.

    An unknown task has no events: opening one is a step too.
    """
    reading = _Reading(store, AsOf(recorded=as_of.recorded), once)
    head = rows(store.fetch("Task", [task], columns=("kind", "due_on"), as_of=reading.as_of))
    linked = related(
        store, "Task", [task], "HAS_EVENT", OUT, attributes=FIELDS, columns=(), as_of=reading.as_of, scope=ROOT
    )
    events = in_order(happened(row, key="to_id", prefix="far.") for row in rows(linked.table))
    return _known(reading, task, head[0] if head else {}, events, actors)


def known_at(
    store: GraphStore, found: Standing, actors: Iterable[str | None], *, as_of: AsOf, once: Once = each_time
) -> Known:
    """The same of a task that was read already, with its events."""
    return _known(
        _Reading(store, AsOf(recorded=as_of.recorded), once), str(found.task["id"]), found.task, found.events, actors
    )


def _known(
    reading: _Reading, task: str, head: Mapping[str, Any], events: Sequence[Happened], actors: Iterable[str | None]
) -> Known:
    assigned = reading.at("Task", task, "ASSIGNED_TO")
    handlers = tuple(Handled(str(row["to_id"]), row["valid_from"], row["valid_to"]) for row in assigned)
    concerned = reading.once(("concerns", task), lambda: reading.concerns(task))
    acting = sorted({actor for actor in actors if actor})
    asked = sorted({*acting, *(each.officer for each in handlers)})
    return Known(
        task=task,
        kind=head.get("kind"),
        due_on=head.get("due_on"),
        taxpayers=concerned,
        events=tuple(done_of(event) for event in events if event.at is not None),
        handlers=handlers,
        interests=tuple(
            found
            for actor in acting
            for found in reading.once(("interests", actor, concerned), partial(reading.interests, actor, concerned))
        ),
        offices={officer: reading.once(("office", officer), partial(reading.office, officer)) for officer in asked},
    )


def done_of(event: Happened) -> Done:
    """An event, its instant told, as `check` reads it."""
    assert event.at is not None  # noqa: S101 - the caller leaves those without one out
    offset = CIVIL_MINUTES if event.offset_minutes is None else event.offset_minutes
    return Done(
        status=event.status or (event.action if event.action in TASK_STATUS else None),
        at=event.at,
        day=(event.at + timedelta(minutes=offset)).date(),
        officer=event.officer,
        evidence=bool(event.evidence),
        acting_for=event.acting_for,
    )


class _Reading:
    """Questions about one state. `once`: for those whose answers no action in a task changes."""

    def __init__(self, store: GraphStore, as_of: AsOf, once: Once) -> None:
        self._store = store
        self.as_of = as_of
        self.once = once

    def at(self, kind: str, keys: str | Sequence[str], relationship: str, way: Direction = OUT) -> list[Row]:
        asked = [keys] if isinstance(keys, str) else list(keys)
        found = related(self._store, kind, asked, relationship, way, as_of=self.as_of, scope=ROOT)
        return rows(found.table)

    def concerns(self, task: str) -> tuple[str, ...]:
        """Taxpayers that it is about."""
        return tuple(str(row["to_id"]) for row in self.at("Task", task, "CONCERNS") if row["to_type"] == "Taxpayer")

    def interests(self, officer: str, taxpayers: Sequence[str]) -> list[Interest]:
        """The officer's and the relatives' interests in these taxpayers."""
        if not taxpayers:
            return []
        persons = self._persons(officer)
        held = [
            (kind, row)
            for kind in KINDS
            for row in self.at("Taxpayer", taxpayers, kind, IN)
            if row["from_type"] == "Person" and str(row["from_id"]) in persons
        ]
        return [
            Interest(
                officer, str(row["key"]), kind, kin, latest(begin, row["valid_from"]), earliest(end, row["valid_to"])
            )
            for kind, row in held
            for kin, begin, end in persons[str(row["from_id"])]
        ]

    def _persons(self, officer: str) -> dict[str, list[tuple[bool, date | None, date | None]]]:
        """Persons that the officer is, or is kin of, with since when until when."""
        own: list[Tie] = [(str(row["to_id"]), None, None) for row in self.at("Officer", officer, "SAME_PERSON")]
        own += [each for start in list(own) for each in self._related(start, same=True)]
        kin = [each for start in own for each in self._related(start, same=False)]
        found: dict[str, list[tuple[bool, date | None, date | None]]] = {}
        for ties, is_kin in ((own, False), (kin, True)):
            for person, begin, end in ties:
                found.setdefault(person, []).append((is_kin, begin, end))
        return found

    def _related(self, start: Tie, *, same: bool) -> list[Tie]:
        person, begin, end = start
        ends = ((OUT, "to_id"), (IN, "from_id"))
        return [
            (str(row[far]), latest(begin, row["valid_from"]), earliest(end, row["valid_to"]))
            for way, far in ends
            for row in self.at("Person", person, "RELATED_TO", way)
            if (row["kind"] == SAME) is same
        ]

    def office(self, officer: str) -> Office:
        head = rows(self._store.fetch("Officer", [officer], columns=("active_from", "active_to"), as_of=self.as_of))
        ends = [row["valid_to"] for row in self.at("Officer", officer, "WORKS_IN")]
        return Office(
            begin=head[0]["active_from"] if head else None,
            end=head[0]["active_to"] if head else None,
            posted_until=max(ends) if ends and None not in ends else None,
            away=tuple((row["valid_from"], row["valid_to"]) for row in self.at("Officer", officer, "DELEGATES_TO")),
        )
