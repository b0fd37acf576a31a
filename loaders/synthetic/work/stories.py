"""Planted cases told task by task: a `Teller` gathers tasks, steps, handlers, interests and visits as rows.

Days count from 1970. `cases` says what is planted with it. Called by `writing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.trade import SECONDS_A_DAY
from loaders.synthetic.work.book import (
    ACCEPT,
    CHIEF_POST,
    CLEARED,
    CLERK_POST,
    CLOSE,
    DISPATCH,
    DUE_DAYS,
    INQUIRY,
    ISSUE,
    LOW,
    NONE,
    REVIEW,
    SMALL,
    SUBMIT,
    WORK,
    Handlers,
    WorkEvents,
    WorkTasks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.synthetic.work.staff import WorkStaff

_MORNING = 10 * 3600
_SAME = NONE - 1  # the due day of the kind
# Action, whether the chief does it, day after the opening, place of the evidence.
Step = tuple[int, bool, int, int]
STANDARD: tuple[Step, ...] = (
    (ISSUE, True, 0, NONE),
    (DISPATCH, True, 0, NONE),
    (ACCEPT, False, 1, NONE),
    (WORK, False, 3, 0),
    (SUBMIT, False, 6, 1),
    (REVIEW, True, 7, NONE),
    (CLOSE, True, 8, NONE),
)
CLOSES_AFTER = 8


@dataclass(frozen=True, slots=True)
class Interest:
    """A person's interest in a firm; `kind` is share, tax_handler or agent, `who` a place among the officers or -1.

    `kin_of`: the interest is that of a declared relative of this officer; `namesake_of`: of somebody of that name.
    """

    kind: str
    firm: int
    begin: int
    end: int = NONE
    who: int = NONE
    kin_of: int = NONE
    namesake_of: int = NONE


@dataclass(frozen=True, slots=True)
class Visit:
    """One look: on which day an officer looked at which firm, for which task (-1: none named)."""

    officer: int
    day: int
    firm: int
    task: int = NONE


@dataclass(frozen=True, slots=True)
class Delegation:
    """One officer acts for another from a day until another (first day no longer)."""

    giver: int
    taker: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the truth: the rule that has to find it (or must not), and its task, officer or firm."""

    rule: str
    case: str
    planted: bool
    officer: int
    task: int
    firm: int


@dataclass(slots=True)
class Teller:
    """Rows of planted work; its tasks are the first ones of all."""

    staff: WorkStaff
    tasks: list[tuple[int, ...]] = field(default_factory=list)
    handlers: list[tuple[int, ...]] = field(default_factory=list)
    events: list[tuple[int, ...]] = field(default_factory=list)
    interests: list[Interest] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    delegations: list[Delegation] = field(default_factory=list)
    truth: list[Told] = field(default_factory=list)

    def task(
        self,
        grid: int,
        firm: int,
        officer: int,
        day: int,
        steps: Sequence[Step] = STANDARD,
        *,
        kind: int = INQUIRY,
        risk: int = LOW,
        outcome: int = CLEARED,
        due: int = _SAME,
    ) -> int:
        """A task of the grid, opened on the day and handled by the officer; its place."""
        place = len(self.tasks)
        opened = day * SECONDS_A_DAY + _MORNING
        for number, (action, by_chief, after, evidence) in enumerate(steps):
            hand = int(self.staff.chief[grid]) if by_chief else officer
            at = opened + after * SECONDS_A_DAY + number * 60
            self.step(place, action, at, hand, post=CHIEF_POST if by_chief else CLERK_POST, evidence=evidence)
        ends = [opened + step[2] * SECONDS_A_DAY + n * 60 for n, step in enumerate(steps) if step[0] == CLOSE]
        closed = ends[-1] if ends else NONE
        due = day + int(DUE_DAYS[kind]) if due == _SAME else due
        outcome = outcome if ends else NONE
        self.tasks.append((kind, firm, grid, risk, SMALL, NONE, opened, due, closed, outcome))
        self.handlers.append((place, officer, day, NONE))
        return place

    def step(self, task: int, action: int, at: int, officer: int, *, post: int, evidence: int = NONE) -> None:
        """One event."""
        self.events.append((task, action, at, officer, post, NONE, evidence, NONE))

    def for_another(self, task: int, action: int, giver: int, post: int) -> None:
        """The events of this action were done for another officer, under a post."""
        self.events = [
            (*row[:4], post, *row[5:7], giver) if row[0] == task and row[1] == action else row for row in self.events
        ]

    def handled_before(self, task: int, officer: int, day: int) -> None:
        """Another officer had the task until the day, and did what was done by then; the present one from it on."""
        place = next(k for k, row in enumerate(self.handlers) if row[0] == task)
        _, present, begin, end = self.handlers[place]
        self.handlers[place : place + 1] = [(task, officer, begin, day), (task, present, day, end)]
        until = day * SECONDS_A_DAY
        self.events = [
            (*row[:3], officer, *row[4:]) if (row[0], row[3]) == (task, present) and row[2] < until else row
            for row in self.events
        ]

    def handler(self, task: int) -> int:
        """The last officer who handled it."""
        return next(row[1] for row in reversed(self.handlers) if row[0] == task)

    def tell(self, rule: str, case: str, officer: int, task: int = NONE, firm: int = NONE, *, planted: bool) -> None:
        """A row of the truth."""
        self.truth.append(Told(rule, case, planted, officer, task, firm))

    def columns(self) -> tuple[WorkTasks, Handlers, WorkEvents]:
        """Everything as columns; events by task and time."""
        events = sorted(self.events, key=lambda row: (row[0], row[2]))
        return (
            WorkTasks(*np.array(self.tasks, np.int64).T),
            Handlers(*np.array(self.handlers, np.int64).T),
            WorkEvents(*np.array(events, np.int64).T),
        )
