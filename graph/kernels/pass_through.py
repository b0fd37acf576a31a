"""Pass-through: vertices that sell on, soon, about what they bought inside one window. Called by the patterns.

Definition, for a vertex v, a window of W seconds, a band b, a least amount and a longest dwell:

* A window is t..t + W, both included, and starts at the tick t of a purchase of v. *Bought* and *sold* are the sums of
  all purchases and all sales of v in it.
* Inside a window cents are used first-in-first-out from an empty stock: lots in order of tick, purchases of a tick
  before its sales. A sale draws what the stock holds, the rest of it is value added. *Passed* = cents drawn; *dwell* =
  mean over these cents of (tick of the sale - tick of the purchase).
* A window counts when min >= (1 - b) * max of bought and sold (the same as |bought - sold| / max <= b), both are at
  least the least amount, and the dwell is at most the longest dwell.
* v is reported with the window that passed most, of equal ones the earliest, and with the number of windows (distinct
  start ticks) that count.

Why windows that start at a purchase: months would cut what passes over their ends, and with a free start and end the
number of windows grows with the square of the edges. Why the stock is empty at the start: what a firm bought before
and never sold must not hide what it passes on now, and a finding must depend on its window alone.

Two steps, both linear: `_may_pass` slides over purchases and sales and asks for the balance alone, which few vertices
keep; `stock` finds what passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import check_band, require
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.shapes import Extent, checked_ranks, chosen_vertices, most_edges, rows_by_rank, with_room
from graph.kernels.stock import (
    BOUGHT,
    DWELL,
    FIRST,
    LAST,
    PASSED,
    PURCHASES,
    SALES,
    SOLD,
    VERTEX,
    WINDOWS,
    PassRules,
    balanced,
    best_pass,
    chain_falls,
    merge,
    new_stock,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency


@dataclass(frozen=True, slots=True)
class PassThrough:
    """One row a vertex, by rank; the window's edges are all of the vertex in first_tick..last_tick."""

    vertices: Longs
    first_tick: Longs
    """Start of the window that passed most, seconds."""
    last_tick: Longs
    """Tick of the last edge in it."""
    purchases: Longs
    sales: Longs
    bought_cents: Longs
    sold_cents: Longs
    passed_cents: Longs
    dwell_seconds: Longs
    """Mean, rounded down."""
    windows: Longs
    """Start ticks whose windows count."""
    truncated: bool
    """True: vertices were left out; the rows that are here are complete."""
    cut_by: str
    """"time" or empty."""
    vertices_done: int
    """Of `vertices_total`; in order of their numbers."""
    vertices_total: int
    window: int
    band: int
    least_amount: int
    most_dwell: int


class Sums(NamedTuple):
    """The edges of one side of a vertex in time order; room for the busiest vertex."""

    tick: Longs
    before: Longs  # [m + 1] cents of the first k edges


@kernel
def _new_sums(most: int) -> Sums:
    return Sums(np.empty(most, np.int64), np.zeros(most + 1, np.int64))


@kernel
def _add_up(edges: Ints, start: int, end: int, tick: Longs, amount: Longs, sums: Sums) -> int:
    """Fill the sums with edges[start:end]; their cents."""
    total = np.int64(0)
    for place in range(end - start):
        edge = np.uint32(edges[start + place])
        total += amount[edge]
        sums.tick[place] = tick[edge]
        sums.before[place + 1] = total
    return int(total)


@kernel
def _may_pass(buys: Sums, purchases: int, sells: Sums, sales: int, rules: PassRules) -> bool:
    """Is some window balanced?"""
    buy_end = 0
    sale_start = 0
    sale_end = 0
    for buy in range(purchases):
        start = buys.tick[buy]
        if buy > 0 and buys.tick[buy - 1] == start:
            continue
        while buy_end < purchases and buys.tick[buy_end] - start <= rules.window:
            buy_end += 1
        while sale_start < sales and sells.tick[sale_start] < start:
            sale_start += 1
        while sale_end < sales and sells.tick[sale_end] - start <= rules.window:
            sale_end += 1
        bought = buys.before[buy_end] - buys.before[buy]
        sold = sells.before[sale_end] - sells.before[sale_start]
        if balanced(bought, sold, rules):
            return True
    return False


