"""Which circles may have changed since they were searched: those along changed edges, and those of changed members.

A circle's episodes are a function of the edges between its neighbours, whatever else there is. So only circles with an
arc along which an edge was written, ended or changed can have others than before. Where one of them has more evidence
than before, some set of its edges that counts holds a written or changed edge, and all of that set lies within a window
of it: such circles are found by a search of the time around changed edges. All others were found before: they stand in
findings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.kernels.rings import Rings
from queries.detection.facts import Flags, Longs
from queries.detection.hits import Around
from queries.detection.ring_episodes import circles_of, next_members

Search = Callable[[EdgeColumns], Rings]


@dataclass(frozen=True, slots=True)
class Changed:
    """Circles to be looked at again, each once, in order; how the search was cut, and the times that were searched."""

    circles: tuple[tuple[int, ...], ...]
    found: Rings | None
    blocks: int


def changed_circles(edges: EdgeColumns, around: Around, window: int, search: Search) -> Changed:
    """The circles whose findings may change.

    Args:
        edges: all net edges of a currency.
        around: what changed.
        window: ticks from the first to the last edge of a circle.
        search: finds the circles among some edges.
    """
    arcs = np.unique(around.seller << 32 | around.buyer)
    again = {
        circle
        for circle, changed in zip(around.known, _changed(around.known, arcs, around.members), strict=True)
        if changed
    }
    ticks = np.unique(edges.tick[np.isin(edges.invoice, around.invoices)])
    times = _times(ticks, window)
    if not times:
        return Changed(tuple(sorted(again)), None, 0)
    found = search(edges.take(_within(edges.tick, times)))
    closed = [tuple(found.members[a:b].tolist()) for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True)]
    along = _along(found.offsets, found.members, arcs)
    again.update(circle for circle, changed in zip(closed, along.tolist(), strict=True) if changed)
    return Changed(tuple(sorted(again)), found, len(times))


def _changed(circles: Sequence[Sequence[int]], arcs: Longs, members: Longs) -> list[bool]:
    """Which circles have a changed arc or member."""
    every = circles_of(circles)
    along = _along(every.offsets, every.members, arcs)
    touched = _any(every.offsets, np.isin(every.members, members))
    flags: list[bool] = (along | touched).tolist()
    return flags


def _along(offsets: Longs, members: Longs, arcs: Longs) -> Flags:
    """Which circles have one of these arcs (seller in the upper bits)."""
    return _any(offsets, np.isin(members << 32 | next_members(offsets, members), arcs))


def _any(offsets: Longs, marks: Flags) -> Flags:
    """Whether any member of each circle is marked."""
    until = np.concatenate([[0], np.cumsum(marks)])
    return np.asarray(until[offsets[1:]] > until[offsets[:-1]], np.bool_)


def _times(ticks: Longs, window: int) -> list[tuple[int, int]]:
    """Spans of ticks, both ends included, that lie within a window of these (ascending), apart from each other."""
    if not len(ticks):
        return []
    apart = np.flatnonzero(np.diff(ticks) > 2 * window)
    firsts, lasts = ticks[np.append(0, apart + 1)], ticks[np.append(apart, len(ticks) - 1)]
    return list(zip((firsts - window).tolist(), (lasts + window).tolist(), strict=True))


def _within(tick: Longs, times: Sequence[tuple[int, int]]) -> Flags:
    inside = np.zeros(len(tick), np.bool_)
    for first, last in times:
        inside |= (tick >= first) & (tick <= last)
    return inside
