"""Looked without a task (无事项查询): taxpayers outside the own grids, without an open task about them.

Definition, for each officer and civil day: taxpayers in the access log (the platform's own, or one of another system
that was taken in) such that on that day

* the taxpayer was in no grid in which the officer worked, nor in a grid that is part of one of these, and
* the officer handled no task about the taxpayer that was open (handling counts up to the day on which it ended), nor
  acted for its handler under a delegation, and
* the look named no task that concerns the taxpayer.

Reported from `least_taxpayers` taxpayers a day on, high from `high_taxpayers` on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.compute as _compute

from graph.civil import CIVIL_MINUTES
from queries.control.hits import AlertStory, ControlRule, Hit
from queries.control.interests import joined
from queries.control.work import ABSENT, Dated, Flags, Longs, Work, micros
from queries.detection.columns import NEVER, place_of
from queries.detection.hits import Measure, Sentences
from queries.detection.rules import Rules, rule
from queries.event_days import MICROS_A_DAY

pc: Any = _compute  # its stubs know no columns of mixed types
_NAMED = 50  # taxpayers of one alert that it names


@dataclass(frozen=True, slots=True)
class AccessWithoutTask(Rules):
    """From how many on."""

    least_taxpayers: int = rule(1, "count", en="least taxpayers a day", zh="每日最少户数", least=1)
    high_taxpayers: int = rule(5, "count", en="taxpayers a day from which it is high", zh="每日户数(高风险)", least=1)


@dataclass(frozen=True, slots=True)
class _Looks:
    """A row a look at a taxpayer: places of officer, taxpayer and the task named (`ABSENT`), instant and civil day."""

    officer: Longs
    firm: Longs
    task: Longs
    at: Longs
    day: Longs

    def take(self, rows: Flags | Longs) -> _Looks:
        return _Looks(self.officer[rows], self.firm[rows], self.task[rows], self.at[rows], self.day[rows])


def scan(work: Work, rules: AccessWithoutTask) -> Iterator[Hit]:
    """All looks of all days."""
    looks = _looks(work)
    looks = looks.take(~_with_task(work, looks))
    looks = looks.take(~_handled(work, looks))
    looks = looks.take(~_in_grids(work, looks))
    looks = looks.take(np.lexsort((looks.firm, looks.day, looks.officer)))
    new = np.ones(len(looks.day) + 1, np.bool_)
    new[1:-1] = (np.diff(looks.officer) != 0) | (np.diff(looks.day) != 0)
    edges = np.flatnonzero(new).tolist()
    for first, last in pairwise(edges):
        part = looks.take(np.arange(first, last))
        firms = np.unique(part.firm)
        if len(firms) >= rules.least_taxpayers:
            yield _hit(work, part, firms, rules)


def _looks(work: Work) -> _Looks:
    table = work.columns("AccessEvent", "at", "officer", "subjects", "task")
    table = table.filter(pc.is_valid(table["officer"]))
    lists = pc.split_pattern(pc.fill_null(table["subjects"], ""), ",")
    row = np.asarray(pc.list_parent_indices(lists.combine_chunks()).to_numpy(), np.int64)
    firm = _taxpayers(work, pc.list_flatten(lists.combine_chunks()))
    officer = work.nodes("Officer").named(table["officer"])[row]
    at = micros(table["at"])[row]
    task = work.nodes("Task").named(table["task"])[row]
    found = _Looks(officer, firm, task, at, (at + CIVIL_MINUTES * 60_000_000) // MICROS_A_DAY)
    return found.take((firm >= 0) & (officer >= 0))


def _taxpayers(work: Work, names: Any) -> Longs:
    """Places of taxpayers named by their id or by a party's."""
    own = work.taxpayers.named(names)
    ids, places = work.party_ids
    party = place_of(names, ids)
    return np.where(own >= 0, own, np.where(party >= 0, places[party], ABSENT))


def _with_task(work: Work, looks: _Looks) -> Flags:
    """Does the look name a task that concerns the taxpayer?"""
    task, firm = work.concerns
    width = len(work.taxpayers.ids) + 1
    return np.isin(looks.task * width + looks.firm, task * width + firm) & (looks.task >= 0)