@kernel
def _search(adjacency: Adjacency, chosen: Ints, rules: PassRules, stop: Longs, done: Longs) -> Longs:
    """Rows of the chosen vertices with a window that counts: int64[r, 10]; done[0] = vertices looked at."""
    most_bought = most_edges(adjacency.in_offset, chosen)
    most_sold = most_edges(adjacency.out_offset, chosen)
    buys = _new_sums(most_bought)
    sells = _new_sums(most_sold)
    stock = new_stock(most_bought + most_sold)
    rows = np.empty((16, 10), np.int64)
    found = 0
    for vertex in chosen:
        if stop[0] != 0:
            break
        done[0] += 1
        first_buy = adjacency.in_offset[vertex]
        purchases = adjacency.in_offset[vertex + 1] - first_buy
        first_sale = adjacency.out_offset[vertex]
        sales = adjacency.out_offset[vertex + 1] - first_sale
        if min(purchases, sales) == 0:
            continue
        bought = _add_up(adjacency.in_edge, first_buy, first_buy + purchases, adjacency.tick, adjacency.amount, buys)
        sold = _add_up(adjacency.out_edge, first_sale, first_sale + sales, adjacency.tick, adjacency.amount, sells)
        if min(bought, sold) < rules.least_amount or not _may_pass(buys, purchases, sells, sales, rules):
            continue
        # Views are made for these few alone: to count who uses one costs as much as an edge.
        bought_edges = adjacency.in_edge[first_buy : first_buy + purchases]
        sold_edges = adjacency.out_edge[first_sale : first_sale + sales]
        count = merge(bought_edges, sold_edges, adjacency.tick, adjacency.amount, stock)
        chain_falls(stock, count)
        rows = with_room(rows, found)
        rows[found, VERTEX] = vertex
        best_pass(stock, count, rules, rows[found])
        found += rows[found, WINDOWS] > 0
    return rows[:found].copy()


def _result(rows: Longs, extent: Extent, rules: PassRules) -> PassThrough:
    return PassThrough(
        vertices=rows[:, VERTEX].copy(),
        first_tick=rows[:, FIRST].copy(),
        last_tick=rows[:, LAST].copy(),
        purchases=rows[:, PURCHASES].copy(),
        sales=rows[:, SALES].copy(),
        bought_cents=rows[:, BOUGHT].copy(),
        sold_cents=rows[:, SOLD].copy(),
        passed_cents=rows[:, PASSED].copy(),
        dwell_seconds=rows[:, DWELL].copy(),
        windows=rows[:, WINDOWS].copy(),
        truncated=bool(extent.cut_by),
        cut_by=extent.cut_by,
        vertices_done=extent.done,
        vertices_total=extent.total,
        window=rules.window,
        band=rules.band,
        least_amount=rules.least_amount,
        most_dwell=rules.most_dwell,
    )


def pass_through(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    band: int,
    least_amount: int,
    most_dwell: int,
    vertices: npt.ArrayLike | None = None,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> PassThrough:
    """Vertices that pass on about what they buy inside some window, each with the window that passed most.

    Args:
        adjacency: edges by vertex in ledger order, amounts above zero.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from the first to the last edge, inclusive.
        band: millionths b, 0..999999; min * 10^6 >= (10^6 - b) * max of what was bought and sold.
        least_amount: fewest cents bought, and sold, 1 or more.
        most_dwell: most seconds that the passed cents were held in the mean.
        vertices: look at these vertices only.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    require(condition=min(window, most_dwell) >= 0, message="window and most_dwell must be 0 or more seconds")
    require(condition=least_amount >= 1, message=f"least_amount must be 1 or more cents, not {least_amount}")
    check_band(band, adjacency.amount)
    ranks = checked_ranks(rank, adjacency)
    chosen, done = chosen_vertices(vertices, len(ranks)), np.zeros(1, np.int64)
    # Nothing is held longer than the window, and a smaller bound keeps products small.
    rules = PassRules(window, band, least_amount, min(most_dwell, window))
    with stop_after(budget_seconds, stop) as flag:
        found = _search(adjacency, chosen, rules, flag, done)
        cut_by = REASONS[int(flag[0])] if done[0] < len(chosen) else ""
    extent = Extent(cut_by, int(done[0]), len(chosen))
    return _result(rows_by_rank(found, ranks), extent, rules._replace(most_dwell=most_dwell))
