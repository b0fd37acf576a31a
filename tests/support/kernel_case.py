"""A kernel beside its slow reference, and random graphs for both. Used by the kernel tables and the property tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from graph.kernels.adjacency import Adjacency, adjacency_of
from tests.support.references import Multigraph


def random_multigraph(random: Random, *, most_vertices: int = 7, most_edges: int = 16) -> Multigraph:
    """Ties, parallel edges and self-loops are common; ranks are shuffled, ticks may be negative."""
    vertices, edges = random.randint(2, most_vertices), random.randint(1, most_edges)
    ticks, amounts = random.choice([1, 2, 4, 20, 1000]), random.choice([3, 20, 1000])
    return Multigraph(
        source=tuple(random.randrange(vertices) for _ in range(edges)),
        target=tuple(random.randrange(vertices) for _ in range(edges)),
        tick=tuple(random.randrange(ticks) - 5 for _ in range(edges)),
        amount=tuple(random.randint(1, amounts) for _ in range(edges)),
        rank=tuple(random.sample(range(vertices), vertices)),
    )


def dense_multigraph(random: Random) -> Multigraph:
    """Few vertices with many edges, for shapes that a sparse graph rarely has."""
    return random_multigraph(random, most_vertices=6, most_edges=36)


@dataclass(frozen=True, slots=True)
class Case:
    """A kernel and its reference: equal answers to equal options on any multigraph."""

    name: str
    kernel: Callable[..., Any]
    reference: Callable[..., Any]
    options: Callable[[Random, Multigraph], dict[str, Any]]
    graphs: Callable[[Random], Multigraph] = random_multigraph


def adjacency_from(graph: Multigraph) -> Adjacency:
    """The kernels' form of a multigraph."""
    return adjacency_of(
        np.array(graph.source, np.int32),
        np.array(graph.target, np.int32),
        np.array(graph.tick, np.int64),
        np.array(graph.amount, np.int64),
        len(graph.rank),
    )
