"""Fan-in and fan-out: vertices with many distinct counterparties inside one window. Called by the patterns.

Definitions (shapes as in AMLworld, Altman et al. 2023, table 1):

* *Fan-in* of v in a window: the edges into v whose ticks lie in it; its counterparties are their distinct sources.
  *Fan-out*: the same for edges out of v and their targets. Self-loops are no edges here.
* A window is t..t + W, both included, and starts at the tick t of one of these edges.
* v is reported when some window has at least k counterparties, with the window that has most, of equal ones the
  earliest; and with the number of windows (distinct start ticks) that have at least k.

One pass with two pointers over the edges of a vertex in time order; the counter of each counterparty tells whether it
is in the window. Linear in the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import require
from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.shapes import Events, checked_ranks, chosen_vertices, gather, most_edges, new_events, rows_by_rank

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency

VERTEX, FIRST, LAST, COUNTERPARTIES, EDGES, AMOUNT, WINDOWS = range(7)


@dataclass(frozen=True, slots=True)
class Fans:
    """One row a vertex, by rank; the window's edges are those of the vertex in first_tick..last_tick."""

    vertices: Longs
    first_tick: Longs
    """Start of the best window, seconds."""
    last_tick: Longs
    """Tick of the last edge in it."""
    counterparties: Longs
    """Distinct ones in it."""
    edges: Longs
    amount_cents: Longs
    windows: Longs
    """Start ticks from which the vertex has enough counterparties."""
    truncated: bool
    """True: vertices were left out; the rows that are here are complete."""
    cut_by: str
    """"time" or empty."""
    vertices_done: int
    """Of `vertices_total`; in order of their numbers."""
    vertices_total: int
    window: int
    least: int


@kernel
def _best_window(events: Events, count: int, window: int, least: int, inside: Ints, row: Longs) -> int:
    """Fill `row` but for its amount; place of the best window's first edge. inside (int32[v], all 0) stays as it is."""
    first = 0
    end = 0
    best = 0
    distinct = 0
    row[COUNTERPARTIES] = 0
    row[WINDOWS] = 0
    while first < count:
        start = events.tick[first]
        while end < count and events.tick[end] - start <= window:
            inside[events.other[end]] += 1
            distinct += inside[events.other[end]] == 1
            end += 1
        row[WINDOWS] += distinct >= least
        if distinct > row[COUNTERPARTIES]:
            best = first
            row[COUNTERPARTIES] = distinct
            row[EDGES] = end - first
        while first < end and events.tick[first] == start:
            inside[events.other[first]] -= 1
            distinct -= inside[events.other[first]] == 0
            first += 1
    row[FIRST] = events.tick[best]
    row[LAST] = events.tick[best + row[EDGES] - 1]
    return best


@kernel
def _search(
    offset: Ints,
    edges: Ints,
    other: Ints,
    tick: Longs,
    amount: Longs,
    chosen: Ints,
    window: int,
    least: int,
    stop: Longs,
    done: Longs,
) -> Longs:
    """Rows of the chosen vertices with a wide enough fan: int64[r, 7]; done[0] = vertices looked at."""
    candidates = 0
    for vertex in chosen:
        candidates += offset[vertex + 1] - offset[vertex] >= least
    rows = np.empty((candidates + 1, 7), np.int64)
    inside = np.zeros(offset.shape[0] - 1, np.int32)
    events = new_events(most_edges(offset, chosen))
    found = 0
    for vertex in chosen:
        if stop[0] != 0:
            break
        done[0] += 1
        own = edges[offset[vertex] : offset[vertex + 1]]
        if own.shape[0] < least:
            continue
        count = gather(own, other, tick, events)
        row = rows[found]
        best = _best_window(events, count, window, least, inside, row)
        if row[COUNTERPARTIES] >= least:
            row[VERTEX] = vertex
            row[AMOUNT] = 0
            for edge in own[best : best + row[EDGES]]:
                row[AMOUNT] += amount[edge]
            found += 1
    return rows[:found].copy()


