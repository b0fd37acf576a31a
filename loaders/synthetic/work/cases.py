"""What is planted of each rule of internal control, with its innocent look-alikes. Called by `writing`.

Each story takes a `Stage` (grid, officers, firms of its own, a day) and tells one case; `CASES` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.synthetic.trade import SECONDS_A_DAY
from loaders.synthetic.work.book import (
    ACCEPT,
    CHIEF_POST,
    CLEARED,
    CLERK_POST,
    CLOSE,
    DISPATCH,
    GUIDED,
    HIGH,
    INSPECTION,
    ISSUE,
    LOW,
    NONE,
    PAID,
    REASSIGN,
    RETURN,
    REVIEW,
    SUBMIT,
    TRANSFERRED,
    WAIT,
    WORK,
)
from loaders.synthetic.work.stories import CLOSES_AFTER, STANDARD, Delegation, Interest, Step, Teller, Visit

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

_MANY, _TURNED, _RATED = 12, 10, 60
_AGENT_FIRMS, _SEEN_FIRMS = 6, 8
_BEFORE = 400  # days before the task from which an interest holds


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one case plays: places of grid, officers and firms, and a day a year before the end of the work.

    `special` has no other work. `ordinary`: firms of the grid that others handle too; `elsewhere`: of another grid.
    """

    teller: Teller
    grid: int
    officer: int
    other: int
    special: int
    chief: int
    firms: Integers
    ordinary: Integers
    elsewhere: Integers
    day: int

    @property
    def firm(self) -> int:
        """The first of its firms."""
        return int(self.firms[0])

    def work(self, steps: tuple[Step, ...] = STANDARD, *, by: int = NONE, kind: int = 1) -> int:
        """A task about the firm, handled by the officer (or `by`)."""
        return self.teller.task(self.grid, self.firm, self.officer if by == NONE else by, self.day, steps, kind=kind)

    def interest(self, kind: str = "share", begin: int = -_BEFORE, end: int = NONE, **whose: int) -> None:
        """An interest in the firm from `begin` days after the case's day on, until `end` days after it."""
        self.teller.interests.append(
            Interest(kind, self.firm, self.day + begin, NONE if end == NONE else self.day + end, **whose)
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what it is called, how it is told, how many firms of its own it needs."""

    name: str
    tell: Callable[[Stage], None]
    firms: int = 1


def _tells(rule: str, case: str, *, planted: bool, firms: int = 1) -> Callable[[Callable[[Stage], int]], Case]:
    """A story that says which task is the case; the officer is its last handler."""

    def wrap(story: Callable[[Stage], int]) -> Case:
        def told(stage: Stage) -> None:
            task = story(stage)
            stage.teller.tell(rule, case, stage.teller.handler(task), task, stage.firm, planted=planted)

        return Case(case, told, firms)

    return wrap


def _interested(case: str, *, planted: bool, by_other: bool = False, **interest: int | str) -> Case:
    """The officer, a relative or a namesake (`whose`) has an interest in the firm handled."""

    def story(stage: Stage) -> int:
        options = dict(interest)
        whose = str(options.pop("whose"))
        stage.interest(**options, **{whose: stage.officer})  # type: ignore[arg-type]  # kinds of values by name
        return stage.work(by=stage.other if by_other else NONE)

    return _tells("recusal", case, planted=planted)(story)


def _delegated(stage: Stage) -> int:
    """The officer with the share gives the post away for the time, and the other one acts for him."""
    stage.interest(who=stage.officer)
    task = stage.work(by=stage.other)
    stage.teller.delegations.append(Delegation(stage.officer, stage.other, stage.day, stage.day + 30))
    for action in (ACCEPT, WORK, SUBMIT):
        stage.teller.for_another(task, action, stage.officer, CLERK_POST)
    return task


def _agent(stage: Stage) -> int:
    """Somebody keeps the books of many firms that the officer handles; they are no kin."""
    for firm in stage.firms[:_AGENT_FIRMS].tolist():
        stage.teller.interests.append(Interest("agent", firm, stage.day - _BEFORE, namesake_of=stage.officer))
        stage.teller.task(stage.grid, firm, stage.officer, stage.day, outcome=GUIDED)
    return stage.work()


def _without(*left_out: int) -> tuple[Step, ...]:
    return tuple(step for step in STANDARD if step[0] not in left_out)


def _reopened(stage: Stage) -> int:
    """Closed with evidence, reopened, and closed again at once."""
    again: tuple[Step, ...] = ((RETURN, True, 9, NONE), (ACCEPT, False, 9, NONE), (CLOSE, True, 9, NONE))
    return stage.work((*STANDARD, *again))


def _late(days: int, *, waits: int = 0, closes: bool = True) -> Callable[[Stage], int]:
    """Closed so many days after the due day, of which `waits` were spent waiting for papers."""

    def story(stage: Stage) -> int:
        last = CLOSES_AFTER + 12 + days
        middle: tuple[Step, ...] = ((WAIT, False, 4, NONE), (WORK, False, 4 + waits, 0)) if waits else ()
        tail: tuple[Step, ...] = ((SUBMIT, False, last - 2, 1), (REVIEW, True, last - 1, NONE))
        steps = (*STANDARD[:4], *middle, *tail, *(((CLOSE, True, last, NONE),) if closes else ()))
        return stage.work(steps)

    return story


def _overloaded(stage: Stage) -> None:
    """Forty tasks at once, all done, all on the due day."""
    steps = (*STANDARD[:4], (SUBMIT, False, 18, 1), (REVIEW, True, 19, NONE), (CLOSE, True, 20, NONE))
    for number in range(40):
        firm, outcome = int(stage.firms[number % len(stage.firms)]), PAID if number % 3 == 0 else GUIDED
        stage.teller.task(stage.grid, firm, stage.special, stage.day + number % 5, steps, outcome=outcome)
    for rule in ("late", "clearance_outlier", "cleared_then_abnormal"):
        stage.teller.tell(rule, "overloaded", stage.special, planted=False)


def _reassigned(days_before: int, *, left: bool = False) -> Callable[[Stage], int]:
    def story(stage: Stage) -> int:
        task = stage.work()
        day = stage.day + CLOSES_AFTER - days_before
        before = stage.special if left else stage.other
        stage.teller.handled_before(task, before, day)
        at = day * SECONDS_A_DAY + 9 * 3600
        stage.teller.step(task, REASSIGN, at, stage.chief, post=CHIEF_POST)
        if left:
            stage.teller.staff.leaves[before - stage.teller.staff.first] = day
        return task

    return story


def _hands(**by_officer: bool) -> Callable[[Stage], int]:
    """The handler does too what these say: issues, reviews."""

    def story(stage: Stage) -> int:
        own = {ISSUE, DISPATCH} if by_officer.get("issues") else set()
        own |= {REVIEW, CLOSE} if by_officer.get("reviews") else set()
        steps = tuple((action, chief and action not in own, day, proof) for action, chief, day, proof in STANDARD)
        return stage.work(steps)

    return story


def _four_eyes(stage: Stage) -> int:
    steps = tuple((action, chief and action != REVIEW, day, proof) for action, chief, day, proof in STANDARD)
    return stage.work(steps, kind=INSPECTION)


def _checked(stage: Stage) -> int:
    """A second clerk reviews: four eyes."""
    task = stage.work(_without(REVIEW), kind=INSPECTION)
    at = (stage.day + 7) * SECONDS_A_DAY + 11 * 3600
    stage.teller.step(task, REVIEW, at, stage.other, post=CLERK_POST)
    return task


def _cleared(case: str, *, planted: bool, turned: int, after: int = 60) -> Case:
    """The officer clears a dozen firms, so many of which another one sends on to the inspectors later."""

    def story(stage: Stage) -> None:
        for place, firm in enumerate(stage.firms[:_MANY].tolist()):
            stage.teller.task(stage.grid, firm, stage.special, stage.day - 380 + place, risk=HIGH)
            if place < turned:
                opened, kind = stage.day - 380 + after, INSPECTION
                stage.teller.task(stage.grid, firm, stage.other, opened, kind=kind, risk=HIGH, outcome=TRANSFERRED)
        stage.teller.tell("cleared_then_abnormal", case, stage.special, planted=planted)

    return Case(case, story, _MANY)


def _rate(case: str, *, planted: bool, cleared: int, count: int, risk: int = HIGH) -> Case:
    """The officer clears so many of so many inquiries of a risk."""

    def story(stage: Stage) -> None:
        for place in range(count):
            firm = int(stage.ordinary[place % len(stage.ordinary)])
            turn = place * cleared // count != (place + 1) * cleared // count
            opened, outcome = stage.day - 300 + 2 * place, CLEARED if turn else PAID
            stage.teller.task(stage.grid, firm, stage.special, opened, risk=risk, outcome=outcome)
        stage.teller.tell("clearance_outlier", case, stage.special, planted=planted)

    return Case(case, story, 0)


def _looks(case: str, *, planted: bool, own: bool = False, task: bool = False) -> Case:
    """The officer looks at firms of another grid (`own`: of the own one), `task`: with an open task about each."""

    def story(stage: Stage) -> None:
        firms = stage.firms if own else stage.elsewhere
        for firm in firms[:_SEEN_FIRMS].tolist():
            place = stage.teller.task(stage.grid, firm, stage.special, stage.day - 2) if task else NONE
            stage.teller.visits.append(Visit(stage.special, stage.day, firm, place))
        stage.teller.tell("access_without_task", case, stage.special, planted=planted)

    return Case(case, story, _SEEN_FIRMS if own else 0)


def _after_leaving(days: int) -> Callable[[Stage], int]:
    """The officer works until so many days after the last one in office."""

    def story(stage: Stage) -> int:
        stage.teller.staff.leaves[stage.special - stage.teller.staff.first] = stage.day + 6 + 1 - days
        return stage.work(by=stage.special)

    return story


def _as_chief(stage: Stage) -> int:
    """The clerk reviews under the chief's post."""
    task = stage.work(_without(REVIEW))
    at = (stage.day + 7) * SECONDS_A_DAY + 11 * 3600
    stage.teller.step(task, REVIEW, at, stage.other, post=CHIEF_POST)
    return task


def _for_the_chief(stage: Stage) -> int:
    """The same, but the chief had delegated the post."""
    task = _as_chief(stage)
    stage.teller.for_another(task, REVIEW, stage.chief, CHIEF_POST)
    stage.teller.delegations.append(Delegation(stage.chief, stage.other, stage.day, stage.day + 20))
    return task


CASES: tuple[Case, ...] = (
    _interested("own_share", planted=True, whose="who"),
    _interested("own_role", planted=True, whose="who", kind="tax_handler"),
    _interested("kin_share", planted=True, whose="kin_of"),
    _interested("kin_role", planted=True, whose="kin_of", kind="tax_handler"),
    _tells("recusal", "delegated_own_share", planted=True)(_delegated),
    _interested("kin_by_name_only", planted=False, whose="namesake_of"),
    _interested("share_ended_before", planted=False, whose="who", end=-30),
    _interested("share_began_after", planted=False, whose="who", begin=CLOSES_AFTER + 1),
    _interested("not_the_handler", planted=False, whose="who", by_other=True),
    _tells("recusal", "agent_of_many_firms", planted=False, firms=_AGENT_FIRMS)(_agent),
    _tells("without_evidence", "nothing_done", planted=True)(lambda stage: stage.work(_without(WORK, SUBMIT))),
    _tells("without_evidence", "reopened", planted=True)(_reopened),
    _tells("without_evidence", "papers_only", planted=False)(lambda stage: stage.work(_without(WORK))),
    _tells("without_evidence", "still_open", planted=False)(lambda stage: stage.work(_without(WORK, SUBMIT, CLOSE))),
    _tells("late", "closed_late", planted=True)(_late(10)),
    _tells("late", "still_open", planted=True)(_late(10, closes=False)),
    _tells("late", "on_the_due_day", planted=False)(_late(0)),
    _tells("late", "waited_for_papers", planted=False)(_late(5, waits=8)),
    Case("overloaded", _overloaded, 8),
    _tells("reassigned_before_closing", "another_before_the_end", planted=True)(_reassigned(1)),
    _tells("reassigned_before_closing", "handler_left", planted=False)(_reassigned(1, left=True)),
    _tells("reassigned_before_closing", "in_good_time", planted=False)(_reassigned(7)),
    _tells("same_hands", "one_hand", planted=True)(_hands(issues=True, reviews=True)),
    _tells("same_hands", "chief_reviews", planted=False)(_hands(issues=True)),
    _tells("same_hands", "chief_issues", planted=False)(_hands(reviews=True)),
    _tells("four_eyes", "own_review", planted=True)(_four_eyes),
    _tells("four_eyes", "second_clerk_reviews", planted=False)(_checked),
    _cleared("turned_abnormal", planted=True, turned=_TURNED),
    _cleared("one_turned", planted=False, turned=1),
    _cleared("turned_long_after", planted=False, turned=_TURNED, after=500),
    _rate("cleared_all", planted=True, cleared=_RATED, count=_RATED),
    _rate("three_of_three", planted=False, cleared=3, count=3),
    _rate("as_the_peers", planted=False, cleared=_RATED // 3, count=_RATED),
    _rate("easy_mix", planted=False, cleared=_RATED * 9 // 10, count=_RATED, risk=LOW),
    _looks("other_grids", planted=True),
    _looks("own_grid", planted=False, own=True),
    _looks("open_tasks", planted=False, task=True),
    _tells("after_leaving", "worked_on", planted=True)(_after_leaving(2)),
    _tells("after_leaving", "last_day", planted=False)(_after_leaving(0)),
    _tells("outside_post", "as_the_chief", planted=True)(_as_chief),
    _tells("outside_post", "delegated_by_the_chief", planted=False)(_for_the_chief),
)
