"""What the window shapes share: one vertex's edges side by side, the vertices asked for, rows by rank.

Used by `fans`, `pass_through` and `gather_scatter`, which look at one vertex after the other. A *window* is the ticks
t..t + W, both included, where t is the tick of an edge of the shape; its edges are all the vertex's edges of the kind
in it. So a finding depends on nothing outside its window, and a new day can only change windows that reach it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.checks import as_ints, require
from graph.kernels.compiled import Ints, Longs, kernel

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.adjacency import Adjacency


class Events(NamedTuple):
    """Room for the edges of one vertex in time order; only the first ones, as many as `gather` says, are in use."""

    tick: Longs
    other: Ints


class Extent(NamedTuple):
    """How far a search came: why it was cut ("" if it was not), units done, units in all."""

    cut_by: str
    done: int
    total: int


@kernel
def most_edges(offset: Ints, chosen: Ints) -> int:
    """Edges of the chosen vertex that has most."""
    most = 0
    for vertex in chosen:
        most = max(most, offset[vertex + 1] - offset[vertex])
    return int(most)


@kernel
def new_events(most: int) -> Events:
    """Room for `most` edges."""
    return Events(np.empty(most, np.int64), np.empty(most, np.int32))


@kernel
def gather(edges: Ints, other: Ints, tick: Longs, events: Events) -> int:
    """Copy the edges of one vertex side by side; how many. Hubs would miss the cache at each look otherwise."""
    for place in range(edges.shape[0]):
        edge = edges[place]
        events.tick[place] = tick[edge]
        events.other[place] = other[edge]
    return len(edges)


@kernel
def with_room(rows: Longs, used: int) -> Longs:
    """The same rows with room for one more: int64[more, columns]."""
    if used < rows.shape[0]:
        return rows
    longer = np.empty((2 * used, rows.shape[1]), np.int64)
    longer[:used] = rows
    return longer


def checked_ranks(rank: npt.ArrayLike, adjacency: Adjacency) -> Longs:
    """Ranks as contiguous int64, one a vertex.

    Raises:
        ValueError: when they are not one a vertex.
    """
    ranks = np.ascontiguousarray(rank, dtype=np.int64)
    count = len(adjacency.out_offset) - 1
    require(condition=ranks.shape == (count,), message=f"rank must have {count} entries, not {ranks.shape}")
    return ranks


def chosen_vertices(vertices: npt.ArrayLike | None, count: int) -> Ints:
    """The vertices to look at, each once, ascending; all for None."""
    if vertices is None:
        return np.arange(count, dtype=np.int32)
    return np.unique(as_ints(vertices, below=count, name="vertices"))


def rows_by_rank(rows: Longs, rank: Longs) -> Longs:
    """Rows whose first column is a vertex, one row a vertex, in order of rank."""
    ordered: Longs = rows[np.argsort(rank[rows[:, 0]])]
    return ordered
