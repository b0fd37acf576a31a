"""Two-edge ways s → m → t from one vertex s, in time order. Called by `scatter_gather`, which has the definitions.

A way is *minimal* when no other one by the same m leaves later and arrives no later, or arrives earlier and leaves no
earlier. A window that holds any way by m holds a minimal one, so only these are kept. Their departures and arrivals
both rise, and the start ticks x of windows that hold one of them, x <= departure and arrival <= x + W, are cut into
ranges `low`..departure that do not overlap: m is in the window from x when x lies in one of its ranges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.blocks import first_at_least
from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.shapes import with_room

PLACE, GROUP, LOW, DEPARTURE, ARRIVAL = range(5)
SEEN, MIDDLES = np.uint32(0), np.uint32(1)


class Legs(NamedTuple):
    """Second edges m → t by (m, tick): those whose t can be the end of a shape. Ends have numbers of their own."""

    offset: Ints  # [v + 1]
    end: Ints  # number of t
    tick: Longs
    edge: Ints
    vertex: Ints  # [e] by number
    number: Ints  # [v] -1 for vertices that are no ends


class Spread(NamedTuple):
    """The edges out of one vertex by (target, tick); room for the busiest vertex."""

    vertex: Ints  # targets, each once
    offset: Ints  # where the edges of each start
    tick: Longs
    edge: Ints
    filled: Ints  # by target, working space
    label: Ints  # [v] working space, all -1


class Tally(NamedTuple):
    """Working space by the number of the end t, as left by the last vertex s.

    It is small, as counting looks into it at random: what an older s left is told by SEEN, and nothing is put back.
    """

    ends: Ints  # [e, 2] SEEN: number of the last m; MIDDLES: distinct m of its s
    place: Ints  # [e] place among the ends with enough, all -1
    chosen: Ints  # [e] the ends with enough
    group: Ints  # [e] by place: group of the last way
    departure: Longs  # [e] by place: of the last way
    number: Ints  # [1] of the m at hand, from 1, never the same twice: there are no more of them than edges


@kernel
def second_legs(offset: Ints, edges: Ints, target: Ints, tick: Longs, wanted: Flags, count: int) -> Legs:
    """The edges, grouped by source in time order, whose target is wanted: `count` of them."""
    vertex = np.flatnonzero(wanted).astype(np.int32)
    number = np.full(len(wanted), -1, np.int32)
    for end in range(len(vertex)):
        number[vertex[end]] = end
    legs = Legs(
        np.zeros(len(offset), np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int64),
        np.empty(count, np.int32),
        vertex,
        number,
    )
    filled = 0
    for source in range(len(offset) - 1):
        for place in range(offset[source], offset[source + 1]):
            edge = np.uint32(edges[place])
            end = number[np.uint32(target[edge])]
            if end >= 0:
                legs.end[filled] = end
                legs.tick[filled] = tick[edge]
                legs.edge[filled] = edge
                filled += 1
        legs.offset[source + 1] = filled
    return legs


@kernel
def new_spread(most: int, vertices: int) -> Spread:
    """Room for `most` edges."""
    return Spread(
        np.empty(most, np.int32),
        np.empty(most + 1, np.int32),
        np.empty(most, np.int64),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.full(vertices, -1, np.int32),
    )


@kernel
def new_tally(ends: int) -> Tally:
    """Nothing is counted yet."""
    return Tally(
        np.zeros((ends, 2), np.int32),
        np.full(ends, -1, np.int32),
        np.empty(ends, np.int32),
        np.empty(ends, np.int32),
        np.empty(ends, np.int64),
        np.zeros(1, np.int32),
    )


@kernel
def spread_out(edges: Ints, target: Ints, tick: Longs, left_out: Flags, spread: Spread) -> int:
    """Fill `spread` with these edges, which are in time order, but for targets left out; how many targets."""
    groups = 0
    for edge in edges:
        vertex = target[edge]
        if left_out[vertex]:
            continue
        if spread.label[vertex] < 0:
            spread.label[vertex] = groups
            spread.vertex[groups] = vertex
            spread.filled[groups] = 0
            groups += 1
        spread.filled[spread.label[vertex]] += 1
    spread.offset[0] = 0
    for group in range(groups):
        spread.offset[group + 1] = spread.offset[group] + spread.filled[group]
        spread.filled[group] = spread.offset[group]
    for edge in edges:
        group = spread.label[target[edge]]
        if group >= 0:
            spread.tick[spread.filled[group]] = tick[edge]
            spread.edge[spread.filled[group]] = edge
            spread.filled[group] += 1
    for group in range(groups):
        spread.label[spread.vertex[group]] = -1
    return groups


@kernel
def _count_over(
    own: int,
    spread: Spread,
    group: int,
    legs: Legs,
    window: int,
    gap: int,
    enough: int,
    tally: Tally,
    first: int,
    found: int,
) -> int:
    """Count the ends, but for `own`, reached over one m; how many have enough by now. `first`: number of s's first."""
    middle = spread.vertex[group]
    end = legs.offset[middle + 1]
    tally.number[0] += 1
    number = tally.number[0]
    place = legs.offset[middle]
    for way in range(spread.offset[group], spread.offset[group + 1]):
        departure = spread.tick[way]
        if place < end and legs.tick[place] < departure + gap:
            place = first_at_least(legs.tick, place, end, departure + gap)
        while place < end and legs.tick[place] <= departure + window:
            target = np.uint32(legs.end[place])
            place += 1
            seen = tally.ends[target, SEEN]
            if seen == number or target == own:
                continue
            middles = tally.ends[target, MIDDLES] + 1 if seen >= first else 1
            tally.ends[target, SEEN] = number
            tally.ends[target, MIDDLES] = middles
            if middles == enough:
                tally.chosen[found] = target
                found += 1
    return found


