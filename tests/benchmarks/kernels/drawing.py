"""Before anything is measured: compiled kernels, and graphs on disk, so that no step holds what drawing them took."""

from __future__ import annotations

from pathlib import Path

from graph.kernels.adjacency import Adjacency, adjacency_of
from graph.kernels.warm import warm
from tests.benchmarks.kernels.graphs import Graph, read_graph, write_graph
from tests.benchmarks.kernels.sizes import HALF, MILD, MIXED, STEEP, TIERS, Size, Spec


def warm_up(_size: Size, _folder: Path) -> dict[str, float]:
    """Compile what is not compiled, as an installation does."""
    warm()
    return {}


def specs_of(size: Size) -> list[Spec]:
    """All graphs of a run."""
    grown = [Spec(invoices, corr) for invoices in {*size.growth, size.invoices, size.middle} for corr in (TIERS, HALF)]
    mixed = [Spec(invoices, MIXED) for invoices in (size.middle, size.invoices)]
    plain = [Spec(size.middle, corr, plain=True) for corr in (TIERS, HALF)]
    parts = [Spec(size.oracle, TIERS), Spec(size.recursive, HALF), Spec(size.server, HALF)]
    steep = Spec(size.middle, HALF, gamma=STEEP)
    return [*grown, *mixed, *plain, *parts, steep, Spec(size.large, TIERS)]


def draw_graphs(size: Size, folder: Path) -> dict[str, float]:
    """Every graph into a folder of its own."""
    for spec in specs_of(size):
        write_graph(folder / spec.name, spec, min(size.planted, spec.invoices // 1_000))
    return {}


def drawn(folder: Path, invoices: int, corr: int, *, plain: bool = False, gamma: float = MILD) -> Graph:
    """A graph of the run.

    Raises:
        SystemExit: if the step `graphs` has not made it.
    """
    place = folder / Spec(invoices, corr, plain, gamma).name
    if not (place / "planted.npy").exists():
        raise SystemExit("There are no graphs yet: run the step `graphs` in this folder first.")
    return read_graph(place)


def adjacency_from(graph: Graph) -> Adjacency:
    """The kernels' form of a graph, built once, as the projection keeps it."""
    return adjacency_of(graph.seller, graph.buyer, graph.tick, graph.amount, graph.firms)
