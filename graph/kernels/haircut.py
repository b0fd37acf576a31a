"""Trace by haircut: a sale carries the tainted part of its seller's balance in proportion. Called by `trace`.

Each visited vertex holds a balance and, for each number of hops, its tainted part. A sale that draws x of balance B
carries x / B of every part and leaves 1 - x / B of it. The excess over the balance is value added, untainted. The
other direction is `haircut_back`.

A vertex has an account from its first tainted purchase that a sale follows. The account is settled as far as the sale
at hand, never further, and only the vertex's next sale waits: so a trace costs what it reaches. One that reaches much
of the span is finished by `haircut_sweep`, which adds the same numbers in the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.agenda import Agenda, new_agenda, next_key, put, room_in, take
from graph.kernels.compiled import FAR, Doubles, Ints, Longs, kernel
from graph.kernels.haircut_parts import carry, new_parts, receive, with_parts
from graph.kernels.haircut_sweep import sweep
from graph.kernels.span import Span, first_from, span_of
from graph.kernels.trail import TraceRules, Trail, first_hop, new_trail, with_room, worth_following, write_down

DUE, SALE, SALE_END, BUY, BUY_END, BALANCE, VERTEX, COLUMNS = range(8)
FOLLOWING, FOLLOWED = range(2)  # progress: the start edge that is next, sales followed so far


class Accounts(NamedTuple):
    """One row a vertex that holds, or held, something tainted and has sales to carry it.

    DUE: the sale that waits, a place in out_edge, -1 = none. SALE, BUY: the next ones to settle, up to SALE_END and
    BUY_END, where the span ends. BALANCE: cents before SALE.
    """

    slot: Ints  # [v] 1 + account of each vertex, 0 = none
    rows: Longs  # [s, COLUMNS]
    parts: Doubles  # [s, H], see `haircut_parts`
    size: Longs  # [1]


@kernel
def _new_accounts(slot: Ints, max_hops: int) -> Accounts:
    return Accounts(slot, np.empty((16, COLUMNS), np.int64), new_parts(max_hops), np.zeros(1, np.int64))


@kernel
def _one_more(accounts: Accounts) -> Accounts:
    """The same accounts with room for another."""
    count = accounts.rows.shape[0]
    if accounts.size[0] < count:
        return accounts
    rows = np.empty((2 * count, COLUMNS), np.int64)
    rows[:count] = accounts.rows
    return Accounts(accounts.slot, rows, with_parts(accounts.parts, 2 * count), accounts.size)


@kernel
def _settle(adjacency: Adjacency, rows: Longs, number: int, place: int) -> int:
    """Bring an account's balance to just before its sale at `place`: cents."""
    balance = rows[number, BALANCE]
    buy = rows[number, BUY]
    end = rows[number, BUY_END]
    for sale in range(rows[number, SALE], place + 1):
        position = adjacency.out_position[sale]
        while buy < end and adjacency.in_position[buy] < position:
            balance += adjacency.in_amount[buy]
            buy += 1
        if sale < place:
            balance -= min(balance, adjacency.out_amount[sale])
    rows[number, BUY] = buy
    rows[number, SALE] = place + 1
    return int(balance)


@kernel
def _open(adjacency: Adjacency, accounts: Accounts, span: Span, vertex: int) -> None:
    """An account of nothing, for which there is room."""
    number = accounts.size[0]
    rows = accounts.rows
    start = adjacency.out_offset[vertex]
    end = adjacency.out_offset[vertex + 1]
    rows[number, SALE] = first_from(adjacency.out_position, start, end, span.low)
    rows[number, SALE_END] = first_from(adjacency.out_position, start, end, span.high)
    start = adjacency.in_offset[vertex]
    end = adjacency.in_offset[vertex + 1]
    rows[number, BUY] = first_from(adjacency.in_position, start, end, span.low)
    rows[number, BUY_END] = end
    rows[number, DUE] = -1
    rows[number, BALANCE] = 0
    rows[number, VERTEX] = vertex
    accounts.parts[number] = 0.0
    accounts.parts[number, 0] = accounts.parts.shape[1]
    accounts.size[0] = number + 1
    accounts.slot[vertex] = number + 1


@kernel
def _wait(adjacency: Adjacency, agenda: Agenda, rows: Longs, number: int, place: int) -> bool:
    """Let the sale at `place` of an account wait, if there is one in the span."""
    if place >= rows[number, SALE_END]:
        rows[number, DUE] = -1
        return False
    rows[number, DUE] = place
    put(agenda, adjacency.out_position[place], number)
    return True


@kernel
def _arrive(
    adjacency: Adjacency, accounts: Accounts, agenda: Agenda, span: Span, vertex: int, position: int, carried: Doubles
) -> None:
    """Add `carried` to what the buyer holds, if a later sale can carry it on."""
    hop = first_hop(carried, 1)
    if hop >= accounts.parts.shape[1]:
        return
    number = accounts.slot[vertex] - 1
    if number < 0:
        end = adjacency.out_offset[vertex + 1]
        place = first_from(adjacency.out_position, adjacency.out_offset[vertex], end, position)
        if place == end or adjacency.out_position[place] >= span.high:
            return
        number = accounts.size[0]
        _open(adjacency, accounts, span, vertex)
    if accounts.rows[number, DUE] < 0:
        end = accounts.rows[number, SALE_END]
        place = first_from(adjacency.out_position, accounts.rows[number, SALE], end, position)
        if not _wait(adjacency, agenda, accounts.rows, number, place):
            return
    receive(accounts.parts, number, carried, hop)


