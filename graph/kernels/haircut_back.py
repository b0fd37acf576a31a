"""Trace by haircut against time: how much of the start edges stems from each earlier edge. Called by `trace`.

The adjoint of the sums of `haircut` in reverse ledger order: a vertex holds, for each number of hops, how much of one
cent in its balance ends in a start edge. So both directions add the same products over the same walks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.agenda import Agenda, new_agenda, next_key, put, room_in, take
from graph.kernels.compiled import Doubles, Ints, Longs, kernel
from graph.kernels.ledger import (
    BALANCE,
    BUY_HIGH,
    BUY_LOW,
    DRAWN,
    SALE_BASE,
    SALE_LOW,
    Ledgers,
    new_ledgers,
    open_for_sale,
)
from graph.kernels.span import Span, first_from, more_than, span_of
from graph.kernels.trail import TraceRules, Trail, first_hop, new_trail, with_room, worth_following, write_down

DUE, UNDONE, HOP, COLUMNS = range(4)


class Holdings(NamedTuple):
    """By ledger.

    DUE: the purchase that waits, a place in in_edge, -1 = none. UNDONE: the first sale, a place in out_edge, that the
    parts are before. HOP: no part of fewer hops is above zero.
    """

    rows: Longs  # [s, COLUMNS]
    parts: Doubles  # [s, H] by hops; those of H hops are not followed


@kernel
def _new_holdings(count: int, max_hops: int) -> Holdings:
    return Holdings(np.empty((count, COLUMNS), np.int64), np.empty((count, max_hops), np.float64))


@kernel
def _one_more(holdings: Holdings, used: int) -> Holdings:
    """The same holdings with room for another after so many."""
    if used < holdings.rows.shape[0]:
        return holdings
    wider = _new_holdings(2 * used, holdings.parts.shape[1])
    wider.rows[:used] = holdings.rows
    wider.parts[:used] = holdings.parts
    return wider


@kernel
def _undo_sales(adjacency: Adjacency, ledgers: Ledgers, holdings: Holdings, number: int, position: int) -> None:
    """Walk a seller back to just after ledger `position`: every later sale leaves 1 - share of what came before it."""
    own = holdings.rows[number]
    parts = holdings.parts[number]
    low = ledgers.bounds[number, SALE_LOW]
    base = ledgers.bounds[number, SALE_BASE] - low
    while own[UNDONE] > low and adjacency.out_position[own[UNDONE] - 1] > position:
        own[UNDONE] -= 1
        sale = ledgers.sales[base + own[UNDONE]]
        if sale[DRAWN] > 0:
            share = sale[DRAWN] / sale[BALANCE]
            for hop in range(own[HOP], parts.shape[0]):
                parts[hop] *= 1.0 - share
    own[HOP] = first_hop(parts, own[HOP])


@kernel
def _wait(adjacency: Adjacency, agenda: Agenda, ledgers: Ledgers, holdings: Holdings, number: int, place: int) -> None:
    """Let the purchase at `place` of a ledger wait, if it is one and the ledger holds something to carry back."""
    own = holdings.rows[number]
    own[DUE] = -1
    if place >= ledgers.bounds[number, BUY_LOW] and own[HOP] < holdings.parts.shape[1]:
        own[DUE] = place
        put(agenda, adjacency.in_edge.shape[0] - adjacency.in_position[place], number)


@kernel
def _credit(
    adjacency: Adjacency, agenda: Agenda, ledgers: Ledgers, holdings: Holdings, number: int, sale: int, carried: Doubles
) -> None:
    """Let a seller answer for its sale at this place: its balance before holds share * carried, by hops."""
    own = holdings.rows[number]
    parts = holdings.parts[number]
    position = adjacency.out_position[sale]
    if own[HOP] < parts.shape[0]:
        _undo_sales(adjacency, ledgers, holdings, number, position)
    own[UNDONE] = sale
    row = ledgers.sales[ledgers.bounds[number, SALE_BASE] + sale - ledgers.bounds[number, SALE_LOW]]
    if row[DRAWN] > 0:
        share = row[DRAWN] / row[BALANCE]
        low = min(own[HOP], first_hop(carried, 1))
        for hop in range(low, parts.shape[0]):
            parts[hop] = (1.0 - share) * parts[hop] + share * carried[hop]
        own[HOP] = first_hop(parts, low)
    if own[DUE] < 0:
        bounds = ledgers.bounds[number]
        place = first_from(adjacency.in_position, bounds[BUY_LOW], bounds[BUY_HIGH], position) - 1
        _wait(adjacency, agenda, ledgers, holdings, number, place)


@kernel
def _answer(
    adjacency: Adjacency,
    agenda: Agenda,
    ledgers: Ledgers,
    holdings: Holdings,
    span: Span,
    edge: int,
    position: int,
    carried: Doubles,
) -> Ledgers:
    """Let the seller of a followed edge answer for it; the ledgers, with its own if it has purchases to answer with."""
    vertex = adjacency.source[edge]
    low = adjacency.out_offset[vertex]
    sale = first_from(adjacency.out_position, low, adjacency.out_offset[vertex + 1], position)
    if ledgers.slot[vertex] == 0:
        number = ledgers.sizes[0]
        holdings.rows[number, DUE] = -1
        holdings.rows[number, HOP] = holdings.parts.shape[1]
        holdings.parts[number] = 0.0
        ledgers = open_for_sale(adjacency, ledgers, span, vertex, sale)
    if ledgers.slot[vertex] > 0:
        _credit(adjacency, agenda, ledgers, holdings, ledgers.slot[vertex] - 1, sale, carried)
    return ledgers


@kernel
def _next_purchase(
    adjacency: Adjacency, agenda: Agenda, ledgers: Ledgers, holdings: Holdings, carried: Doubles
) -> tuple[int, float]:
    """Take the purchase that waits: (its place, share of one cent that it answers for), by hops in `carried`."""
    number = take(agenda)
    own = holdings.rows[number]
    place = own[DUE]
    _undo_sales(adjacency, ledgers, holdings, number, adjacency.in_position[place])
    total = 0.0
    carried[:] = 0.0
    for hop in range(own[HOP], holdings.parts.shape[1]):
        carried[hop + 1] = holdings.parts[number, hop]
        total += carried[hop + 1]
    _wait(adjacency, agenda, ledgers, holdings, number, place - 1)
    return place, total


@kernel
def haircut_upstream(
    adjacency: Adjacency, starts: Ints, positions: Longs, rules: TraceRules, slot: Ints, whole: float, stop: Longs
) -> Trail:
    """Follow the start edges (int32, with their int64 positions, ascending) back to what they carry part of.

    slot = int32[v], all 0; `whole` = their cents.
    """
    trail = new_trail()
    span = span_of(adjacency, rules.span_start, rules.span_end)
    ledgers = new_ledgers(slot)
    holdings = _new_holdings(16, rules.max_hops)
    last = adjacency.in_edge.shape[0]
    agenda = new_agenda(last - span.high, last - span.low)
    carried = np.zeros(rules.max_hops + 1, np.float64)
    following = len(starts) - 1
    while stop[0] == 0:
        start_position = positions[following] if following >= 0 else np.int64(-1)
        position = last - next_key(agenda)
        if start_position < 0 and position < 0:
            trail.sizes[3] = 1
            break
        trail = with_room(trail, 1)
        holdings = _one_more(holdings, ledgers.sizes[0])
        agenda = room_in(agenda, ledgers.sizes[0] + 1)
        if position >= start_position:
            place, total = _next_purchase(adjacency, agenda, ledgers, holdings, carried)
            edge = adjacency.in_edge[place]
            total *= adjacency.amount[edge]
            # What reaches a start edge stops there: it is wholly tainted already.
            if position == start_position or not worth_following(trail, rules, adjacency.amount[edge], total, whole):
                continue
            end = adjacency.in_offset[adjacency.target[edge] + 1]
            cut = more_than(rules.vertex_limit, span, adjacency.in_position, place, end)
            write_down(trail, edge, first_hop(carried, 1), total, cut)
            if cut:
                continue
        else:
            position = start_position
            edge = starts[following]
            following -= 1
            carried[:] = 0.0
            carried[1] = 1.0
            write_down(trail, edge, 1, float(adjacency.amount[edge]), False)
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        if first_hop(carried, 1) < rules.max_hops:
            ledgers = _answer(adjacency, agenda, ledgers, holdings, span, edge, position, carried)
    return trail
