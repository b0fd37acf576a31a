"""What each visited vertex bought and sold in the span: balances before each sale, places on its line of purchases.

Opened once per vertex by the trace kernels, on first visit, so that a trace costs the degrees of what it reaches. A
sale draws min(amount, balance); the rest is value added. First-in-first-out reads the same numbers as intervals:
purchases lie one after the other on the vertex's line, and the k-th cent drawn is the k-th cent bought.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import Ints, Longs, kernel

SALE_LOW, SALE_HIGH, SALE_BASE, BUY_LOW, BUY_HIGH, BUY_BASE = 0, 1, 2, 3, 4, 5


class Ledgers(NamedTuple):
    """Ledgers of the vertices visited so far; `open_ledger` returns the one to go on with."""

    slot: Ints  # [v] ledger of each vertex, -1 = not open
    vertex: Ints  # [s] vertex of each ledger
    bounds: Longs  # [s, 6] ranges in out_edge and in_edge and where their numbers start below
    drawn: Longs  # by sale: cents drawn from the balance
    since: Longs  # by sale: cents drawn before, the place on the line
    balance: Longs  # by sale: balance just before
    line: Longs  # by purchase: cents bought before, the place on the line
    sizes: Longs  # [ledgers, sales, purchases]


@kernel
def new_ledgers(vertex_count: int) -> Ledgers:
    """No ledger is open."""
    return Ledgers(
        np.full(vertex_count, -1, np.int32),
        np.empty(16, np.int32),
        np.empty((16, 6), np.int64),
        np.empty(64, np.int64),
        np.empty(64, np.int64),
        np.empty(64, np.int64),
        np.empty(64, np.int64),
        np.zeros(3, np.int64),
    )


@kernel
def _with_room(column: Longs, needed: int) -> Longs:
    if needed <= column.shape[0]:
        return column
    longer = np.empty(max(2 * column.shape[0], needed), np.int64)
    longer[: column.shape[0]] = column
    return longer


@kernel
def first_from(edges: Ints, start: int, end: int, keys: Longs | Ints, bound: int) -> int:
    """First place in edges[start:end], sorted by keys[edge], with keys[edge] >= bound; `end` if none."""
    while start < end:
        middle = (start + end) >> 1
        if keys[edges[middle]] < bound:
            start = middle + 1
        else:
            end = middle
    return start


@kernel
def _room_for(ledgers: Ledgers, sales: int, purchases: int) -> Ledgers:
    """The same ledgers with room for one more of that size."""
    vertex = ledgers.vertex
    bounds = ledgers.bounds
    count = ledgers.sizes[0]
    if count == vertex.shape[0]:
        vertex = np.empty(2 * count, np.int32)
        vertex[:count] = ledgers.vertex
        bounds = np.empty((2 * count, 6), np.int64)
        bounds[:count] = ledgers.bounds
    needed = ledgers.sizes[1] + sales
    return Ledgers(
        ledgers.slot,
        vertex,
        bounds,
        _with_room(ledgers.drawn, needed),
        _with_room(ledgers.since, needed),
        _with_room(ledgers.balance, needed),
        _with_room(ledgers.line, ledgers.sizes[2] + purchases),
        ledgers.sizes,
    )


@kernel
def open_ledger(adjacency: Adjacency, ledgers: Ledgers, vertex: int, span_start: int, span_end: int) -> Ledgers:
    """Fill the ledger of `vertex` for span_start..span_end unless it is open; ledgers.slot[vertex] is its number."""
    if ledgers.slot[vertex] >= 0:
        return ledgers
    end = adjacency.out_offset[vertex + 1]
    sale_low = first_from(adjacency.out_edge, adjacency.out_offset[vertex], end, adjacency.tick, span_start)
    sale_high = first_from(adjacency.out_edge, sale_low, end, adjacency.tick, span_end + 1)
    end = adjacency.in_offset[vertex + 1]
    buy_low = first_from(adjacency.in_edge, adjacency.in_offset[vertex], end, adjacency.tick, span_start)
    buy_high = first_from(adjacency.in_edge, buy_low, end, adjacency.tick, span_end + 1)
    ledgers = _room_for(ledgers, sale_high - sale_low, buy_high - buy_low)
    number = ledgers.sizes[0]
    sale_base = ledgers.sizes[1]
    buy_base = ledgers.sizes[2]
    ledgers.slot[vertex] = number
    ledgers.vertex[number] = vertex
    ledgers.bounds[number, SALE_LOW] = sale_low
    ledgers.bounds[number, SALE_HIGH] = sale_high
    ledgers.bounds[number, SALE_BASE] = sale_base
    ledgers.bounds[number, BUY_LOW] = buy_low
    ledgers.bounds[number, BUY_HIGH] = buy_high
    ledgers.bounds[number, BUY_BASE] = buy_base
    bought = np.int64(0)
    drawn = np.int64(0)
    buy = buy_low
    for place in range(sale_low, sale_high):
        sale = adjacency.out_edge[place]
        while buy < buy_high and adjacency.position[adjacency.in_edge[buy]] < adjacency.position[sale]:
            ledgers.line[buy_base + buy - buy_low] = bought
            bought += adjacency.amount[adjacency.in_edge[buy]]
            buy += 1
        ledgers.since[sale_base + place - sale_low] = drawn
        ledgers.balance[sale_base + place - sale_low] = bought - drawn
        ledgers.drawn[sale_base + place - sale_low] = min(adjacency.amount[sale], bought - drawn)
        drawn += ledgers.drawn[sale_base + place - sale_low]
    while buy < buy_high:
        ledgers.line[buy_base + buy - buy_low] = bought
        bought += adjacency.amount[adjacency.in_edge[buy]]
        buy += 1
    ledgers.sizes[0] = number + 1
    ledgers.sizes[1] = sale_base + sale_high - sale_low
    ledgers.sizes[2] = buy_base + buy_high - buy_low
    return ledgers
