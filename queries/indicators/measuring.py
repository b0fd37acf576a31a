"""Indicators of officers, grids and bureaus over a period, with the facts behind each number.

A grid has the facts of the tasks that it holds, a bureau those of its grids and of the bureaus below it, an officer the
facts of the own acts (or of the own tasks, where nobody acted). Values are never compared as raw ratios: shares come
with Wilson's interval, found over expected with an exact one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from graph.errors import NotFoundError, QueryError
from graph.kernels.intervals import garwood, wilson
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf
from queries.indicators.appealed import without_upheld
from queries.indicators.columns import OTHER, Longs, Work, work
from queries.indicators.counting import Facts, Period, counted
from queries.indicators.definitions import INDICATORS, Form, Indicator
from queries.reading import OUT, related, rows

EPOCH = date(1970, 1, 1)
DEEPEST = 10


class Level(StrEnum):
    """Of whom an indicator is."""

    OFFICER = "officer"
    GRID = "grid"
    BUREAU = "bureau"


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
    above: Mapping[str, tuple[str, ...]]

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
    return Counted(since, until, recorded, snapshot, read, facts, _above(store, read.grids, as_of))


def _counts(record: Any, recorded: datetime | None) -> bool:
    at = record.committed_at
    return at is not None and record.withdrawn_at is None and (recorded is None or at <= recorded)


def _above(store: GraphStore, grids: Sequence[str], as_of: AsOf) -> dict[str, tuple[str, ...]]:
    """By grid: its bureaus and all above them, by id."""
    under = _upwards(store, "Grid", grids, "UNDER", as_of)
    parents: dict[str, set[str]] = {}
    frontier = sorted({bureau for found in under.values() for bureau in found})
    for _ in range(DEEPEST):
        found = _upwards(store, "Bureau", [each for each in frontier if each not in parents], "PART_OF", as_of)
        parents |= {each: found.get(each, set()) for each in frontier if each not in parents}
        frontier = sorted({above for each in found.values() for above in each} - set(parents))
        if not frontier:
            break
    return {grid: tuple(sorted(_closure(under.get(grid, set()), parents))) for grid in grids}


def _upwards(store: GraphStore, kind: str, keys: Sequence[str], relationship: str, as_of: AsOf) -> dict[str, set[str]]:
    table = related(store, kind, keys, relationship, OUT, columns=(), as_of=as_of, scope=ROOT).table
    found: dict[str, set[str]] = {}
    for row in rows(table):
        if row["to_type"] == "Bureau":
            found.setdefault(str(row["key"]), set()).add(str(row["to_id"]))
    return found


def _closure(start: set[str], parents: Mapping[str, set[str]]) -> set[str]:
    seen, frontier = set(start), set(start)
    while frontier:
        frontier = {above for each in frontier for above in parents.get(each, set())} - seen
        seen |= frontier
    return seen


def measures(found: Counted, level: Level, *, only: Sequence[str] = ()) -> tuple[Measure, ...]:
    """Every indicator of everybody who has a fact of it, by indicator, then subject. `only`: of these indicators."""
    made: list[Measure] = []
    for each in INDICATORS:
        if only and each.name not in only:
            continue
        facts = found.facts[each.name]
        for subject, places in _groups(found, facts, level):
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


def _groups(found: Counted, facts: Facts, level: Level) -> list[tuple[str, Longs]]:
    """Subjects with the places of their facts, by id; facts of nobody known are left to the levels that know them."""
    if level is Level.OFFICER:
        return _by_place(facts.officer, found.work.officers)
    of_grids = _by_place(facts.grid, found.work.grids)
    if level is Level.GRID:
        return of_grids
    bureaus: dict[str, list[Longs]] = {}
    for grid, places in of_grids:
        for bureau in found.above[grid]:
            bureaus.setdefault(bureau, []).append(places)
    return [(bureau, np.sort(np.concatenate(bureaus[bureau]))) for bureau in sorted(bureaus)]


def _by_place(place: Longs, names: Sequence[str]) -> list[tuple[str, Longs]]:
    order = np.argsort(place, kind="stable")
    order = order[place[order] >= 0]
    if not len(order):
        return []
    subjects, begins = np.unique(place[order], return_index=True)
    pieces = np.split(order, begins[1:])
    return sorted((names[int(subject)], piece) for subject, piece in zip(subjects, pieces, strict=True))


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


def behind(store: GraphStore, found: Counted, indicator: str, level: Level, subject: str) -> tuple[Behind, ...]:
    """Every fact of one number, by task and event.

    Raises:
        NotFoundError: `not_found.indicator` where the subject has no fact of it in the period.
    """
    facts = found.facts[indicator]
    places = next((own for name, own in _groups(found, facts, level) if name == subject), None)
    if places is None:
        raise NotFoundError(
            "Nothing was counted there in this period.",
            code="not_found.indicator",
            next_step="Ask for the measures of the level first; they name who has facts.",
        )
    own, events = facts.at(places), found.work.events
    as_of = AsOf(valid=found.until - timedelta(days=1), recorded=found.recorded)
    numbers = np.unique(events.number[own.event[own.event >= 0]])
    table = store.node_columns("TaskEvent", ("id",), numbers=numbers, as_of=as_of)
    ids = dict(zip(table.column("number").to_pylist(), table.column("id").to_pylist(), strict=True))
    return tuple(sorted((_behind(found.work, own, place, ids) for place in range(len(own.event))), key=_behind_order))


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


def _behind_order(one: Behind) -> tuple[str, str]:
    return one.task, one.event or ""
