"""The search for time-ordered rings inside one block: two-way reach, then a depth-first walk of what survives.

Called by `temporal`. A unit of work is a root vertex and a short range of root ticks (detection.md, steps 3 to 5):
earliest[x, i] is the earliest arrival at x in at most i hops, latest[x, j] the latest departure from x that still comes
back to the root in at most j hops. The cheaper side grows until i + j = K; most units die because no vertex has
earliest <= latest. Survivors finish `latest` inside what was reached, and the walk follows only arrivals within it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.blocks import Block, first_at_least
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.plan import NO_BAND
from graph.kernels.ring_table import RingTable, canonical, note_bundle, record, saturated_sum
from graph.kernels.temporal_count import Rules, count_cycles, longest_bundle

POLL_STEPS = 4_096
BUCKETS_A_WINDOW = 8


class Reach(NamedTuple):
    """Scratch of one block; every unit leaves `earliest` at FAR, `latest` at -FAR."""

    earliest: Longs  # [v, K + 1]
    latest: Longs  # [v, K + 1]
    ahead: Ints  # [v] vertices reached forward
    behind: Ints  # [v] vertices reached backward
    front: Ints  # [2, v] forward frontier and the next
    back: Ints  # [2, v]
    mark: Longs  # [v] stamp of the layer that put a vertex into a frontier
    sizes: Longs  # [ahead, behind, front, back, stamp]


@kernel
def _scratch(count: int, max_length: int) -> Reach:
    return Reach(
        np.full((count, max_length + 1), FAR, np.int64),
        np.full((count, max_length + 1), -FAR, np.int64),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty((2, count), np.int32),
        np.empty((2, count), np.int32),
        np.zeros(count, np.int64),
        np.zeros(5, np.int64),
    )


@kernel
def _arrive(reach: Reach, vertex: int, hops: int, moment: int, layer: int) -> None:
    """Note an earlier arrival at `vertex` and put it into frontier `layer`."""
    row = reach.earliest[vertex]
    last = row.shape[0] - 1
    if row[last] == FAR:
        reach.ahead[reach.sizes[0]] = vertex
        reach.sizes[0] += 1
    for place in range(hops, last + 1):
        row[place] = moment
    if reach.mark[vertex] != reach.sizes[4]:
        reach.mark[vertex] = reach.sizes[4]
        reach.front[layer, reach.sizes[2]] = vertex
        reach.sizes[2] += 1


@kernel
def _depart(reach: Reach, vertex: int, hops: int, moment: int, layer: int) -> None:
    """Note a later departure from `vertex` and put it into frontier `layer`."""
    row = reach.latest[vertex]
    last = row.shape[0] - 1
    if row[last] == -FAR:
        reach.behind[reach.sizes[1]] = vertex
        reach.sizes[1] += 1
    for place in range(hops, last + 1):
        row[place] = moment
    if reach.mark[vertex] != reach.sizes[4]:
        reach.mark[vertex] = reach.sizes[4]
        reach.back[layer, reach.sizes[3]] = vertex
        reach.sizes[3] += 1


@kernel
def _first_hop(block: Block, reach: Reach, start: int, end: int) -> None:
    """Leave the root along its edges leave[start:end], sorted by tick."""
    reach.sizes[4] += 1
    for place in range(start, end):
        head = block.leave_target[place]
        if block.leave_tick[place] < reach.earliest[head, 1]:
            _arrive(reach, head, 1, block.leave_tick[place], 1)


@kernel
def _forward(block: Block, reach: Reach, root: int, hops: int, deadline: int, gap: int) -> None:
    """Grow earliest[., hops] into earliest[., hops + 1]."""
    reach.sizes[4] += 1
    size = reach.sizes[2]
    reach.sizes[2] = 0
    layer = (hops + 1) & 1
    for place in range(size):
        vertex = reach.front[hops & 1, place]
        ready = reach.earliest[vertex, hops] + gap
        for pair in range(block.pair_offset[vertex], block.pair_offset[vertex + 1]):
            head = block.pair_target[pair]
            end = block.bundle[pair + 1]
            bound = min(reach.earliest[head, hops + 1] - 1, deadline)
            if head == root or ready > bound or block.tick[end - 1] < ready:
                continue
            edge = first_at_least(block.tick, block.bundle[pair], end, ready)
            if block.tick[edge] <= bound:
                _arrive(reach, head, hops + 1, block.tick[edge], layer)


@kernel
def _backward(
    block: Block, reach: Reach, root: int, hops: int, due: int, from_tick: int, gap: int, ahead_hops: int
) -> None:
    """Grow latest[., hops] into latest[., hops + 1]; with ahead_hops >= 0 only where reached forward in that many."""
    reach.sizes[4] += 1
    size = reach.sizes[3]
    reach.sizes[3] = 0
    layer = (hops + 1) & 1
    for place in range(size):
        vertex = reach.back[hops & 1, place]
        bound = (due if vertex == root else reach.latest[vertex, hops]) - gap
        for slot in range(block.back_offset[vertex], block.back_offset[vertex + 1]):
            pair = block.back_pair[slot]
            tail = block.pair_source[pair]
            if tail == root:
                continue
            least = max(reach.latest[tail, hops + 1] + 1, from_tick)
            if ahead_hops >= 0:
                least = max(least, reach.earliest[tail, ahead_hops] + gap)
            start = block.bundle[pair]
            if least > bound or block.tick[start] > bound:
                continue
            edge = first_at_least(block.tick, start, block.bundle[pair + 1], bound + 1) - 1
            if block.tick[edge] >= least:
                _depart(reach, tail, hops + 1, block.tick[edge], layer)


@kernel
def _cost(frontier: Ints, size: int, offsets: Ints) -> int:
    total = 0
    for place in range(size):
        total += offsets[frontier[place] + 1] - offsets[frontier[place]]
    return total


@kernel
def _survives(reach: Reach, ahead_hops: int, behind_hops: int, gap: int) -> bool:
    """Is there a vertex that is reached in time to come back in time?"""
    if reach.sizes[0] <= reach.sizes[1]:
        for place in range(reach.sizes[0]):
            vertex = reach.ahead[place]
            if reach.earliest[vertex, ahead_hops] + gap <= reach.latest[vertex, behind_hops]:
                return True
        return False
    for place in range(reach.sizes[1]):
        vertex = reach.behind[place]
        if reach.earliest[vertex, ahead_hops] + gap <= reach.latest[vertex, behind_hops]:
            return True
    return False


@kernel
def _two_way(block: Block, reach: Reach, root: int, start: int, end: int, deadline: int, rules: Rules) -> bool:
    """Fill `earliest` and `latest` for one unit; False when no ring can exist."""
    most = rules.max_length
    from_tick = block.leave_tick[start]
    due = deadline + rules.gap
    reach.sizes[:4] = 0
    _first_hop(block, reach, start, end)
    reach.back[0, 0] = root
    reach.sizes[3] = 1
    ahead = 1
    behind = 0
    while ahead + behind < most:
        if reach.sizes[2] == 0:
            ahead = most - max(behind, 1)
            if behind > 0:
                break
        if behind > 0 and reach.sizes[3] == 0:
            break
        forward_cost = _cost(reach.front[ahead & 1], reach.sizes[2], block.pair_offset)
        backward_cost = _cost(reach.back[behind & 1], reach.sizes[3], block.back_offset)
        if ahead + 1 < most and forward_cost <= backward_cost:
            _forward(block, reach, root, ahead, deadline, rules.gap)
            ahead += 1
        else:
            _backward(block, reach, root, behind, due, from_tick, rules.gap, -1)
            behind += 1
    if not _survives(reach, most - behind, behind, rules.gap):
        return False
    while behind + 1 < most and reach.sizes[3] > 0:
        _backward(block, reach, root, behind, due, from_tick, rules.gap, most - behind - 1)
        behind += 1
    return True


@kernel
def _clear(reach: Reach) -> None:
    for place in range(reach.sizes[0]):
        reach.earliest[reach.ahead[place]] = FAR
    for place in range(reach.sizes[1]):
        reach.latest[reach.behind[place]] = -FAR


@kernel
def search_block(
    block: Block,
    first_root: int,
    last_root: int,
    rules: Rules,
    through: Flags,
    table: RingTable,
    totals: Longs,
    by_length: Longs,
    stop: Longs,
    max_rings: int,
) -> RingTable:
    """Add the rings of a block whose first tick lies in first_root..last_root; the table to go on with.

    Args:
        block: the compact graph.
        first_root: first root tick.
        last_root: last root tick.
        rules: what a ring must keep to.
        through: uint8[V], rings need one such vertex; empty for all rings.
        table: distinct rings so far.
        totals: int64[2], edge cycles and bundled cycles, added to.
        by_length: int64[K + 1], edge cycles by length, added to.
        stop: int64[1], polled; 1 ends the search cleanly. Set to 2 here when `max_rings` are held.
        max_rings: how many distinct rings may be held in memory.
    """
    count = block.vertices.shape[0]
    most = rules.max_length
    gap = rules.gap
    reach = _scratch(count, most)
    longest = longest_bundle(block)
    ways = np.empty(longest + 1, np.int64)
    next_ways = np.empty(longest + 1, np.int64)
    starts = np.empty(longest + 1, np.int64)
    answer = np.zeros(4, np.int64)
    found = np.zeros(4, np.int64)
    path = np.empty(most + 1, np.int32)
    pairs = np.empty(most + 1, np.int32)
    ring = np.empty(most + 1, np.int32)
    arrival = np.empty(most + 1, np.int64)
    cursor = np.empty(most + 1, np.int64)
    on_path = np.zeros(count, np.uint8)
    kept = np.empty(block.pair_target.shape[0], np.int32)
    kept_start = np.empty(count, np.int64)
    kept_end = np.empty(count, np.int64)
    kept_stamp = np.full(count, -1, np.int64)
    unit = 0
    steps = 0
    width = max(rules.window // BUCKETS_A_WINDOW, 1)
    for root in range(count):
        place = first_at_least(block.leave_tick, block.leave_offset[root], block.leave_offset[root + 1], first_root)
        while place < block.leave_offset[root + 1] and block.leave_tick[place] <= last_root:
            if stop[0] != 0:
                return table
            unit_first = block.leave_tick[place]
            unit_end = place
            bound = min(unit_first + width - 1, last_root)
            while unit_end < block.leave_offset[root + 1] and block.leave_tick[unit_end] <= bound:
                unit_end += 1
            unit_last = block.leave_tick[unit_end - 1]
            deadline = unit_last + rules.window
            unit += 1
            alive = _two_way(block, reach, root, place, unit_end, deadline, rules)
            place = unit_end
            kept_size = 0
            depth = 0 if alive else -1
            path[0] = root
            arrival[0] = unit_first - gap
            cursor[0] = -1
            while depth >= 0:
                vertex = path[depth]
                if cursor[depth] < 0:
                    # The pairs of a vertex that can take part at all, chosen once a unit.
                    if kept_stamp[vertex] != unit:
                        kept_stamp[vertex] = unit
                        kept_start[vertex] = kept_size
                        # Not `earliest`: beyond the hops that were grown it is unknown, not late.
                        ready = unit_first if vertex == root else unit_first + gap
                        for pair in range(block.pair_offset[vertex], block.pair_offset[vertex + 1]):
                            head = block.pair_target[pair]
                            back = (deadline + gap if head == root else reach.latest[head, most - 1]) - gap
                            if vertex == root:
                                back = min(back, unit_last)
                            if ready > back or block.tick[block.bundle[pair + 1] - 1] < ready:
                                continue
                            edge = first_at_least(block.tick, block.bundle[pair], block.bundle[pair + 1], ready)
                            if block.tick[edge] <= back:
                                kept[kept_size] = pair
                                kept_size += 1
                        kept_end[vertex] = kept_size
                    cursor[depth] = kept_start[vertex]
                if cursor[depth] == kept_end[vertex]:
                    on_path[vertex] = 0
                    depth -= 1
                    continue
                pair = kept[cursor[depth]]
                cursor[depth] += 1
                steps += 1
                if steps == POLL_STEPS:
                    steps = 0
                    if stop[0] != 0:
                        return table
                head = block.pair_target[pair]
                if head != root and on_path[head]:
                    continue
                left = most - depth - 1
                if head == root:
                    bound = deadline
                elif left == 0:
                    continue
                else:
                    bound = reach.latest[head, left] - gap
                if depth == 0:
                    bound = min(bound, unit_last)
                ready = arrival[depth] + gap
                if ready > bound:
                    continue
                edge = first_at_least(block.tick, block.bundle[pair], block.bundle[pair + 1], ready)
                if edge == block.bundle[pair + 1] or block.tick[edge] > bound:
                    continue
                pairs[depth] = pair
                if head != root:
                    depth += 1
                    path[depth] = head
                    arrival[depth] = block.tick[edge]
                    cursor[depth] = -1
                    on_path[head] = 1
                    continue
                length = depth + 1
                if length < rules.min_length:
                    continue
                smallest = True
                passes = through.shape[0] == 0
                for step in range(length):
                    smallest &= block.rank[path[step]] >= block.rank[root]
                    if not passes:
                        passes = through[block.vertices[path[step]]] != 0
                if not passes:
                    continue
                count_cycles(
                    block, pairs, length, unit_first, unit_last, rules, smallest, ways, next_ways, answer, starts, found
                )
                if found[1] == 0:
                    continue
                totals[0] = saturated_sum(totals[0], found[0])
                by_length[length] = saturated_sum(by_length[length], found[0])
                root_place = canonical(path, length, block.vertices, block.rank, ring)
                if rules.band == NO_BAND:
                    totals[1] += found[1]
                    table = record(table, ring, length, found[0], found[1], found[2], found[3])
                else:
                    table = record(table, ring, length, found[0], 0, found[2], found[3])
                    for start in range(found[1]):
                        table = note_bundle(table, root_place, starts[start])
                        totals[1] += table.sizes[4]
                if table.sizes[0] >= max_rings and stop[0] == 0:
                    stop[0] = 2
            _clear(reach)
    return table