@kernel
def _heaviest(spread: Spread, groups: int, legs: Legs) -> int:
    """The group whose m has most legs, the first of equal ones."""
    heaviest = 0
    most = -1
    for group in range(groups):
        middle = spread.vertex[group]
        count = legs.offset[middle + 1] - legs.offset[middle]
        if count > most:
            most = count
            heaviest = group
    return heaviest


@kernel
def count_ends(
    source: int, spread: Spread, groups: int, legs: Legs, window: int, gap: int, least: int, tally: Tally, stop: Longs
) -> int:
    """Ends with ways over at least `least` m's, each way inside a window of its own; how many are in tally.chosen.

    Every such end has all but one of them without the heaviest m: a hub, with most of the ways. So that one comes
    last, and only when some end has (T-occurrence, Sarawagi and Kirpal 2004, section 3.2).
    """
    found = 0
    own = legs.number[source]
    first = tally.number[0] + 1
    heaviest = _heaviest(spread, groups, legs)
    for group in range(groups):
        if group != heaviest and stop[0] == 0:
            found = _count_over(own, spread, group, legs, window, gap, least - 1, tally, first, found)
    if found == 0 or stop[0] != 0:
        return 0
    found = _count_over(own, spread, heaviest, legs, window, gap, least - 1, tally, first, found)
    kept = 0
    for place in range(found):
        if tally.ends[tally.chosen[place], MIDDLES] >= least:
            tally.chosen[kept] = tally.chosen[place]
            kept += 1
    return kept


@kernel
def _ways_over(
    spread: Spread, group: int, legs: Legs, window: int, gap: int, tally: Tally, ways: Longs, found: int
) -> tuple[Longs, int]:
    """Add the minimal ways over one m to numbered ends: (rows, how many)."""
    middle = spread.vertex[group]
    departures = spread.tick[spread.offset[group] : spread.offset[group + 1]]
    end = legs.offset[middle + 1]
    place = first_at_least(legs.tick, legs.offset[middle], end, departures[0] + gap)
    last = 0
    while place < end and legs.tick[place] <= departures[-1] + window:
        number = tally.place[np.uint32(legs.end[place])]
        arrival = legs.tick[place]
        place += 1
        if number < 0:
            continue
        while last + 1 < len(departures) and departures[last + 1] + gap <= arrival:
            last += 1
        departure = departures[last]
        known = tally.group[number] == group
        if arrival - departure > window or (known and tally.departure[number] == departure):
            continue
        ways = with_room(ways, found)
        ways[found, PLACE] = number
        ways[found, GROUP] = group
        ways[found, LOW] = max(arrival - window, tally.departure[number] + 1) if known else arrival - window
        ways[found, DEPARTURE] = departure
        ways[found, ARRIVAL] = arrival
        found += 1
        tally.group[number] = group
        tally.departure[number] = departure
    return ways, found


@kernel
def minimal_ways(
    spread: Spread, groups: int, legs: Legs, window: int, gap: int, tally: Tally, ends: int, ways: Longs, stop: Longs
) -> tuple[Longs, int]:
    """Rows (place of the end, group of m, low, departure, arrival) of the ways to the ends chosen, and how many.

    They come by group and arrival.
    """
    found = 0
    for place in range(ends):
        tally.place[tally.chosen[place]] = place
        tally.group[place] = -1
    for group in range(groups if ends > 0 else 0):
        if stop[0] != 0:
            break
        ways, found = _ways_over(spread, group, legs, window, gap, tally, ways, found)
    for place in range(ends):
        tally.place[tally.chosen[place]] = -1
    return ways, found
