"""What is known about a task and its actors before a step is checked, read from the store. Called by `checking`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from graph.civil import CIVIL_MINUTES
from graph.model.organisation import TASK_STATUS
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Direction
from queries.control.hits import Done, Handled, Interest, Known, Office
from queries.control.interests import KINDS, SAME
from queries.reading import IN, OUT, earliest, latest, related, rows

_EVENT = ("at", "offset_minutes", "position", "action", "status", "officer", "acting_for", "evidence")
Row = dict[str, Any]
Tie = tuple[str, date | None, date | None]  # a person, since when, until when


def known_before(store: GraphStore, task: str, actors: Iterable[str | None], *, as_of: AsOf) -> Known:
    """The task, what was done in it, and these actors' interests and offices, as recorded in `as_of`.

    An unknown task has no events: opening one is a step too.
    """
    reading = _Reading(store, AsOf(recorded=as_of.recorded))
    head = rows(store.fetch("Task", [task], columns=("kind", "due_on"), as_of=reading.as_of))
    events = reading.events(task)
    assigned = reading.at("Task", task, "ASSIGNED_TO")
    handlers = tuple(Handled(str(row["to_id"]), row["valid_from"], row["valid_to"]) for row in assigned)
    concerned = tuple(str(row["to_id"]) for row in reading.at("Task", task, "CONCERNS") if row["to_type"] == "Taxpayer")
    acting = sorted({actor for actor in actors if actor})
    return Known(
        task=task,
        kind=head[0]["kind"] if head else None,
        due_on=head[0]["due_on"] if head else None,
        taxpayers=concerned,
        events=events,
        handlers=handlers,
        interests=tuple(found for actor in acting for found in reading.interests(actor, concerned)),
        offices={officer: reading.office(officer) for officer in {*acting, *(each.officer for each in handlers)}},
    )


def done_of(row: Row, prefix: str = "") -> Done:
    """An event's row as `check` reads it."""
    value = {name: row[prefix + name] for name in _EVENT}
    status = value["status"] or (value["action"] if value["action"] in TASK_STATUS else None)
    at: datetime = value["at"]
    offset = CIVIL_MINUTES if value["offset_minutes"] is None else value["offset_minutes"]
    return Done(
        status=status,
        at=at,
        day=(at + timedelta(minutes=offset)).date(),
        officer=value["officer"],
        evidence=bool(value["evidence"]),
        acting_for=value["acting_for"],
    )


class _Reading:
    """Questions about one state."""

    def __init__(self, store: GraphStore, as_of: AsOf) -> None:
        self._store = store
        self.as_of = as_of

    def at(self, kind: str, keys: str | Sequence[str], relationship: str, way: Direction = OUT) -> list[Row]:
        asked = [keys] if isinstance(keys, str) else list(keys)
        found = related(self._store, kind, asked, relationship, way, as_of=self.as_of, scope=ROOT)
        return rows(found.table)

    def events(self, task: str) -> tuple[Done, ...]:
        found = related(
            self._store, "Task", [task], "HAS_EVENT", OUT, attributes=_EVENT, columns=(), as_of=self.as_of, scope=ROOT
        )
        told = [row for row in rows(found.table) if row["far.at"] is not None]
        told.sort(key=lambda row: (row["far.at"], row["far.position"] or 0, row["to_id"]))
        return tuple(done_of(row, "far.") for row in told)

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
