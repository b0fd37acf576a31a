"""Who handed a task over to whom, when, and after how long: from its events by instant, then position.

Instants are compared, never local times: an event at 09:00+08:00 is before one at 02:00Z.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.limits import DEFAULT_LIMITS, Limits
from queries.lineage import TaskEntry, task_history
from queries.results import Cut


@dataclass(frozen=True, slots=True)
class Handover:
    """From the officer who acted last to the next who did.

    Attributes:
        giver, taker: officers' ids.
        since: the giver's last event; `at` with `offset_minutes`: the taker's first.
        after_seconds: between the two; None where one of them has no instant.
        action: what the taker did; `event`: id of it.
    """

    giver: str
    giver_name: str | None
    taker: str
    taker_name: str | None
    since: datetime | None
    at: datetime | None
    offset_minutes: int | None
    after_seconds: int | None
    action: str | None
    event: str


@dataclass(frozen=True, slots=True)
class Handovers:
    """Of one task, in order."""

    task: str
    handovers: tuple[Handover, ...]
    cut: tuple[Cut, ...]


def handovers(
    store: GraphStore, task: str, *, as_of: AsOf = NOW, scope: Scope = ROOT, limits: Limits = DEFAULT_LIMITS
) -> Handovers:
    """The hand-overs of a task. Raises NotFoundError for a task that is not there or out of scope."""
    history = task_history(store, task, as_of=as_of, scope=scope, limits=limits)
    return Handovers(history.task.id, handovers_in(history.entries), history.cut)


def handovers_in(entries: Sequence[TaskEntry]) -> tuple[Handover, ...]:
    """Hand-overs among events in order; events without an officer are nobody's."""
    acted = [entry for entry in entries if entry.officer is not None]
    return tuple(_handover(before, after) for before, after in pairwise(acted) if before.officer != after.officer)


def _handover(before: TaskEntry, after: TaskEntry) -> Handover:
    passed = after.at - before.at if before.at is not None and after.at is not None else None
    return Handover(
        giver=str(before.officer),
        giver_name=before.officer_name,
        taker=str(after.officer),
        taker_name=after.officer_name,
        since=before.at,
        at=after.at,
        offset_minutes=after.offset_minutes,
        after_seconds=None if passed is None else int(passed.total_seconds()),
        action=after.action,
        event=after.id,
    )
