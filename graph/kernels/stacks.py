"""Stacks: many sources, the middles they share, and the targets these share, in time order. Called by the patterns.

Definitions (two bipartite layers one behind the other, as in AMLworld, Altman et al. 2023, table 1; the layers are
(α, β)-cores as in `bipartite`):

* In a window every vertex stands once as a source, once as a middle and once as a target, and every edge once in the
  first layer, from a source to a middle, and once in the second, from a middle to a target.
* The *stacked core* is the largest choice of first and second edges in which
  - every source has at least a least number of middles, and so has every target;
  - every middle has at least a least number of sources and a least number of targets;
  - every first edge into a middle is not later ("strict": earlier) than some second edge out of it, and every second
    edge is not earlier ("strict": later) than some first edge into it.
  The union of two such choices is one, so there is a largest; dropping what breaks a rule until nothing does leaves it.
* A *group* is a connected component of it. Windows stand on a grid, see `layers`; every group is reported once a window
  in whose first S seconds it has an edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.layers import (
    A_LAYER,
    AMOUNT,
    EDGES,
    FIRST,
    LAST,
    PAIRS,
    START,
    Links,
    WindowEdges,
    add_groups,
    check_grid,
    edges_by_time,
    grid_windows,
    in_order,
    no_groups,
    window_edges,
)
from graph.kernels.shapes import Extent, checked_ranks

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency


@dataclass(frozen=True, slots=True)
class Stacks:
    """Groups by window and smallest rank of a source; members of each role by rank, as in `BipartiteCores`."""

    starts: Longs
    """First tick of the window, seconds."""
    first_tick: Longs
    """Tick of the first edge."""
    last_tick: Longs
    source_offsets: Longs
    sources: Longs
    middle_offsets: Longs
    middles: Longs
    target_offsets: Longs
    targets: Longs
    first_pairs: Longs
    """Distinct pairs of source and middle."""
    first_edges: Longs
    first_amount_cents: Longs
    second_pairs: Longs
    second_edges: Longs
    second_amount_cents: Longs
    truncated: bool
    """True: windows were left out; the groups that are here are complete."""
    cut_by: str
    """"time", "memory" (max_members) or empty."""
    windows_done: int
    """Of `windows_total`, in order of time."""
    windows_total: int
    window: int
    step: int
    least_sources: int
    least_middles: int
    least_targets: int
    strict: bool


class StackRules(NamedTuple):
    """What a stack must keep to; gap = 1 when strict."""

    window: int
    step: int
    sources: int
    middles: int
    targets: int
    gap: int


class Roles(NamedTuple):
    """How much each vertex of a window has in each role."""

    source: Ints  # distinct middles of a source
    middle_in: Ints  # distinct sources of a middle
    middle_out: Ints  # distinct targets of a middle
    target: Ints  # distinct middles of a target
    earliest: Longs  # tick of the first edge into a middle
    latest: Longs  # tick of the last edge out of a middle


@kernel
def _may_stand(edge: int, source: Ints, target: Ints, sold: Ints, bought: Ints, rules: StackRules) -> bool:
    """May an edge stand in some layer, by the edges of its ends alone?"""
    one = source[edge]
    other = target[edge]
    if sold[one] >= rules.middles and bought[other] >= rules.sources and sold[other] >= rules.targets:
        return True
    return bool(bought[other] >= rules.middles and bought[one] >= rules.sources and sold[one] >= rules.targets)


@kernel
def _thin_out(source: Ints, target: Ints, edges: Ints, rules: StackRules, sold: Ints, bought: Ints) -> Ints:
    """Drop edges that can stand in no layer, while it pays; sold and bought (int32[v], all 0) stay as they are."""
    while True:
        for edge in edges:
            sold[source[edge]] += 1
            bought[target[edge]] += 1
        kept = np.empty(len(edges), np.int32)
        count = 0
        for edge in edges:
            if _may_stand(edge, source, target, sold, bought, rules):
                kept[count] = edge
                count += 1
        for edge in edges:
            sold[source[edge]] = 0
            bought[target[edge]] = 0
        if count * 10 >= len(edges) * 9:
            return kept[:count].copy()
        edges = kept[:count]


@kernel
def _count_pairs(edges: WindowEdges, kept: Flags, of_source: Ints, of_target: Ints) -> None:
    """Distinct neighbours of the ends of the kept edges."""
    tail = -1
    head = -1
    for place in range(len(kept)):
        if kept[place] and (edges.source[place] != tail or edges.target[place] != head):
            tail = edges.source[place]
            head = edges.target[place]
            of_source[tail] += 1
            of_target[head] += 1


@kernel
def _roles(edges: WindowEdges, first: Flags, second: Flags, tick: Longs) -> Roles:
    """Count over the edges still in use in each layer."""
    count = len(edges.vertices)
    roles = Roles(
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.full(count, FAR, np.int64),
        np.full(count, -FAR, np.int64),
    )
    _count_pairs(edges, first, roles.source, roles.middle_in)
    _count_pairs(edges, second, roles.middle_out, roles.target)
    for place in range(len(first)):
        own = tick[edges.edge[place]]
        if first[place]:
            roles.earliest[edges.target[place]] = min(roles.earliest[edges.target[place]], own)
        if second[place]:
            roles.latest[edges.source[place]] = max(roles.latest[edges.source[place]], own)
    return roles


@kernel
def _drop(edges: WindowEdges, first: Flags, second: Flags, tick: Longs, rules: StackRules) -> int:
    """Drop the uses that break a rule now; how many."""
    roles = _roles(edges, first, second, tick)
    dropped = 0
    for place in range(len(first)):
        tail = edges.source[place]
        head = edges.target[place]
        own = tick[edges.edge[place]]
        if first[place]:
            fits = roles.middle_in[head] >= rules.sources and roles.middle_out[head] >= rules.targets
            if not (fits and roles.source[tail] >= rules.middles and own + rules.gap <= roles.latest[head]):
                first[place] = 0
                dropped += 1
        if second[place]:
            fits = roles.middle_in[tail] >= rules.sources and roles.middle_out[tail] >= rules.targets
            if not (fits and roles.target[head] >= rules.middles and own - rules.gap >= roles.earliest[tail]):
                second[place] = 0
                dropped += 1
    return dropped


@kernel
def _links(edges: WindowEdges, first: Flags, second: Flags) -> Links:
    """Sources are nodes 0..n-1, middles n..2n-1, targets 2n..3n-1."""
    count = len(edges.vertices)
    one = np.flatnonzero(first).astype(np.int32)
    two = np.flatnonzero(second).astype(np.int32)
    tails = np.concatenate((edges.source[one], edges.source[two] + count))
    heads = np.concatenate((edges.target[one] + count, edges.target[two] + 2 * count))
    layer = np.zeros(len(one) + len(two), np.int32)
    layer[len(one) :] = 1
    return Links(tails.astype(np.int32), heads.astype(np.int32), np.concatenate((one, two)), layer)


@kernel
def _search(
    adjacency: Adjacency, rules: StackRules, max_members: int, stop: Longs, units: Longs
) -> tuple[Longs, Longs]:
    """(rows of groups, rows of members); units = windows (done, in all)."""
    vertices = len(adjacency.out_offset) - 1
    by_time = edges_by_time(adjacency)
    windows = grid_windows(adjacency.tick, by_time, rules.window, rules.step)
    units[1] = len(windows)
    label = np.full(vertices, -1, np.int32)
    sold = np.zeros(vertices, np.int32)
    bought = np.zeros(vertices, np.int32)
    groups = no_groups(2)
    for number in range(len(windows)):
        inside = by_time[windows[number, 1] : windows[number, 2]]
        inside = _thin_out(adjacency.source, adjacency.target, inside, rules, sold, bought)
        edges = window_edges(adjacency.source, adjacency.target, inside, label)
        first = np.ones(len(inside), np.uint8)
        second = np.ones(len(inside), np.uint8)
        while stop[0] == 0 and _drop(edges, first, second, adjacency.tick, rules) > 0:
            pass
        if stop[0] != 0:
            break
        links = _links(edges, first, second)
        groups = add_groups(groups, links, edges, adjacency.tick, adjacency.amount, windows[number, 0], rules.step, 3)
        units[0] += 1
        if groups.used[1] >= max_members:
            stop[0] = 2
    return groups.rows[: groups.used[0]].copy(), groups.members[: groups.used[1]].copy()


def _result(found: tuple[Longs, Longs], rank: Longs, extent: Extent, rules: StackRules) -> Stacks:
    rows, (sources, middles, targets) = in_order(*found, rank, 3)
    return Stacks(
        starts=rows[:, START].copy(),
        first_tick=rows[:, FIRST].copy(),
        last_tick=rows[:, LAST].copy(),
        source_offsets=sources[0],
        sources=sources[1],
        middle_offsets=middles[0],
        middles=middles[1],
        target_offsets=targets[0],
        targets=targets[1],
        first_pairs=rows[:, PAIRS].copy(),
        first_edges=rows[:, EDGES].copy(),
        first_amount_cents=rows[:, AMOUNT].copy(),
        second_pairs=rows[:, PAIRS + A_LAYER].copy(),
        second_edges=rows[:, EDGES + A_LAYER].copy(),
        second_amount_cents=rows[:, AMOUNT + A_LAYER].copy(),
        truncated=bool(extent.cut_by),
        cut_by=extent.cut_by,
        windows_done=extent.done,
        windows_total=extent.total,
        window=rules.window,
        step=rules.step,
        least_sources=rules.sources,
        least_middles=rules.middles,
        least_targets=rules.targets,
        strict=bool(rules.gap),
    )


def stacks(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    step: int,
    least_sources: int,
    least_middles: int,
    least_targets: int,
    strict: bool = False,
    max_members: int = 50_000_000,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> Stacks:
    """Groups in which value goes from many sources over shared middles to many targets inside a window.

    Args:
        adjacency: edges by vertex in ledger order.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first to last edge, inclusive.
        step: seconds between window starts; half the window is a good choice.
        least_sources: fewest sources of each middle, 1 or more.
        least_middles: fewest middles of each source and of each target, 1 or more.
        least_targets: fewest targets of each middle, 1 or more.
        strict: the second layer must be later; otherwise it may have the same tick.
        max_members: most members of all groups held in memory; reaching it stops cleanly.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    rules = StackRules(window, step, least_sources, least_middles, least_targets, int(strict))
    check_grid(window, step, (least_sources, least_middles, least_targets))
    ranks, units = checked_ranks(rank, adjacency), np.zeros(2, np.int64)
    with stop_after(budget_seconds, stop) as flag:
        found = _search(adjacency, rules, max_members, flag, units)
        cut_by = REASONS[int(flag[0])] if units[0] < units[1] else ""
    return _result(found, ranks, Extent(cut_by, int(units[0]), int(units[1])), rules)
