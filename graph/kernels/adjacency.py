"""Edges by vertex in ledger order, both directions. Built by `graph.arrays.csr`, read by the trace and path kernels.

The ledger order is total: by tick, then so that a vertex's purchases of a tick precede its sales of that tick, then
by edge number. Where edges of one tick form a circle both cannot hold, and these edges (one strong component of the
tick) stand in the order of their numbers, before the component's sales to others. So no walk in ledger order uses an
edge twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.components import strong_components
from graph.kernels.sorting import group_offsets, group_order, stable_order

if TYPE_CHECKING:
    from collections.abc import Iterator


class Adjacency(NamedTuple):
    """n edges, v vertices, m <= n edges that are no self-loops."""

    source: Ints  # [n]
    target: Ints  # [n]
    tick: Longs  # [n] seconds
    amount: Longs  # [n] cents, > 0
    order: Ints  # [m] edges in ledger order; a place in it is the edge's position
    out_offset: Ints  # [v + 1]
    out_edge: Ints  # [m] by (source, position)
    out_position: Ints  # [m] beside each edge, and so what follows: traces would miss the cache for each otherwise
    out_target: Ints  # [m]
    out_amount: Longs  # [m]
    in_offset: Ints  # [v + 1]
    in_edge: Ints  # [m] by (target, position)
    in_position: Ints  # [m]
    in_amount: Longs  # [m]


class Grouped(NamedTuple):
    """The part of an adjacency that no column can be read into; its fields are described there."""

    order: Ints
    out_offset: Ints
    out_edge: Ints
    out_position: Ints
    in_offset: Ints
    in_edge: Ints
    in_position: Ints


@kernel
def _circles_of_a_tick(source: Ints, target: Ints, edges: Ints, label: Ints) -> Ints:
    """The edges of one tick in ledger order."""
    tails = np.empty(edges.shape[0], np.int32)
    heads = np.empty(edges.shape[0], np.int32)
    count = 0
    for place in range(edges.shape[0]):
        for end in range(2):
            vertex = source[edges[place]] if end == 0 else target[edges[place]]
            if label[vertex] < 0:
                label[vertex] = count
                count += 1
            if end == 0:
                tails[place] = label[vertex]
            else:
                heads[place] = label[vertex]
    for edge in edges:
        label[source[edge]] = -1
        label[target[edge]] = -1
    offsets = group_offsets(tails, count)
    by_tail = heads[group_order(tails, offsets)]
    component = strong_components(offsets, by_tail)
    level = np.zeros(count, np.int64)
    upstream_first = stable_order(-component.astype(np.int64))
    for vertex in upstream_first:
        for slot in range(offsets[vertex], offsets[vertex + 1]):
            own = component[vertex]
            other = component[by_tail[slot]]
            if own != other:
                level[other] = max(level[other], level[own] + 1)
    keys = np.empty(edges.shape[0], np.int64)
    for place in range(edges.shape[0]):
        own = component[tails[place]]
        keys[place] = 2 * level[own] + (1 if own != component[heads[place]] else 0)
    return edges[stable_order(keys)]


@kernel
def _settle_tick(source: Ints, target: Ints, order: Ints, start: int, end: int, bought: Flags, label: Ints) -> None:
    """Put order[start:end], the edges of one tick by number, into ledger order."""
    middle = False
    for place in range(start, end):
        bought[target[order[place]]] = 1
    for place in range(start, end):
        middle |= bought[source[order[place]]] != 0
    for place in range(start, end):
        bought[target[order[place]]] = 0
    if middle:
        order[start:end] = _circles_of_a_tick(source, target, order[start:end].copy(), label)


@kernel
def ledger_order(source: Ints, target: Ints, tick: Longs, vertex_count: int) -> Ints:
    """Edge numbers in ledger order, self-loops left out: int32[m]."""
    by_tick = stable_order(tick)
    order = np.empty(by_tick.shape[0], np.int32)
    count = 0
    for edge in by_tick:
        if source[edge] != target[edge]:
            order[count] = edge
            count += 1
    bought = np.zeros(vertex_count, np.uint8)
    label = np.full(vertex_count, -1, np.int32)
    start = 0
    while start < count:
        end = start + 1
        while end < count and tick[order[end]] == tick[order[start]]:
            end += 1
        if end - start > 1:
            _settle_tick(source, target, order, start, end, bought, label)
        start = end
    return order[:count].copy()


@kernel
def grouped_edges(source: Ints, target: Ints, tick: Longs, vertex_count: int) -> Grouped:
    """Group the edges (int32, int32, int64, all [n]) by vertex in ledger order, in about linear time."""
    order = ledger_order(source, target, tick, vertex_count)
    out_offset = group_offsets(source[order], vertex_count)
    out_position = group_order(source[order], out_offset)
    in_offset = group_offsets(target[order], vertex_count)
    in_position = group_order(target[order], in_offset)
    return Grouped(order, out_offset, order[out_position], out_position, in_offset, order[in_position], in_position)


def columns_beside(grouped: Grouped, target: Ints, amount: Longs) -> Iterator[tuple[str, Ints | Longs]]:
    """The columns of an adjacency that lie beside its edges, by name; one at a time, as each takes memory."""
    yield "out_target", target[grouped.out_edge]
    yield "out_amount", amount[grouped.out_edge]
    yield "in_amount", amount[grouped.in_edge]


def adjacency_of(source: Ints, target: Ints, tick: Longs, amount: Longs, vertex_count: int) -> Adjacency:
    """The edges (int32, int32, int64, int64, all [n]) with all that is kept by vertex."""
    grouped = grouped_edges(source, target, tick, vertex_count)
    beside: dict[str, Any] = dict(columns_beside(grouped, target, amount))
    return Adjacency(source, target, tick, amount, **grouped._asdict(), **beside)


@kernel
def positions_of(adjacency: Adjacency, edges: Ints) -> Longs:
    """Position of each edge (int32[k]): int64[k], -1 for self-loops."""
    positions = np.full(edges.shape[0], -1, np.int64)
    for number in range(edges.shape[0]):
        edge = edges[number]
        tick = adjacency.tick[edge]
        end = adjacency.out_offset[adjacency.source[edge] + 1]
        low = adjacency.out_offset[adjacency.source[edge]]
        high = end
        while low < high:
            middle = (low + high) >> 1
            if adjacency.tick[adjacency.out_edge[middle]] < tick:
                low = middle + 1
            else:
                high = middle
        while low < end and adjacency.tick[adjacency.out_edge[low]] == tick and adjacency.out_edge[low] != edge:
            low += 1
        if low < end and adjacency.out_edge[low] == edge:
            positions[number] = adjacency.out_position[low]
    return positions