@kernel
def _next_sale(
    adjacency: Adjacency,
    accounts: Accounts,
    agenda: Agenda,
    rules: TraceRules,
    trail: Trail,
    started: bool,
    carried: Doubles,
) -> int:
    """Take the sale that waits; its buyer, with what it carries, or -1 if it is not followed."""
    number = take(agenda)
    rows = accounts.rows
    place = rows[number, DUE]
    amount = adjacency.out_amount[place]
    balance = _settle(adjacency, rows, number, place)
    drawn = min(amount, balance)
    rows[number, BALANCE] = balance - drawn
    total = 0.0
    if drawn > 0:
        total = carry(accounts.parts, number, drawn / balance, carried)
    rows[number, DUE] = -1
    if accounts.parts[number, 0] < accounts.parts.shape[1]:
        _wait(adjacency, agenda, rows, number, place + 1)
    # What reaches a start edge stops there: it is wholly tainted already.
    if started or not worth_following(trail, rules, amount, total, float(amount)):
        return -1
    cut = rows[number, SALE_END] - place > rules.vertex_limit
    write_down(trail, adjacency.out_edge[place], first_hop(carried, 1), total, cut)
    return -1 if cut else adjacency.out_target[place]


@kernel
def _enter(adjacency: Adjacency, edge: int, trail: Trail, carried: Doubles) -> int:
    """Write down a start edge, wholly tainted; its buyer, with what it carries."""
    carried[:] = 0.0
    carried[1] = adjacency.amount[edge]
    write_down(trail, edge, 1, float(carried[1]), False)
    return int(adjacency.target[edge])


@kernel
def _reaches_much(span: Span, read: int, left: int, followed: int, rules: TraceRules) -> bool:
    """Would the sales to come, if they come as densely as those so far, cost more than to read the span in order?

    It is not asked before a sixteenth of what reading costs is spent: a few sales foretell nothing.
    """
    reading = float(span.high - span.low)
    spent = float(followed * rules.positions_a_sale)
    return rules.vertex_limit == FAR and spent * 16.0 > reading and spent * left > reading * read


@kernel
def _follow(
    adjacency: Adjacency,
    accounts: Accounts,
    agenda: Agenda,
    span: Span,
    starts: Ints,
    positions: Longs,
    rules: TraceRules,
    trail: Trail,
    carried: Doubles,
    progress: Longs,
    stop: Longs,
) -> int:
    """Follow until there is no room for an edge more (-1), nothing is left (FAR), or reading on from here costs less.

    A loop of its own, as one that may change the arrays it works on counts who uses each of them, edge by edge.
    """
    while stop[0] == 0 and trail.sizes[0] < len(trail.edge) and accounts.size[0] < len(accounts.rows):
        start_position = positions[progress[FOLLOWING]] if progress[FOLLOWING] < len(starts) else FAR
        position = next_key(agenda)
        if start_position == FAR and position == FAR:
            return FAR
        if position <= start_position:
            if _reaches_much(span, position - positions[0], span.high - position, progress[FOLLOWED], rules):
                return position
            progress[FOLLOWED] += 1
            buyer = _next_sale(adjacency, accounts, agenda, rules, trail, position == start_position, carried)
            if buyer < 0:
                continue
        else:
            position = start_position
            buyer = _enter(adjacency, starts[progress[FOLLOWING]], trail, carried)
            progress[FOLLOWING] += 1
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        _arrive(adjacency, accounts, agenda, span, buyer, position, carried)
    return -1


@kernel
def haircut_downstream(
    adjacency: Adjacency, starts: Ints, positions: Longs, rules: TraceRules, slot: Ints, stop: Longs
) -> Trail:
    """Follow the start edges (int32, with their int64 positions, ascending) to what carries part of them.

    slot = int32[v], all 0.
    """
    trail = new_trail()
    span = span_of(adjacency, rules.span_start, rules.span_end)
    accounts = _new_accounts(slot, rules.max_hops)
    agenda = new_agenda(span.low, span.high)
    carried = np.zeros(rules.max_hops + 1, np.float64)
    progress = np.zeros(2, np.int64)
    while stop[0] == 0:
        trail = with_room(trail, 1)
        accounts = _one_more(accounts)
        agenda = room_in(agenda, len(accounts.rows))
        position = _follow(adjacency, accounts, agenda, span, starts, positions, rules, trail, carried, progress, stop)
        if position == FAR:
            trail.sizes[3] = 1
            break
        if position >= 0:
            left = np.concatenate((np.array([position]), positions[progress[FOLLOWING] :], np.array([FAR])))
            owners = accounts.rows[: accounts.size[0], VERTEX]
            return sweep(adjacency, span, owners, accounts.parts, left, rules, trail, stop)
    return trail
