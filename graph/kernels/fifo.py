"""Trace by first-in-first-out: the k-th cent drawn from a balance is the k-th cent bought. Called by `trace`.

A piece is an interval of cents of one edge. Downstream it lies on the buyer's line of purchases and is drawn by the
sales that cover it; upstream it is drawn from the seller's line, from the purchases under it. Each cent has one way,
so pieces are split and never copied, and both directions count the same cents. All numbers are int64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.heap import Heap, new_heap, pop, push
from graph.kernels.ledger import (
    BUY_BASE,
    BUY_HIGH,
    BUY_LOW,
    SALE_BASE,
    SALE_HIGH,
    SALE_LOW,
    Ledgers,
    first_from,
    new_ledgers,
    open_ledger,
)
from graph.kernels.trail import TraceRules, Trail, new_trail, worth_following, write_down


class Pieces(NamedTuple):
    """Rows (edge, place of the edge in its list, first cent, end, hop); the heap holds row numbers by position."""

    rows: Longs  # [p, 5]
    free: Longs  # [p] row numbers to use again
    heap: Heap
    sizes: Longs  # [rows, free]


@kernel
def _new_pieces() -> Pieces:
    return Pieces(np.empty((64, 5), np.int64), np.empty(64, np.int64), new_heap(), np.zeros(2, np.int64))


@kernel
def _add_piece(pieces: Pieces, key: int, edge: int, place: int, low: int, high: int, hop: int) -> Pieces:
    """The pieces with one more."""
    rows = pieces.rows
    free = pieces.free
    if pieces.sizes[1] > 0:
        pieces.sizes[1] -= 1
        row = free[pieces.sizes[1]]
    else:
        row = pieces.sizes[0]
        pieces.sizes[0] += 1
        if row == rows.shape[0]:
            rows = np.empty((2 * row, 5), np.int64)
            rows[:row] = pieces.rows
            free = np.empty(2 * row, np.int64)
            free[:row] = pieces.free
    rows[row, 0] = edge
    rows[row, 1] = place
    rows[row, 2] = low
    rows[row, 3] = high
    rows[row, 4] = hop
    return Pieces(rows, free, push(pieces.heap, key, row), pieces.sizes)


@kernel
def _take_edge(pieces: Pieces, batch: Longs) -> tuple[Longs, int]:
    """Pop all pieces of the next edge: (rows int64[b, 5], how many)."""
    key = pieces.heap.keys[0]
    size = 0
    while pieces.heap.size[0] > 0 and pieces.heap.keys[0] == key:
        if size == batch.shape[0]:
            wider = np.empty((2 * size, 5), np.int64)
            wider[:size] = batch
            batch = wider
        row = pieces.heap.payload[0]
        pop(pieces.heap)
        batch[size] = pieces.rows[row]
        pieces.free[pieces.sizes[1]] = row
        pieces.sizes[1] += 1
        size += 1
    return batch, size


@kernel
def _first_covering(starts: Longs, widths: Longs, base: int, count: int, cent: int) -> int:
    """First of the intervals [starts, starts + widths) that ends after `cent`."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) >> 1
        if starts[base + middle] + widths[base + middle] <= cent:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _push_sales(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, number: int, low: int, high: int, hop: int, started: Flags
) -> Pieces:
    """Cents low..high of a buyer's line go to the sales that draw them."""
    first_sale = ledgers.bounds[number, SALE_LOW]
    count = ledgers.bounds[number, SALE_HIGH] - first_sale
    base = ledgers.bounds[number, SALE_BASE]
    place = _first_covering(ledgers.since, ledgers.drawn, base, count, low)
    while place < count and ledgers.since[base + place] < high:
        since = ledgers.since[base + place]
        edge = adjacency.out_edge[first_sale + place]
        first = max(low, since) - since
        end = min(high, since + ledgers.drawn[base + place]) - since
        # What reaches a start edge stops there: it is wholly tainted already.
        if end > first and not started[edge]:
            pieces = _add_piece(pieces, adjacency.position[edge], edge, first_sale + place, first, end, hop)
        place += 1
    return pieces


