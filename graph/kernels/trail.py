"""What a trace writes down and the rules it keeps. Filled by the haircut and first-in-first-out kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Doubles, Flags, Ints, Longs, kernel

MILLION = 1_000_000


class TraceRules(NamedTuple):
    """Limits of a trace."""

    max_hops: int
    span_start: int
    span_end: int
    min_amount: int  # cents
    min_share: int  # millionths
    vertex_limit: int  # newest edges followed per vertex
    max_edges: int
    positions_a_sale: int  # haircut downstream: what a sale that waits costs, in positions read in order; 0 = nothing


class Trail(NamedTuple):
    """Edges in the order in which they were met; cut = 1 marks those left out by the vertex limit."""

    edge: Ints
    hop: Ints
    carried: Doubles  # cents
    cut: Flags
    sizes: Longs  # [rows, edges below the thresholds, followed edges, 1 when nothing was left to follow]


@kernel
def new_trail() -> Trail:
    """Nothing met yet."""
    return Trail(
        np.empty(64, np.int32),
        np.empty(64, np.int32),
        np.empty(64, np.float64),
        np.empty(64, np.uint8),
        np.zeros(4, np.int64),
    )


@kernel
def with_room(trail: Trail, more: int) -> Trail:
    """The same trail with room for so many more rows."""
    count = trail.sizes[0]
    if count + more <= trail.edge.shape[0]:
        return trail
    room = 2 * count + more
    edges = np.empty(room, np.int32)
    edges[:count] = trail.edge[:count]
    hops = np.empty(room, np.int32)
    hops[:count] = trail.hop[:count]
    amounts = np.empty(room, np.float64)
    amounts[:count] = trail.carried[:count]
    cuts = np.empty(room, np.uint8)
    cuts[:count] = trail.cut[:count]
    return Trail(edges, hops, amounts, cuts, trail.sizes)


@kernel
def write_down(trail: Trail, edge: int, hop: int, carried: float, cut: bool) -> None:
    """One more row, for which there is room."""
    count = trail.sizes[0]
    trail.edge[count] = edge
    trail.hop[count] = hop
    trail.carried[count] = carried
    trail.cut[count] = 1 if cut else 0
    trail.sizes[0] = count + 1
    if not cut:
        trail.sizes[2] += 1


@kernel
def worth_following(trail: Trail, rules: TraceRules, amount: int, carried: float, whole: float) -> bool:
    """Is an edge above the thresholds? Counts it when not. The share is carried / whole."""
    if carried <= 0.0:
        return False
    if amount >= rules.min_amount and carried * MILLION >= rules.min_share * whole:
        return True
    trail.sizes[1] += 1
    return False


@kernel
def first_hop(carried: Doubles, low: int) -> int:
    """The fewest hops, `low` or more, over which something is carried; the number of entries if nothing is."""
    hop = low
    while hop < carried.shape[0] and carried[hop] <= 0.0:
        hop += 1
    return hop


@kernel
def reached_vertices(
    ends: Ints, edges: Longs, hops: Longs, carried: Doubles, slot: Ints
) -> tuple[Longs, Longs, Longs, Doubles]:
    """(vertices, row of the first edge, fewest hops, sum carried) in the order in which rows of edges reach them.

    `slot` (int32[v]) may hold anything at the ends of edges and is written over there.
    """
    for edge in edges:
        slot[ends[edge]] = 0
    vertices = np.empty(len(edges), np.int64)
    first = np.empty(len(edges), np.int64)
    fewest = np.empty(len(edges), np.int64)
    cents = np.empty(len(edges), np.float64)
    count = 0
    for row in range(len(edges)):
        vertex = ends[edges[row]]
        number = slot[vertex] - 1
        if number < 0:
            number = count
            count += 1
            slot[vertex] = count
            vertices[number] = vertex
            first[number] = row
            fewest[number] = hops[row]
            cents[number] = 0.0
        fewest[number] = min(fewest[number], hops[row])
        cents[number] += carried[row]
    return vertices[:count], first[:count], fewest[:count], cents[:count]
