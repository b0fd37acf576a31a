"""Clearances: which tasks were closed with nothing found, by whom, about whom. Read by the rules that compare them.

A task counts for the officer who had it last. `clearable` are closed tasks of the kinds that can find something.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries import office_words
from queries.control.work import ABSENT, Flags, Longs, Work, codes_of
from queries.detection.columns import NEVER, day_of

KINDS = "inquiry,inspection"
CLEARED = ",".join(office_words.CLEARED)


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed tasks that could find something: places, the day, and whether nothing was found."""

    task: Longs
    officer: Longs
    grid: Longs
    risk: Longs
    day: Longs
    cleared: Flags

    def take(self, rows: Flags | Longs) -> Closed:
        """Some of them."""
        columns = (self.task, self.officer, self.grid, self.risk, self.day, self.cleared)
        return Closed(*(column[rows] for column in columns))  # type: ignore[arg-type]  # of one order and kind each


def clearable(work: Work, kinds: str, cleared: str) -> Closed:
    """Closed tasks of these kinds, by task; words comma separated."""
    tasks = work.tasks
    asked = (
        np.isin(tasks.kind, codes_of(tasks.kinds, kinds)) & (work.closed_day != NEVER) & (work.last_handler != ABSENT)
    )
    task = np.flatnonzero(asked)
    return Closed(
        task=task,
        officer=work.last_handler[task],
        grid=work.grid_of[task],
        risk=tasks.risk[task],
        day=work.closed_day[task],
        cleared=np.isin(tasks.outcome[task], codes_of(tasks.outcomes, cleared)),
    )


def years_of(days: Longs) -> Longs:
    """Calendar years of days."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def first_instant(year: int) -> int:
    """Micros of the first instant of a calendar year."""
    day = int((np.datetime64(f"{year:04d}-01-01", "D") - np.datetime64(day_of(0), "D")).astype(np.int64))
    return day * 86_400_000_000


def closing_events(work: Work, tasks: Longs) -> tuple[int, ...]:
    """Dense numbers of the events that closed these tasks, in the tasks' order."""
    rows = work.closings[tasks]
    return tuple(work.events.number[rows[rows >= 0]].tolist())
