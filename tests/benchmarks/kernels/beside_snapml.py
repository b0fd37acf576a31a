"""Peer: the graph feature preprocessor of `snapml`, one thread, temporal cycles of 30 days.

It yields, for every invoice, how many temporal cycles of each length it is part of. It wants ticks to rise, has no
bound of length, and with several invoices between two firms it counts bundles of them in a way of its own. So equal
counts are demanded on a graph without ties and repeated pairs, where its sum over all invoices is length times
cycles; the usual graph is timed too.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph.kernels.temporal import temporal_rings
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.graphs import Graph
from tests.benchmarks.kernels.ordered import SHORT, facts_of
from tests.benchmarks.kernels.sizes import DAY, HALF, TIERS, Size

PEER = "snapml"
LONGEST = 10
LENGTHS = np.arange(2, LONGEST + 2)  # the last of them stands for all above


def compare(size: Size, folder: Path) -> dict[str, float]:
    """Both ways on each graph; nothing but a note where the peer is not installed."""
    if find_spec(PEER) is None:
        return {"snapml.missing": 1}
    KERNELS["temporal_rings"](), import_module(PEER)  # what is compiled is read from its files here
    facts: dict[str, float] = {}
    for name, corr in (("tiers", TIERS), ("half", HALF)):
        for kind, plain in (("usual", False), ("plain", True)):
            facts |= _compared(f"snapml.{name}.{kind}", drawn(folder, size.middle, corr, plain=plain), equal=plain)
    return {**facts, "snapml.invoices": size.middle}


def _compared(name: str, graph: Graph, *, equal: bool) -> dict[str, float]:
    own, took = spent(lambda: _own(graph))
    peer, peer_took = spent(lambda: peer_histogram(graph, SHORT * DAY))
    cycles = peer / LENGTHS
    if equal and own.tolist() != cycles[:-1].tolist():
        raise SystemExit(f"Cycles by length differ: {own.tolist()} here, {cycles.tolist()} by the peer.")
    return {
        **facts_of(name, took),
        **facts_of(f"{name}.peer", peer_took),
        f"{name}.cycles": float(own.sum()),
        f"{name}.peer_cycles": float(cycles[:-1].sum()),
        f"{name}.peer_longer": float(peer[-1]),
    }


def _own(graph: Graph) -> npt.NDArray[np.int64]:
    """Edge cycles by length, from two on; ticks must rise, as the peer has it."""
    found = temporal_rings(*graph.edges, window=SHORT * DAY, max_length=LONGEST, strict=True)
    return np.array(found.edge_cycles_by_length[2:], np.int64)


def peer_histogram(graph: Graph, window: int) -> npt.NDArray[np.float64]:
    """How often an invoice is part of a cycle, by its length 2..LONGEST and above, summed over all invoices."""
    preprocessor = import_module(PEER).GraphFeaturePreprocessor()
    off = dict.fromkeys(("vertex_stats", "fan", "degree", "scatter-gather", "lc-cycle"), False)
    whole = int(graph.tick[-1] - graph.tick[0]) + window + 1  # by default it forgets invoices older than the window
    own = {"temp-cycle": True, "temp-cycle_tw": window, "temp-cycle_bins": LENGTHS.tolist()}
    preprocessor.set_params({"num_threads": 1, "time_window": whole, **off, **own})
    number = np.arange(len(graph.tick))
    rows = np.column_stack([number, graph.seller, graph.buyer, graph.tick]).astype(np.float64)
    features: npt.NDArray[np.float64] = preprocessor.transform(rows)
    return np.asarray(features[:, 4:].sum(axis=0))
