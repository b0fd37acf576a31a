"""Shapes in windows of 30 days, and groups under shared control. Held against references by the property tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.control import shared_control
from graph.kernels.fans import fan_in, fan_out
from graph.kernels.gather_scatter import gather_scatter
from graph.kernels.pass_through import pass_through
from graph.kernels.scatter_gather import scatter_gather
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import adjacency_from, drawn
from tests.benchmarks.kernels.ordered import facts_of
from tests.benchmarks.kernels.sizes import BAND, DAY, HALF, Size

WINDOW = 30 * DAY
FAN, MIDDLES, SPLIT = 20, 3, 10  # fewest counterparties, intermediaries, and counterparties on each side
PASSED = {"band": BAND, "least_amount": 10_000_000, "most_dwell": 5 * DAY}
KINDS = 4
SHAPES: dict[str, tuple[str, Callable[..., Any], dict[str, int]]] = {
    "pass_through": ("pass_through", pass_through, PASSED),
    "fan_in": ("fans", fan_in, {"least": FAN}),
    "fan_out": ("fans", fan_out, {"least": FAN}),
    "scatter_gather": ("scatter_gather", scatter_gather, {"least": MIDDLES}),
    "gather_scatter": ("gather_scatter", gather_scatter, {"least": SPLIT}),
}


def search_shapes(size: Size, folder: Path) -> dict[str, float]:
    """Each shape on the graph of most rows, its adjacency built before."""
    graph = drawn(folder, size.invoices, HALF)
    adjacency, rank = adjacency_from(graph), np.arange(graph.firms, dtype=np.int64)
    facts: dict[str, float] = {}
    for name in SHAPES:
        facts |= _searched(name, adjacency, rank)
    return facts


def _searched(name: str, adjacency: Adjacency, rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, float]:
    warm, kernel, options = SHAPES[name]
    KERNELS[warm]()  # the compiled kernel is read from its cache here
    found, took = spent(lambda: kernel(adjacency, rank, window=WINDOW, **options))
    if found.truncated:
        raise SystemExit(f"{name} ended early: {found.cut_by}")
    return {**facts_of(name, took), f"{name}.found": len(found.first_tick)}


def group_by_control(size: Size, folder: Path) -> dict[str, float]:
    """Sellers as members, buyers as ties of four kinds: one giant component, the worst case."""
    graph = drawn(folder, size.invoices, HALF)
    rank = np.arange(graph.firms, dtype=np.int64)
    kind = np.arange(len(graph.tick)) % KINDS
    KERNELS["shared_control"]()  # the compiled kernel is read from its cache here
    found, took = spent(lambda: shared_control(graph.seller, graph.buyer, kind, rank, rank, least_weight=0.3))
    return {**facts_of("control", took), "control.groups": len(found.scores), "control.links": len(graph.tick)}
