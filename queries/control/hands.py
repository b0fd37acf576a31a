"""Which parts of a task each officer did: issuing, handling, reviewing. Read by same hands and four eyes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from queries.control.hits import HANDLING, ISSUING, REVIEWED, Hit
from queries.control.work import Flags, Longs, Work

ISSUES, HANDLES, REVIEWS = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Hands:
    """Pairs of task and officer with the parts that the officer did, by task and officer."""

    task: Longs
    officer: Longs
    parts: Longs


def hands(work: Work) -> Hands:
    """Who did which parts of which task."""
    return work.once("hands", lambda: _hands(work))


def _hands(work: Work) -> Hands:
    events = work.events
    part = events.left(*ISSUING) * ISSUES + events.left(*HANDLING) * HANDLES + events.left(REVIEWED) * REVIEWS
    rows = np.flatnonzero((part > 0) & (events.officer >= 0))
    width = len(work.nodes("Officer")) + 1
    key = events.task[rows] * width + events.officer[rows]
    order = np.argsort(key, kind="stable")
    key, part = key[order], part[rows][order].astype(np.int64)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    parts = np.bitwise_or.reduceat(part, first) if len(first) else part
    return Hands(key[first] // width, key[first] % width, parts)


def hand_hits(work: Work, chosen: Flags, *, wanted: tuple[str, ...]) -> Iterator[Hit]:
    """A hit for each chosen pair of `hands`: at the officer's review, with the events of these statuses behind it."""
    found, events = hands(work), work.events
    counts, reviewed = events.left(*wanted), events.left(REVIEWED)
    for task, officer in zip(found.task[chosen].tolist(), found.officer[chosen].tolist(), strict=True):
        rows = np.arange(*events.of(task).indices(len(events)))
        rows = rows[counts[rows] & (events.officer[rows] == officer)]
        reviews = rows[reviewed[rows]]
        yield Hit(
            officer=work.officer(officer),
            subject=work.task(task),
            at=int(events.at[reviews[0]]),
            high=True,
            measures={"steps": len(rows)},
            task=work.task(task),
            events=tuple(events.number[rows].tolist()),
            taxpayers=work.firms_of(task),
        )
