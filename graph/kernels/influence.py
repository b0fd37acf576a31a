"""Influence sets and the ways up from them. Called by `antecedents`, which has the definitions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.components import strong_components
from graph.kernels.sorting import group_offsets, group_order, stable_order


class Sets(NamedTuple):
    """Influence sets, numbered by the smallest rank of their members, and the arcs that lead up from each."""

    of_vertex: Ints  # [v]
    first: Ints  # [s] member with the smallest rank
    offset: Ints  # [s + 1]
    above: Ints  # sets that influence the set, each once
    arc: Ints  # smallest number of an influence arc between the two


class Climb(NamedTuple):
    """Sets above a start, as the last climb left them; only stamped ones count."""

    stamp: Longs  # [s]
    hops: Ints  # [s] fewest arcs down to the start
    below: Ints  # [s] the next set on the trail down
    arc: Ints  # [s] the arc to it
    order: Ints  # [s] sets reached, by hops
    sizes: Longs  # [stamp in use, sets reached]


@kernel
def _by_rank(component: Ints, rank: Longs) -> tuple[Ints, Ints]:
    """(set of each vertex, first member of each set): components numbered anew by the smallest rank of a member."""
    number = np.full(len(rank), -1, np.int32)
    first = np.empty(len(rank), np.int32)
    count = 0
    for vertex in stable_order(rank):
        if number[component[vertex]] < 0:
            number[component[vertex]] = count
            first[count] = vertex
            count += 1
    return number[component], first[:count].copy()


@kernel
def influence_sets(source: Ints, target: Ints, kin: Ints, other_kin: Ints, rank: Longs) -> Sets:
    """Contract kin and strongly connected sets of the influence arcs (int32[a] each; kin int32[k] each)."""
    tails = np.concatenate((source, kin, other_kin))
    heads = np.concatenate((target, other_kin, kin))
    offset = group_offsets(tails, len(rank))
    of_vertex, first = _by_rank(strong_components(offset, heads[group_order(tails, offset)]), rank)
    upper = of_vertex[source]
    lower = of_vertex[target]
    arcs = np.flatnonzero(upper != lower).astype(np.int32)
    arcs = arcs[group_order(upper[arcs], group_offsets(upper[arcs], len(first)))]
    arcs = arcs[group_order(lower[arcs], group_offsets(lower[arcs], len(first)))]
    kept = 0
    for place in range(len(arcs)):
        arc = arcs[place]
        if kept == 0 or upper[arcs[kept - 1]] != upper[arc] or lower[arcs[kept - 1]] != lower[arc]:
            arcs[kept] = arc
            kept += 1
    arcs = arcs[:kept].copy()
    return Sets(of_vertex, first, group_offsets(lower[arcs], len(first)), upper[arcs], arcs)


@kernel
def new_climb(sets: int) -> Climb:
    """Nothing is reached yet."""
    return Climb(
        np.zeros(sets, np.int64),
        np.empty(sets, np.int32),
        np.empty(sets, np.int32),
        np.empty(sets, np.int32),
        np.empty(sets, np.int32),
        np.zeros(2, np.int64),
    )


@kernel
def climb(sets: Sets, start: int, most: int, to: Climb) -> None:
    """Reach all sets with a trail of at most `most` arcs down to `start`; of equal trails the smallest ranks win.

    Sets are numbered by rank and a level is reached as a whole before the next, so the smaller number below wins.
    """
    to.sizes[0] += 1
    stamp = to.sizes[0]
    to.stamp[start] = stamp
    to.hops[start] = 0
    to.order[0] = start
    reached = 1
    place = 0
    while place < reached and to.hops[to.order[place]] < most:
        own = to.order[place]
        place += 1
        for slot in range(sets.offset[own], sets.offset[own + 1]):
            above = sets.above[slot]
            if to.stamp[above] != stamp:
                to.stamp[above] = stamp
                to.hops[above] = to.hops[own] + 1
                to.order[reached] = above
                reached += 1
            elif to.hops[above] != to.hops[own] + 1 or to.below[above] < own:
                continue
            to.below[above] = own
            to.arc[above] = sets.arc[slot]
    to.sizes[1] = reached


@kernel
def reached(to: Climb, own: int) -> bool:
    """Has the last climb reached this set?"""
    return bool(to.stamp[own] == to.sizes[0])


@kernel
def nearest_common(sets: Sets, one: Climb, other: Climb, covered: Longs, found: Ints) -> int:
    """Fill `found` with the common sets of two climbs that influence no other common set directly; how many.

    `covered` (int64[s]) belongs to the pair of climbs and holds numbers that are never used twice.
    """
    number = other.sizes[0]
    for place in range(other.sizes[1]):
        own = other.order[place]
        if reached(one, own):
            for slot in range(sets.offset[own], sets.offset[own + 1]):
                covered[sets.above[slot]] = number
    count = 0
    for place in range(other.sizes[1]):
        own = other.order[place]
        if reached(one, own) and covered[own] != number:
            found[count] = own
            count += 1
    return count
