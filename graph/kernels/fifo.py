"""Trace by first-in-first-out: the k-th cent drawn from a balance is the k-th cent bought. Called by `trace`.

A piece is an interval of cents of one edge. Downstream it lies on the buyer's line of purchases and is drawn by the
sales that cover it; upstream it is drawn from the seller's line, from the purchases under it. Each cent has one way,
so pieces are split and never copied, and both directions count the same cents. All numbers are int64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.agenda import Agenda, new_agenda, next_key, put, room_in, take
from graph.kernels.compiled import FAR, Ints, Longs, kernel
from graph.kernels.ledger import (
    BUY_BASE,
    BUY_HIGH,
    BUY_LOW,
    DRAWN,
    SALE_BASE,
    SALE_HIGH,
    SALE_LOW,
    SINCE,
    Ledgers,
    new_ledgers,
    open_for_purchase,
    open_for_sale,
)
from graph.kernels.span import first_from, more_than, span_of
from graph.kernels.trail import TraceRules, Trail, new_trail, with_room, worth_following, write_down

EDGE, PLACE, LOW, HIGH, HOP, COLUMNS = range(6)


class Pieces(NamedTuple):
    """Cents LOW..HIGH - 1 of an EDGE, at PLACE of its list (-1 = a start edge), which came over HOP edges."""

    rows: Longs  # [p, COLUMNS]
    free: Longs  # [p] row numbers to use again
    agenda: Agenda
    sizes: Longs  # [rows, free]


@kernel
def _new_pieces(first_key: int, last_key: int) -> Pieces:
    agenda = new_agenda(first_key, last_key)
    return Pieces(np.empty((16, COLUMNS), np.int64), np.empty(16, np.int64), agenda, np.zeros(2, np.int64))


@kernel
def _one_more(pieces: Pieces) -> Pieces:
    """The same pieces with room for another."""
    count = pieces.sizes[0]
    if pieces.sizes[1] > 0 or count < pieces.rows.shape[0]:
        return pieces
    rows = np.empty((2 * count, COLUMNS), np.int64)
    rows[:count] = pieces.rows
    return Pieces(rows, np.empty(2 * count, np.int64), room_in(pieces.agenda, 2 * count), pieces.sizes)


@kernel
def _add_piece(pieces: Pieces, key: int, edge: int, place: int, low: int, high: int, hop: int) -> None:
    """One more piece, for which there is room."""
    if pieces.sizes[1] > 0:
        pieces.sizes[1] -= 1
        number = pieces.free[pieces.sizes[1]]
    else:
        number = pieces.sizes[0]
        pieces.sizes[0] += 1
    row = pieces.rows[number]
    row[EDGE] = edge
    row[PLACE] = place
    row[LOW] = low
    row[HIGH] = high
    row[HOP] = hop
    put(pieces.agenda, key, number)


@kernel
def _take_edge(pieces: Pieces, key: int, batch: Longs) -> tuple[Longs, int]:
    """Take all pieces of the edge that is next: (rows int64[b, COLUMNS], how many).

    Of a start edge it is one: what reaches it stops there, as it is wholly tainted already.
    """
    size = 0
    started = -1
    while next_key(pieces.agenda) == key:
        if size == batch.shape[0]:
            wider = np.empty((2 * size, COLUMNS), np.int64)
            wider[:size] = batch
            batch = wider
        number = take(pieces.agenda)
        batch[size] = pieces.rows[number]
        pieces.free[pieces.sizes[1]] = number
        pieces.sizes[1] += 1
        if batch[size, PLACE] < 0:
            started = size
        size += 1
    if started < 0:
        return batch, size
    batch[0] = batch[started]
    return batch, 1


@kernel
def _write_pieces(
    trail: Trail, rules: TraceRules, batch: Longs, size: int, amount: int, whole: float, newer: bool
) -> bool:
    """Write the edge of these pieces down unless it is below the thresholds; is it followed?

    `newer`: it is not, as there are newer edges up to the vertex limit.
    """
    total = np.int64(0)
    hop = rules.max_hops
    for row in batch[:size]:
        total += row[HIGH] - row[LOW]
        hop = min(hop, row[HOP])
    if batch[0, PLACE] >= 0 and not worth_following(trail, rules, amount, float(total), whole):
        return False
    write_down(trail, batch[0, EDGE], hop, float(total), newer)
    return not newer


@kernel
def _first_covering(sales: Longs, cent: int) -> int:
    """First of the intervals [SINCE, SINCE + DRAWN) that ends after `cent`."""
    low = 0
    high = sales.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if sales[middle, SINCE] + sales[middle, DRAWN] <= cent:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _push_sales(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, number: int, low: int, high: int, hop: int
) -> Pieces:
    """Cents low..high of a buyer's line go to the sales that draw them."""
    bounds = ledgers.bounds[number]
    base = bounds[SALE_BASE]
    sales = ledgers.sales[base : base + bounds[SALE_HIGH] - bounds[SALE_LOW]]
    place = _first_covering(sales, low)
    while place < len(sales) and sales[place, SINCE] < high:
        since = sales[place, SINCE]
        first = max(low, since) - since
        end = min(high, since + sales[place, DRAWN]) - since
        if end > first:
            own = bounds[SALE_LOW] + place
            pieces = _one_more(pieces)
            _add_piece(pieces, adjacency.out_position[own], adjacency.out_edge[own], own, first, end, hop)
        place += 1
    return pieces


