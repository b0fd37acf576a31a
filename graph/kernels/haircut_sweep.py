"""The rest of a haircut trace, read in ledger order from some position on. Called by `haircut` when it reaches much.

Each edge of the span is read once, the balance of every vertex is kept, and nothing needs to wait. What the next edges
need lies scattered in memory, so it is touched for some edges at a time before they are worked through: loads that do
not wait for each other overlap. Indices without a sign spare numba the question whether they count from the end, which
costs this loop half of its speed.
"""

from __future__ import annotations

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import FAR, Doubles, Longs, kernel
from graph.kernels.haircut_parts import carry, receive, with_parts
from graph.kernels.span import Span
from graph.kernels.trail import TraceRules, Trail, first_hop, with_room, worth_following, write_down

BALANCE, ACCOUNT = range(2)
AHEAD = 64  # edges


@kernel
def _book(adjacency: Adjacency, known: Longs, edge: int) -> tuple[int, int]:
    """Move an edge's cents: (what it draws, balance of its seller before)."""
    own = np.uint32(edge)
    seller = np.uint32(adjacency.source[own])
    buyer = np.uint32(adjacency.target[own])
    amount = adjacency.amount[own]
    balance = known[seller, np.uint32(BALANCE)]
    drawn = min(amount, balance)
    known[seller, np.uint32(BALANCE)] = balance - drawn
    known[buyer, np.uint32(BALANCE)] += amount
    return int(drawn), int(balance)


@kernel
def _touch(adjacency: Adjacency, known: Longs, low: int, high: int) -> int:
    """Load what is known of the ends of the edges at these positions. The sum is there to be used, or none would be."""
    touched = 0
    for position in range(low, high):
        edge = np.uint32(adjacency.order[position])
        touched += known[np.uint32(adjacency.source[edge]), np.uint32(BALANCE)]
        touched += known[np.uint32(adjacency.target[edge]), np.uint32(BALANCE)]
    return int(touched)


@kernel
def _touch_parts(adjacency: Adjacency, known: Longs, parts: Doubles, low: int, high: int) -> int:
    """As `_touch`, for the parts of sellers that have some, and of those that buy from them."""
    touched = 0
    last = np.uint32(parts.shape[1] - 1)
    for position in range(low, high):
        edge = np.uint32(adjacency.order[position])
        seller = known[np.uint32(adjacency.source[edge]), np.uint32(ACCOUNT)]
        if seller > 0:
            number = np.uint32(seller - 1)
            touched += int(parts[number, np.uint32(0)] > 0.0) + int(parts[number, last] > 0.0)
            buyer = known[np.uint32(adjacency.target[edge]), np.uint32(ACCOUNT)]
            if buyer > 0:
                number = np.uint32(buyer - 1)
                touched += int(parts[number, np.uint32(0)] > 0.0) + int(parts[number, last] > 0.0)
    return int(touched)


@kernel
def _account(known: Longs, parts: Doubles, used: Longs, vertex: int) -> int:
    """The account of a buyer, a new one of nothing if it had none; there is room for it."""
    number = known[vertex, ACCOUNT] - 1
    if number < 0:
        number = used[0]
        used[0] += 1
        known[vertex, ACCOUNT] = used[0]
        parts[number] = 0.0
        parts[number, 0] = parts.shape[1]
    return int(number)


@kernel
def _opening(adjacency: Adjacency, span: Span, position: int, owners: Longs) -> tuple[Longs, int]:
    """(BALANCE and 1 + ACCOUNT of every vertex just before this position: int64[v, 2], what was touched)."""
    known = np.zeros((len(adjacency.out_offset) - 1, 2), np.int64)
    for number in range(len(owners)):
        known[owners[number], ACCOUNT] = number + 1
    touched = 0
    for low in range(span.low, position, AHEAD):
        high = min(low + AHEAD, position)
        touched += _touch(adjacency, known, low, high)
        for place in range(low, high):
            _book(adjacency, known, adjacency.order[place])
    return known, touched


@kernel
def _read_on(
    adjacency: Adjacency,
    known: Longs,
    parts: Doubles,
    used: Longs,
    low: int,
    high: int,
    starts: Longs,
    rules: TraceRules,
    carried: Doubles,
    trail: Trail,
) -> None:
    """Follow what the edges at low..high - 1 carry; `parts` and `trail` have room for all of it."""
    following = 0
    for place in range(low, high):
        edge = np.uint32(adjacency.order[place])
        drawn, balance = _book(adjacency, known, adjacency.order[place])
        number = known[np.uint32(adjacency.source[edge]), np.uint32(ACCOUNT)] - 1
        started = place == starts[following]
        if not started and (number < 0 or drawn == 0):
            continue
        total = 0.0
        if number >= 0 and drawn > 0:
            total = carry(parts, number, drawn / balance, carried)
        amount = float(adjacency.amount[edge])
        if started:
            # What reaches a start edge stops there: it is wholly tainted already.
            following += 1
            total = amount
            carried[:] = 0.0
            carried[1] = amount
        elif not worth_following(trail, rules, adjacency.amount[edge], total, amount):
            continue
        hop = first_hop(carried, 1)
        write_down(trail, int(edge), hop, total, False)
        if hop < parts.shape[1]:
            receive(parts, _account(known, parts, used, adjacency.target[edge]), carried, hop)
        if trail.sizes[2] >= rules.max_edges:
            return


@kernel
def sweep(
    adjacency: Adjacency,
    span: Span,
    owners: Longs,
    parts: Doubles,
    positions: Longs,
    rules: TraceRules,
    trail: Trail,
    stop: Longs,
) -> Trail:
    """The trail with the rest of the span.

    positions: where it begins, then those of the start edges that are left, then FAR. `owners` (vertices) have `parts`
    by then.
    """
    known, touched = _opening(adjacency, span, positions[0], owners)
    used = np.array([len(owners)], np.int64)
    carried = np.zeros(rules.max_hops + 1, np.float64)
    starts = positions[1:]
    for low in range(positions[0], span.high, AHEAD):
        if stop[0] != 0:
            break
        high = min(low + AHEAD, span.high)
        parts = with_parts(parts, used[0] + AHEAD)
        trail = with_room(trail, AHEAD)
        touched += _touch(adjacency, known, low, high) + _touch_parts(adjacency, known, parts, low, high)
        _read_on(adjacency, known, parts, used, low, high, starts, rules, carried, trail)
        starts = starts[np.searchsorted(starts, high) :]
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
    trail.sizes[3] = 1 if stop[0] == 0 and touched < FAR else 0
    return trail
