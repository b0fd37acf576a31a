"""One edge cycle for each listed ring, found after the search, which carries no edges. Called by the ring kernels.

Order of edge cycles: by their ticks, then by their edge numbers, place by place. Temporal: places in time order (all
ticks
equal: from the first member). Window: places in the order of the members, among those with the ring's first tick.
"""

from __future__ import annotations

import numpy as np

from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.plan import NO_BAND, ceiling_of
from graph.kernels.sorting import group_offsets, group_order, stable_order
from graph.kernels.temporal_count import Rules


@kernel
def _edges_among(source: Ints, target: Ints, members: Longs) -> Ints:
    """Edges with both ends among the members, by edge number."""
    highest = 0
    for member in members:
        highest = max(highest, member)
    listed = np.zeros(highest + 1, np.uint8)
    for member in members:
        listed[member] = 1
    edges = np.empty(source.shape[0], np.int32)
    count = 0
    for edge in range(source.shape[0]):
        tail = source[edge]
        head = target[edge]
        if tail <= highest and head <= highest and listed[tail] and listed[head]:
            edges[count] = edge
            count += 1
    return edges[:count].copy()


@kernel
def _arc_bounds(heads: Ints, offsets: Ints, ring: Longs, low: Longs, high: Longs) -> None:
    """Arc i of the ring has the edges low[i]..high[i], by (tick, edge number); heads are sorted within each tail."""
    length = ring.shape[0]
    for place in range(length):
        head = ring[(place + 1) % length]
        start = offsets[ring[place]]
        own = heads[start : offsets[ring[place] + 1]]
        low[place] = start + np.searchsorted(own, head, side="left")
        high[place] = start + np.searchsorted(own, head, side="right")


@kernel
def _fits(edge: int, least: int, ceiling: int, amount: Longs) -> bool:
    """May `edge` stand beside `least`, the smallest by (amount, edge number)? Always, when `least` is -1."""
    if least < 0 or edge == least:
        return True
    if amount[edge] > ceiling or amount[edge] < amount[least]:
        return False
    return amount[edge] > amount[least] or edge > least


@kernel
def _better(tried: Ints, best: Ints, length: int, known: bool, tick: Longs) -> bool:
    """Is `tried` before `best` by (ticks, edge numbers)?"""
    if not known:
        return True
    for place in range(length):
        if tick[tried[place]] != tick[best[place]]:
            return bool(tick[tried[place]] < tick[best[place]])
    for place in range(length):
        if tried[place] != best[place]:
            return bool(tried[place] < best[place])
    return False


@kernel
def _earliest_sequence(
    edges: Ints,
    low: Longs,
    high: Longs,
    root: int,
    length: int,
    first: int,
    rules: Rules,
    least: int,
    least_place: int,
    tick: Longs,
    amount: Longs,
    tried: Ints,
) -> bool:
    """Fill `tried` with the earliest edges in time order from arc `root`, first tick `first`; False if none fit."""
    ceiling = 0 if least < 0 else ceiling_of(amount[least], rules.band)
    ready = first
    for step in range(length):
        place = (root + step) % length
        chosen = -1
        for slot in range(low[place], high[place]):
            edge = edges[slot]
            if tick[edge] < ready or (least >= 0 and place == least_place and edge != least):
                continue
            if _fits(edge, least, ceiling, amount):
                chosen = edge
                break
        if chosen < 0 or tick[chosen] > (first if step == 0 else first + rules.window):
            return False
        tried[step] = chosen
        ready = tick[chosen] + rules.gap
    # All ticks equal: the same invoices stand under every root, and count from the first member only.
    return root == 0 or rules.gap == 1 or tick[tried[length - 1]] > first


@kernel
def _window_sequence(
    edges: Ints,
    low: Longs,
    high: Longs,
    length: int,
    first: int,
    rules: Rules,
    least: int,
    least_place: int,
    tick: Longs,
    amount: Longs,
    tried: Ints,
) -> bool:
    """Fill `tried` with the earliest edge of each arc not before `first`; False if none fit or none is at `first`."""
    ceiling = 0 if least < 0 else ceiling_of(amount[least], rules.band)
    touched = False
    for place in range(length):
        chosen = -1
        for slot in range(low[place], high[place]):
            edge = edges[slot]
            if tick[edge] < first or (least >= 0 and place == least_place and edge != least):
                continue
            if _fits(edge, least, ceiling, amount):
                chosen = edge
                break
        if chosen < 0 or tick[chosen] > first + rules.window:
            return False
        tried[place] = chosen
        touched |= tick[chosen] == first
    return touched


@kernel
def _witnesses(
    source: Ints,
    target: Ints,
    tick: Longs,
    amount: Longs,
    offsets: Longs,
    members: Longs,
    first: Longs,
    rules: Rules,
    ordered: bool,
) -> Longs:
    witness = np.full(members.shape[0], -1, np.int64)
    edges = _edges_among(source, target, members)
    edges = edges[stable_order(tick[edges])]
    count = 0
    for member in members:
        count = max(count, int(member) + 1)
    edges = edges[group_order(target[edges], group_offsets(target[edges], count))]
    offsets_by_tail = group_offsets(source[edges], count)
    edges = edges[group_order(source[edges], offsets_by_tail)]
    heads = target[edges]
    low = np.empty(64, np.int64)
    high = np.empty(64, np.int64)
    tried = np.empty(64, np.int32)
    best = np.empty(64, np.int32)
    for number in range(first.shape[0]):
        ring = members[offsets[number] : offsets[number + 1]]
        length = ring.shape[0]
        _arc_bounds(heads, offsets_by_tail, ring, low, high)
        known = False
        for root in range(length if ordered else 1):
            for least_place in range(length if rules.band != NO_BAND else 1):
                start = -1
                end = 0
                if rules.band != NO_BAND:
                    start = low[least_place]
                    end = high[least_place]
                for slot in range(start, end):
                    least = -1 if slot < 0 else edges[slot]
                    if ordered:
                        fits = _earliest_sequence(
                            edges,
                            low,
                            high,
                            root,
                            length,
                            first[number],
                            rules,
                            least,
                            least_place,
                            tick,
                            amount,
                            tried,
                        )
                    else:
                        fits = _window_sequence(
                            edges, low, high, length, first[number], rules, least, least_place, tick, amount, tried
                        )
                    if fits and _better(tried, best, length, known, tick):
                        best[:length] = tried[:length]
                        known = True
        if known:
            witness[offsets[number] : offsets[number + 1]] = best[:length]
    return witness


def temporal_witnesses(
    source: Ints, target: Ints, tick: Longs, amount: Longs, offsets: Longs, members: Longs, first: Longs, rules: Rules
) -> Longs:
    """Edge numbers in time order, int64, at the places of the members."""
    return _witnesses(source, target, tick, amount, offsets, members, first, rules, True)


def window_witnesses(
    source: Ints, target: Ints, tick: Longs, amount: Longs, offsets: Longs, members: Longs, first: Longs, rules: Rules
) -> Longs:
    """Edge numbers, edge i from member i to the next, int64, at the places of the members."""
    return _witnesses(source, target, tick, amount, offsets, members, first, rules, False)