@kernel
def _sell_on(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, rules: TraceRules, batch: Longs, position: int
) -> Pieces:
    """The pieces with those that the buyer of these sells on; its ledger may not be open if it sells nothing more."""
    number = ledgers.slot[adjacency.target[batch[0, EDGE]]] - 1
    if number < 0:
        return pieces
    bounds = ledgers.bounds[number]
    place = first_from(adjacency.in_position, bounds[BUY_LOW], bounds[BUY_HIGH], position)
    if place == bounds[BUY_HIGH]:
        return pieces
    line = ledgers.line[bounds[BUY_BASE] + place - bounds[BUY_LOW]]
    for row in batch:
        if row[HOP] < rules.max_hops:
            pieces = _push_sales(adjacency, ledgers, pieces, number, line + row[LOW], line + row[HIGH], row[HOP] + 1)
    return pieces


@kernel
def fifo_downstream(
    adjacency: Adjacency, starts: Ints, positions: Longs, rules: TraceRules, slot: Ints, stop: Longs
) -> Trail:
    """Follow the start edges (int32, with their int64 positions, ascending) to the sales that draw their cents.

    slot = int32[v], all 0.
    """
    trail = new_trail()
    span = span_of(adjacency, rules.span_start, rules.span_end)
    ledgers = new_ledgers(slot)
    pieces = _new_pieces(span.low, span.high)
    batch = np.empty((16, COLUMNS), np.int64)
    for number in range(len(starts)):
        pieces = _one_more(pieces)
        _add_piece(pieces, positions[number], starts[number], -1, 0, adjacency.amount[starts[number]], 1)
    position = next_key(pieces.agenda)
    while stop[0] == 0 and position < FAR:
        batch, size = _take_edge(pieces, position, batch)
        edge = batch[0, EDGE]
        amount = adjacency.amount[edge]
        end = adjacency.out_offset[adjacency.source[edge] + 1]
        newer = batch[0, PLACE] >= 0 and more_than(
            rules.vertex_limit, span, adjacency.out_position, batch[0, PLACE], end
        )
        trail = with_room(trail, 1)
        if _write_pieces(trail, rules, batch, size, amount, float(amount), newer):
            if trail.sizes[2] >= rules.max_edges:
                stop[0] = 2
            if ledgers.slot[adjacency.target[edge]] == 0:
                ledgers = open_for_purchase(adjacency, ledgers, span, adjacency.target[edge], position)
            pieces = _sell_on(adjacency, ledgers, pieces, rules, batch[:size], position)
        position = next_key(pieces.agenda)
    trail.sizes[3] = 1 if position == FAR else 0
    return trail


