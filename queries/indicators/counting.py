"""The single facts behind the indicators: one function each, vectorised over all officers.

A fact is an event (a task without one) of an officer in a grid that counts as 1 in the denominator and as 0 or 1 in the
numerator. A period is half open, [first, end) in days; what was recorded of later days is not read (`columns.work` as
of the period's last day). Complexity: linear in events, after their sort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from queries.indicators.columns import NEVER, STATUS, Events, Longs, Mask, Work
from queries.office_words import CLEARED

_DEEPEST = 64  # parents of parents; more is a circle in the data
_ENDED = (STATUS["closed"], STATUS["cancelled"])


@dataclass(frozen=True, slots=True)
class Period:
    """Days [first, end) as ordinals since 1970."""

    first: int
    end: int

    def holds(self, days: Longs) -> Mask:
        """Which of these days lie in it."""
        found: Mask = (days >= self.first) & (days < self.end)
        return found


@dataclass(frozen=True, slots=True)
class Facts:
    """By place: `officer`, `grid`, `task` are places (-1 unknown), `event` a place in the events or -1.

    `counted` is the numerator; `expected` is what peers find, NaN where nothing is compared.
    """

    officer: Longs
    grid: Longs
    task: Longs
    event: Longs
    counted: Mask
    expected: npt.NDArray[np.float64]

    def at(self, places: Longs | Mask) -> Facts:
        """Some of them."""
        officer, grid, task, event = (each[places] for each in (self.officer, self.grid, self.task, self.event))
        return Facts(officer, grid, task, event, self.counted[places], self.expected[places])


def counted(work: Work, period: Period) -> Mapping[str, Facts]:
    """The facts of every indicator, by its name, each in order of task and event."""
    return {name: count(work, period) for name, count in _COUNTS.items()}


def _facts(work: Work, event: Longs, numerator: Mask, *, officer: Longs | None = None) -> Facts:
    task = work.events.task[event]
    return Facts(
        officer=work.events.officer[event] if officer is None else officer,
        grid=work.tasks.grid[task],
        task=task,
        event=event,
        counted=numerator,
        expected=np.full(len(event), np.nan),
    )


def _volume(work: Work, period: Period) -> Facts:
    events = work.events
    own = np.flatnonzero((events.status == STATUS["submitted"]) & period.holds(events.day))
    pair = events.task[own] * (len(work.officers) + 1) + events.officer[own] + 1
    first = own[np.sort(np.unique(pair, return_index=True)[1])]
    return _facts(work, first, np.ones(len(first), bool))


def _lateness(work: Work, period: Period) -> Facts:
    events, first = work.events, _first_of(work.events, STATUS["submitted"])
    due = work.tasks.due[events.task[first]]
    own = first[period.holds(events.day[first]) & (due != NEVER)]
    return _facts(work, own, events.day[own] > work.tasks.due[events.task[own]])


def _overdue(work: Work, period: Period) -> Facts:
    tasks, last = work.tasks, _last_states(work)
    late = (tasks.opened < period.end) & ~_ended(work, last) & (tasks.due < period.end - 1)
    task = np.flatnonzero(late)
    return Facts(
        tasks.officer[task], tasks.grid[task], task, last[task], np.ones(len(task), bool), np.full(len(task), np.nan)
    )


def _rework(work: Work, period: Period) -> Facts:
    events = work.events
    own = np.flatnonzero((events.status == STATUS["submitted"]) & period.holds(events.day))
    return _facts(work, own, _sent_back(events)[own])


def _loops(work: Work, period: Period) -> Facts:
    tasks, events = work.tasks, work.events
    root = roots(tasks.parent)
    parts = np.bincount(root, minlength=len(root))
    still_open = np.bincount(root, weights=~_ended(work, _last_states(work)), minlength=len(root))
    first = _firsts(events)
    own = first[(parts[events.task[first]] > 1) & period.holds(events.day[first])]
    return _facts(work, own, still_open[events.task[own]] == 0)


def _feedback(work: Work, period: Period) -> Facts:
    tasks, events = work.tasks, work.events
    asked = (tasks.parent >= 0) & (tasks.grid >= 0) & (tasks.grid != tasks.grid[tasks.parent])
    first = _first_of(events, STATUS["submitted"])
    own = first[asked[events.task[first]] & period.holds(events.day[first])]
    shown = _shown_by(events)[own]
    return _facts(work, own, shown & ~_sent_back(events)[own])


def _outcomes(work: Work, period: Period) -> Facts:
    tasks, events = work.tasks, work.events
    closing = _last_of(events, STATUS["closed"])
    has_outcome = np.array([bool(text) for text in tasks.outcome], bool)
    own = closing[has_outcome[events.task[closing]] & period.holds(events.day[closing])]
    task = events.task[own]
    found = np.array([text not in CLEARED for text in tasks.outcome], bool)[task]
    handler = np.where(tasks.officer[task] >= 0, tasks.officer[task], events.officer[own])
    return replace(_facts(work, own, found, officer=handler), expected=_expected(work, task, found))


def _expected(work: Work, task: Longs, found: Mask) -> npt.NDArray[np.float64]:
    """What is found in tasks of the same kind and risk, over all officers."""
    strata = [f"{work.tasks.kind[place]}\x1f{work.tasks.risk[place]}" for place in task]
    _, stratum = np.unique(np.array(strata, str), return_inverse=True)
    share = np.bincount(stratum, weights=found) / np.maximum(1, np.bincount(stratum))
    return np.asarray(share[stratum], np.float64)


# --- steps that several indicators take


def _firsts(events: Events) -> Longs:
    """The first event of each task."""
    return np.flatnonzero(np.r_[True, np.diff(events.task) != 0]) if len(events.task) else np.zeros(0, np.int64)


def _first_of(events: Events, status: int) -> Longs:
    own = np.flatnonzero(events.status == status)
    return own[np.unique(events.task[own], return_index=True)[1]]


def _last_of(events: Events, status: int) -> Longs:
    own = np.flatnonzero(events.status == status)[::-1]
    return own[np.unique(events.task[own], return_index=True)[1]]


def _last_states(work: Work) -> Longs:
    """By task: its last event that leads to a status; -1 without one."""
    own = np.flatnonzero(work.events.status >= 0)
    found = np.full(len(work.tasks.number), -1, np.int64)
    found[work.events.task[own]] = own  # in order, so the last one stays
    return found


def _ended(work: Work, last: Longs) -> Mask:
    """By task: closed or cancelled by its last event, or as the task says where it has none."""
    status, known = work.tasks.status.copy(), last >= 0
    status[known] = work.events.status[last[known]]
    found: Mask = np.isin(status, _ENDED)
    return found


def _sent_back(events: Events) -> Mask:
    """By event: is the next submission or sending back of the same task a sending back?"""
    kinds = (STATUS["submitted"], STATUS["reopened"])
    own = np.flatnonzero(np.isin(events.status, kinds))
    found = np.zeros(len(events.task), bool)
    if len(own) > 1:
        same = events.task[own[:-1]] == events.task[own[1:]]
        found[own[:-1]] = same & (events.status[own[1:]] == STATUS["reopened"])
    return found


def _shown_by(events: Events) -> Mask:
    """By event: has its task had evidence by then?"""
    begins = _firsts(events)
    total = np.cumsum(events.evidence)
    before = np.zeros(len(total), np.int64)
    if len(begins):
        sizes = np.diff(np.r_[begins, len(total)])
        before = np.repeat(total[begins] - events.evidence[begins], sizes)
    found: Mask = total - before > 0
    return found


def roots(parent: Longs) -> Longs:
    """By task the first task above it; members of a circle of parents are their own roots."""
    root = np.where(parent >= 0, parent, np.arange(len(parent)))
    for _ in range(_DEEPEST.bit_length()):
        root = root[root]
    settled: Longs = np.where((parent >= 0)[root], np.arange(len(parent)), root)
    return settled


_COUNTS: Mapping[str, Callable[[Work, Period], Facts]] = {
    "volume": _volume,
    "lateness": _lateness,
    "overdue": _overdue,
    "rework": _rework,
    "loops": _loops,
    "feedback": _feedback,
    "outcomes": _outcomes,
}
