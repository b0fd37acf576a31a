"""Trace by haircut: a sale carries the tainted part of its seller's balance in proportion. Called by `trace`.

Each visited vertex holds a balance (see `ledger`) and, for each number of hops, its tainted part. A sale that draws x
of balance B carries x / B of every part and leaves 1 - x / B of it. The excess over the balance is value added,
untainted. Upstream is the adjoint of the same sums in reverse ledger order: a vertex holds, for each number of hops,
how much of one cent in its balance ends in a start edge. So both directions add the same products over the same
walks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import FAR, Doubles, Flags, Ints, Longs, kernel
from graph.kernels.heap import Heap, new_heap, pop, push
from graph.kernels.ledger import (
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


class Holdings(NamedTuple):
    """By ledger: tainted parts by hops, the next edge to take, and whether it stands in the heap."""

    parts: Doubles  # [s, H + 1]
    next_place: Longs  # [s] in out_edge (downstream) or in_edge (upstream)
    sale_place: Longs  # [s] upstream: last sale in out_edge that is not yet undone
    waiting: Flags  # [s]


@kernel
def _new_holdings(count: int, max_hops: int) -> Holdings:
    return Holdings(
        np.zeros((count, max_hops + 1), np.float64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.uint8),
    )


@kernel
def _room_for(holdings: Holdings, needed: int) -> Holdings:
    """The same holdings with room for `needed` ledgers."""
    count = holdings.waiting.shape[0]
    if needed <= count:
        return holdings
    wider = _new_holdings(max(2 * count, needed), holdings.parts.shape[1] - 1)
    wider.parts[:count] = holdings.parts
    wider.next_place[:count] = holdings.next_place
    wider.sale_place[:count] = holdings.sale_place
    wider.waiting[:count] = holdings.waiting
    return wider


@kernel
def _take_share(ledgers: Ledgers, holdings: Holdings, number: int, place: int, carried: Doubles) -> float:
    """Move the drawn share of every part of a seller into carried[1:]; the sum. parts[h] goes to carried[h + 1]."""
    at = ledgers.bounds[number, SALE_BASE] + place - ledgers.bounds[number, SALE_LOW]
    total = 0.0
    carried[:] = 0.0
    if ledgers.drawn[at] == 0:
        return total
    share = ledgers.drawn[at] / ledgers.balance[at]
    for hop in range(1, carried.shape[0] - 1):
        moved = holdings.parts[number, hop] * share
        carried[hop + 1] = moved
        holdings.parts[number, hop] *= 1.0 - share
        total += moved
    return total


@kernel
def _holds(holdings: Holdings, number: int) -> bool:
    """Is there anything that a next hop could carry?"""
    for hop in range(1, holdings.parts.shape[1] - 1):  # noqa: SIM110 - numba compiles no generator in any()
        if holdings.parts[number, hop] > 0.0:
            return True
    return False


@kernel
def _first_hop_of(carried: Doubles) -> int:
    for hop in range(1, carried.shape[0]):
        if carried[hop] > 0.0:
            return hop
    return 0


@kernel
def _wait_for_sale(
    adjacency: Adjacency, ledgers: Ledgers, holdings: Holdings, heap: Heap, number: int, position: int
) -> Heap:
    """Put the next sale after `position` of a ledger that holds something into the heap."""
    if holdings.waiting[number] or not _holds(holdings, number):
        return heap
    end = ledgers.bounds[number, SALE_HIGH]
    place = first_from(adjacency.out_edge, ledgers.bounds[number, SALE_LOW], end, adjacency.position, position + 1)
    if place == end:
        return heap
    holdings.next_place[number] = place
    holdings.waiting[number] = 1
    return push(heap, adjacency.position[adjacency.out_edge[place]], number)


@kernel
def haircut_downstream(adjacency: Adjacency, starts: Ints, started: Flags, rules: TraceRules, stop: Longs) -> Trail:
    """Follow the start edges (int32, in ledger order; started = uint8[n]) to what carries part of them."""
    trail = new_trail()
    ledgers = new_ledgers(adjacency.out_offset.shape[0] - 1)
    holdings = _new_holdings(16, rules.max_hops)
    heap = new_heap()
    carried = np.zeros(rules.max_hops + 1, np.float64)
    following = 0
    while stop[0] == 0:
        start_position = FAR
        if following < starts.shape[0]:
            start_position = adjacency.position[starts[following]]
        sale_position = heap.keys[0] if heap.size[0] > 0 else FAR
        if start_position == FAR and sale_position == FAR:
            trail.sizes[3] = 1
            break
        if sale_position <= start_position:
            number = heap.payload[0]
            pop(heap)
            holdings.waiting[number] = 0
            place = holdings.next_place[number]
            edge = adjacency.out_edge[place]
            total = _take_share(ledgers, holdings, number, place, carried)
            heap = _wait_for_sale(adjacency, ledgers, holdings, heap, number, sale_position)
            # What reaches a start edge stops there: it is wholly tainted already.
            if started[edge] or not worth_following(
                trail, rules, adjacency.amount[edge], total, float(adjacency.amount[edge])
            ):
                continue
            if ledgers.bounds[number, SALE_HIGH] - place > rules.vertex_limit:
                trail = write_down(trail, edge, _first_hop_of(carried), total, True)
                continue
        else:
            edge = starts[following]
            following += 1
            carried[:] = 0.0
            carried[1] = adjacency.amount[edge]
            total = carried[1]
        trail = write_down(trail, edge, _first_hop_of(carried), total, False)
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        buyer = adjacency.target[edge]
        ledgers = open_ledger(adjacency, ledgers, buyer, rules.span_start, rules.span_end)
        number = ledgers.slot[buyer]
        holdings = _room_for(holdings, ledgers.sizes[0])
        for hop in range(1, rules.max_hops + 1):
            holdings.parts[number, hop] += carried[hop]
        heap = _wait_for_sale(adjacency, ledgers, holdings, heap, number, adjacency.position[edge])
    return trail


@kernel
def _undo_sales(adjacency: Adjacency, ledgers: Ledgers, holdings: Holdings, number: int, position: int) -> None:
    """Walk a seller back to just after ledger `position`: every later sale leaves 1 - share of what came before it."""
    place = holdings.sale_place[number]
    low = ledgers.bounds[number, SALE_LOW]
    base = ledgers.bounds[number, SALE_BASE]
    while place >= low and adjacency.position[adjacency.out_edge[place]] > position:
        at = base + place - low
        if ledgers.drawn[at] > 0:
            share = ledgers.drawn[at] / ledgers.balance[at]
            for hop in range(1, holdings.parts.shape[1]):
                holdings.parts[number, hop] *= 1.0 - share
        place -= 1
    holdings.sale_place[number] = place


@kernel
def _wait_for_purchase(
    adjacency: Adjacency, ledgers: Ledgers, holdings: Holdings, heap: Heap, number: int, position: int
) -> Heap:
    """Put the last purchase before `position` of a ledger that holds something into the heap."""
    if holdings.waiting[number] or not _holds(holdings, number):
        return heap
    low = ledgers.bounds[number, BUY_LOW]
    place = first_from(adjacency.in_edge, low, ledgers.bounds[number, BUY_HIGH], adjacency.position, position) - 1
    if place < low:
        return heap
    holdings.next_place[number] = place
    holdings.waiting[number] = 1
    return push(heap, -adjacency.position[adjacency.in_edge[place]], number)


@kernel
def _credit_seller(
    adjacency: Adjacency, ledgers: Ledgers, holdings: Holdings, edge: int, carried: Doubles, heap: Heap
) -> Heap:
    """Let the seller of a followed edge answer for it: its balance before holds share * carried, by hops."""
    number = ledgers.slot[adjacency.source[edge]]
    position = adjacency.position[edge]
    low = ledgers.bounds[number, SALE_LOW]
    if _holds(holdings, number):
        _undo_sales(adjacency, ledgers, holdings, number, position)
    else:
        holdings.sale_place[number] = first_from(
            adjacency.out_edge, low, ledgers.bounds[number, SALE_HIGH], adjacency.position, position
        )
    at = ledgers.bounds[number, SALE_BASE] + holdings.sale_place[number] - low
    holdings.sale_place[number] -= 1
    if ledgers.drawn[at] > 0:
        share = ledgers.drawn[at] / ledgers.balance[at]
        for hop in range(1, carried.shape[0]):
            holdings.parts[number, hop] = (1.0 - share) * holdings.parts[number, hop] + share * carried[hop]
    return _wait_for_purchase(adjacency, ledgers, holdings, heap, number, position)


@kernel
def haircut_upstream(
    adjacency: Adjacency, starts: Ints, started: Flags, rules: TraceRules, whole: float, stop: Longs
) -> Trail:
    """Follow the start edges (int32, in ledger order) back to what they carry part of; `whole` = their cents."""
    trail = new_trail()
    ledgers = new_ledgers(adjacency.out_offset.shape[0] - 1)
    holdings = _new_holdings(16, rules.max_hops)
    heap = new_heap()
    carried = np.zeros(rules.max_hops + 1, np.float64)
    following = starts.shape[0] - 1
    while stop[0] == 0:
        start_position = -1
        if following >= 0:
            start_position = adjacency.position[starts[following]]
        purchase_position = -heap.keys[0] if heap.size[0] > 0 else -1
        if start_position < 0 and purchase_position < 0:
            trail.sizes[3] = 1
            break
        if purchase_position >= start_position:
            number = heap.payload[0]
            pop(heap)
            holdings.waiting[number] = 0
            place = holdings.next_place[number]
            edge = adjacency.in_edge[place]
            _undo_sales(adjacency, ledgers, holdings, number, purchase_position)
            carried[:] = 0.0
            total = 0.0
            for hop in range(1, rules.max_hops):
                carried[hop + 1] = holdings.parts[number, hop]
                total += carried[hop + 1]
            total *= adjacency.amount[edge]
            heap = _wait_for_purchase(adjacency, ledgers, holdings, heap, number, purchase_position)
            if started[edge] or not worth_following(trail, rules, adjacency.amount[edge], total, whole):
                continue
            if ledgers.bounds[number, BUY_HIGH] - place > rules.vertex_limit:
                trail = write_down(trail, edge, _first_hop_of(carried), total, True)
                continue
        else:
            edge = starts[following]
            following -= 1
            carried[:] = 0.0
            carried[1] = 1.0
            total = float(adjacency.amount[edge])
        trail = write_down(trail, edge, _first_hop_of(carried), total, False)
        if trail.sizes[2] >= rules.max_edges:
            stop[0] = 2
        ledgers = open_ledger(adjacency, ledgers, adjacency.source[edge], rules.span_start, rules.span_end)
        holdings = _room_for(holdings, ledgers.sizes[0])
        heap = _credit_seller(adjacency, ledgers, holdings, edge, carried, heap)
    return trail
