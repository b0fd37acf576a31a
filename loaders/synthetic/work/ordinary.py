"""Ordinary work: columns of tasks with their steps, waits, reassignments, loops and outcomes. Called by `writing`.

Each task goes through the slots of `_SLOTS`; what chance leaves out of them has not happened. Nine in ten firms with a
low risk and a third of those with a high one are cleared, in a *busy* grid nearly all: everybody there works like that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.trade import SECONDS_A_DAY
from loaders.synthetic.work.book import (
    ACCEPT,
    BALANCE,
    CHIEF_POST,
    CLEARED,
    CLERK_POST,
    CLOSE,
    CORRECTED,
    DISPATCH,
    DUE_DAYS,
    EVIDENCE,
    GUIDED,
    HIGH,
    INCOMPLETE,
    INQUIRY,
    INSPECTION,
    ISSUE,
    KINDS,
    MIDDLE,
    NONE,
    PAID,
    REASSIGN,
    RETURN,
    REVIEW,
    SERVICE,
    SMALL,
    SUBMIT,
    TRANSFERRED,
    WAIT,
    WORK,
    Handlers,
    WorkEvents,
    WorkTasks,
)
from loaders.synthetic.work.staff import BUSY_EVERY, EVENTS_A_TASK, work_begins

if TYPE_CHECKING:
    from loaders.synthetic.organisation import Membership
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Floats, Integers
    from loaders.synthetic.work.staff import WorkStaff

# Action, by the chief, and the share of tasks in which it happens together with the slots of the same group.
_SLOTS = (
    (ISSUE, True, 0),
    (DISPATCH, True, 0),
    (ACCEPT, False, 0),
    (WORK, False, 0),
    (REASSIGN, True, 1),
    (ACCEPT, False, 1),
    (WAIT, False, 2),
    (WORK, False, 2),
    (SUBMIT, False, 0),
    (RETURN, True, 3),
    (WORK, False, 3),
    (SUBMIT, False, 3),
    (REVIEW, True, 0),
    (CLOSE, True, 0),
)
_SHARES = (1.0, 0.04, 0.3, 0.1)
_ACTION, _CHIEF, _GROUP = (np.array(column) for column in zip(*_SLOTS, strict=True))
_REASSIGNED_AT, _CLOSED_AT = 4, len(_SLOTS) - 1
_REASSIGN_GROUP = 1
_KIND_SHARES = (0.4, 0.3, 0.2, 0.1)
_CHILD_SHARE = 0.12
_LATE_SHARE = 0.01
_CLEARED_SHARE = (0.9, 0.35)  # by risk
_BUSY_CLEARED, _BUSY_WEIGHT = 0.95, 3
_HAND_OVER_DAYS = 4  # before the close, at least: nobody ordinary is replaced just before it
_SENT_ON_SHARE = 0.1
_SECOND_STEP, _SPARE = 60, 1.1


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What ordinary work leaves. `tasks` come first among all, so that places of tasks are those of the files."""

    tasks: WorkTasks
    handlers: Handlers
    events: WorkEvents


def draw_ordinary(
    plan: Plan, population: Population, membership: Membership, staff: WorkStaff, *, free: Integers, events: int
) -> Ordinary:
    """Work with exactly so many events.

    Args:
        plan: span and chance.
        population: firms.
        membership: the grid of each firm.
        staff: who works where.
        free: the firms that it may be about.
        events: how many events; the last tasks are left open where they would be more.
    """
    chance = plan.chance("work")
    count = int(events / EVENTS_A_TASK * _SPARE) + 20
    place = np.searchsorted(staff.grid, membership.grid[free])
    busy = place % BUSY_EVERY == BUSY_EVERY - 1
    weight = np.where(busy, _BUSY_WEIGHT, 1.0)
    firm = chance.choice(free, count, p=weight / weight.sum())
    grid = np.searchsorted(staff.grid, membership.grid[firm])
    tasks = _tasks(plan, population, firm, grid, chance)
    done, at = _steps(plan, tasks, chance)
    kept = _within(done, events)
    tasks = _cut(tasks, at, done, kept)
    done, at = done[: len(kept)] & kept, at[: len(kept)]
    return _told(tasks, done, at, staff, chance)


