"""What an officer asks the desk for: an action on a task, or a new task; and what came of it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from graph.errors import WorkError

SOURCE: Final = "desk"
SYSTEM_OFFICER: Final = "system"  # who acts where the platform itself does
LONGEST: Final = 4000  # signs of a reason or a note


@dataclass(frozen=True, slots=True)
class Action:
    """What is done in a task.

    `seen`: the sequence of the last event that the officer looked at, 0 where there was none in the chain; None: not
    looked at (for the platform's own actions). `assign_to`, `grid`: who or which grid gets it. `once`: a key by which a
    repeated request is known. `acknowledged`: rules of internal control whose reminder was read.
    """

    task: str
    action: str
    seen: int | None = None
    reason: str | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None
    assign_to: str | None = None
    grid: str | None = None
    outcome: str | None = None
    due_on: date | None = None
    once: str | None = None
    acknowledged: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.reason, self.note, self.outcome, self.once, *self.evidence, *self.acknowledged):
            checked_text(text)
        for item in self.evidence:
            if not item.strip() or "," in item:
                raise WorkError(
                    "An item of evidence is `kind` or `kind:reference`, without commas.",
                    code="work.item",
                    next_step="Write for example signed_notice:N-17.",
                )

    @property
    def told(self) -> Mapping[str, str]:
        """What it says besides, as the event's attributes keep it."""
        given: dict[str, object] = {name: getattr(self, name) for name in ("assign_to", "grid", "outcome", "due_on")}
        given["acknowledged"] = ", ".join(self.acknowledged)
        return {name: str(value) for name, value in sorted(given.items()) if value}


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be opened: about taxpayers, invoices or findings; spawned by another one, or in answer to it.

    `officer` is assigned at once; `grid`: None for the grid that the opener works in. `extra`: the source's attributes.
    """

    kind: str
    title: str
    reason: str | None = None
    stage: str | None = None
    priority: str | None = None
    risk: str | None = None
    level: int | None = None
    loop: str | None = None
    template: str | None = None
    channel: str | None = None
    due_on: date | None = None
    taxpayers: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    triggers: tuple[tuple[str, str], ...] = ()  # other nodes that triggered it: (ControlAlert or QualityIssue, id)
    parent: str | None = None
    answers: str | None = None
    merged_into: str | None = None  # an open task about the same household, of which it becomes a part
    grid: str | None = None
    officer: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()
    once: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in (self.title, self.reason, self.note, self.stage, self.priority, self.once, *self.evidence):
            checked_text(text)
        if not self.title.strip():
            raise WorkError("A task needs a title.", code="work.title", next_step="Say in a few words what it is.")


@dataclass(frozen=True, slots=True)
class Done:
    """What an action left: the event, and where the task stands after it. `repeated`: it had been done before."""

    task: str
    event: str
    action: str
    state: str
    sequence: int
    at: datetime
    officer: str | None
    hash: str | None
    repeated: bool = False


def checked_text(text: str | None) -> None:
    """Refuse a text that is too long or no Unicode; WorkError `work.text`."""
    if text is not None and (len(text) > LONGEST or not _is_unicode(text)):
        raise WorkError(
            f"A text has at most {LONGEST} signs, each of Unicode.",
            code="work.text",
            next_step="Shorten or correct it.",
            signs=len(text),
        )


def _is_unicode(text: str) -> bool:
    """Half a surrogate pair is none, and JSON can bring one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def event_id(task: str, officer: str | None, once: str | None) -> str:
    """The id of an own event: a function of the key of its request where there is one, else of chance."""
    return _id("ev", task, officer or "", once)


def task_id(officer: str | None, once: str | None) -> str:
    """The id of an own task, likewise."""
    return f"{SOURCE}:{_id('t', officer or '', once)}"


def _id(kind: str, *parts: str | None) -> str:
    *front, once = parts
    text = "\x00".join([SOURCE, *(part or "" for part in front), once or uuid.uuid4().hex])
    return kind + hashlib.sha256(text.encode()).hexdigest()[:30]
