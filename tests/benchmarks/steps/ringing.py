"""Rings of 30 days and up to six members: the whole country, and against NetworkX on a part that it can search."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import inf
from pathlib import Path

import networkx as nx
import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.kernels.static import static_rings
from graph.kernels.temporal import temporal_rings
from graph.store.questions import ROOT
from queries.trade_graph import chosen_currency, chosen_resolution, ring_edges
from tests.benchmarks.clock import peak_megabytes, timed
from tests.benchmarks.country import opened, projected
from tests.benchmarks.sizes import LONGEST_RING, WINDOW_DAYS, Size

WINDOW = WINDOW_DAYS * 86_400
Ticks = dict[tuple[int, int], list[int]]


def search_rings(size: Size, folder: Path) -> dict[str, float]:
    """Times of the kernels and their peers; equal counts or no figures."""
    store = opened(folder)
    projection = projected(store, folder)
    resolution = chosen_resolution(projection, "auto", ROOT)
    edges = ring_edges(projection, chosen_currency(projection, None, ROOT), resolution, ROOT)
    rank = np.arange(projection.vertex_count, dtype=np.int64)
    store.close()
    part = edges.take(np.arange(min(size.oracle_edges, len(edges))))
    _temporal(part, rank), _static(part, rank)  # the compiled kernels are read from their cache here
    whole, whole_seconds = timed(lambda: _temporal(edges, rank))
    _, sort_seconds = timed(lambda: np.lexsort((edges.buyer, edges.seller, edges.tick)))
    return {
        "rings.edges": len(edges),
        "rings.whole": whole,
        "rings.whole_seconds": whole_seconds,
        "rings.sort_seconds": sort_seconds,
        **_against_networkx(part, rank),
        "rings.peak_megabytes": peak_megabytes(),
    }


def _against_networkx(part: EdgeColumns, rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, float]:
    temporal, temporal_seconds = timed(lambda: _temporal(part, rank))
    static, static_seconds = timed(lambda: _static(part, rank))
    ticks = ticks_by_arc(part)
    cycles, cycles_seconds = timed(lambda: list(nx.simple_cycles(nx.DiGraph(list(ticks)), length_bound=LONGEST_RING)))
    in_order, order_seconds = timed(lambda: sum(is_temporal(cycle, ticks) for cycle in cycles))
    if (static, temporal) != (len(cycles), in_order):
        raise SystemExit(f"Rings differ: {static}, {temporal} here, {len(cycles)}, {in_order} by NetworkX.")
    return {
        "rings.part_edges": len(part),
        "rings.part_static": static,
        "rings.part_temporal": temporal,
        "rings.static_seconds": static_seconds,
        "rings.temporal_seconds": temporal_seconds,
        "rings.networkx_static_seconds": cycles_seconds,
        "rings.networkx_temporal_seconds": cycles_seconds + order_seconds,
    }


def _temporal(edges: EdgeColumns, rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    found = temporal_rings(
        edges.seller, edges.buyer, edges.tick, edges.amount_cents, rank, window=WINDOW, max_length=LONGEST_RING
    )
    return int(found.distinct_rings)


def _static(edges: EdgeColumns, rank: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return int(static_rings(edges.seller, edges.buyer, rank, max_length=LONGEST_RING).distinct_rings)


def ticks_by_arc(edges: EdgeColumns) -> Ticks:
    """The sorted ticks of each seller–buyer pair, self-sales left out."""
    ticks: Ticks = {}
    ends = zip(edges.seller.tolist(), edges.buyer.tolist(), edges.tick.tolist(), strict=True)
    for seller, buyer, tick in ends:
        if seller != buyer:
            ticks.setdefault((seller, buyer), []).append(tick)
    return {arc: sorted(own) for arc, own in ticks.items()}


def is_temporal(cycle: list[int], ticks: Ticks) -> bool:
    """Is there a place to start from which ticks do not fall and the last is within the window of the first?"""
    turns = (cycle[start:] + cycle[: start + 1] for start in range(len(cycle)))
    return any(_in_order([ticks[arc] for arc in pairwise(turn)]) for turn in turns)


def _in_order(arcs: list[list[int]]) -> bool:
    """Earliest arrival from each tick of the first arc."""
    return any(_last(first, arcs[1:]) <= first + WINDOW for first in arcs[0])


def _last(first: int, arcs: list[list[int]]) -> float:
    tick: float = first
    for arc in arcs:
        place = bisect_left(arc, tick)
        tick = arc[place] if place < len(arc) else inf
    return tick
