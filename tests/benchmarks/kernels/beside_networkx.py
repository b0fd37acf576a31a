"""Peer: NetworkX, simple cycles of up to eight members, and which of them keep to the order of time."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.ordered import SHORT, counted, facts_of
from tests.benchmarks.kernels.sizes import TIERS, Size
from tests.benchmarks.kernels.unordered import static_of
from tests.benchmarks.steps.ringing import is_temporal, ticks_by_arc

LONGEST = 8


def compare(size: Size, folder: Path) -> dict[str, float]:
    """Equal counts, static and in time order, or no figures."""
    graph = drawn(folder, size.oracle, TIERS)
    KERNELS["static_rings"](), KERNELS["temporal_rings"]()  # the compiled kernels are read from their cache here
    static, took = spent(lambda: static_of(graph, LONGEST))
    temporal, temporal_took = counted(graph, SHORT, LONGEST)
    numbers = np.arange(len(graph.tick), dtype=np.int64)
    ticks = ticks_by_arc(EdgeColumns(graph.seller, graph.buyer, graph.tick, graph.amount, numbers))
    cycles, peer_took = spent(lambda: list(nx.simple_cycles(nx.DiGraph(list(ticks)), length_bound=LONGEST)))
    in_order, order_took = spent(lambda: sum(is_temporal(cycle, ticks) for cycle in cycles))
    counts = static.distinct_rings, temporal.distinct_rings
    if counts != (len(cycles), in_order):
        raise SystemExit(f"Rings differ: {counts} here, {(len(cycles), in_order)} by NetworkX.")
    return {
        **facts_of("networkx.static", took),
        **facts_of("networkx.static.peer", peer_took),
        **facts_of("networkx.temporal", temporal_took),
        **facts_of("networkx.temporal.peer", peer_took + order_took),
        "networkx.static.rings": len(cycles),
        "networkx.temporal.rings": in_order,
        "networkx.invoices": len(graph.tick),
        "networkx.arcs": len(ticks),
    }
