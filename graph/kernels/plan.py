"""What to search: amount classes, time blocks, edges near a chosen set. Called by the temporal and window kernels.

A ring whose smallest amount lies in [floor, ceiling_of(floor)] has all its amounts up to
ceiling_of(ceiling_of(floor)), and every amount lies in exactly one such interval of floors. A ring whose earliest
tick lies in the root range of a block ends before the block does: so every ring is found in exactly one (class,
block), and these units are independent.
"""

from __future__ import annotations

import numpy as np

from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.sorting import group_offsets, group_order, stable_order

MILLION = 1_000_000
SMALL_BLOCK_EDGES = 2_048
NO_BAND = -1


@kernel
def ceiling_of(amount: int, band: int) -> int:
    """Largest amount that may share a ring with smallest `amount`: floor(amount * 10^6 / (10^6 - band)), exact."""
    kept = MILLION - band
    whole = amount // kept
    if whole >= FAR // MILLION:
        return FAR
    return whole * MILLION + (amount - whole * kept) * MILLION // kept


@kernel
def amount_floors(amount: Longs, chosen: Ints, band: int) -> Longs:
    """Floors of the amount classes that have edges, ascending: int64[c]. One class without a band."""
    if band == NO_BAND:
        return np.zeros(1, np.int64)
    values = np.sort(amount[chosen])
    floors = np.empty(values.shape[0], np.int64)
    count = 0
    place = 0
    while place < values.shape[0]:
        floors[count] = values[place]
        bound = ceiling_of(values[place], band)
        count += 1
        while place < values.shape[0] and values[place] <= bound:
            place += 1
    return floors[:count].copy()


@kernel
def class_members(amount: Longs, chosen: Ints, floors: Longs, band: int) -> tuple[Longs, Ints]:
    """(offsets int64[c + 1], edges in the order of `chosen`) of each amount class; an edge lies in about two."""
    count = floors.shape[0]
    if band == NO_BAND:
        whole = np.zeros(2, np.int64)
        whole[1] = chosen.shape[0]
        return whole, chosen
    ceilings = np.empty(count, np.int64)
    for number in range(count):
        ceilings[number] = ceiling_of(ceiling_of(floors[number], band), band)
    offsets = np.zeros(count + 1, np.int64)
    for edge in chosen:
        number = np.searchsorted(floors, amount[edge], side="right") - 1
        while number >= 0 and amount[edge] <= ceilings[number]:
            offsets[number + 1] += 1
            number -= 1
    for number in range(count):
        offsets[number + 1] += offsets[number]
    filled = offsets.copy()
    members = np.empty(offsets[count], np.int32)
    for edge in chosen:
        number = np.searchsorted(floors, amount[edge], side="right") - 1
        while number >= 0 and amount[edge] <= ceilings[number]:
            members[filled[number]] = edge
            filled[number] += 1
            number -= 1
    return offsets, members


@kernel
def time_blocks(tick: Longs, members: Ints, offsets: Longs, window: int, width: int, block_edges: int) -> Longs:
    """int64[b, 5]: class, first edge, end of edges (places in `members`), first and last root tick of each block.

    A block covers root ticks of the given width, or more until it has `block_edges` edges, and edges up to a window
    later. Nothing is assumed about how many distinct ticks there are: a block starts at the next edge, not at a
    multiple of the window.
    """
    blocks = np.empty((16, 5), np.int64)
    count = 0
    for number in range(offsets.shape[0] - 1):
        start = offsets[number]
        end = offsets[number + 1]
        reach = start
        while start < end:
            last_root = tick[members[start]] + max(width, 1) - 1
            last_root = max(last_root, tick[members[min(start + block_edges, end) - 1]])
            following = start
            while following < end and tick[members[following]] <= last_root:
                following += 1
            reach = max(reach, following)
            while reach < end and tick[members[reach]] <= last_root + window:
                reach += 1
            if count == blocks.shape[0]:
                longer = np.empty((2 * count, 5), np.int64)
                longer[:count] = blocks
                blocks = longer
            blocks[count, 0] = number
            blocks[count, 1] = start
            blocks[count, 2] = reach
            blocks[count, 3] = tick[members[start]]
            blocks[count, 4] = last_root
            count += 1
            start = following
    return blocks[:count].copy()


@kernel
def by_time(tick: Longs) -> Ints:
    """Edge numbers by (tick, edge number): int32[n]."""
    return stable_order(tick)


@kernel
def _hops(offsets: Ints, order: Ints, far_end: Ints, marked: Flags, most: int) -> Ints:
    """Hops from the marked vertices along the grouped edges, at most `most`; `most` + 1 where not reached."""
    hops = np.full(marked.shape[0], most + 1, np.int32)
    queue = np.empty(marked.shape[0], np.int32)
    filled = 0
    for vertex in range(marked.shape[0]):
        if marked[vertex]:
            hops[vertex] = 0
            queue[filled] = vertex
            filled += 1
    place = 0
    while place < filled:
        vertex = queue[place]
        place += 1
        if hops[vertex] == most:
            continue
        for slot in range(offsets[vertex], offsets[vertex + 1]):
            other = far_end[order[slot]]
            if hops[other] > most:
                hops[other] = hops[vertex] + 1
                queue[filled] = other
                filled += 1
    return hops


@kernel
def edges_near(source: Ints, target: Ints, chosen: Ints, marked: Flags, max_length: int) -> Ints:
    """The chosen edges that can lie on a closed walk of at most `max_length` arcs through a marked vertex."""
    tails = source[chosen]
    heads = target[chosen]
    forward = group_offsets(tails, marked.shape[0])
    backward = group_offsets(heads, marked.shape[0])
    from_marked = _hops(forward, group_order(tails, forward), heads, marked, max_length - 1)
    to_marked = _hops(backward, group_order(heads, backward), tails, marked, max_length - 1)
    kept = np.empty(chosen.shape[0], np.int32)
    count = 0
    for place in range(chosen.shape[0]):
        if from_marked[tails[place]] + 1 + to_marked[heads[place]] <= max_length:
            kept[count] = chosen[place]
            count += 1
    return kept[:count].copy()
