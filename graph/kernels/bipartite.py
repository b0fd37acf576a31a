"""Bipartite cores: many sellers that all trade with many of the same buyers inside one window. Called by the patterns.

Definitions (shape as in AMLworld, Altman et al. 2023, table 1; the (α, β)-core of Ding et al. 2017):

* In a window every vertex stands once as a seller and once as a buyer; an arc is a pair with an edge in the window.
* The *core* is the largest set of sellers and buyers in which every seller has at least β of the buyers and every buyer
  at least α of the sellers: one exists, and taking away who has too few until nobody has leaves it, in any order.
* A *group* is a connected component of the core. It has at least α sellers and β buyers; a complete bipartite shape of
  α sellers and β buyers lies wholly in one group. (All maximal complete ones may be exponentially many, so these are
  not listed; pairs / (sellers * buyers) tells how near to complete a group is.)
* Windows stand on a grid of step S, see `layers`; every group is reported once a window in whose first S seconds it has
  an edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.layers import (
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
class BipartiteCores:
    """Groups by window and smallest rank of a seller; sellers and buyers of each by rank.

    Group g has sellers[seller_offsets[g]:seller_offsets[g + 1]] and buyers likewise. Its edges are those of the window
    between them.
    """

    starts: Longs
    """First tick of the window, seconds."""
    first_tick: Longs
    """Tick of the first edge."""
    last_tick: Longs
    seller_offsets: Longs
    sellers: Longs
    buyer_offsets: Longs
    buyers: Longs
    pairs: Longs
    """Arcs between them."""
    edges: Longs
    amount_cents: Longs
    truncated: bool
    """True: windows were left out; the groups that are here are complete."""
    cut_by: str
    """"time", "memory" (max_members) or empty."""
    windows_done: int
    """Of `windows_total`, in order of time."""
    windows_total: int
    window: int
    step: int
    least_sellers: int
    least_buyers: int


@kernel
def _thin_out(source: Ints, target: Ints, edges: Ints, sellers: int, buyers: int, sold: Ints, bought: Ints) -> Ints:
    """Drop edges of vertices with too few edges, while it pays; sold and bought (int32[v], all 0) stay as they are."""
    while True:
        for edge in edges:
            sold[source[edge]] += 1
            bought[target[edge]] += 1
        kept = np.empty(len(edges), np.int32)
        count = 0
        for edge in edges:
            if sold[source[edge]] >= buyers and bought[target[edge]] >= sellers:
                kept[count] = edge
                count += 1
        for edge in edges:
            sold[source[edge]] = 0
            bought[target[edge]] = 0
        if count * 10 >= len(edges) * 9:
            return kept[:count].copy()
        edges = kept[:count]


@kernel
def _core(edges: WindowEdges, sellers: int, buyers: int, stop: Longs) -> Ints:
    """Places of the edges of the core: whoever has too few neighbours is dropped until nobody is."""
    kept = np.arange(len(edges.edge)).astype(np.int32)
    before = len(kept) + 1
    while len(kept) < before and stop[0] == 0:
        before = len(kept)
        sold = np.zeros(len(edges.vertices), np.int32)
        bought = np.zeros(len(edges.vertices), np.int32)
        tail = -1
        head = -1
        for place in kept:
            if edges.source[place] != tail or edges.target[place] != head:
                tail = edges.source[place]
                head = edges.target[place]
                sold[tail] += 1
                bought[head] += 1
        count = 0
        for place in kept:
            if sold[edges.source[place]] >= buyers and bought[edges.target[place]] >= sellers:
                kept[count] = place
                count += 1
        kept = kept[:count]
    return kept.copy()


@kernel
def _links(edges: WindowEdges, kept: Ints) -> Links:
    """Sellers are nodes 0..n-1, buyers n..2n-1."""
    heads = edges.target[kept] + len(edges.vertices)
    return Links(edges.source[kept], heads.astype(np.int32), kept, np.zeros(len(kept), np.int32))


@kernel
def _search(
    adjacency: Adjacency,
    window: int,
    step: int,
    sellers: int,
    buyers: int,
    max_members: int,
    stop: Longs,
    units: Longs,
) -> tuple[Longs, Longs]:
    """(rows of groups, rows of members); units = windows (done, in all)."""
    vertices = len(adjacency.out_offset) - 1
    by_time = edges_by_time(adjacency)
    windows = grid_windows(adjacency.tick, by_time, window, step)
    units[1] = len(windows)
    label = np.full(vertices, -1, np.int32)
    sold = np.zeros(vertices, np.int32)
    bought = np.zeros(vertices, np.int32)
    groups = no_groups(1)
    for number in range(len(windows)):
        inside = by_time[windows[number, 1] : windows[number, 2]]
        inside = _thin_out(adjacency.source, adjacency.target, inside, sellers, buyers, sold, bought)
        edges = window_edges(adjacency.source, adjacency.target, inside, label)
        links = _links(edges, _core(edges, sellers, buyers, stop))
        if stop[0] != 0:
            break
        groups = add_groups(groups, links, edges, adjacency.tick, adjacency.amount, windows[number, 0], step, 2)
        units[0] += 1
        if groups.used[1] >= max_members:
            stop[0] = 2
    return groups.rows[: groups.used[0]].copy(), groups.members[: groups.used[1]].copy()


def _result(
    found: tuple[Longs, Longs], rank: Longs, extent: Extent, *, grid: tuple[int, int], leasts: tuple[int, int]
) -> BipartiteCores:
    rows, ((seller_offsets, sellers), (buyer_offsets, buyers)) = in_order(*found, rank, 2)
    return BipartiteCores(
        starts=rows[:, START].copy(),
        first_tick=rows[:, FIRST].copy(),
        last_tick=rows[:, LAST].copy(),
        seller_offsets=seller_offsets,
        sellers=sellers,
        buyer_offsets=buyer_offsets,
        buyers=buyers,
        pairs=rows[:, PAIRS].copy(),
        edges=rows[:, EDGES].copy(),
        amount_cents=rows[:, AMOUNT].copy(),
        truncated=bool(extent.cut_by),
        cut_by=extent.cut_by,
        windows_done=extent.done,
        windows_total=extent.total,
        window=grid[0],
        step=grid[1],
        least_sellers=leasts[0],
        least_buyers=leasts[1],
    )


def bipartite_cores(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    window: int,
    step: int,
    least_sellers: int,
    least_buyers: int,
    max_members: int = 50_000_000,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> BipartiteCores:
    """Groups of sellers and buyers that trade with many of each other inside a window.

    Args:
        adjacency: edges by vertex in ledger order.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first to last edge, inclusive.
        step: seconds between window starts; half the window is a good choice.
        least_sellers: fewest sellers of each buyer (α), 1 or more.
        least_buyers: fewest buyers of each seller (β), 1 or more.
        max_members: most members of all groups held in memory; reaching it stops cleanly.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    leasts = least_sellers, least_buyers
    check_grid(window, step, leasts)
    ranks, units = checked_ranks(rank, adjacency), np.zeros(2, np.int64)
    with stop_after(budget_seconds, stop) as flag:
        found = _search(adjacency, window, step, *leasts, max_members, flag, units)
        cut_by = REASONS[int(flag[0])] if units[0] < units[1] else ""
    extent = Extent(cut_by, int(units[0]), int(units[1]))
    return _result(found, ranks, extent, grid=(window, step), leasts=leasts)
