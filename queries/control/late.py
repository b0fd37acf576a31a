"""Late (逾期): closed after the due day, or open although it has passed.

Definition: days from the due day to the day of closing (of an open task: to the day of the scan), less the days spent
waiting for papers before that (an event left the task *waiting*; until the next event), are above `grace_days`; high
above `high_days`. Waiting counts from the day it begins to the day of the next event. About who has the task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from queries.control.hits import CLOSED, WAITING, AlertStory, ControlRule, Done, Hit, Known, Warned
from queries.control.work import ABSENT, Longs, Work
from queries.detection.columns import NEVER, day_of, summed
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.event_days import MICROS_A_DAY


@dataclass(frozen=True, slots=True)
class Late(Rules):
    """How late is late."""

    grace_days: int = rule(0, "days", en="days after the due day that are not late", zh="宽限天数")
    high_days: int = rule(30, "days", en="days late above which it is high", zh="逾期天数(高风险)")
    waiting_counts: bool = rule(default=False, unit="flag", en="days of waiting count too", zh="等待资料时间是否计入")


def scan(work: Work, rules: Late) -> Iterator[Hit]:
    """Tasks with a due day."""
    tasks, closed = work.tasks, work.closed_day
    waiting = work.tasks.open & (closed == NEVER)
    until = np.where(waiting, work.on, closed)
    late = until - tasks.due
    late = np.where(rules.waiting_counts, late, late - waited_days(work, until))
    found = (tasks.due != NEVER) & (until != NEVER) & (late > rules.grace_days)
    for task in np.flatnonzero(found).tolist():
        yield _hit(work, task, int(late[task]), rules, still=bool(waiting[task]))


def waited_days(work: Work, until: Longs) -> Longs:
    """Days that each task waited for papers before the day `until`, int64[tasks]."""
    events = work.events
    rows = np.flatnonzero(events.left(WAITING))
    task = events.task[rows]
    after = np.minimum(rows + 1, max(len(events) - 1, 0))
    goes_on = (rows + 1 < len(events)) & (events.task[after] == task) if len(events) else np.zeros(0, np.bool_)
    end = np.minimum(np.where(goes_on, events.day[after], until[task]), until[task])
    return summed(task, np.maximum(end - events.day[rows], 0), len(until))


def _hit(work: Work, task: int, late: int, rules: Late, *, still: bool) -> Hit:
    events, due = work.events, int(work.tasks.due[task])
    rows = events.of(task)
    closing = int(work.closings[task])
    officer = int(work.last_handler[task])
    # An open task is later every day: its measures say since when, so that a scan of the next day changes nothing.
    measures: dict[str, int | str] = {"due_on": day_of(due).isoformat(), "still": "open" if still else "closed"}
    return Hit(
        officer=work.officer(officer) if officer != ABSENT else "",
        subject=work.task(task),
        at=(due + 1) * MICROS_A_DAY,
        high=late > rules.high_days,
        measures=measures if still else measures | {"days": late},
        task=work.task(task),
        events=tuple(events.number[[closing] if closing != ABSENT else [rows.stop - 1]].tolist())
        if rows.stop > rows.start
        else (),
        taxpayers=work.firms_of(task),
    )


def check(act: Done, known: Known, rules: Late) -> Warned | None:
    """A closing step after the due day."""
    if act.status != CLOSED or known.due_on is None:
        return None
    late = (act.day - known.due_on).days - (0 if rules.waiting_counts else _waited(known, act.day))
    if late <= rules.grace_days:
        return None
    measures: dict[str, int | str] = {"due_on": known.due_on.isoformat(), "still": "closed", "days": late}
    return Warned(high=late > rules.high_days, measures=measures)


def _waited(known: Known, until: date) -> int:
    ends = [each.day for each in known.events[1:]] + [until]
    spans = zip(known.events, ends, strict=True)
    return sum(max((min(end, until) - each.day).days, 0) for each, end in spans if each.status == WAITING)


def explain(story: AlertStory) -> Sentences:
    """How late."""
    if story.raw["still"] == "open":
        return Sentences(
            en=f"Task {story.task}, with {story.officer}, was due on {story.raw['due_on']} and is still open.",
            zh=f"事项 {story.task} 由 {story.officer} 办理,应于 {story.raw['due_on']} 前办结,至今未办结。",
        )
    return Sentences(
        en=f"Task {story.task}, with {story.officer}, was due on {story.raw['due_on']} and closed {story.en['days']} "
        "late, days of waiting for papers left out.",
        zh=f"事项 {story.task} 由 {story.officer} 办理,应于 {story.raw['due_on']} 前办结,扣除等待资料时间后"
        f"逾期 {story.zh['days']}办结。",
    )


RULE = ControlRule(
    name="late",
    en="late",
    zh="逾期办理",
    rules=Late,
    measures={
        "due_on": Measure("text", "due", "截止日期"),
        "still": Measure("text", "open or closed", "是否办结"),
        "days": Measure("days", "days late", "逾期天数"),
    },
    scan=scan,
    check=check,
    explain=explain,
)
