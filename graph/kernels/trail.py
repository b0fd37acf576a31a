"""What a trace writes down and the rules it keeps. Filled by the haircut and first-in-first-out kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Doubles, Flags, Ints, Longs, kernel

MILLION = 1_000_000


class TraceRules(NamedTuple):
    """Limits of a trace."""

    max_hops: int
    span_start: int
    span_end: int
    min_amount: int  # cents
    min_share: int  # millionths
    vertex_limit: int  # newest edges followed per vertex
    max_edges: int


class Trail(NamedTuple):
    """Edges in the order in which they were met; cut = 1 marks those left out by the vertex limit."""

    edge: Ints
    hop: Ints
    carried: Doubles  # cents
    cut: Flags
    sizes: Longs  # [rows, edges below the thresholds, followed edges, 1 when nothing was left to follow]


@kernel
def new_trail() -> Trail:
    """Nothing met yet."""
    return Trail(
        np.empty(64, np.int32),
        np.empty(64, np.int32),
        np.empty(64, np.float64),
        np.empty(64, np.uint8),
        np.zeros(4, np.int64),
    )


@kernel
def write_down(trail: Trail, edge: int, hop: int, carried: float, cut: bool) -> Trail:
    """The trail with one more row."""
    count = trail.sizes[0]
    if count == trail.edge.shape[0]:
        edges = np.empty(2 * count, np.int32)
        edges[:count] = trail.edge
        hops = np.empty(2 * count, np.int32)
        hops[:count] = trail.hop
        amounts = np.empty(2 * count, np.float64)
        amounts[:count] = trail.carried
        cuts = np.empty(2 * count, np.uint8)
        cuts[:count] = trail.cut
        trail = Trail(edges, hops, amounts, cuts, trail.sizes)
    trail.edge[count] = edge
    trail.hop[count] = hop
    trail.carried[count] = carried
    trail.cut[count] = 1 if cut else 0
    trail.sizes[0] = count + 1
    if not cut:
        trail.sizes[2] += 1
    return trail


@kernel
def worth_following(trail: Trail, rules: TraceRules, amount: int, carried: float, whole: float) -> bool:
    """Is an edge above the thresholds? Counts it when not. The share is carried / whole."""
    if carried <= 0.0:
        return False
    if amount >= rules.min_amount and carried * MILLION >= rules.min_share * whole:
        return True
    trail.sizes[1] += 1
    return False