@kernel
def _push_purchases(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, number: int, low: int, high: int, hop: int
) -> Pieces:
    """Cents low..high of a seller's line come from the purchases under them."""
    bounds = ledgers.bounds[number]
    count = bounds[BUY_HIGH] - bounds[BUY_LOW]
    lines = ledgers.line[bounds[BUY_BASE] : bounds[BUY_BASE] + count]
    place = max(int(np.searchsorted(lines, low, side="right")) - 1, 0)
    while place < count and lines[place] < high:
        own = bounds[BUY_LOW] + place
        edge = adjacency.in_edge[own]
        first = max(low, lines[place]) - lines[place]
        end = min(high, lines[place] + adjacency.amount[edge]) - lines[place]
        if end > first:
            pieces = _one_more(pieces)
            key = adjacency.in_edge.shape[0] - adjacency.in_position[own]
            _add_piece(pieces, key, edge, own, first, end, hop)
        place += 1
    return pieces


@kernel
def _buy_back(
    adjacency: Adjacency, ledgers: Ledgers, pieces: Pieces, rules: TraceRules, batch: Longs, sale: int
) -> Pieces:
    """The pieces with those that the seller of these bought for its sale at this place; without a ledger none."""
    number = ledgers.slot[adjacency.source[batch[0, EDGE]]] - 1
    if number < 0:
        return pieces
    bounds = ledgers.bounds[number]
    own = ledgers.sales[bounds[SALE_BASE] + sale - bounds[SALE_LOW]]
    for row in batch:
        low = own[SINCE] + row[LOW]
        high = own[SINCE] + min(row[HIGH], own[DRAWN])
        if row[HOP] < rules.max_hops and low < high:
            pieces = _push_purchases(adjacency, ledgers, pieces, number, low, high, row[HOP] + 1)
    return pieces


@kernel
def fifo_upstream(
    adjacency: Adjacency, starts: Ints, positions: Longs, rules: TraceRules, slot: Ints, whole: float, stop: Longs
) -> Trail:
    """Follow the start edges (int32, with their int64 positions, ascending) back to the purchases of their cents.

    slot = int32[v], all 0; `whole` = their cents.
    """
    trail = new_trail()
    span = span_of(adjacency, rules.span_start, rules.span_end)
    ledgers = new_ledgers(slot)
    last = adjacency.in_edge.shape[0]
    pieces = _new_pieces(last - span.high, last - span.low)
    batch = np.empty((16, COLUMNS), np.int64)
    for number in range(len(starts)):
        pieces = _one_more(pieces)
        _add_piece(pieces, last - positions[number], starts[number], -1, 0, adjacency.amount[starts[number]], 1)
    key = next_key(pieces.agenda)
    while stop[0] == 0 and key < FAR:
        batch, size = _take_edge(pieces, key, batch)
        edge = batch[0, EDGE]
        end = adjacency.in_offset[adjacency.target[edge] + 1]
        newer = batch[0, PLACE] >= 0 and more_than(
            rules.vertex_limit, span, adjacency.in_position, batch[0, PLACE], end
        )
        trail = with_room(trail, 1)
        if _write_pieces(trail, rules, batch, size, adjacency.amount[edge], whole, newer):
            if trail.sizes[2] >= rules.max_edges:
                stop[0] = 2
            seller = adjacency.source[edge]
            low = adjacency.out_offset[seller]
            sale = first_from(adjacency.out_position, low, adjacency.out_offset[seller + 1], last - key)
            if ledgers.slot[seller] == 0:
                ledgers = open_for_sale(adjacency, ledgers, span, seller, sale)
            pieces = _buy_back(adjacency, ledgers, pieces, rules, batch[:size], sale)
        key = next_key(pieces.agenda)
    trail.sizes[3] = 1 if key == FAR else 0
    return trail
