"""Reassigned just before closing (办结前改派): somebody else gets the task when only the closing is left.

Definition: an officer's handling of the task ended at most `days` days before the day of closing (or on it), another
officer had it when it was closed, and the one before had not left: in office within `left_days` days after it, still
posted in some grid, and not away with the post delegated on that day. About the officer who had it at the close.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from queries.control.hits import CLOSED, AlertStory, ControlRule, Done, Handled, Hit, Known, Office, Warned
from queries.control.interests import joined
from queries.control.work import ABSENT, FOREVER, Flags, Longs, Work
from queries.detection.columns import NEVER
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.event_days import MICROS_A_DAY


@dataclass(frozen=True, slots=True)
class Reassigned(Rules):
    """How shortly before."""

    days: int = rule(3, "days", en="days before the closing", zh="办结前天数")
    left_days: int = rule(3, "days", en="days within which the officer before left", zh="原经办人离岗天数")


def scan(work: Work, rules: Reassigned) -> Iterator[Hit]:
    """Handlings that ended just before the close."""
    held, closed = work.handlers, work.closed_day
    before = closed[held.source] - held.end
    ended = (held.end != FOREVER) & (closed[held.source] != NEVER) & (before >= 0) & (before <= rules.days)
    rows = np.flatnonzero(ended)
    rows = rows[~left_office(work, held.target[rows], held.end[rows], rules.left_days)]
    for row in rows.tolist():
        after = _after(work, row)
        if after != ABSENT:
            yield _hit(work, row, after, int(before[row]))


def left_office(work: Work, officer: Longs, day: Longs, within: int) -> Flags:
    """Which of these officers had left by so many days after the day, or were away on it."""
    left = work.in_office[1][officer] <= day + within
    posted = work.links("WORKS_IN", "Officer", "Grid")
    last = np.full(len(work.nodes("Officer")), ABSENT, np.int64)
    np.maximum.at(last, posted.source, posted.end)
    left |= (last[officer] != ABSENT) & (last[officer] <= day + within)
    away = work.links("DELEGATES_TO", "Officer", "Officer")
    row, other = joined(officer, away.source)
    left[row[(away.begin[other] <= day[row]) & (day[row] < away.end[other])]] = True
    return left


def _after(work: Work, row: int) -> int:
    """Another officer who had the task on the day of closing: the one who got it last; `ABSENT`."""
    held = work.handlers
    task, day = held.source[row], work.closed_day[held.source[row]]
    first, last = np.searchsorted(held.source, [task, task + 1])
    rows = np.arange(first, last)
    there = (held.target[rows] != held.target[row]) & (held.begin[rows] <= day) & (held.end[rows] > day)
    return int(held.target[rows[there][-1]]) if there.any() else ABSENT


def _hit(work: Work, row: int, after: int, before: int) -> Hit:
    task, closing = int(work.handlers.source[row]), int(work.closings[work.handlers.source[row]])
    at = int(work.events.at[closing]) if closing != ABSENT else int(work.closed_day[task]) * MICROS_A_DAY
    return Hit(
        officer=work.officer(after),
        subject=work.task(task),
        at=at,
        high=False,
        measures={"days": before},
        task=work.task(task),
        events=tuple(work.events.number[[closing]].tolist()) if closing != ABSENT else (),
        taxpayers=work.firms_of(task),
        others=(("handler_before", work.officer(int(work.handlers.target[row]))),),
    )


def check(act: Done, known: Known, rules: Reassigned) -> Warned | None:
    """A closing step soon after the task changed hands."""
    if act.status != CLOSED:
        return None
    ended = [each for each in known.handlers if _ended(each, act, known, rules)]
    if not ended:
        return None
    return Warned(high=False, measures={"days": min((act.day - each.end).days for each in ended if each.end)})


def _ended(handled: Handled, act: Done, known: Known, rules: Reassigned) -> bool:
    end = handled.end
    if end is None or not 0 <= (act.day - end).days <= rules.days:
        return False
    there = any(
        each.officer != handled.officer
        and (each.begin is None or each.begin <= act.day)
        and (each.end is None or each.end > act.day)
        for each in known.handlers
    )
    office = known.offices.get(handled.officer, Office())
    limit = end + timedelta(days=rules.left_days)
    gone = any(last is not None and last <= limit for last in (office.end, office.posted_until))
    away = any((since is None or since <= end) and (until is None or end < until) for since, until in office.away)
    return there and not gone and not away


def explain(story: AlertStory) -> Sentences:
    """From whom to whom, how long before."""
    return Sentences(
        en=f"Task {story.task} was taken from {story.others} and given to {story.officer} {story.en['days']} before it "
        f"was closed on {story.on}.",
        zh=f"事项 {story.task} 于 {story.on} 办结,办结前 {story.zh['days']}由 {story.others} 改派给 {story.officer}。",
    )


RULE = ControlRule(
    name="reassigned_before_closing",
    en="reassigned just before closing",
    zh="办结前改派",
    rules=Reassigned,
    measures={"days": Measure("days", "days before the closing", "办结前天数")},
    scan=scan,
    check=check,
    explain=explain,
)
