"""Static rings: simple cycles of the aggregated arcs, up to a length.

Called by `queries.rings` for overviews without time. Steps: `blocks` (arcs, strong components), `cycle_walk` (vertex
cycles).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.blocks import Block, build_block
from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import as_ints, check_lengths, require, vertex_flags
from graph.kernels.compiled import Flags, Ints, Longs, kernel
from graph.kernels.cycle_walk import ROOT, new_walk, next_cycles
from graph.kernels.plan import edges_near
from graph.kernels.ring_table import canonical

if TYPE_CHECKING:
    import numpy.typing as npt

BATCH = 1_024
DEFAULT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class StaticRings:
    """Counts of all rings and the first `limit` of them by (length, ranks of the members).

    Ring r has members[offsets[r]:offsets[r + 1]], smallest rank first, in the direction of the arcs.
    """

    distinct_rings: int
    rings_by_length: tuple[int, ...]
    offsets: Longs
    members: Longs
    truncated: bool
    """True: the search was cut and every number above is a lower bound."""
    cut_by: str
    units_done: int
    """Root vertices searched to the end, of `units_total`."""
    units_total: int
    min_length: int
    max_length: int

    @property
    def listed(self) -> int:
        """Rings in the list."""
        return len(self.offsets) - 1


@kernel
def _before(left: Ints, right: Ints, rank: Longs) -> bool:
    """Is row `left` (length, members…) listed before row `right`?"""
    if left[0] != right[0]:
        return bool(left[0] < right[0])
    for place in range(1, left[0] + 1):
        if left[place] != right[place]:
            return bool(rank[left[place]] < rank[right[place]])
    return False


@kernel
def _sink(rows: Ints, size: int, rank: Longs) -> None:
    """Restore the heap (last listed on top) after its top was replaced."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            return
        if child + 1 < size and _before(rows[child], rows[child + 1], rank):
            child += 1
        if not _before(rows[place], rows[child], rank):
            return
        row = rows[place].copy()
        rows[place] = rows[child]
        rows[child] = row
        place = child


@kernel
def _rise(rows: Ints, place: int, rank: Longs) -> None:
    """Restore the heap after a row was added at `place`."""
    while place > 0:
        parent = (place - 1) // 2
        if not _before(rows[parent], rows[place], rank):
            return
        row = rows[place].copy()
        rows[place] = rows[parent]
        rows[parent] = row
        place = parent


@kernel
def _offer(rows: Ints, size: int, limit: int, row: Ints, rank: Longs) -> tuple[Ints, int]:
    """Keep `row` if it is among the first `limit`: (rows, size) to go on with."""
    if size < limit:
        if size == rows.shape[0]:
            longer = np.empty((2 * size, rows.shape[1]), np.int32)
            longer[:size] = rows
            rows = longer
        rows[size] = row
        _rise(rows, size, rank)
        return rows, size + 1
    if limit > 0 and _before(row, rows[0], rank):
        rows[0] = row
        _sink(rows, size, rank)
    return rows, size


@kernel
def _passes(block: Block, path: Ints, length: int, through: Flags) -> bool:
    if through.shape[0] == 0:
        return True
    for place in range(length):  # noqa: SIM110 - numba compiles no generator in any()
        if through[block.vertices[path[place]]]:
            return True
    return False


@kernel
def _search(
    source: Ints,
    target: Ints,
    rank: Longs,
    min_length: int,
    most: int,
    through: Flags,
    limit: int,
    stop: Longs,
    by_length: Longs,
    units: Longs,
) -> Ints:
    """The listed rings as rows (length, members…), unordered; by_length and units (done, total) are filled."""
    chosen = np.arange(source.shape[0]).astype(np.int32)
    if through.shape[0] > 0:
        chosen = edges_near(source, target, chosen, through, most)
    nothing = np.zeros(source.shape[0], np.int64)
    label = np.full(rank.shape[0], -1, np.int32)
    bought = np.zeros(rank.shape[0], np.uint8)
    sold = np.zeros(rank.shape[0], np.uint8)
    block = build_block(source, target, nothing, nothing, rank, chosen, label, bought, sold)
    walk = new_walk(block, most)
    paths = np.empty((BATCH, most + 1), np.int32)
    pairs = np.empty((BATCH, most + 1), np.int32)
    lengths = np.zeros(BATCH, np.int32)
    rows = np.empty((64, most + 1), np.int32)
    row = np.zeros(most + 1, np.int32)
    kept = 0
    size = BATCH
    while size == BATCH:
        size = next_cycles(block, walk, min_length, most, -1, 0, 0, stop, paths, pairs, lengths)
        for number in range(size):
            length = lengths[number]
            if not _passes(block, paths[number], length, through):
                continue
            by_length[length] += 1
            row[0] = length
            canonical(paths[number], length, block.vertices, block.rank, row[1:])
            rows, kept = _offer(rows, kept, limit, row, rank)
    units[0] = max(walk.state[ROOT], 0)
    units[1] = block.vertices.shape[0]
    return rows[:kept].copy()


def _listed(rows: Ints, ranks: Longs, most: int) -> tuple[Longs, Longs]:
    """(offsets, members) of the rows in their order."""
    lengths = rows[:, 0].astype(np.int64)
    places = np.arange(most)
    inside = places < lengths[:, None]
    keys = np.where(inside, ranks[np.where(inside, rows[:, 1:], 0)], -1) if len(rows) else np.empty((0, most))
    order = np.lexsort((*reversed([keys[:, place] for place in places]), lengths))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[order])])
    return offsets, rows[order, 1:][inside[order]].astype(np.int64)


def static_rings(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    rank: npt.ArrayLike,
    *,
    min_length: int = 2,
    max_length: int = 6,
    through: npt.ArrayLike | None = None,
    limit: int = DEFAULT_LIMIT,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> StaticRings:
    """Count all simple cycles of the distinct arcs and list the first ones.

    Args:
        source: tail of each edge, 0..v-1, [n]; parallel edges are one arc, self-loops are ignored.
        target: head of each edge, [n].
        rank: place of each vertex by public id, [v], distinct.
        min_length: fewest arcs, 2 or more.
        max_length: most arcs, 10 or fewer.
        through: rings must have one of these vertices.
        limit: most rings in the list; the counts are never cut by it.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for lengths or arrays that make no sense.
    """
    check_lengths(min_length, max_length)
    require(condition=limit >= 0, message=f"limit must be 0 or more rings, not {limit}")
    ranks = np.ascontiguousarray(rank, dtype=np.int64)
    sources = as_ints(source, below=len(ranks), name="source")
    targets = as_ints(target, below=len(ranks), name="target")
    require(condition=len(targets) == len(sources), message="source and target must be of one length")
    by_length, units = np.zeros(max_length + 1, np.int64), np.zeros(2, np.int64)
    flags = vertex_flags(through, len(ranks))
    with stop_after(budget_seconds, stop) as flag:
        rows = _search(sources, targets, ranks, min_length, max_length, flags, limit, flag, by_length, units)
        cut_by = REASONS[int(flag[0])] if units[0] < units[1] else ""
    offsets, members = _listed(rows, ranks, max_length)
    return StaticRings(
        distinct_rings=int(by_length.sum()),
        rings_by_length=tuple(int(rings) for rings in by_length),
        offsets=offsets,
        members=members,
        truncated=bool(cut_by),
        cut_by=cut_by,
        units_done=int(units[0]),
        units_total=int(units[1]),
        min_length=min_length,
        max_length=max_length,
    )
