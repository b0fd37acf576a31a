"""Indicators of officers, grids, bureaus and taxpayers over a period, with the facts behind each number.

Whose facts they are: `grouping`. Values are never compared as raw ratios: shares come with Wilson's interval, found
over expected with an exact one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from graph.errors import NotFoundError, QueryError
from graph.kernels.intervals import garwood, wilson
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.indicators.appealed import without_upheld
from queries.indicators.columns import OTHER, Work, work
from queries.indicators.counting import Facts, Period, counted
from queries.indicators.definitions import INDICATORS, Form, Indicator
from queries.indicators.grouping import (
    Level,
    Places,
    Subject,
    closure,
    concerned,
    directly_below,
    groups,
    inside,
    parents_of,
)

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. `counted` of `base` (of a count both are equal); `expected` of a standardised one, else None.

    `value`: the count, the share, or found over expected (None where there is no base); `low`, `high`: 95 %.
    """

    level: Level
    subject: str
    indicator: str
    credit: int
    counted: int
    base: int
    expected: float | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A period's facts, counted once and measured at every level. `snapshot`: the newest batch that was read."""

    since: date
    until: date
    recorded: datetime | None
    snapshot: int
    work: Work
    facts: Mapping[str, Facts]
    places: Places

    @property
    def events(self) -> tuple[int, int]:
        """Events of the period, and how many of them are of other systems: they lead to no status and count nowhere."""
        period = Period((self.since - EPOCH).days, (self.until - EPOCH).days)
        own = self.work.events.status[period.holds(self.work.events.day)]
        return len(own), int((own == OTHER).sum())


def count_period(store: GraphStore, *, since: date, until: date, recorded: datetime | None = None) -> Counted:
    """Read and count the days from `since` until before `until`, as the graph knew them at `recorded`.

    Raises:
        QueryError: `query.period` for days in no order.
    """
    if since >= until:
        raise QueryError("The period has no day.", code="query.period", next_step="Give the first day before the end.")
    ledger = [each for each in store.batches() if _counts(each, recorded)]
    snapshot = max((each.number for each in ledger), default=0)
    # Without an instant it is that of the newest batch: the same question can be asked again later.
    recorded = recorded or max((each.committed_at for each in ledger if each.committed_at), default=None)
    as_of = AsOf(valid=until - timedelta(days=1), recorded=recorded)
    period = Period((since - EPOCH).days, (until - EPOCH).days)
    read = work(store, before=period.end, as_of=as_of)
    facts = without_upheld(store, read, counted(read, period), as_of=as_of)
    parents = parents_of(store, read.grids, as_of)
    above = {grid: closure(parents, grid) for grid in read.grids}
    places = Places(parents, above, cache(lambda: concerned(store, read.tasks, as_of)))
    return Counted(since, until, recorded, snapshot, read, facts, places)


def _counts(record: Any, recorded: datetime | None) -> bool:
    at = record.committed_at
    return at is not None and record.withdrawn_at is None and (recorded is None or at <= recorded)


def measures(
    found: Counted, level: Level, *, only: Sequence[str] = (), within: Sequence[Subject] = ()
) -> tuple[Measure, ...]:
    """Every indicator of everybody who has a fact of it, by indicator, then subject.

    `only`: of these indicators. `within`: of the facts that belong to all of these; grids and bureaus directly below.
    """
    made: list[Measure] = []
    for each in INDICATORS:
        if only and each.name not in only:
            continue
        facts = found.facts[each.name]
        if within:
            facts = facts.at(inside(found.work, found.places, facts, within))
        for subject, places in groups(found.work, found.places, facts, level):
            if directly_below(found.places, level, subject, within):
                made.append(measure(each, level, subject, facts.at(places)))
    return tuple(made)


def measure(indicator: Indicator, level: Level, subject: str, facts: Facts) -> Measure:
    """One number of its facts."""
    hits, base = int(facts.counted.sum()), len(facts.counted)
    expected = float(facts.expected.sum()) if indicator.form is Form.STANDARDISED else None
    value, low, high = _valued(indicator.form, hits, base, expected)
    return Measure(level, subject, indicator.name, indicator.credit, hits, base, expected, value, low, high)


def _valued(
    form: Form, hits: int, base: int, expected: float | None
) -> tuple[float | None, float | None, float | None]:
    if form is Form.COUNT:
        return float(hits), None, None
    if form is Form.RATIO:
        return (hits / base if base else None), *wilson(hits, base)
    low, high = garwood(hits, expected or 0.0)
    return (hits / expected if expected else None), low, (high if np.isfinite(high) else None)


@dataclass(frozen=True, slots=True)
class Behind:
    """A fact behind a number: its event (None: a task without one), task, officer and grid, and whether it counts."""

    task: str
    event: str | None
    officer: str | None
    grid: str | None
    day: date | None
    counted: bool
    expected: float | None


def behind(
    store: GraphStore, found: Counted, indicator: str, level: Level, subject: str, *, within: Sequence[Subject] = ()
) -> tuple[Behind, ...]:
    """Every fact of one number, by task, then in order of the events.

    Raises:
        NotFoundError: `not_found.indicator` where the subject has no fact of it in the period.
    """
    return opened(store, found, facts_behind(found, indicator, (level, subject), *within))


def facts_behind(found: Counted, indicator: str, *subjects: Subject) -> Facts:
    """The facts of one number, by task, then in order of the events; NotFoundError as `behind`."""
    facts = found.facts[indicator]
    places = inside(found.work, found.places, facts, subjects)
    if not len(places):
        raise NotFoundError(
            "Nothing was counted there in this period.",
            code="not_found.indicator",
            next_step="Ask for the measures of the level first; they name who has facts.",
        )
    tasks = found.work.tasks.id
    ordered = sorted(places.tolist(), key=lambda place: (tasks[int(facts.task[place])], int(facts.event[place])))
    return facts.at(np.array(ordered, np.int64))


def opened(store: GraphStore, found: Counted, facts: Facts, part: slice = slice(None)) -> tuple[Behind, ...]:
    """What these facts are, or a part of them, in their order."""
    facts, events = facts.at(np.arange(len(facts.task))[part]), found.work.events
    as_of = AsOf(valid=found.until - timedelta(days=1), recorded=found.recorded)
    numbers = np.unique(events.number[facts.event[facts.event >= 0]])
    table = store.node_columns("TaskEvent", ("id",), numbers=numbers, as_of=as_of)
    ids = dict(zip(table.column("number").to_pylist(), table.column("id").to_pylist(), strict=True))
    return tuple(_behind(found.work, facts, place, ids) for place in range(len(facts.event)))


def _behind(read: Work, facts: Facts, place: int, ids: Mapping[Any, Any]) -> Behind:
    event = int(facts.event[place])
    day = int(read.events.day[event]) if event >= 0 else None
    expected = float(facts.expected[place])
    return Behind(
        task=read.tasks.id[int(facts.task[place])],
        event=ids.get(int(read.events.number[event])) if event >= 0 else None,
        officer=_name(read.officers, facts.officer[place]),
        grid=_name(read.grids, facts.grid[place]),
        day=EPOCH + timedelta(days=day) if day is not None else None,
        counted=bool(facts.counted[place]),
        expected=None if np.isnan(expected) else expected,
    )


def _name(names: Sequence[str], place: Any) -> str | None:
    return names[int(place)] if place >= 0 else None
