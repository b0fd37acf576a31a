"""Traces of ten hops by haircut: from random sellers, and from the largest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.trace import Trace, trace
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import each_spent, spent, spread
from tests.benchmarks.kernels.drawing import adjacency_from, drawn
from tests.benchmarks.kernels.ordered import facts_of, traders
from tests.benchmarks.kernels.sizes import DAY, HALF, Size

HOPS = 10
SPAN, YEAR = 90 * DAY, 365 * DAY
ENOUGH = 100_000_000  # edges: no trace is cut


def follow_traces(size: Size, folder: Path) -> dict[str, float]:
    """Each trace begins with its taxpayer's first sale; the adjacency is built once, as the projection holds it."""
    graph = drawn(folder, size.invoices, HALF)
    KERNELS["trace"]()  # the compiled kernels are read from their cache here
    adjacency, built = spent(lambda: adjacency_from(graph))
    sales = np.diff(adjacency.out_offset)
    hubs = np.argsort(-sales, kind="stable")[: size.hubs].tolist()
    return {
        **facts_of("adjacency", built),
        **_followed("random", adjacency, traders(graph, size.subjects), SPAN),
        **_followed("hubs", adjacency, hubs, SPAN),
        **_followed("year", adjacency, hubs, YEAR),
    }


def followed(adjacency: Adjacency, firm: int, span: int) -> Trace:
    """The trace of a taxpayer's sales, whole.

    Raises:
        SystemExit: if it was cut.
    """
    own = adjacency.out_edge[adjacency.out_offset[firm] : adjacency.out_offset[firm + 1]]
    first = int(adjacency.tick[own].min())
    found = trace(
        adjacency,
        start_vertices=[firm],
        max_hops=HOPS,
        span_start=first,
        span_end=first + span,
        max_edges=ENOUGH,
    )
    if found.truncated:
        raise SystemExit(f"A trace ended early: {found.cut_by}")
    return found


def _followed(name: str, adjacency: Adjacency, firms: Sequence[int], span: int) -> dict[str, float]:
    found, took = each_spent(lambda firm: followed(adjacency, firm, span), firms)
    return {
        **spread(f"traces.{name}", [each.seconds for each in took]),
        **spread(f"traces.{name}.cpu", [each.cpu_seconds for each in took]),
        f"traces.{name}.count": len(firms),
        f"traces.{name}.edges": max(len(each.edges) for each in found),
    }
