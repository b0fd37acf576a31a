"""Scatter-gather: value that leaves one vertex over many others and meets again at one vertex. Called by the patterns.

Definitions (shape as in AMLworld, Altman et al. 2023, table 1), for a pair s ≠ t and a window of W seconds:

* An *intermediary* m in a window is neither s nor t and has an edge s → m and an edge m → t in it, the second not
  before the first ("strict": after it). Other edges of m do not matter.
* A window is x..x + W, both included, and starts at the tick x of an edge s → m that is the last one before some edge
  m → t of the window: so it is not longer at its start than it need be.
* The pair is reported when some window has at least k intermediaries, with the window that has most, of equal ones
  the earliest. Each intermediary comes with its first edge s → m at or after x and its first edge m → t after that
  one (by tick, then edge number): the evidence.

Only s with a fan-out and t with a fan-in of k inside W can be ends, and most vertices are neither. For each such s the
ends are counted over all m (`wedges`): first with a window for each way alone, which keeps few ends, then those with
one window for all. The work is the number of two-edge ways inside W from such s to such t; a hub that buys and sells
has many, so `hub_limit` can leave hubs out as intermediaries; how many is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import require
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.fans import wide_vertices
from graph.kernels.shapes import Extent, checked_ranks, most_edges, with_room
from graph.kernels.sorting import group_offsets, group_order
from graph.kernels.wedges import (
    ARRIVAL,
    DEPARTURE,
    GROUP,
    LOW,
    PLACE,
    Legs,
    Spread,
    count_ends,
    minimal_ways,
    new_spread,
    new_tally,
    second_legs,
    spread_out,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency

SOURCE, TARGET, FIRST, LAST, MEMBERS = range(5)
HUBS = "hubs"


@dataclass(frozen=True, slots=True)
class ScatterGather:
    """One row a pair, by the ranks of source and target; intermediaries of each by rank.

    Pair p has intermediaries[offsets[p]:offsets[p + 1]], their evidence at the same places.
    """

    sources: Longs
    targets: Longs
    first_tick: Longs
    """Start of the window, seconds."""
    last_tick: Longs
    """Tick by which all intermediaries have passed on."""
    offsets: Longs
    intermediaries: Longs
    scatter_edges: Longs
    gather_edges: Longs
    truncated: bool
    """True: sources or intermediaries were left out."""
    cut_by: str
    """"time", "memory" (max_pairs), "hubs" (hub_limit) or empty."""
    sources_done: int
    """Of `sources_total`, those with a wide enough fan-out; in order of their numbers."""
    sources_total: int
    hubs_left_out: int
    """Vertices that were no intermediaries because of `hub_limit`."""
    window: int
    least: int
    strict: bool
    hub_limit: int | None


class WayRules(NamedTuple):
    """What a pair must keep to; gap = 1 when strict."""

    window: int
    gap: int
    least: int
    max_pairs: int


@kernel
def _best_start(ways: Longs) -> tuple[int, int]:
    """(start tick that lies in most ranges low..departure, how many); the earliest of equal ones."""
    lows = np.sort(ways[:, LOW])
    starts = np.sort(ways[:, DEPARTURE])
    best = 0
    most = 0
    begun = 0
    for ended in range(len(starts)):
        if ended > 0 and starts[ended] == starts[ended - 1]:
            continue
        while begun < len(lows) and lows[begun] <= starts[ended]:
            begun += 1
        if begun - ended > most:
            most = begun - ended
            best = starts[ended]
    return int(best), most


@kernel
def _first_edge(edges: Ints, ticks: Longs, start: int) -> int:
    """Smallest number among the edges of the tick at `start`, in one run of sorted ticks."""
    chosen = edges[start]
    place = start + 1
    while place < len(edges) and ticks[place] == ticks[start]:
        chosen = min(chosen, edges[place])
        place += 1
    return int(chosen)


@kernel
def _gather_edge(legs: Legs, middle: int, goal: int, arrival: int) -> int:
    """Smallest number of an edge from `middle` to the end numbered `goal` at tick `arrival`."""
    end = legs.offset[middle + 1]
    place = legs.offset[middle] + np.searchsorted(legs.tick[legs.offset[middle] : end], arrival)
    chosen = FAR
    while place < end and legs.tick[place] == arrival:
        if legs.end[place] == goal:
            chosen = min(chosen, legs.edge[place])
        place += 1
    return int(chosen)


@kernel
def _write_members(
    start: int, goal: int, own: Longs, spread: Spread, legs: Legs, members: Longs, used: int
) -> tuple[Longs, int, int]:
    """Add rows (m, first edge, second edge) of the window from `start`: (rows, how many, last arrival)."""
    last = start
    for way in own:
        if way[LOW] > start or way[DEPARTURE] < start:
            continue
        begin = spread.offset[way[GROUP]]
        end = spread.offset[way[GROUP] + 1]
        place = int(np.searchsorted(spread.tick[begin:end], start))
        members = with_room(members, used)
        members[used, 0] = spread.vertex[way[GROUP]]
        members[used, 1] = _first_edge(spread.edge[begin:end], spread.tick[begin:end], place)
        members[used, 2] = _gather_edge(legs, spread.vertex[way[GROUP]], goal, way[ARRIVAL])
        used += 1
        last = max(last, way[ARRIVAL])
    return members, used, int(last)


class Found(NamedTuple):
    """Rows of pairs (int64[p, 5]) and of their intermediaries (int64[i, 3]), and how many are in use."""

    pairs: Longs
    members: Longs
    used: Longs  # [pairs, intermediaries]


@kernel
def _add_pairs(source: int, ways: Longs, ends: Ints, spread: Spread, legs: Legs, least: int, found: Found) -> Found:
    """Add the ends of one source, numbered as in `ways`, that have a wide enough window."""
    pairs = found.pairs
    members = found.members
    places = ways[:, PLACE].astype(np.int32)
    offset = group_offsets(places, len(ends))
    by_end = ways[group_order(places, offset)]
    for end in range(len(ends)):
        own = by_end[offset[end] : offset[end + 1]]
        start, most = _best_start(own)
        if most < least:
            continue
        members, used, last = _write_members(start, ends[end], own, spread, legs, members, found.used[1])
        pairs = with_room(pairs, found.used[0])
        row = pairs[found.used[0]]
        row[SOURCE] = source
        row[TARGET] = legs.vertex[ends[end]]
        row[FIRST] = start
        row[LAST] = last
        row[MEMBERS] = most
        found.used[0] += 1
        found.used[1] = used
    return Found(pairs, members, found.used)


@kernel
def _search(
    adjacency: Adjacency, scatters: Ints, left_out: Flags, legs: Legs, rules: WayRules, stop: Longs, done: Longs
) -> tuple[Longs, Longs]:
    """(rows of pairs int64[p, 5], rows of intermediaries int64[i, 3]), unordered; done[0] = sources searched."""
    vertices = len(adjacency.out_offset) - 1
    tally = new_tally(len(legs.vertex))
    spread = new_spread(most_edges(adjacency.out_offset, scatters), vertices)
    found = Found(np.empty((16, 5), np.int64), np.empty((16, 3), np.int64), np.zeros(2, np.int64))
    ways = np.empty((64, 5), np.int64)
    for source in scatters:
        own = adjacency.out_edge[adjacency.out_offset[source] : adjacency.out_offset[source + 1]]
        groups = spread_out(own, adjacency.target, adjacency.tick, left_out, spread)
        ends = count_ends(source, spread, groups, legs, rules.window, rules.gap, rules.least, tally, stop)
        ways, size = minimal_ways(spread, groups, legs, rules.window, rules.gap, tally, ends, ways, stop)
        if stop[0] != 0:
            break
        found = _add_pairs(source, ways[:size], tally.chosen[:ends], spread, legs, rules.least, found)
        done[0] += 1
        if found.used[0] >= rules.max_pairs:
            stop[0] = 2
    return found.pairs[: found.used[0]].copy(), found.members[: found.used[1]].copy()


def _ordered(pairs: Longs, members: Longs, rank: Longs) -> tuple[Longs, Longs, Longs]:
    """(pairs by ranks of their ends, offsets, members by pair and rank)."""
    order = np.lexsort((rank[pairs[:, TARGET]], rank[pairs[:, SOURCE]]))
    place = np.empty(len(pairs), np.int64)
    place[order] = np.arange(len(pairs))
    owner = np.repeat(place, pairs[:, MEMBERS])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(pairs[order, MEMBERS])])
    return pairs[order], offsets, members[np.lexsort((rank[members[:, 0]], owner))]


def _hubs(adjacency: Adjacency, hub_limit: int | None) -> Flags:
    """uint8[v], 1 for vertices that buy and sell and have more edges on a side than the limit."""
    bought, sold = np.diff(adjacency.in_offset), np.diff(adjacency.out_offset)
    if hub_limit is None:
        return np.zeros(len(bought), np.uint8)
    return ((np.maximum(bought, sold) > hub_limit) & (np.minimum(bought, sold) > 0)).astype(np.uint8)


def _ends(adjacency: Adjacency, window: int, least: int, stop: Longs) -> tuple[Ints, Legs]:
    """(vertices that can be sources, edges into vertices that can be targets)."""
    out, into = (adjacency.out_offset, adjacency.out_edge), (adjacency.in_offset, adjacency.in_edge)
    scatters = wide_vertices(*out, adjacency.target, adjacency.tick, window, least, stop)
    gathers = wide_vertices(*into, adjacency.source, adjacency.tick, window, least, stop)
    count = int(np.diff(adjacency.in_offset)[gathers == 1].sum())
    legs = second_legs(*out, adjacency.target, adjacency.tick, gathers, count)
    return np.flatnonzero(scatters).astype(np.int32), legs


def _result(
    found: tuple[Longs, Longs, Longs], extent: Extent, rules: WayRules, *, hubs_left_out: int, hub_limit: int | None
) -> ScatterGather:
    pairs, offsets, members = found
    return ScatterGather(
        sources=pairs[:, SOURCE].copy(),
        targets=pairs[:, TARGET].copy(),
        first_tick=pairs[:, FIRST].copy(),
        last_tick=pairs[:, LAST].copy(),
        offsets=offsets,
        intermediaries=members[:, 0].copy(),
        scatter_edges=members[:, 1].copy(),
        gather_edges=members[:, 2].copy(),
        truncated=bool(extent.cut_by),
        cut_by=extent.cut_by,
        sources_done=extent.done,
        sources_total=extent.total,
        hubs_left_out=hubs_left_out,
        window=rules.window,
        least=rules.least,
        strict=bool(rules.gap),
        hub_limit=hub_limit,
    )


def scatter_gather(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    least: int,
    strict: bool = False,
    hub_limit: int | None = None,
    max_pairs: int = 5_000_000,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> ScatterGather:
    """Pairs of vertices joined over at least `least` others inside some window, each with its best window.

    Args:
        adjacency: edges by vertex in ledger order.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first to last edge, inclusive.
        least: fewest intermediaries, 2 or more.
        strict: the second edge must be later than the first; otherwise it may have the same tick.
        hub_limit: vertices with more purchases or more sales are no intermediaries; None: all may be.
        max_pairs: most pairs held in memory; reaching it stops cleanly.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    require(condition=least >= 2, message=f"least must be 2 or more intermediaries, not {least}")
    require(condition=hub_limit is None or hub_limit > 0, message="hub_limit must be 1 or more, or None")
    ranks, hubs, done = checked_ranks(rank, adjacency), _hubs(adjacency, hub_limit), np.zeros(1, np.int64)
    rules = WayRules(window, int(strict), least, max_pairs)
    with stop_after(budget_seconds, stop) as flag:
        scatters, legs = _ends(adjacency, window, least, flag)
        prepared = flag[0] == 0
        pairs, members = _search(adjacency, scatters, hubs, legs, rules, flag, done)
        cut_by = "" if prepared and done[0] == len(scatters) else REASONS[int(flag[0])]
    extent = Extent(cut_by or (HUBS if hubs.any() else ""), int(done[0]), len(scatters))
    return _result(_ordered(pairs, members, ranks), extent, rules, hubs_left_out=int(hubs.sum()), hub_limit=hub_limit)
