"""Trade edges by vertex, both directions, in ledger order. Built here, stored by `projection`, read by traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import DataError
from graph.kernels.adjacency import Adjacency, adjacency_of, columns_beside, grouped_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.arrays.columns import EdgeColumns
    from graph.kernels.compiled import Ints, Longs

STORED = tuple(name for name in Adjacency._fields if name not in {"source", "target", "tick", "amount"})
"""The arrays of an adjacency that are not columns of the edges."""


@dataclass(frozen=True, slots=True)
class Csr:
    """The edges and their adjacency; edge numbers are places in `edges`."""

    edges: EdgeColumns
    adjacency: Adjacency

    @property
    def vertex_count(self) -> int:
        """Vertices, with or without edges."""
        return len(self.adjacency.out_offset) - 1

    def sales(self, vertex: int) -> Ints:
        """Edge numbers sold by `vertex`, in ledger order, self-loops left out."""
        return self.adjacency.out_edge[self.adjacency.out_offset[vertex] : self.adjacency.out_offset[vertex + 1]]

    def purchases(self, vertex: int) -> Ints:
        """Edge numbers bought by `vertex`, in ledger order, self-loops left out."""
        return self.adjacency.in_edge[self.adjacency.in_offset[vertex] : self.adjacency.in_offset[vertex + 1]]


def build_csr(edges: EdgeColumns, *, vertex_count: int) -> Csr:
    """Group the edges by vertex, sorted by (tick, purchases before sales, row); linear time.

    Raises:
        DataError: `data.edges.vertices` when an edge names a vertex beyond `vertex_count`.
    """
    _check_ends(edges, vertex_count)
    adjacency = adjacency_of(edges.seller, edges.buyer, edges.tick, edges.amount_cents, vertex_count)
    return Csr(edges, adjacency)


def stored_arrays(edges: EdgeColumns, *, vertex_count: int) -> Iterator[tuple[str, Ints | Longs]]:
    """The arrays of `STORED` by name, for a writer that holds on to none: some are made when it is their turn.

    Raises:
        DataError: as `build_csr`.
    """
    _check_ends(edges, vertex_count)
    grouped = grouped_edges(edges.seller, edges.buyer, edges.tick, vertex_count)
    yield from grouped._asdict().items()
    yield from columns_beside(grouped, edges.buyer, edges.amount_cents)


def _check_ends(edges: EdgeColumns, vertex_count: int) -> None:
    """Refuse edges between vertices that are not there."""
    highest = max((int(np.max(end)) for end in (edges.seller, edges.buyer) if len(end)), default=-1)
    if highest >= vertex_count:
        raise DataError(
            "an edge names a vertex that the vertex arrays do not hold",
            code="data.edges.vertices",
            next_step="rebuild the projection from the store",
            highest_vertex=highest,
            vertices=vertex_count,
        )