def _tasks(
    plan: Plan, population: Population, firm: Integers, grid: Integers, chance: np.random.Generator
) -> WorkTasks:
    """Heads of tasks by the day of opening; `closed` and `outcome` as if all were done. A child follows its parent."""
    count = len(firm)
    begin = np.maximum(work_begins(plan), population.registered[firm])
    day = begin + ((plan.end_day - begin) * chance.random(count)).astype(np.int64)
    opened = day * SECONDS_A_DAY + chance.integers(9 * 3600, 17 * 3600, count)
    child = chance.random(count) < _CHILD_SHARE
    child[0] = False
    parent = np.where(child, np.maximum.accumulate(np.where(child, 0, np.arange(count))), NONE)
    opened = np.where(child, opened[parent] + SECONDS_A_DAY, opened)
    kind = chance.choice(len(KINDS), count, p=np.array(_KIND_SHARES))
    risk = (chance.random(count) < 0.15 + 0.3 * (grid % 3) / 2).astype(np.int64)
    return WorkTasks(
        kind=kind,
        firm=np.where(child, firm[parent], firm),
        grid=grid,
        risk=risk,
        loop=np.where(child, MIDDLE, SMALL),
        parent=parent,
        opened=opened,
        due=opened // SECONDS_A_DAY + DUE_DAYS[kind],
        closed=np.full(count, NONE),
        outcome=_outcomes(kind, risk, grid, chance),
    )


def _outcomes(kind: Integers, risk: Integers, grid: Integers, chance: np.random.Generator) -> Integers:
    count = len(kind)
    share = np.where(grid % BUSY_EVERY == BUSY_EVERY - 1, _BUSY_CLEARED, np.array(_CLEARED_SHARE)[risk])
    cleared = chance.random(count) < share
    found = np.where(kind == INSPECTION, PAID, CORRECTED)
    sent_on = (kind == INSPECTION) & (risk == HIGH) & (chance.random(count) < _SENT_ON_SHARE)
    found = np.where(sent_on, TRANSFERRED, found)
    looked = (kind == INQUIRY) | (kind == INSPECTION)
    return np.where(looked, np.where(cleared, CLEARED, found), np.where(kind == SERVICE, GUIDED, CORRECTED))


def _steps(plan: Plan, tasks: WorkTasks, chance: np.random.Generator) -> tuple[Booleans, Integers]:
    """Which slots happen, and when: bool and civil seconds [n, slots]; what lies behind the span has not happened."""
    count = len(tasks)
    child = tasks.parent >= 0
    drawn = chance.random((count, len(_SHARES))) < np.array(_SHARES)
    drawn[child, _REASSIGN_GROUP] = False
    done = drawn[:, _GROUP]
    span = _spans(tasks, chance)
    parts = chance.random((count, len(_SLOTS))) * done
    parts[:, 0] = 0
    place = np.cumsum(parts, axis=1) / np.maximum(parts.sum(axis=1), 1e-9)[:, None]
    seconds = (place * (span * SECONDS_A_DAY)[:, None]).astype(np.int64)
    latest = ((span - _HAND_OVER_DAYS) * SECONDS_A_DAY).astype(np.int64)
    early = seconds[:, : _REASSIGNED_AT + 1]  # who is replaced is so in good time
    over = drawn[:, _REASSIGN_GROUP] & (early[:, -1] > latest)
    scale = np.where(over, latest / np.maximum(early[:, -1], 1), 1.0)
    seconds[:, : _REASSIGNED_AT + 1] = (early * scale[:, None]).astype(np.int64)
    at = tasks.opened[:, None] + seconds + np.arange(len(_SLOTS)) * _SECOND_STEP
    return done & (at < plan.end_day * SECONDS_A_DAY), at


