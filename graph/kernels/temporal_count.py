"""How many edge cycles a closed vertex sequence holds: dynamic programmes over the sorted ticks of its pairs.

Called by the temporal search at each closure. Counts are exact and saturate at FAR.
"""

from __future__ import annotations

from typing import NamedTuple

from graph.kernels.blocks import Block, first_at_least
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.plan import NO_BAND, ceiling_of
from graph.kernels.ring_table import saturated_product, saturated_sum


class Rules(NamedTuple):
    """What a ring must keep to."""

    min_length: int
    max_length: int
    window: int  # ticks, inclusive
    gap: int  # 1 when ticks must rise, 0 when they may stay
    band: int  # millionths, or NO_BAND
    floor: int  # smallest amount of the ring lies in floor..floor_end (cents)
    floor_end: int


@kernel
def _allowed(block: Block, edge: int, place: int, least: int, least_place: int, ceiling: int) -> bool:
    """May `edge` stand at `place` when edge `least` at `least_place` is the smallest by (amount, edge number)?"""
    if least < 0:
        return True
    if place == least_place:
        return bool(edge == least)
    amount = block.amount[edge]
    if amount > ceiling or amount < block.amount[least]:
        return False
    return bool(amount > block.amount[least] or block.edge[edge] > block.edge[least])


@kernel
def _sequences(
    block: Block,
    pairs: Ints,
    length: int,
    first: int,
    window: int,
    gap: int,
    least: int,
    least_place: int,
    ways: Longs,
    next_ways: Longs,
    answer: Longs,
) -> None:
    """answer[0] = edge sequences along pairs[:length] that start at tick `first`; answer[1] = their latest tick.

    With `least` >= 0 only those where that edge, at `least_place`, is the smallest. answer[2] = how many of them have
    all ticks equal.
    """
    ceiling = answer[3]
    equal = 1
    before_start = 0
    before_end = 0
    for place in range(length):
        pair = pairs[place]
        end = block.bundle[pair + 1]
        start = first_at_least(block.tick, block.bundle[pair], end, first if place == 0 else first + gap)
        bound = first if place == 0 else first + window
        same = 0
        total = 0
        cursor = before_start
        edge = start
        while edge < end and block.tick[edge] <= bound:
            moment = block.tick[edge]
            while place > 0 and cursor < before_end and block.tick[cursor] + gap <= moment:
                total = saturated_sum(total, ways[cursor - before_start])
                cursor += 1
            count = 1 if place == 0 else total
            if not _allowed(block, edge, place, least, least_place, ceiling):
                count = 0
            elif moment == first:
                same += 1
            next_ways[edge - start] = count
            edge += 1
        equal = saturated_product(equal, same)
        before_start = start
        before_end = edge
        ways, next_ways = next_ways, ways
        if start == edge:
            break
    answer[0] = 0
    answer[1] = first
    answer[2] = equal
    for edge in range(before_start, before_end):
        if ways[edge - before_start] > 0:
            answer[0] = saturated_sum(answer[0], ways[edge - before_start])
            answer[1] = block.tick[edge]


@kernel
def _cycles_from(
    block: Block,
    pairs: Ints,
    length: int,
    first: int,
    rules: Rules,
    smallest_root: bool,
    ways: Longs,
    next_ways: Longs,
    answer: Longs,
) -> None:
    """answer[0] = edge cycles rooted at tick `first`, answer[1] = their latest tick; all-equal at the smallest root."""
    if rules.band == NO_BAND:
        _sequences(block, pairs, length, first, rules.window, rules.gap, -1, -1, ways, next_ways, answer)
        if rules.gap == 0 and not smallest_root:
            answer[0] -= min(answer[0], answer[2])
        return
    total = 0
    latest = first
    for place in range(length):
        pair = pairs[place]
        for least in range(block.bundle[pair], block.bundle[pair + 1]):
            moment = block.tick[least]
            if moment < first or moment > first + rules.window or (place == 0 and moment != first):
                continue
            amount = block.amount[least]
            if amount < rules.floor or amount > rules.floor_end:
                continue
            answer[3] = ceiling_of(amount, rules.band)
            _sequences(block, pairs, length, first, rules.window, rules.gap, least, place, ways, next_ways, answer)
            if rules.gap == 0 and not smallest_root:
                answer[0] -= min(answer[0], answer[2])
            if answer[0] > 0:
                total = saturated_sum(total, answer[0])
                latest = max(latest, answer[1])
    answer[0] = total
    answer[1] = latest


@kernel
def count_cycles(
    block: Block,
    pairs: Ints,
    length: int,
    first_root: int,
    last_root: int,
    rules: Rules,
    smallest_root: bool,
    ways: Longs,
    next_ways: Longs,
    answer: Longs,
    starts: Longs,
    found: Longs,
) -> None:
    """found[:4] = edge cycles, bundled cycles, earliest and latest tick of the sequence with roots in the range.

    Bundled: distinct ticks of the first edge, listed in `starts`. `answer` (int64[4]), `ways`, `next_ways` and
        `starts` (as long as the longest bundle) are scratch.
    """
    found[0] = 0
    found[1] = 0
    pair = pairs[0]
    end = block.bundle[pair + 1]
    edge = first_at_least(block.tick, block.bundle[pair], end, first_root)
    while edge < end and block.tick[edge] <= last_root:
        first = block.tick[edge]
        _cycles_from(block, pairs, length, first, rules, smallest_root, ways, next_ways, answer)
        if answer[0] > 0:
            if found[1] == 0:
                found[2] = first
                found[3] = answer[1]
            found[0] = saturated_sum(found[0], answer[0])
            starts[found[1]] = first
            found[1] += 1
            found[3] = max(found[3], answer[1])
        while edge < end and block.tick[edge] == first:
            edge += 1


@kernel
def longest_bundle(block: Block) -> int:
    """Edges of the pair that has most."""
    most = 0
    for pair in range(block.pair_target.shape[0]):
        most = max(most, int(block.bundle[pair + 1]) - int(block.bundle[pair]))
    return most
