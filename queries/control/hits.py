"""What a rule of internal control is, what it finds, and what it is asked about. Read by every module beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from queries.detection.hits import Measure, Sentences, noun
from queries.detection.rules import Rules

if TYPE_CHECKING:
    from queries.control.work import Work

R = TypeVar("R", bound=Rules)
Value = int | str
ISSUING = ("created", "dispatched")
HANDLING = ("accepted", "in_work", "submitted")
WORKING = ("in_work", "waiting", "submitted")
OPENING = ("created", "reopened")
REVIEWED, CLOSED, REOPENED, WAITING = "reviewed", "closed", "reopened", "waiting"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a rule found.

    Attributes:
        officer: whom it is about. subject: the task, or the officer where it is about no single task.
        at: instant of the act, microseconds since 1970 (UTC); with rule and subject it is the alert's identity.
        high: the more severe of the two severities.
        measures: what was measured, as the rule declares.
        task: the task, if it is about one.
        events: dense numbers of the events behind the measures, in order.
        taxpayers, others: public ids of taxpayers, and of further officers by role.
    """

    officer: str
    subject: str
    at: int
    high: bool
    measures: Mapping[str, Value]
    task: str | None = None
    events: tuple[int, ...] = ()
    taxpayers: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """An event as `check` reads it: `status` of the task after it (none: it changes none)."""

    status: str | None
    at: datetime
    day: date
    officer: str | None
    evidence: bool = False
    acting_for: str | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """An officer had the task from a day until another one (first day no longer; none: still)."""

    officer: str
    begin: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Interest:
    """What an officer, or a relative, is to a firm; `kind` as the relationship's type, dated."""

    officer: str
    taxpayer: str
    kind: str
    kin: bool
    begin: date | None
    end: date | None

    def holds_on(self, day: date) -> bool:
        """Does it hold on that day?"""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Office:
    """When an officer is in office, until when posted in any grid (none: still, or never), when away."""

    begin: date | None = None
    end: date | None = None
    posted_until: date | None = None
    away: tuple[tuple[date | None, date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when an act is checked: the task, what was done before, interests, offices by officer."""

    task: str
    kind: str | None = None
    due_on: date | None = None
    taxpayers: tuple[str, ...] = ()
    events: tuple[Done, ...] = ()
    handlers: tuple[Handled, ...] = ()
    interests: tuple[Interest, ...] = ()
    offices: Mapping[str, Office] = field(default_factory=dict)

    def since_opened(self) -> tuple[Done, ...]:
        """Events since the task was last opened."""
        last = max((place for place, each in enumerate(self.events) if each.status in OPENING), default=0)
        return self.events[last:]


@dataclass(frozen=True, slots=True)
class Warned:
    """What a check says about the act that is to come."""

    high: bool
    measures: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AlertStory:
    """An alert as `explain` reads it: the officer's name, the task's id, measures in words, the day of the act."""

    officer: str
    task: str
    on: str
    raw: Mapping[str, Value]
    en: Mapping[str, str]
    zh: Mapping[str, str]
    others: str = ""
    taxpayers: str = ""

    def counted(self, measure: str, one: str) -> str:
        """A measure with its noun in English: `1 event`, `3 events`."""
        return f"{self.en[measure]} {noun(int(self.raw[measure]), one)}"


@dataclass(frozen=True, slots=True)
class ControlRule(Generic[R]):
    """One rule.

    Attributes:
        scan: everything that it finds in history, columnar.
        check: what it says about one act, from what is known before it; None: no single act shows it.
        explain: an alert in one sentence each, without thresholds.
    """

    name: str
    en: str
    zh: str
    rules: type[R]
    measures: Mapping[str, Measure]
    scan: Callable[[Work, R], Iterable[Hit]]
    explain: Callable[[AlertStory], Sentences]
    check: Callable[[Done, Known, R], Warned | None] | None = None
