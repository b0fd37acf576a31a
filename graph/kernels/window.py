"""Window rings: simple cycles of k edges in any order whose ticks lie within one window.

Called by `queries.rings` and the ring patterns in window mode. Definitions: detection.md, section 1. Steps: `plan`
(classes and blocks), `blocks` (compact graph), `cycle_walk` (vertex cycles), `window_count` (exact counts),
`witness`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.blocks import Block, build_block
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel
from graph.kernels.cycle_walk import new_walk, next_cycles
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
from graph.kernels.ring_table import (
    RingTable,
    canonical,
    empty_table,
    note_bundle,
    record,
    saturated_sum,
)
from graph.kernels.rings import DEFAULT_LIMIT, DEFAULT_MAX_RINGS, Rings, ring_search
from graph.kernels.temporal_count import Rules
from graph.kernels.window_count import count_in_windows
from graph.kernels.witness import window_witnesses

if TYPE_CHECKING:
    import numpy.typing as npt

BATCH = 1_024
BLOCKS_A_WINDOW = 4


@kernel
def _search_block(
    block: Block,
    first_root: int,
    last_root: int,
    rules: Rules,
    through: Flags,
    table: RingTable,
    totals: Longs,
    by_length: Longs,
    stop: Longs,
    max_rings: int,
) -> RingTable:
    """Add the rings of a block whose earliest tick lies in first_root..last_root; the table to go on with."""
    most = rules.max_length
    walk = new_walk(block, most)
    paths = np.empty((BATCH, most + 1), np.int32)
    pairs = np.empty((BATCH, most + 1), np.int32)
    lengths = np.zeros(BATCH, np.int32)
    low = np.empty(most + 1, np.int64)
    high = np.empty(most + 1, np.int64)
    latest = np.zeros(1, np.int64)
    found = np.zeros(4, np.int64)
    starts = np.empty(block.tick.shape[0] + 1, np.int64)
    ring = np.empty(most + 1, np.int32)
    while True:
        size = next_cycles(
            block,
            walk,
            rules.min_length,
            most,
            rules.window,
            first_root,
            last_root,
            stop,
            paths,
            pairs,
            lengths,
        )
        for number in range(size):
            length = lengths[number]
            passes = through.shape[0] == 0
            for place in range(length):
                if not passes:
                    passes = through[block.vertices[paths[number, place]]] != 0
            if not passes:
                continue
            count_in_windows(
                block, pairs[number], length, first_root, last_root, rules, low, high, latest, starts, found
            )
            if found[1] == 0:
                continue
            totals[0] = saturated_sum(totals[0], found[0])
            by_length[length] = saturated_sum(by_length[length], found[0])
            canonical(paths[number], length, block.vertices, block.rank, ring)
            if rules.band == NO_BAND:
                totals[1] += found[1]
                table = record(table, ring, length, found[0], found[1], found[2], found[3])
            else:
                table = record(table, ring, length, found[0], 0, found[2], found[3])
                for start in range(found[1]):
                    table = note_bundle(table, 0, starts[start])
                    totals[1] += table.sizes[4]
            if table.sizes[0] >= max_rings and stop[0] == 0:
                stop[0] = 2
        if size < BATCH:
            return table


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
    blocks = time_blocks(tick, members, offsets, rules.window, rules.window // BLOCKS_A_WINDOW, block_edges)
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
        table = _search_block(
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


def window_rings(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    tick: npt.ArrayLike,
    amount: npt.ArrayLike,
    rank: npt.ArrayLike,
    *,
    window: int,
    min_length: int = 2,
    max_length: int = 6,
    band: int | None = None,
    through: npt.ArrayLike | None = None,
    limit: int = DEFAULT_LIMIT,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
    max_rings: int = DEFAULT_MAX_RINGS,
    block_edges: int = SMALL_BLOCK_EDGES,
) -> Rings:
    """Count all window rings exactly and list the first ones.

    The arguments are those of `temporal_rings`, without strictness, as order has no meaning here. A bundled cycle is
    (ring, tick of its earliest edge). The witness of a ring has edge i from member i to the next member; of the edge
    cycles whose earliest tick is the ring's first tick it is the one with the smallest (ticks, edge numbers).

    Raises:
        ValueError: for lengths, bands, windows or arrays that make no sense.
    """
    return ring_search(
        _search,
        window_witnesses,
        edges=(source, target, tick, amount, rank),
        window=window,
        lengths=(min_length, max_length),
        strict=False,
        band=band,
        through=through,
        limit=limit,
        budget_seconds=budget_seconds,
        stop=stop,
        max_rings=max_rings,
        block_edges=block_edges,
    )
