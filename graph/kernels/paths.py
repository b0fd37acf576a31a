"""A shortest path between two vertices. Called by `queries` for "how are these two connected".

Of all shortest paths it is the one whose vertices have the smallest ranks, place by place from the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.checks import as_ints, require
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.sorting import group_offsets, group_order

if TYPE_CHECKING:
    import numpy.typing as npt

UNKNOWN = np.int32(1 << 30)


class Arcs(NamedTuple):
    """Arcs by tail and by head; undirected arcs stand in both under both ends."""

    out_offset: Ints  # [v + 1]
    out_other: Ints  # heads
    out_edge: Ints  # edge numbers
    in_offset: Ints  # [v + 1]
    in_other: Ints  # tails


@dataclass(frozen=True, slots=True)
class Path:
    """Vertices from start to end and the edges between them; both empty when there is no path."""

    vertices: Longs
    edges: Longs
    found: bool


@kernel
def _group(tails: Ints, heads: Ints, edges: Ints, vertex_count: int) -> Arcs:
    out_offset = group_offsets(tails, vertex_count)
    in_offset = group_offsets(heads, vertex_count)
    by_tail = group_order(tails, out_offset)
    by_head = group_order(heads, in_offset)
    return Arcs(out_offset, heads[by_tail], edges[by_tail], in_offset, tails[by_head])


@kernel
def _hops_to(arcs: Arcs, end: int, start: int, max_hops: int) -> Ints:
    """Hops to `end` from each vertex nearer than `start`, and from `start` itself."""
    hops = np.full(arcs.out_offset.shape[0] - 1, UNKNOWN, np.int32)
    queue = np.empty(hops.shape[0], np.int32)
    queue[0] = end
    hops[end] = 0
    filled = 1
    place = 0
    while place < filled and hops[start] == UNKNOWN:
        vertex = queue[place]
        place += 1
        if hops[vertex] == max_hops:
            break
        for slot in range(arcs.in_offset[vertex], arcs.in_offset[vertex + 1]):
            other = arcs.in_other[slot]
            if hops[other] == UNKNOWN:
                hops[other] = hops[vertex] + 1
                queue[filled] = other
                filled += 1
    return hops


@kernel
def _walk(arcs: Arcs, rank: Longs, hops: Ints, start: int) -> tuple[Ints, Ints]:
    """(vertices, edges) downhill from `start`, smallest rank first, then smallest edge number."""
    length = hops[start]
    vertices = np.empty(length + 1, np.int32)
    edges = np.empty(length, np.int32)
    vertices[0] = start
    for step in range(length):
        vertex = vertices[step]
        chosen = -1
        for slot in range(arcs.out_offset[vertex], arcs.out_offset[vertex + 1]):
            other = arcs.out_other[slot]
            if hops[other] != length - step - 1:
                continue
            if chosen < 0 or rank[other] < rank[arcs.out_other[chosen]]:
                chosen = slot
        vertices[step + 1] = arcs.out_other[chosen]
        edges[step] = arcs.out_edge[chosen]
    return vertices, edges


def group_arcs(source: npt.ArrayLike, target: npt.ArrayLike, *, vertex_count: int, directed: bool) -> Arcs:
    """Arcs by vertex, for many paths. Edge numbers are places in `source` and `target`.

    Raises:
        ValueError: for vertices outside 0..vertex_count-1.
    """
    tails = as_ints(source, below=vertex_count, name="source")
    heads = as_ints(target, below=vertex_count, name="target")
    require(condition=len(tails) == len(heads), message="source and target must be of one length")
    edges = np.arange(len(tails), dtype=np.int32)
    if directed:
        return _group(tails, heads, edges, vertex_count)
    ends = np.stack([tails, heads], axis=1).reshape(-1), np.stack([heads, tails], axis=1).reshape(-1)
    return _group(*ends, np.repeat(edges, 2), vertex_count)


def shortest_path(arcs: Arcs, rank: npt.ArrayLike, *, start: int, end: int, max_hops: int) -> Path:
    """The shortest path from `start` to `end` of at most `max_hops` arcs (found is False if there is none).

    Args:
        arcs: from `group_arcs`.
        rank: place of each vertex by public id, [v].
        start: vertex number.
        end: vertex number.
        max_hops: most arcs, 0 or more.

    Raises:
        ValueError: for vertices or hops that make no sense.
    """
    count = len(arcs.out_offset) - 1
    require(condition=0 <= start < count and 0 <= end < count, message=f"start and end must lie in 0..{count - 1}")
    require(condition=max_hops >= 0, message=f"max_hops must be 0 or more, not {max_hops}")
    hops = _hops_to(arcs, end, start, max_hops)
    if hops[start] == UNKNOWN:
        return Path(np.empty(0, np.int64), np.empty(0, np.int64), found=False)
    vertices, edges = _walk(arcs, np.ascontiguousarray(rank, dtype=np.int64), hops, start)
    return Path(vertices.astype(np.int64), edges.astype(np.int64), found=True)
