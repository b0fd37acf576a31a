"""Static rings of the distinct arcs. Every planted ring that is short enough is found, or no figure."""

from __future__ import annotations

from pathlib import Path

from graph.kernels.static import StaticRings, static_rings
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.graphs import OF_A_PAIR, Graph
from tests.benchmarks.kernels.ordered import check_planted, facts_of
from tests.benchmarks.kernels.sizes import TIERS, Size

LONGEST = 6


def count_static(size: Size, folder: Path) -> dict[str, float]:
    """Up to six members, firms in tiers."""
    graph = drawn(folder, size.invoices, TIERS)
    KERNELS["static_rings"]()  # the compiled kernel is read from its cache here
    found, took = spent(lambda: static_of(graph, LONGEST))
    check_planted(graph, static_of(graph, LONGEST, limit=found.distinct_rings), LONGEST)
    return {
        **facts_of("static", took),
        "static.rings": found.distinct_rings,
        "static.arcs": -(-size.invoices // OF_A_PAIR),
    }


def static_of(graph: Graph, longest: int, *, limit: int = 10_000) -> StaticRings:
    """Static rings.

    Raises:
        SystemExit: if the search was cut.
    """
    seller, buyer, _, _, rank = graph.edges
    found = static_rings(seller, buyer, rank, max_length=longest, limit=limit)
    if found.truncated:
        raise SystemExit(f"The search ended early: {found.cut_by}")
    return found
