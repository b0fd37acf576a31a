"""One new day: the rings of which some invoice of the day is the last, among the invoices of the window before it.

A ring has a cycle that ends on the day exactly when, among the invoices of the window that ends with it, the latest
tick of its cycles is of that day.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.graphs import Graph
from tests.benchmarks.kernels.ordered import SHORT, facts_of, members_of, rings_of
from tests.benchmarks.kernels.sizes import DAY, HALF, Size

LONGEST = 10
ALL = 100_000_000  # rings: the list has them all


def close_a_day(size: Size, folder: Path) -> dict[str, float]:
    """The last day on which a planted ring ends; later invoices are not there yet."""
    graph = drawn(folder, size.invoices, HALF)
    ends = _ends(graph)
    day = max(ends)
    graph = graph.between(0, day + DAY)
    KERNELS["temporal_rings"]()  # the compiled kernel is read from its cache here
    closed, took = spent(lambda: closed_on(graph, day, SHORT, LONGEST))
    if lost := set(ends[day]) - closed:
        raise SystemExit(f"{len(lost)} planted rings that the day closes are not found.")
    return {
        **facts_of("day", took),
        "day.rings": len(closed),
        "day.invoices": int((graph.tick >= day).sum()),
        "day.planted": len(ends[day]),
    }


def closed_on(graph: Graph, day: int, days: int, longest: int) -> set[tuple[int, ...]]:
    """Members of the rings that have a cycle whose last invoice is of the day that begins at tick `day`."""
    found = rings_of(graph.between(day - days * DAY, day + DAY), days, longest, limit=ALL)
    return members_of(found, np.flatnonzero(found.last_tick >= day).tolist())


def _ends(graph: Graph) -> dict[int, list[tuple[int, ...]]]:
    """Planted rings by the day of their last planted invoice."""
    of_ring = {member: ring for ring in graph.planted for member in ring}
    last: dict[tuple[int, ...], int] = {}
    rows = np.flatnonzero(np.isin(graph.seller, list(of_ring)) & np.isin(graph.buyer, list(of_ring)))
    for seller, buyer, tick in zip(*(column[rows].tolist() for column in graph.edges[:3]), strict=True):
        ring = of_ring[seller]
        if of_ring[buyer] == ring:
            last[ring] = max(tick, last.get(ring, tick))
    days: dict[int, list[tuple[int, ...]]] = {}
    for ring, tick in last.items():
        days.setdefault(tick // DAY * DAY, []).append(ring)
    return days