@kernel
def fifo_downstream(adjacency: Adjacency, starts: Ints, started: Flags, rules: TraceRules, stop: Longs) -> Trail:
    """Follow the start edges (int32, in ledger order; started = uint8[n]) to the sales that draw their cents."""
    trail = new_trail()
    ledgers = new_ledgers(adjacency.out_offset.shape[0] - 1)
    pieces = _new_pieces()
    batch = np.empty((16, 5), np.int64)
    for edge in starts:
        pieces = _add_piece(pieces, adjacency.position[edge], edge, -1, 0, adjacency.amount[edge], 1)
    while stop[0] == 0 and pieces.heap.size[0] > 0:
        batch, size = _take_edge(pieces, batch)
        edge = batch[0, 0]
        total = np.int64(0)
        hop = rules.max_hops
        for row in range(size):
            total += batch[row, 3] - batch[row, 2]
            hop = min(hop, batch[row, 4])
        if not started[edge]:
            amount = adjacency.amount[edge]
            if not worth_following(trail, rules, amount, float(total), float(amount)):
                continue
            number = ledgers.slot[adjacency.source[edge]]
            if ledgers.bounds[number, SALE_HIGH] - batch[0, 1] > rules.vertex_limit:
                trail = write_down(trail, edge, hop, float(total), True)
                continue
        trail = write_down(trail, edge, hop, float(total), False)
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        buyer = adjacency.target[edge]
        ledgers = open_ledger(adjacency, ledgers, buyer, rules.span_start, rules.span_end)
        number = ledgers.slot[buyer]
        buy_low = ledgers.bounds[number, BUY_LOW]
        bought = first_from(
            adjacency.in_edge, buy_low, ledgers.bounds[number, BUY_HIGH], adjacency.position, adjacency.position[edge]
        )
        line = ledgers.line[ledgers.bounds[number, BUY_BASE] + bought - buy_low]
        for row in range(size):
            if batch[row, 4] < rules.max_hops:
                low = line + batch[row, 2]
                high = line + batch[row, 3]
                pieces = _push_sales(adjacency, ledgers, pieces, number, low, high, batch[row, 4] + 1, started)
    trail.sizes[3] = 1 if pieces.heap.size[0] == 0 else 0
    return trail


@kernel
def _push_purchases(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, number: int, low: int, high: int, hop: int, started: Flags
) -> Pieces:
    """Cents low..high of a seller's line come from the purchases under them."""
    first_buy = ledgers.bounds[number, BUY_LOW]
    count = ledgers.bounds[number, BUY_HIGH] - first_buy
    base = ledgers.bounds[number, BUY_BASE]
    place = max(int(np.searchsorted(ledgers.line[base : base + count], low, side="right")) - 1, 0)
    while place < count and ledgers.line[base + place] < high:
        line = ledgers.line[base + place]
        edge = adjacency.in_edge[first_buy + place]
        first = max(low, line) - line
        end = min(high, line + adjacency.amount[edge]) - line
        if end > first and not started[edge]:
            pieces = _add_piece(pieces, -adjacency.position[edge], edge, first_buy + place, first, end, hop)
        place += 1
    return pieces


@kernel
def fifo_upstream(
    adjacency: Adjacency, starts: Ints, started: Flags, rules: TraceRules, whole: float, stop: Longs
) -> Trail:
    """Follow the start edges (int32, in ledger order) back to the purchases of their cents; `whole` = their cents."""
    trail = new_trail()
    ledgers = new_ledgers(adjacency.out_offset.shape[0] - 1)
    pieces = _new_pieces()
    batch = np.empty((16, 5), np.int64)
    for edge in starts:
        pieces = _add_piece(pieces, -adjacency.position[edge], edge, -1, 0, adjacency.amount[edge], 1)
    while stop[0] == 0 and pieces.heap.size[0] > 0:
        batch, size = _take_edge(pieces, batch)
        edge = batch[0, 0]
        total = np.int64(0)
        hop = rules.max_hops
        for row in range(size):
            total += batch[row, 3] - batch[row, 2]
            hop = min(hop, batch[row, 4])
        if not started[edge]:
            if not worth_following(trail, rules, adjacency.amount[edge], float(total), whole):
                continue
            number = ledgers.slot[adjacency.target[edge]]
            if ledgers.bounds[number, BUY_HIGH] - batch[0, 1] > rules.vertex_limit:
                trail = write_down(trail, edge, hop, float(total), True)
                continue
        trail = write_down(trail, edge, hop, float(total), False)
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        seller = adjacency.source[edge]
        ledgers = open_ledger(adjacency, ledgers, seller, rules.span_start, rules.span_end)
        number = ledgers.slot[seller]
        low_sale = ledgers.bounds[number, SALE_LOW]
        sold = first_from(
            adjacency.out_edge,
            low_sale,
            ledgers.bounds[number, SALE_HIGH],
            adjacency.position,
            adjacency.position[edge],
        )
        at = ledgers.bounds[number, SALE_BASE] + sold - low_sale
        for row in range(size):
            low = ledgers.since[at] + batch[row, 2]
            high = ledgers.since[at] + min(batch[row, 3], ledgers.drawn[at])
            if batch[row, 4] < rules.max_hops and low < high:
                pieces = _push_purchases(adjacency, ledgers, pieces, number, low, high, batch[row, 4] + 1, started)
    trail.sizes[3] = 1 if pieces.heap.size[0] == 0 else 0
    return trail