def _handled(work: Work, looks: _Looks) -> Flags:
    """Had the officer, or somebody the officer acted for, an open task about the taxpayer?"""
    own = _has_task(work, looks.officer, looks)
    given = work.links("DELEGATES_TO", "Officer", "Officer")
    row, other = joined(looks.officer, given.target)
    holds = (given.begin[other] <= looks.day[row]) & (looks.day[row] < given.end[other])
    row, other = row[holds], other[holds]
    for_others = _has_task(work, given.source[other], looks.take(row))
    own[row[for_others]] = True
    return own


def _has_task(work: Work, officer: Longs, looks: _Looks) -> Flags:
    held, width = work.handlers, len(work.nodes("Officer")) + 1
    task, firm = work.concerns
    row, pair = joined(held.source, task)
    key = firm[pair] * width + held.target[row]
    closed = work.closed_day[held.source[row]]
    until = np.minimum(held.end[row], np.where(closed == NEVER, held.end[row], closed))
    return _covered(looks.firm * width + officer, looks.day, key, held.begin[row], until + 1)


def _covered(keys: Longs, days: Longs, among: Longs, begin: Longs, end: Longs) -> Flags:
    """Which keys have a span (begin, first day no longer) of the same key around their day."""
    row, other = joined(keys, among)
    found = np.zeros(len(keys), np.bool_)
    found[row[(begin[other] <= days[row]) & (days[row] < end[other])]] = True
    return found


def _in_grids(work: Work, looks: _Looks) -> Flags:
    """Was the taxpayer in a grid of the officer's, or in one below it?"""
    grids = work.links("IN_GRID", "Party", "Grid")
    row, other = joined(looks.firm, grids.source)
    there = (grids.begin[other] <= looks.day[row]) & (looks.day[row] < grids.end[other])
    row, grid = row[there], grids.target[other[there]]
    found = np.zeros(len(looks.day), np.bool_)
    while len(row):
        found[row[_works_in(work, looks.officer[row], grid, looks.day[row])]] = True
        above = work.grid_above[grid]
        row, grid = row[above >= 0], above[above >= 0]
    return found


def _works_in(work: Work, officer: Longs, grid: Longs, day: Longs) -> Flags:
    posted: Dated = work.links("WORKS_IN", "Officer", "Grid")
    width = len(work.nodes("Grid")) + 1
    return _covered(officer * width + grid, day, posted.source * width + posted.target, posted.begin, posted.end)


def _hit(work: Work, looks: _Looks, firms: Longs, rules: AccessWithoutTask) -> Hit:
    officer = work.officer(int(looks.officer[0]))
    return Hit(
        officer=officer,
        subject=officer,
        at=int(looks.day[0]) * MICROS_A_DAY - CIVIL_MINUTES * 60_000_000,  # the day's first instant: later looks of it
        high=len(firms) >= rules.high_taxpayers,  # belong to the same alert
        measures={"taxpayers": len(firms), "looks": len(looks.day)},
        taxpayers=tuple(work.taxpayers.id(firm) for firm in firms[:_NAMED].tolist()),
    )


def explain(story: AlertStory) -> Sentences:
    """How many taxpayers on which day."""
    return Sentences(
        en=f"On {story.on} {story.officer} looked at {story.counted('taxpayers', 'taxpayer')} outside the own "
        f"grids without an open task about them ({story.counted('looks', 'look')}): {story.taxpayers}.",
        zh=f"{story.on} {story.officer} 在无在办事项的情况下查询非所辖网格纳税人 {story.zh['taxpayers']} 户"
        f"(共 {story.zh['looks']} 次):{story.taxpayers}。",
    )


RULE = ControlRule(
    name="access_without_task",
    en="looked at taxpayers outside the own grids without an open task",
    zh="无事项查询非所辖纳税人",
    rules=AccessWithoutTask,
    measures={
        "taxpayers": Measure("count", "taxpayers", "户数"),
        "looks": Measure("count", "looks", "查询次数"),
    },
    scan=scan,
    explain=explain,
)