@kernel
def _reaches(
    edges: Ints,
    low: int,
    high: int,
    other: Ints,
    tick: Longs,
    window: int,
    least: int,
    inside: Ints,
    events: Events,
) -> bool:
    """Have edges[low:high] a window with `least` counterparties? inside (int32[v], all 0) stays as it is."""
    first = 0
    distinct = 0
    end = 0
    while end < high - low and distinct < least:
        edge = np.uint32(edges[low + end])  # read only so far: a hub soon has enough
        events.tick[end] = tick[edge]
        events.other[end] = other[edge]
        while events.tick[end] - events.tick[first] > window:
            inside[np.uint32(events.other[first])] -= 1
            distinct -= inside[np.uint32(events.other[first])] == 0
            first += 1
        inside[np.uint32(events.other[end])] += 1
        distinct += inside[np.uint32(events.other[end])] == 1
        end += 1
    for place in range(first, end):
        inside[np.uint32(events.other[place])] -= 1
    return distinct >= least


@kernel
def wide_vertices(offset: Ints, edges: Ints, other: Ints, tick: Longs, window: int, least: int, stop: Longs) -> Flags:
    """Flags of the vertices with a fan of at least `least`: uint8[v]. Called by `scatter_gather`."""
    count = len(offset) - 1
    wide = np.zeros(count, np.uint8)
    inside = np.zeros(count, np.int32)
    events = new_events(most_edges(offset, np.arange(count).astype(np.int32)))
    for vertex in range(count):
        low = offset[vertex]
        high = offset[vertex + 1]
        if high - low >= least and stop[0] == 0:
            wide[vertex] = _reaches(edges, low, high, other, tick, window, least, inside, events)
    return wide


def _fans(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    side: tuple[Ints, Ints, Ints],
    *,
    window: int,
    least: int,
    vertices: npt.ArrayLike | None,
    budget_seconds: float | None,
    stop: Longs | None,
) -> Fans:
    """Check the options, search one side (offset, edges, other end) under the budget, and order the rows."""
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    require(condition=least >= 1, message=f"least must be 1 or more counterparties, not {least}")
    ranks = checked_ranks(rank, adjacency)
    chosen, done = chosen_vertices(vertices, len(ranks)), np.zeros(1, np.int64)
    with stop_after(budget_seconds, stop) as flag:
        found = _search(*side, adjacency.tick, adjacency.amount, chosen, window, least, flag, done)
        cut_by = REASONS[int(flag[0])] if done[0] < len(chosen) else ""
    rows = rows_by_rank(found, ranks)
    return Fans(
        vertices=rows[:, VERTEX].copy(),
        first_tick=rows[:, FIRST].copy(),
        last_tick=rows[:, LAST].copy(),
        counterparties=rows[:, COUNTERPARTIES].copy(),
        edges=rows[:, EDGES].copy(),
        amount_cents=rows[:, AMOUNT].copy(),
        windows=rows[:, WINDOWS].copy(),
        truncated=bool(cut_by),
        cut_by=cut_by,
        vertices_done=int(done[0]),
        vertices_total=len(chosen),
        window=window,
        least=least,
    )


def fan_in(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    least: int,
    vertices: npt.ArrayLike | None = None,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> Fans:
    """Vertices that buy from at least `least` distinct others inside some window, each with its best window.

    Args:
        adjacency: edges by vertex in ledger order.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first to last edge, inclusive.
        least: fewest distinct counterparties, 1 or more.
        vertices: look at these vertices only.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    side = adjacency.in_offset, adjacency.in_edge, adjacency.source
    return _fans(
        adjacency,
        rank,
        side,
        window=window,
        least=least,
        vertices=vertices,
        budget_seconds=budget_seconds,
        stop=stop,
    )


def fan_out(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    least: int,
    vertices: npt.ArrayLike | None = None,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> Fans:
    """Vertices that sell to at least `least` distinct others inside some window; arguments as in `fan_in`.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    side = adjacency.out_offset, adjacency.out_edge, adjacency.target
    return _fans(
        adjacency,
        rank,
        side,
        window=window,
        least=least,
        vertices=vertices,
        budget_seconds=budget_seconds,
        stop=stop,
    )
