"""Time-ordered rings: consecutive edges, distinct vertices, ticks that do not fall, all inside a window.

Called by `queries.rings` and the patterns. Definitions: detection.md, section 1. Steps: `plan` (classes and blocks),
`blocks` (compact graph), `temporal_search` (walk), `temporal_count` (exact counts), `witness` (one edge cycle per
listed ring).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.blocks import build_block
from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import check_lengths, require
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.nearby import edges_through
from graph.kernels.plan import (
    NO_BAND,
    SMALL_BLOCK_EDGES,
    amount_floors,
    by_time,
    ceiling_of,
    class_members,
    edges_near,
    time_blocks,
)
from graph.kernels.ring_table import RingTable, empty_table
from graph.kernels.rings import DEFAULT_LIMIT, DEFAULT_MAX_RINGS, Rings, ring_search
from graph.kernels.temporal_count import Rules
from graph.kernels.temporal_search import search_block
from graph.kernels.witness import temporal_witnesses

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency


@kernel
def _search(
    source: Ints,
    target: Ints,
    tick: Longs,
    amount: Longs,
    rank: Longs,
    rules: Rules,
    through: Flags,
    stop: Longs,
    max_rings: int,
    block_edges: int,
    totals: Longs,
    by_length: Longs,
    units: Longs,
) -> RingTable:
    """All blocks one after the other; totals, by_length and units (done, total) are filled."""
    chosen = by_time(tick)
    if through.shape[0] > 0:
        chosen = edges_near(source, target, chosen, through, rules.max_length)
    floors = amount_floors(amount, chosen, rules.band)
    offsets, members = class_members(amount, chosen, floors, rules.band)
    blocks = time_blocks(tick, members, offsets, rules.window, rules.window, block_edges)
    units[1] = blocks.shape[0]
    label = np.full(rank.shape[0], -1, np.int32)
    bought = np.zeros(rank.shape[0], np.uint8)
    sold = np.zeros(rank.shape[0], np.uint8)
    table = empty_table()
    for number in range(blocks.shape[0]):
        if stop[0] != 0:
            break
        floor = floors[blocks[number, 0]]
        floor_end = FAR if rules.band == NO_BAND else ceiling_of(floor, rules.band)
        own = Rules(rules.min_length, rules.max_length, rules.window, rules.gap, rules.band, floor, floor_end)
        inside = members[blocks[number, 1] : blocks[number, 2]]
        block = build_block(source, target, tick, amount, rank, inside, label, bought, sold)
        table = search_block(
            block,
            blocks[number, 3],
            blocks[number, 4],
            own,
            through,
            table,
            totals,
            by_length,
            stop,
            max_rings,
        )
        if stop[0] == 0:
            units[0] += 1
    return table


def temporal_rings(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    tick: npt.ArrayLike,
    amount: npt.ArrayLike,
    rank: npt.ArrayLike,
    *,
    window: int,
    min_length: int = 2,
    max_length: int = 6,
    strict: bool = False,
    band: int | None = None,
    through: npt.ArrayLike | None = None,
    limit: int = DEFAULT_LIMIT,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
    max_rings: int = DEFAULT_MAX_RINGS,
    block_edges: int = SMALL_BLOCK_EDGES,
) -> Rings:
    """Count all time-ordered rings exactly and list the first ones.

    Args:
        source: seller of each edge, 0..v-1, [n].
        target: buyer of each edge, [n]. Self-loops are ignored.
        tick: seconds, [n].
        amount: net cents, [n]; read only with a band.
        rank: place of each vertex by public id, [v], distinct.
        window: most seconds from first to last edge, inclusive.
        min_length: fewest edges, 2 or more.
        max_length: most edges, 10 or fewer.
        strict: ticks must rise; otherwise they may stay, and a ring whose ticks are all equal counts once.
        band: millionths b, every ring keeps min * 10^6 >= (10^6 - b) * max of its amounts.
        through: rings must have one of these vertices.
        limit: most rings in the list; the counts are never cut by it.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.
        max_rings: most distinct rings held in memory (about 80 bytes each); reaching it stops cleanly.
        block_edges: fewest edges of a time block; speed depends on it, results do not.

    The witness of a ring is, of its edge cycles in time order (all ticks equal: from the first member), the one with
    the smallest (ticks, edge numbers).

    Raises:
        ValueError: for lengths, bands, windows or arrays that make no sense.
    """
    return ring_search(
        _search,
        temporal_witnesses,
        edges=(source, target, tick, amount, rank),
        window=window,
        lengths=(min_length, max_length),
        strict=strict,
        band=band,
        through=through,
        limit=limit,
        budget_seconds=budget_seconds,
        stop=stop,
        max_rings=max_rings,
        block_edges=block_edges,
    )


def temporal_rings_through(
    adjacency: Adjacency,
    rank: npt.ArrayLike,
    *,
    through: npt.ArrayLike,
    window: int,
    min_length: int = 2,
    max_length: int = 6,
    strict: bool = False,
    band: int | None = None,
    limit: int = DEFAULT_LIMIT,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
    max_rings: int = DEFAULT_MAX_RINGS,
    block_edges: int = SMALL_BLOCK_EDGES,
) -> Rings:
    """What `temporal_rings` answers with `through`, from the neighbourhood of those vertices alone.

    The adjacency holds the edges, with a band of amounts above zero; the other arguments are those of
    `temporal_rings`, and units are the blocks of the neighbourhood.

    Raises:
        ValueError: for lengths, bands, windows, vertices or arrays that make no sense.
    """
    check_lengths(min_length, max_length)
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    with stop_after(budget_seconds, stop) as flag:
        near = edges_through(adjacency, through, window=window, max_length=max_length, strict=strict, stop=flag)
        missing = REASONS[int(flag[0])]
        found = temporal_rings(
            adjacency.source[near],
            adjacency.target[near],
            adjacency.tick[near],
            adjacency.amount[near],
            rank,
            window=window,
            min_length=min_length,
            max_length=max_length,
            strict=strict,
            band=band,
            through=through,
            limit=limit,
            stop=flag,
            max_rings=max_rings,
            block_edges=block_edges,
        )
    if missing:  # edges are missing: what was found in the others is no whole answer, even where nothing cut the search
        found = replace(found, truncated=True, cut_by=missing)
    return replace(found, witness=near[found.witness])
