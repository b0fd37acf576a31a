"""One action of a group: judged on the task's page, then recorded there. Called by the desk, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph.civil import civil
from graph.errors import WorkError
from graph.trail.canonical import note_digest
from queries.reading import missing
from queries.work.actions import Action, Done, NewTask, event_id
from queries.work.book import Book, Kept, attributes
from queries.work.judging import Judged, judge
from queries.work.kinds import CREATE, DISPATCH, GRID, OFFICER, Kinds
from queries.work.people import Capacity, capacities
from queries.work.preparing import Request
from queries.work.state import Happened

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request, its turn come."""

    request: Request
    kinds: Kinds
    now: datetime

    def judged(self, page: Kept, action: Action) -> Judged:
        """The action on the task as it stands."""
        return judge(action, page.state, page.machine, self._mine(page), self.request.officer.id)

    def _mine(self, page: Kept) -> list[Capacity]:
        around = self.request
        grids = page.current("HELD_BY", around.now.day) or list(around.seen.grids)
        assigned = page.current("ASSIGNED_TO", around.now.day)
        above = around.now.above(grids)
        return list(capacities(around.officer, assigned=assigned, grids=above, chief_roles=self.kinds.chief_roles))

    def record(self, page: Kept, action: Action, key: str) -> Done:
        """Judge it, and write it on the page."""
        judged = self.judged(page, action)
        row = page.record(self._values(page, action, key), judged.capacity, judged.state, self.now)
        page.row |= {name: value for name in ("outcome", "due_on") if (value := getattr(action, name)) is not None}
        self._hand_over(page, action, judged)
        return _done(row)

    def _values(self, page: Kept, action: Action, key: str) -> Row:
        around = self.request
        return {
            "id": key,
            "action": action.action,
            "officer": around.officer.id,
            "reason": action.reason,
            "evidence": ",".join(action.evidence) or None,
            "attributes": attributes(action.told),
            "note": action.note or None,
            "visible": around.seen.as_json(
                risk=page.row["risk"], snapshot=around.now.snapshot, kinds=self.kinds.version
            ),
        }

    def _hand_over(self, page: Kept, action: Action, judged: Judged) -> None:
        day = self.request.now.day
        if GRID in judged.step.needs:
            page.hand_over("HELD_BY", action.grid, day)
        if OFFICER in judged.step.needs:
            page.hand_over("ASSIGNED_TO", action.assign_to, day)
        elif judged.step.target == "created":  # nobody has it any more
            page.hand_over("ASSIGNED_TO", None, day)


def perform(book: Book, request: Request, kinds: Kinds, now: datetime) -> Done:
    """Do it in the book.

    Raises:
        NotFoundError: `not_found.task`.
        WorkError: `work.once` where the key was used for something else; and what `judging.judge` raises.
    """
    turn, asked = _Turn(request, kinds, now), request.asked
    if isinstance(asked, NewTask):
        return _open(book, turn, asked)
    page = book.pages.get(asked.task)
    if page is None:
        raise missing("Task")
    key = event_id(asked.task, request.officer.id, asked.once)
    if key in page.events:
        return _again(page.events[key], asked)
    return turn.record(page, asked, key)


def _open(book: Book, turn: _Turn, asked: NewTask) -> Done:
    request, task = turn.request, turn.request.task
    if task in book.pages:
        return _opened_again(book.pages[task], asked, request)
    page = book.begin(_task_row(turn, asked))
    page.hand_over("HELD_BY", request.grid, request.now.day)
    done = turn.record(
        page,
        Action(task, CREATE, reason=asked.reason, note=asked.note, evidence=asked.evidence),
        _opening_key(request, asked, CREATE),
    )
    if asked.officer:
        given = Action(task, DISPATCH, assign_to=asked.officer, reason=asked.reason)
        done = turn.record(page, given, _opening_key(request, asked, DISPATCH))
    book.add(page, request.links)
    return done


def _opening_key(request: Request, asked: NewTask, action: str) -> str:
    return event_id(request.task, request.officer.id, f"{asked.once or request.task}\x00{action}")


def _task_row(turn: _Turn, asked: NewTask) -> Row:
    names = ("kind", "title", "stage", "priority", "risk", "level", "loop", "template", "channel", "due_on")
    row: Row = {name: getattr(asked, name) for name in names}
    days = turn.kinds.machine(asked.kind, asked.risk).due_days
    due = asked.due_on or (turn.request.now.day + timedelta(days=days) if days else None)
    return row | {
        "id": turn.request.task,
        "opened_at": civil(turn.now),
        "due_on": due,
        "attributes": attributes(asked.extra),
    }


def _again(event: Happened, action: Action) -> Done:
    """What a repeated request is answered with: what the first one left."""
    left = (event.action, event.reason, event.evidence, event.note_digest)
    asked = (action.action, action.reason, action.evidence, note_digest(action.note) if action.note else None)
    if left != asked:
        raise _used()
    return _done_of(event, action.task)


def _opened_again(page: Kept, asked: NewTask, request: Request) -> Done:
    if (page.row["kind"], page.row["title"]) != (asked.kind, asked.title):
        raise _used()
    event = page.events.get(_opening_key(request, asked, DISPATCH if asked.officer else CREATE))
    if event is None:
        raise _used()
    return _done_of(event, request.task)


def _done_of(event: Happened, task: str) -> Done:
    names = ("action", "sequence", "at", "officer", "hash", "status")
    return _done({"task": task, "id": event.id} | {name: getattr(event, name) for name in names}, repeated=True)


def _done(row: Mapping[str, Any], *, repeated: bool = False) -> Done:
    return Done(
        task=row["task"],
        event=row["id"],
        action=row["action"],
        state=row["status"],
        sequence=row["sequence"],
        at=row["at"],
        officer=row["officer"],
        hash=row["hash"],
        repeated=repeated,
    )


def _used() -> WorkError:
    return WorkError(
        "This key was used for another request.", code="work.once", next_step="Use a new key for each request."
    )
