"""Rings in time order: whole graphs, and those through one taxpayer. Every planted ring is found, or no figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from graph.kernels.adjacency import Adjacency
from graph.kernels.rings import Rings
from graph.kernels.temporal import temporal_rings, temporal_rings_through
from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import Spent, each_spent, peak_megabytes_of, spent, spread
from tests.benchmarks.kernels.drawing import adjacency_from, drawn
from tests.benchmarks.kernels.graphs import Graph
from tests.benchmarks.kernels.sizes import BAND, DAY, HALF, MIXED, STEEP, TIERS, Size
from tests.benchmarks.sizes import SEED

SHORT, LONG = 30, 90  # days
THROUGH_LENGTH = 8


def tiers(size: Size, folder: Path) -> dict[str, float]:
    """30 days, up to ten members, firms in tiers."""
    return searched("tiers", drawn(folder, size.invoices, TIERS), SHORT, 10)


def half(size: Size, folder: Path) -> dict[str, float]:
    """The same where half of the hubs both buy and sell."""
    return searched("half", drawn(folder, size.invoices, HALF), SHORT, 10)


def quarter(size: Size, folder: Path) -> dict[str, float]:
    """90 days, up to six members."""
    return searched("quarter", drawn(folder, size.invoices, HALF), LONG, 6)


def band(size: Size, folder: Path) -> dict[str, float]:
    """Amounts within ten per cent, where every hub both buys and sells."""
    return searched("band", drawn(folder, size.middle, MIXED), SHORT, 10, BAND)


def wide_band(size: Size, folder: Path) -> dict[str, float]:
    """The same on the graph of most rows."""
    return searched("wide_band", drawn(folder, size.invoices, MIXED), SHORT, 10, BAND)


def large(size: Size, folder: Path) -> dict[str, float]:
    """30 days, up to six members, and how much memory the process ever held."""
    return searched("large", drawn(folder, size.large, TIERS), SHORT, 6)


def mild(size: Size, folder: Path) -> dict[str, float]:
    """A smaller half-mixed graph, to hold the steep one against."""
    return searched("mild", drawn(folder, size.middle, HALF), SHORT, 10)


def steep(size: Size, folder: Path) -> dict[str, float]:
    """The same where more invoices are of the largest firms."""
    return searched("steep", drawn(folder, size.middle, HALF, gamma=STEEP), SHORT, 10)


def searched(name: str, graph: Graph, days: int, longest: int, band: int | None = None) -> dict[str, float]:
    """What the search of a whole graph takes; its rings are listed, and held against the planted ones, afterwards."""
    KERNELS["temporal_rings"]()  # the compiled kernel is read from its cache here
    found, took = counted(graph, days, longest, band)
    peak = peak_megabytes_of()
    listed = rings_of(graph, days, longest, band, limit=found.distinct_rings)
    check_planted(graph, listed, longest)
    return {
        **facts_of(name, took),
        f"{name}.peak_megabytes": peak,
        f"{name}.rings": found.distinct_rings,
        f"{name}.edge_cycles": found.edge_cycles,
        f"{name}.planted": sum(len(ring) <= longest for ring in graph.planted),
        f"{name}.invoices": len(graph.tick),
    }


def facts_of(name: str, took: Spent) -> dict[str, float]:
    """As facts `<name>.seconds` and `<name>.cpu_seconds`."""
    return {f"{name}.seconds": took.seconds, f"{name}.cpu_seconds": took.cpu_seconds}


def counted(graph: Graph, days: int, longest: int, band: int | None = None) -> tuple[Rings, Spent]:
    """All rings counted and the first ones listed, as a caller gets them, and what that took."""
    return spent(lambda: rings_of(graph, days, longest, band))


def rings_of(graph: Graph, days: int, longest: int, band: int | None = None, *, limit: int = 10_000) -> Rings:
    """Rings in time order.

    Raises:
        SystemExit: if the search was cut.
    """
    found = temporal_rings(*graph.edges, window=days * DAY, max_length=longest, band=band, limit=limit)
    return _whole(found)


def _whole(found: Rings) -> Rings:
    if found.truncated or found.saturated:
        raise SystemExit(f"The search ended early or cannot count so far: {found.cut_by}")
    return found


class Listed(Protocol):
    """Rings of any kernel: members[offsets[r]:offsets[r + 1]]."""

    @property
    def offsets(self) -> npt.NDArray[np.int64]: ...

    @property
    def members(self) -> npt.NDArray[np.int64]: ...


def members_of(found: Listed, places: Sequence[int]) -> set[tuple[int, ...]]:
    """Members of the rings at these places of the list."""
    return {tuple(found.members[found.offsets[place] : found.offsets[place + 1]].tolist()) for place in places}


def check_planted(graph: Graph, found: Listed, longest: int) -> None:
    """Refuse a list that lacks a planted ring of at most so many members.

    Raises:
        SystemExit: with the number of rings that were lost.
    """
    wanted = {ring for ring in graph.planted if len(ring) <= longest}
    candidates = np.isin(found.members[found.offsets[:-1]], [ring[0] for ring in wanted])
    if lost := wanted - members_of(found, np.flatnonzero(candidates).tolist()):
        raise SystemExit(f"{len(lost)} of {len(wanted)} planted rings are not found.")


def traders(graph: Graph, count: int) -> list[int]:
    """So many firms that both buy and sell, drawn evenly from all that do; the same for the same graph."""
    both = np.intersect1d(graph.seller, graph.buyer)
    drawn_firms: list[int] = np.random.default_rng(SEED).choice(both, min(count, len(both)), replace=False).tolist()
    return drawn_firms


def through_one(size: Size, folder: Path) -> dict[str, float]:
    """Rings through one taxpayer, 90 days and up to eight members; a member of each of some planted rings shows it."""
    graph = drawn(folder, size.invoices, HALF)
    KERNELS["temporal_rings_through"]()  # the compiled kernel is read from its cache here
    adjacency, rank = adjacency_from(graph), graph.edges[4]
    for ring in graph.planted[: size.subjects]:
        found = _through(adjacency, rank, ring[-1], limit=10_000_000)
        if ring not in members_of(found, range(found.listed)):
            raise SystemExit("A planted ring is not found through its member.")
    answers, took = each_spent(lambda firm: _through(adjacency, rank, firm), traders(graph, size.subjects))
    return {
        **spread("through", [each.seconds for each in took]),
        **spread("through.cpu", [each.cpu_seconds for each in took]),
        "through.count": len(answers),
        "through.rings": max(found.distinct_rings for found in answers),
    }


def _through(adjacency: Adjacency, rank: npt.NDArray[np.int64], firm: int, *, limit: int = 10_000) -> Rings:
    found = temporal_rings_through(
        adjacency, rank, through=[firm], window=LONG * DAY, max_length=THROUGH_LENGTH, limit=limit
    )
    return _whole(found)
