"""What is known of the vertices around one vertex, and the edges kept of them. Filled and read by `nearby`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel


class Departures(NamedTuple):
    """Which ring edges are looked for."""

    vertex: int
    first: int  # earliest departure, tick
    last: int  # latest departure
    window: int
    gap: int  # 1: ticks must rise
    hops: int  # K


class Reached(NamedTuple):
    """What is known of the vertices met, r rows; every function that adds a row returns the rows to go on with."""

    row: Ints  # [v] row of a vertex, -1 if it was not met
    vertex: Ints  # [r]
    first: Longs  # [r, K + 1]
    second: Longs  # [r, K + 1]
    first_bound: Longs  # [r, K + 1]
    second_bound: Longs  # [r, K + 1]
    mark: Longs  # [r, 2] stamp of the layer in which it entered each frontier
    sizes: Longs  # [rows, stamp]


class Kept(NamedTuple):
    """Edges found so far."""

    taken: Flags  # [n]
    edges: Ints  # [m]
    sizes: Longs  # [edges]


@kernel
def with_row(reached: Reached, vertex: int) -> Reached:
    """The rows with one for `vertex`, whose number is then reached.row[vertex]."""
    if reached.row[vertex] >= 0:
        return reached
    number = reached.sizes[0]
    room, width = reached.first.shape
    if number == room:
        wider = Reached(
            reached.row,
            np.empty(2 * room, np.int32),
            np.empty((2 * room, width), np.int64),
            np.empty((2 * room, width), np.int64),
            np.empty((2 * room, width), np.int64),
            np.empty((2 * room, width), np.int64),
            np.empty((2 * room, 2), np.int64),
            reached.sizes,
        )
        wider.vertex[:room] = reached.vertex
        wider.first[:room] = reached.first
        wider.second[:room] = reached.second
        wider.first_bound[:room] = reached.first_bound
        wider.second_bound[:room] = reached.second_bound
        wider.mark[:room] = reached.mark
        reached = wider
    reached.row[vertex] = number
    reached.vertex[number] = vertex
    reached.first[number] = FAR
    reached.second[number] = FAR
    reached.first_bound[number] = -FAR
    reached.second_bound[number] = -FAR
    reached.mark[number] = 0
    reached.sizes[0] = number + 1
    return reached


@kernel
def _lower(row: Longs, hops: int, tick: int) -> bool:
    """Note an arrival in `hops` hops; was it earlier than what was known?"""
    if tick >= row[hops]:
        return False
    for place in range(hops, row.shape[0]):
        row[place] = min(row[place], tick)
    return True


@kernel
def _raise(row: Longs, hops: int, tick: int) -> bool:
    """Note a bound for `hops` hops; was it later than what was known?"""
    if tick <= row[hops]:
        return False
    for place in range(hops, row.shape[0]):
        row[place] = max(row[place], tick)
    return True


@kernel
def ready_at(reached: Reached, number: int, hops: int, asked: Departures) -> tuple[int, int]:
    """Earliest ticks at which a row can be left on the first part, and on the second; FAR for never."""
    first = reached.first[number, hops]
    second = reached.second[number, hops]
    ready = FAR if first == FAR else first + asked.gap
    again = FAR if second == FAR else second + asked.gap
    if first < FAR and reached.vertex[number] != asked.vertex:
        again = min(again, first - asked.window)
    return ready, again


@kernel
def note_arrival(reached: Reached, number: int, hops: int, tick: int, firsts: bool, seconds: bool) -> bool:
    """Note an arrival on either part; was one of them earlier than what was known?"""
    better = False
    if firsts:
        better |= _lower(reached.first[number], hops, tick)
    if seconds:
        better |= _lower(reached.second[number], hops, tick)
    return better


@kernel
def note_bound(
    reached: Reached, number: int, hops: int, tick: int, firsts: bool, seconds: bool, asked: Departures
) -> bool:
    """Note a departure on either part from which the way back is known; is a bound later than what was known?"""
    better = False
    if firsts:
        better |= _raise(reached.first_bound[number], hops, tick - asked.gap)
    if seconds:
        better |= _raise(reached.second_bound[number], hops, tick - asked.gap)
        better |= _raise(reached.first_bound[number], hops, tick + asked.window)
    return better


@kernel
def entered(reached: Reached, number: int, side: int, frontier: Ints) -> Ints:
    """The frontier with that row, once a layer; its last entry says how many there are."""
    if reached.mark[number, side] == reached.sizes[1]:
        return frontier
    reached.mark[number, side] = reached.sizes[1]
    size = frontier[frontier.shape[0] - 1]
    if size == frontier.shape[0] - 1:
        wider = np.empty(2 * frontier.shape[0], np.int32)
        wider[:size] = frontier[:size]
        frontier = wider
    frontier[size] = number
    frontier[frontier.shape[0] - 1] = size + 1
    return frontier


@kernel
def new_frontier() -> Ints:
    """No rows; the last entry says how many there are."""
    frontier = np.empty(65, np.int32)
    frontier[64] = 0
    return frontier


@kernel
def keep(kept: Kept, edge: int) -> Kept:
    """The edges with one more."""
    if kept.taken[edge]:
        return kept
    kept.taken[edge] = 1
    size = kept.sizes[0]
    if size == kept.edges.shape[0]:
        wider = np.empty(2 * size, np.int32)
        wider[:size] = kept.edges
        kept = Kept(kept.taken, wider, kept.sizes)
    kept.edges[size] = edge
    kept.sizes[0] = size + 1
    return kept