def _spans(tasks: WorkTasks, chance: np.random.Generator) -> Floats:
    """Days from opening to closing; a child is done two days before its parent."""
    count, child = len(tasks), tasks.parent >= 0
    span = np.maximum(DUE_DAYS[tasks.kind] * (0.3 + 0.6 * chance.random(count)), _HAND_OVER_DAYS + 2)
    late = (chance.random(count) < _LATE_SHARE) & ~child
    span = np.where(late, DUE_DAYS[tasks.kind] * 1.4 + 2, span)
    spans: Floats = np.where(child, np.clip(span, 2, span[tasks.parent] - 3), span)
    return spans


def _within(done: Booleans, events: int) -> Booleans:
    """Slots of the first tasks, together exactly `events` of them (fewer if there are not so many)."""
    counted = np.cumsum(done.sum(axis=1))
    last = int(np.searchsorted(counted, events))
    kept = np.ones((min(last + 1, len(done)), done.shape[1]), np.bool_)
    if last < len(done):
        room = events - (int(counted[last - 1]) if last else 0)
        kept[-1] = np.cumsum(done[last]) <= room
    return kept


def _cut(tasks: WorkTasks, at: Integers, done: Booleans, kept: Booleans) -> WorkTasks:
    """The tasks that are kept, closed where their last slot happened."""
    count = len(kept)
    closed = done[:count, _CLOSED_AT] & kept[:, _CLOSED_AT]
    columns = {name: getattr(tasks, name)[:count] for name in WorkTasks.__slots__}
    columns["closed"] = np.where(closed, at[:count, _CLOSED_AT], NONE)
    columns["outcome"] = np.where(closed, tasks.outcome[:count], NONE)
    return WorkTasks(**columns)


def _told(tasks: WorkTasks, done: Booleans, at: Integers, staff: WorkStaff, chance: np.random.Generator) -> Ordinary:
    """Who did it, with reasons and evidence."""
    count, grid = len(tasks), tasks.grid
    pick = (chance.random(count) * staff.clerk_count[grid]).astype(np.int64)
    other = (pick + 1 + (chance.random(count) * (staff.clerk_count[grid] - 1)).astype(np.int64)) % staff.clerk_count[
        grid
    ]
    clerk, second = staff.clerks[grid, pick], staff.clerks[grid, other]
    moved = done[:, _REASSIGNED_AT]
    task, slot = np.nonzero(done)
    after = moved[task] & (slot > _REASSIGNED_AT)
    officer = np.where(_CHIEF[slot], staff.chief[grid[task]], np.where(after, second[task], clerk[task]))
    action = _ACTION[slot]
    proved = np.isin(action, (WORK, SUBMIT))
    reason = np.select([action == RETURN, action == REASSIGN], [INCOMPLETE, BALANCE], NONE)
    events = WorkEvents(
        task=task,
        action=action,
        at=at[task, slot],
        officer=officer,
        post=np.where(_CHIEF[slot], CHIEF_POST, CLERK_POST),
        reason=reason,
        evidence=np.where(proved, chance.integers(0, len(EVIDENCE), len(task)), NONE),
        acting_for=np.full(len(task), NONE),
    )
    days = at[:, _REASSIGNED_AT] // SECONDS_A_DAY
    late = np.flatnonzero(moved)
    handlers = Handlers(
        task=np.concatenate([np.arange(count), late]),
        officer=np.concatenate([clerk, second[late]]),
        begin=np.concatenate([tasks.opened // SECONDS_A_DAY, days[late]]),
        end=np.concatenate([np.where(moved, days, NONE), np.full(len(late), NONE)]),
    )
    return Ordinary(tasks, handlers, events)
