"""The compact graph of one time block: peeled, cut to its strong components, one entry per seller-buyer pair.

Built by the ring kernels, once per (amount class, time block). Vertices are numbered anew, most arcs first, so that
kernels which root a cycle at its first vertex meet the hubs while few roots are left (detection.md, step 2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.components import strong_components
from graph.kernels.sorting import group_offsets, group_order, stable_order

PEEL_AGAIN_ABOVE = 0.03


class Block(NamedTuple):
    """v vertices, p pairs, m edges; edges sorted by (source, target, tick, edge number)."""

    vertices: Ints  # [v] number outside the block
    rank: Longs  # [v] place by public id
    pair_offset: Ints  # [v + 1] first pair of each source
    pair_source: Ints  # [p]
    pair_target: Ints  # [p]
    bundle: Ints  # [p + 1] first edge of each pair
    tick: Longs  # [m]
    amount: Longs  # [m] cents
    edge: Ints  # [m] edge number outside the block
    back_offset: Ints  # [v + 1]
    back_pair: Ints  # [p] pairs by target
    leave_offset: Ints  # [v + 1]
    leave_tick: Longs  # [m] by (source, tick)
    leave_target: Ints  # [m]


@kernel
def _peel(source: Ints, target: Ints, chosen: Ints, bought: Flags, sold: Flags) -> Ints:
    """Edges whose source buys and whose target sells, repeated until little falls away; self-loops go first."""
    kept = np.empty(chosen.shape[0], np.int32)
    alive = 0
    for place in range(chosen.shape[0]):
        if source[chosen[place]] != target[chosen[place]]:
            kept[alive] = chosen[place]
            alive += 1
    while True:
        for place in range(alive):
            sold[source[kept[place]]] = 1
            bought[target[kept[place]]] = 1
        left = 0
        for place in range(alive):
            edge = kept[place]
            if bought[source[edge]] and sold[target[edge]]:
                other = kept[left]
                kept[left] = edge
                kept[place] = other
                left += 1
        for place in range(alive):
            sold[source[kept[place]]] = 0
            bought[target[kept[place]]] = 0
        if left >= alive * (1.0 - PEEL_AGAIN_ABOVE):
            return kept[:left]
        alive = left


@kernel
def _relabel(source: Ints, target: Ints, kept: Ints, label: Ints) -> tuple[Ints, Ints, Ints]:
    """(vertices in order of appearance, source, target) of the kept edges in new numbers; `label` is left at -1."""
    vertices = np.empty(min(2 * kept.shape[0], label.shape[0]), np.int32)
    tails = np.empty(kept.shape[0], np.int32)
    heads = np.empty(kept.shape[0], np.int32)
    count = 0
    for place in range(kept.shape[0]):
        tail = source[kept[place]]
        head = target[kept[place]]
        if label[tail] < 0:
            label[tail] = count
            vertices[count] = tail
            count += 1
        if label[head] < 0:
            label[head] = count
            vertices[count] = head
            count += 1
        tails[place] = label[tail]
        heads[place] = label[head]
    for vertex in range(count):
        label[vertices[vertex]] = -1
    return vertices[:count], tails, heads


@kernel
def _inside_components(source: Ints, target: Ints, kept: Ints, label: Ints) -> Ints:
    """The kept edges whose two ends lie in one strong component, order unchanged."""
    vertices, tails, heads = _relabel(source, target, kept, label)
    offsets = group_offsets(tails, vertices.shape[0])
    component = strong_components(offsets, heads[group_order(tails, offsets)])
    inside = np.empty(kept.shape[0], np.int32)
    count = 0
    for place in range(kept.shape[0]):
        if component[tails[place]] == component[heads[place]]:
            inside[count] = kept[place]
            count += 1
    return inside[:count]


@kernel
def _most_arcs_first(vertices: Ints, tails: Ints, heads: Ints) -> Ints:
    """Renumber `tails` and `heads` in place, vertices with most edges first; the vertices in the new order."""
    degree = np.zeros(vertices.shape[0], np.int64)
    for place in range(tails.shape[0]):
        degree[tails[place]] -= 1
        degree[heads[place]] -= 1
    order = stable_order(degree)
    renumbered = np.empty(vertices.shape[0], np.int32)
    for number in range(order.shape[0]):
        renumbered[order[number]] = number
    for place in range(tails.shape[0]):
        tails[place] = renumbered[tails[place]]
        heads[place] = renumbered[heads[place]]
    return vertices[order]


@kernel
def build_block(
    source: Ints,
    target: Ints,
    tick: Longs,
    amount: Longs,
    rank: Longs,
    chosen: Ints,
    label: Ints,
    bought: Flags,
    sold: Flags,
) -> Block:
    """The compact graph of the `chosen` edges (int32, by (tick, edge number)).

    `label` (-1), `bought` and `sold` (0) are scratch of one entry a vertex, left as they came, so that a block costs
    its own edges only.
    """
    kept = _inside_components(source, target, _peel(source, target, chosen, bought, sold), label)
    vertices, tails, heads = _relabel(source, target, kept, label)
    vertices = _most_arcs_first(vertices, tails, heads)
    count = vertices.shape[0]
    by_head = group_order(heads, group_offsets(heads, count))
    leave_offset = group_offsets(tails, count)
    by_tail = group_order(tails, leave_offset)
    order = by_head[group_order(tails[by_head], leave_offset)]
    # Two stable passes, by target and then by source, keep each pair's edges in (tick, edge number) order.
    pair_source = np.empty(order.shape[0], np.int32)
    pair_target = np.empty(order.shape[0], np.int32)
    bundle = np.empty(order.shape[0] + 1, np.int32)
    pairs = 0
    for place in range(order.shape[0]):
        tail = tails[order[place]]
        head = heads[order[place]]
        if pairs == 0 or pair_source[pairs - 1] != tail or pair_target[pairs - 1] != head:
            pair_source[pairs] = tail
            pair_target[pairs] = head
            bundle[pairs] = place
            pairs += 1
    bundle[pairs] = order.shape[0]
    pair_source = pair_source[:pairs].copy()
    pair_target = pair_target[:pairs].copy()
    back_offset = group_offsets(pair_target, count)
    return Block(
        vertices,
        rank[vertices],
        group_offsets(pair_source, count),
        pair_source,
        pair_target,
        bundle[: pairs + 1].copy(),
        tick[kept[order]],
        amount[kept[order]],
        kept[order],
        back_offset,
        group_order(pair_target, back_offset),
        leave_offset,
        tick[kept[by_tail]],
        heads[by_tail],
    )


@kernel
def first_at_least(tick: Longs, start: int, end: int, bound: int) -> int:
    """First place in the sorted tick[start:end] with tick >= bound, or `end`. Linear for short bundles."""
    while end - start > 8:
        middle = (start + end) >> 1
        if tick[middle] < bound:
            start = middle + 1
        else:
            end = middle
    while start < end and tick[start] < bound:
        start += 1
    return start
