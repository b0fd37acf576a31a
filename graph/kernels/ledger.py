"""What each visited vertex bought and sold in the span: balances before each sale, places on its line of purchases.

Opened once per vertex by the trace kernels, on first visit and as far as the trace can need, so that a trace costs the
degrees of what it reaches. A sale draws min(amount, balance); the rest is value added. First-in-first-out reads the
same numbers as intervals: purchases lie one after the other on the vertex's line, and the k-th cent drawn is the k-th
cent bought.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.span import Span, first_from

SALE_LOW, SALE_HIGH, SALE_BASE, BUY_LOW, BUY_HIGH, BUY_BASE = range(6)
DRAWN, SINCE, BALANCE = range(3)


class Ledgers(NamedTuple):
    """Ledgers of the vertices visited so far; `open_for_…` returns the one to go on with."""

    slot: Ints  # [v] 1 + ledger of each vertex, 0 = not open
    bounds: Longs  # [s, 6] ranges in out_edge and in_edge and where their numbers start below
    sales: Longs  # [sales, 3] cents DRAWN from the balance; SINCE: cents drawn before; BALANCE just before
    line: Longs  # by purchase: cents bought before, the place on the line
    sizes: Longs  # [ledgers, sales, purchases]


@kernel
def new_ledgers(slot: Ints) -> Ledgers:
    """No ledger is open; slot = int32[v], all 0."""
    return Ledgers(
        slot, np.empty((16, 6), np.int64), np.empty((64, 3), np.int64), np.empty(64, np.int64), np.zeros(3, np.int64)
    )


@kernel
def _rows_for(rows: Longs, needed: int) -> Longs:
    if needed <= rows.shape[0]:
        return rows
    longer = np.empty((max(2 * rows.shape[0], needed), rows.shape[1]), np.int64)
    longer[: rows.shape[0]] = rows
    return longer


@kernel
def _line_for(line: Longs, needed: int) -> Longs:
    if needed <= line.shape[0]:
        return line
    longer = np.empty(max(2 * line.shape[0], needed), np.int64)
    longer[: line.shape[0]] = line
    return longer


@kernel
def _fill(adjacency: Adjacency, ledgers: Ledgers, bounds: Longs) -> None:
    """Go through sales and purchases in ledger order."""
    bought = np.int64(0)
    drawn = np.int64(0)
    buy = bounds[BUY_LOW]
    line = bounds[BUY_BASE] - bounds[BUY_LOW]
    for place in range(bounds[SALE_LOW], bounds[SALE_HIGH]):
        position = adjacency.out_position[place]
        while buy < bounds[BUY_HIGH] and adjacency.in_position[buy] < position:
            ledgers.line[line + buy] = bought
            bought += adjacency.in_amount[buy]
            buy += 1
        row = ledgers.sales[bounds[SALE_BASE] + place - bounds[SALE_LOW]]
        row[DRAWN] = min(adjacency.out_amount[place], bought - drawn)
        row[SINCE] = drawn
        row[BALANCE] = bought - drawn
        drawn += row[DRAWN]
    for place in range(buy, bounds[BUY_HIGH]):
        ledgers.line[line + place] = bought
        bought += adjacency.in_amount[place]


@kernel
def _open(adjacency: Adjacency, ledgers: Ledgers, span: Span, vertex: int, sale_high: int, buy_high: int) -> Ledgers:
    """The ledgers with one more: of `vertex`, from the span's start to these places; its number is the last."""
    number = ledgers.sizes[0]
    bounds = _rows_for(ledgers.bounds, number + 1)
    own = bounds[number]
    own[SALE_LOW] = first_from(adjacency.out_position, adjacency.out_offset[vertex], sale_high, span.low)
    own[SALE_HIGH] = sale_high
    own[SALE_BASE] = ledgers.sizes[1]
    own[BUY_LOW] = first_from(adjacency.in_position, adjacency.in_offset[vertex], buy_high, span.low)
    own[BUY_HIGH] = buy_high
    own[BUY_BASE] = ledgers.sizes[2]
    sales = own[SALE_BASE] + sale_high - own[SALE_LOW]
    purchases = own[BUY_BASE] + buy_high - own[BUY_LOW]
    wider = Ledgers(
        ledgers.slot, bounds, _rows_for(ledgers.sales, sales), _line_for(ledgers.line, purchases), ledgers.sizes
    )
    _fill(adjacency, wider, own)
    ledgers.slot[vertex] = number + 1
    ledgers.sizes[0] = number + 1
    ledgers.sizes[1] = sales
    ledgers.sizes[2] = purchases
    return wider


@kernel
def open_for_purchase(adjacency: Adjacency, ledgers: Ledgers, span: Span, vertex: int, position: int) -> Ledgers:
    """The ledgers with one more, of a buyer: up to its last sale in the span, if one comes after this position."""
    low = adjacency.out_offset[vertex]
    end = first_from(adjacency.out_position, low, adjacency.out_offset[vertex + 1], span.high)
    if end == low or adjacency.out_position[end - 1] < position:
        return ledgers
    last = adjacency.out_position[end - 1]
    buy_end = first_from(adjacency.in_position, adjacency.in_offset[vertex], adjacency.in_offset[vertex + 1], last)
    return _open(adjacency, ledgers, span, vertex, end, buy_end)


@kernel
def open_for_sale(adjacency: Adjacency, ledgers: Ledgers, span: Span, vertex: int, sale: int) -> Ledgers:
    """The ledgers with one more, of a seller: up to its sale at this place, if a purchase in the span comes before."""
    low = adjacency.in_offset[vertex]
    end = first_from(adjacency.in_position, low, adjacency.in_offset[vertex + 1], adjacency.out_position[sale])
    if end == low or adjacency.in_position[end - 1] < span.low:
        return ledgers
    return _open(adjacency, ledgers, span, vertex, sale + 1, end)
