"""Gather-scatter: a vertex that collects from many and then pays out to many. Called by the patterns.

Definitions (shape as in AMLworld, Altman et al. 2023, table 1), for a centre c and a window of W seconds:

* A *split* is a pair of ticks x <= y of purchases of c. The *gather* is all purchases in x..y; the *scatter* is all
  sales in y..x + W ("strict": after y), all bounds included. So every purchase of the gather is no later than every
  sale of the scatter, and all lie in one window.
* The *width* of a split is the smaller of the number of distinct sources of the gather and of distinct targets of the
  scatter. One vertex may be both.
* c is reported when some split has at least width k, with the widest, of equal ones the one with the earliest x, then
  the earliest y.

Three pointers over the edges of a vertex, linear: later y gives more sources and fewer targets, so for each x the
best y is where the two cross, and the crossing only moves forward with x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import require
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.shapes import (
    Events,
    Extent,
    checked_ranks,
    chosen_vertices,
    gather,
    most_edges,
    new_events,
    rows_by_rank,
    with_room,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency

VERTEX, FIRST, SPLIT, LAST, SOURCES, TARGETS, PURCHASES, SALES, BOUGHT, SOLD = range(10)
BUY_START, BUY_END, SALE_START, SALE_END, IN, OUT = range(6)


@dataclass(frozen=True, slots=True)
class GatherScatter:
    """One row a vertex, by rank; its edges are the purchases in first..split tick and the sales from there to last."""

    vertices: Longs
    first_tick: Longs
    """First purchase, seconds."""
    split_tick: Longs
    """Last purchase of the gather."""
    last_tick: Longs
    """Last sale."""
    sources: Longs
    """Distinct ones."""
    targets: Longs
    purchases: Longs
    sales: Longs
    bought_cents: Longs
    sold_cents: Longs
    truncated: bool
    """True: vertices were left out; the rows that are here are complete."""
    cut_by: str
    """"time" or empty."""
    vertices_done: int
    """Of `vertices_total`; in order of their numbers."""
    vertices_total: int
    window: int
    least: int
    strict: bool


class Counter(NamedTuple):
    """Distinct vertices among the edges between two pointers."""

    inside: Ints  # [v] edges of each vertex
    distinct: Longs  # [1]


@kernel
def _new_counter(vertices: int) -> Counter:
    return Counter(np.zeros(vertices, np.int32), np.zeros(1, np.int64))


@kernel
def _count(counter: Counter, others: Ints, change: int) -> None:
    """Count these edges in (1) or out (-1)."""
    for other in others:
        before = counter.inside[other]
        counter.inside[other] = before + change
        counter.distinct[0] += (before + change > 0) - (before > 0)


@kernel
def _first_after(ticks: Longs, place: int, count: int, bound: int) -> int:
    """First place from `place` on whose tick is beyond `bound`, or `count`."""
    while place < count and ticks[place] <= bound:
        place += 1
    return place


@kernel
def _note(bought: Counter, sold: Counter, places: tuple[int, int, int, int], at: Longs) -> None:
    """Make these purchases and sales the widest split so far."""
    for place in range(4):
        at[place] = places[place]
    at[IN] = bought.distinct[0]
    at[OUT] = sold.distinct[0]


@kernel
def _widest(
    buys: Events,
    purchases: int,
    sells: Events,
    sales: int,
    window: int,
    gap: int,
    bought: Counter,
    sold: Counter,
    at: Longs,
) -> int:
    """Width of the widest split, which is left in `at`; the counters end as they began."""
    best = 0
    start = split = 0  # the gather is start..split - 1, the scatter low..high - 1
    low = high = 0
    while start < purchases:
        first = buys.tick[start]
        until = _first_after(sells.tick, high, sales, first + window)
        _count(sold, sells.other[high:until], 1)
        high = until
        while True:
            if split > start and min(bought.distinct[0], sold.distinct[0]) > best:
                best = min(bought.distinct[0], sold.distinct[0])
                _note(bought, sold, (start, split, low, high), at)
            if split == purchases or buys.tick[split] - first > window:
                break
            if split > start and bought.distinct[0] >= sold.distinct[0]:
                break
            until = _first_after(buys.tick, split, purchases, buys.tick[split])
            _count(bought, buys.other[split:until], 1)
            split = until
            until = _first_after(sells.tick, low, high, buys.tick[split - 1] + gap - 1)
            _count(sold, sells.other[low:until], -1)
            low = until
        until = _first_after(buys.tick, start, split, first)
        _count(bought, buys.other[start:until], -1)
        start = until
    _count(sold, sells.other[low:high], -1)
    return int(best)


@kernel
def _fill(row: Longs, at: Longs, purchases: Ints, sales: Ints, tick: Longs, amount: Longs) -> None:
    """The row of one vertex, but for the vertex."""
    gathered = purchases[at[BUY_START] : at[BUY_END]]
    scattered = sales[at[SALE_START] : at[SALE_END]]
    row[FIRST] = tick[gathered[0]]
    row[SPLIT] = tick[gathered[-1]]
    row[LAST] = tick[scattered[-1]]
    row[SOURCES] = at[IN]
    row[TARGETS] = at[OUT]
    row[PURCHASES] = len(gathered)
    row[SALES] = len(scattered)
    row[BOUGHT] = 0
    row[SOLD] = 0
    for edge in gathered:
        row[BOUGHT] += amount[edge]
    for edge in scattered:
        row[SOLD] += amount[edge]


@kernel
def _search(adjacency: Adjacency, chosen: Ints, window: int, least: int, gap: int, stop: Longs, done: Longs) -> Longs:
    """Rows of the chosen vertices with a wide enough split: int64[r, 10]; done[0] = vertices looked at."""
    vertices = len(adjacency.out_offset) - 1
    buys = new_events(most_edges(adjacency.in_offset, chosen))
    sells = new_events(most_edges(adjacency.out_offset, chosen))
    bought = _new_counter(vertices)
    sold = _new_counter(vertices)
    at = np.empty(6, np.int64)
    rows = np.empty((16, 10), np.int64)
    found = 0
    for vertex in chosen:
        if stop[0] != 0:
            break
        done[0] += 1
        purchases = adjacency.in_edge[adjacency.in_offset[vertex] : adjacency.in_offset[vertex + 1]]
        sales = adjacency.out_edge[adjacency.out_offset[vertex] : adjacency.out_offset[vertex + 1]]
        if min(len(purchases), len(sales)) < least:
            continue
        gather(purchases, adjacency.source, adjacency.tick, buys)
        gather(sales, adjacency.target, adjacency.tick, sells)
        if _widest(buys, len(purchases), sells, len(sales), window, gap, bought, sold, at) >= least:
            rows = with_room(rows, found)
            rows[found, VERTEX] = vertex
            _fill(rows[found], at, purchases, sales, adjacency.tick, adjacency.amount)
            found += 1
    return rows[:found].copy()


def _result(rows: Longs, extent: Extent, *, window: int, least: int, strict: bool) -> GatherScatter:
    return GatherScatter(
        vertices=rows[:, VERTEX].copy(),
        first_tick=rows[:, FIRST].copy(),
        split_tick=rows[:, SPLIT].copy(),
        last_tick=rows[:, LAST].copy(),
        sources=rows[:, SOURCES].copy(),
        targets=rows[:, TARGETS].copy(),
        purchases=rows[:, PURCHASES].copy(),
        sales=rows[:, SALES].copy(),
        bought_cents=rows[:, BOUGHT].copy(),
        sold_cents=rows[:, SOLD].copy(),
        truncated=bool(extent.cut_by),
        cut_by=extent.cut_by,
        vertices_done=extent.done,
        vertices_total=extent.total,
        window=window,
        least=least,
        strict=strict,
    )


def gather_scatter(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    least: int,
    strict: bool = False,
    vertices: npt.ArrayLike | None = None,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> GatherScatter:
    """Vertices that buy from at least `least` others and then sell to as many, each with its widest split.

    Args:
        adjacency: edges by vertex in ledger order.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first purchase to last sale, inclusive.
        least: fewest distinct sources, and targets, 1 or more.
        strict: sales must be later than the last purchase; otherwise they may have its tick.
        vertices: look at these vertices only.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    require(condition=least >= 1, message=f"least must be 1 or more counterparties, not {least}")
    ranks = checked_ranks(rank, adjacency)
    chosen, done = chosen_vertices(vertices, len(ranks)), np.zeros(1, np.int64)
    with stop_after(budget_seconds, stop) as flag:
        found = _search(adjacency, chosen, window, least, int(strict), flag, done)
        cut_by = REASONS[int(flag[0])] if done[0] < len(chosen) else ""
    extent = Extent(cut_by, int(done[0]), len(chosen))
    return _result(rows_by_rank(found, ranks), extent, window=window, least=least, strict=strict)
