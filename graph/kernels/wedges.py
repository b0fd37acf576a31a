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
    """Second edges m → t by (m, tick): those whose t can be the end of a shape."""

    offset: Ints  # [v + 1]
    target: Ints
    tick: Longs
    edge: Ints


class Spread(NamedTuple):
    """The edges out of one vertex by (target, tick); room for the busiest vertex."""

    vertex: Ints  # targets, each once
    offset: Ints  # where the edges of each start
    tick: Longs
    edge: Ints
    filled: Ints  # by target, working space
    label: Ints  # [v] working space, all -1


class Tally(NamedTuple):
    """Working space by end vertex t, as left by the last vertex s."""

    ends: Longs  # [v, 2] SEEN: number of the last m; MIDDLES: distinct m, all 0. Together, as both are needed at once
    place: Ints  # [v] place among the ends with enough, all -1
    departure: Longs  # [v] of the last way by the last m
    touched: Ints  # [v] ends with a count
    number: Longs  # [1] of the m at hand, never the same twice


@kernel
def second_legs(offset: Ints, edges: Ints, target: Ints, tick: Longs, wanted: Flags) -> Legs:
    """The edges, grouped by source in time order, whose target is wanted."""
    count = 0
    for edge in edges:
        count += wanted[target[edge]]
    legs = Legs(
        np.zeros(len(offset), np.int32), np.empty(count, np.int32), np.empty(count, np.int64), np.empty(count, np.int32)
    )
    filled = 0
    for vertex in range(len(offset) - 1):
        for edge in edges[offset[vertex] : offset[vertex + 1]]:
            if wanted[target[edge]]:
                legs.target[filled] = target[edge]
                legs.tick[filled] = tick[edge]
                legs.edge[filled] = edge
                filled += 1
        legs.offset[vertex + 1] = filled
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
def new_tally(vertices: int) -> Tally:
    """Nothing is counted yet."""
    return Tally(
        np.zeros((vertices, 2), np.int64),
        np.full(vertices, -1, np.int32),
        np.empty(vertices, np.int64),
        np.empty(vertices, np.int32),
        np.zeros(1, np.int64),
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
    source: int, departures: Longs, legs: Legs, middle: int, window: int, gap: int, tally: Tally, touched: int
) -> int:
    """Count the ends reached over one m, left at these ticks; how many ends are touched now."""
    end = legs.offset[middle + 1]
    number = tally.number[0]
    place = legs.offset[middle]
    for departure in departures:
        if place < end and legs.tick[place] < departure + gap:
            place = first_at_least(legs.tick, place, end, departure + gap)
        while place < end and legs.tick[place] <= departure + window:
            target = np.uint32(legs.target[place])
            place += 1
            if tally.ends[target, SEEN] != number and target != source:
                tally.ends[target, SEEN] = number
                if tally.ends[target, MIDDLES] == 0:
                    tally.touched[touched] = target
                    touched += 1
                tally.ends[target, MIDDLES] += 1
    return touched


@kernel
def count_ends(
    source: int, spread: Spread, groups: int, legs: Legs, window: int, gap: int, least: int, tally: Tally, stop: Longs
) -> int:
    """Ends with ways over at least `least` m's, each way inside a window of its own; tally.place numbers them."""
    touched = 0
    for group in range(groups):
        if stop[0] != 0:
            break
        tally.number[0] += 1
        departures = spread.tick[spread.offset[group] : spread.offset[group + 1]]
        touched = _count_over(source, departures, legs, spread.vertex[group], window, gap, tally, touched)
    ends = 0
    for place in range(touched):
        target = np.uint32(tally.touched[place])
        if tally.ends[target, MIDDLES] >= least and stop[0] == 0:
            tally.place[target] = ends
            tally.touched[ends] = target
            ends += 1
        tally.ends[target, MIDDLES] = 0
    return ends


@kernel
def _ways_over(
    group: int, departures: Longs, legs: Legs, middle: int, window: int, gap: int, tally: Tally, ways: Longs, found: int
) -> tuple[Longs, int]:
    """Add the minimal ways over one m to numbered ends: (rows, how many)."""
    end = legs.offset[middle + 1]
    number = tally.number[0]
    place = first_at_least(legs.tick, legs.offset[middle], end, departures[0] + gap)
    last = 0
    while place < end and legs.tick[place] <= departures[-1] + window:
        target = np.uint32(legs.target[place])
        arrival = legs.tick[place]
        place += 1
        while last + 1 < len(departures) and departures[last + 1] + gap <= arrival:
            last += 1
        departure = departures[last]
        known = tally.ends[target, SEEN] == number
        if tally.place[target] < 0 or arrival - departure > window or (known and tally.departure[target] == departure):
            continue
        ways = with_room(ways, found)
        ways[found, PLACE] = tally.place[target]
        ways[found, GROUP] = group
        ways[found, LOW] = max(arrival - window, tally.departure[target] + 1) if known else arrival - window
        ways[found, DEPARTURE] = departure
        ways[found, ARRIVAL] = arrival
        found += 1
        tally.ends[target, SEEN] = number
        tally.departure[target] = departure
    return ways, found


@kernel
def minimal_ways(
    spread: Spread, groups: int, legs: Legs, window: int, gap: int, tally: Tally, ends: int, ways: Longs, stop: Longs
) -> tuple[Longs, int]:
    """Rows (place of the end, group of m, low, departure, arrival) of the ways to the numbered ends, and how many.

    They come by group and arrival; the numbers of the ends are taken back.
    """
    found = 0
    for group in range(groups):
        if stop[0] != 0:
            break
        tally.number[0] += 1
        departures = spread.tick[spread.offset[group] : spread.offset[group + 1]]
        ways, found = _ways_over(group, departures, legs, spread.vertex[group], window, gap, tally, ways, found)
    for place in range(ends):
        tally.place[tally.touched[place]] = -1
    return ways, found
