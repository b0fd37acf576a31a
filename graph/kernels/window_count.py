"""How many edge cycles of a vertex cycle lie in one window, in any order. Called by the window kernel at each cycle.

For each tick t of the cycle's edges: (choices inside [t, t + W]) less (choices inside (t, t + W]) are those whose
earliest tick is t. With a band the choices are added up over the smallest edge, ordered by (amount, edge number).
"""

from __future__ import annotations

from graph.kernels.blocks import Block, first_at_least
from graph.kernels.compiled import FAR, Ints, Longs, kernel
from graph.kernels.plan import NO_BAND, ceiling_of
from graph.kernels.ring_table import saturated_product, saturated_sum
from graph.kernels.temporal_count import Rules


@kernel
def _choices_around(block: Block, length: int, low: Longs, high: Longs, least_place: int, least: int, band: int) -> int:
    """Choices of one edge an arc in low..high with edge `least` the smallest and all amounts within the band."""
    amount = block.amount[least]
    ceiling = ceiling_of(amount, band)
    choices = 1
    for place in range(length):
        if place == least_place:
            continue
        fitting = 0
        for edge in range(low[place], high[place]):
            own = block.amount[edge]
            if amount <= own <= ceiling and (own > amount or block.edge[edge] > block.edge[least]):
                fitting += 1
        if fitting == 0:
            return 0
        choices = saturated_product(choices, fitting)
    return choices


@kernel
def _last_around(block: Block, length: int, low: Longs, high: Longs, least_place: int, least: int, band: int) -> int:
    """Latest tick of any edge that fits beside `least`."""
    amount = block.amount[least]
    ceiling = ceiling_of(amount, band)
    last = block.tick[least]
    for place in range(length):
        if place == least_place:
            continue
        for edge in range(low[place], high[place]):
            own = block.amount[edge]
            if amount <= own <= ceiling and (own > amount or block.edge[edge] > block.edge[least]):
                last = max(last, block.tick[edge])
    return int(last)


@kernel
def _choices(block: Block, length: int, low: Longs, high: Longs, rules: Rules, latest: Longs) -> int:
    """Choices of one edge an arc in low..high that keep to the band; latest[0] is raised to their latest tick."""
    if rules.band == NO_BAND:
        choices = 1
        for place in range(length):
            choices = saturated_product(choices, high[place] - low[place])
        if choices > 0:
            for place in range(length):
                latest[0] = max(latest[0], block.tick[high[place] - 1])
        return choices
    total = 0
    for place in range(length):
        for least in range(low[place], high[place]):
            if block.amount[least] < rules.floor or block.amount[least] > rules.floor_end:
                continue
            choices = _choices_around(block, length, low, high, place, least, rules.band)
            if choices > 0:
                total = saturated_sum(total, choices)
                latest[0] = max(latest[0], _last_around(block, length, low, high, place, least, rules.band))
    return total


@kernel
def _next_tick(block: Block, pairs: Ints, length: int, since: int) -> int:
    """Earliest tick >= since of any pair of the cycle, FAR if none."""
    moment = FAR
    for place in range(length):
        end = block.bundle[pairs[place] + 1]
        edge = first_at_least(block.tick, block.bundle[pairs[place]], end, since)
        if edge < end:
            moment = min(moment, block.tick[edge])
    return moment


@kernel
def _bounds(block: Block, pairs: Ints, length: int, since: int, until: int, low: Longs, high: Longs) -> bool:
    """Edges of each pair in since..until; False when a pair has none."""
    for place in range(length):
        end = block.bundle[pairs[place] + 1]
        low[place] = first_at_least(block.tick, block.bundle[pairs[place]], end, since)
        high[place] = first_at_least(block.tick, low[place], end, until + 1)
        if low[place] == high[place]:
            return False
    return True


@kernel
def count_in_windows(
    block: Block,
    pairs: Ints,
    length: int,
    first_root: int,
    last_root: int,
    rules: Rules,
    low: Longs,
    high: Longs,
    latest: Longs,
    starts: Longs,
    found: Longs,
) -> None:
    """found[:4] = edge cycles, bundled cycles, earliest and latest tick, of those whose earliest tick is in the range.

    The earliest ticks are listed in `starts` (as long as the edges of the cycle).
    """
    found[0] = 0
    found[1] = 0
    latest[0] = -FAR
    moment = _next_tick(block, pairs, length, first_root)
    while moment <= last_root:
        if _bounds(block, pairs, length, moment, moment + rules.window, low, high):
            cycles = _choices(block, length, low, high, rules, latest)
            if cycles > 0 and _bounds(block, pairs, length, moment + 1, moment + rules.window, low, high):
                cycles -= _choices(block, length, low, high, rules, latest)
            if cycles > 0:
                if found[1] == 0:
                    found[2] = moment
                found[0] = saturated_sum(found[0], cycles)
                starts[found[1]] = moment
                found[1] += 1
        moment = _next_tick(block, pairs, length, moment + 1)
    found[3] = latest[0]
