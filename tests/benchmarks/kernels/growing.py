"""CPU seconds of rings in time order as the graph grows, and on the middle one as window and length do."""

from __future__ import annotations

from pathlib import Path

from graph.kernels.warm import KERNELS
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.ordered import SHORT, counted
from tests.benchmarks.kernels.sizes import HALF, TIERS, Size

LENGTHS, WINDOWS = (4, 6, 8, 10), (30, 60, 90)
LONGEST, MIDDLE = 10, 6


def grow(size: Size, folder: Path) -> dict[str, float]:
    """Facts `growth.<kind>.<corr>.<place>.cpu_seconds`; kind: invoices, window, length."""
    KERNELS["temporal_rings"]()  # the compiled kernel is read from its cache here
    facts: dict[str, float] = {}
    for corr in (TIERS, HALF):
        for invoices in size.growth:
            graph = drawn(folder, invoices, corr)
            facts |= _point("invoices", corr, invoices, counted(graph, SHORT, LONGEST)[1].cpu_seconds)
        graph = drawn(folder, size.growth[len(size.growth) // 2], corr)
        for longest in LENGTHS:
            facts |= _point("length", corr, longest, counted(graph, SHORT, longest)[1].cpu_seconds)
        for days in WINDOWS:
            facts |= _point("window", corr, days, counted(graph, days, MIDDLE)[1].cpu_seconds)
    return facts


def _point(kind: str, corr: int, place: int, cpu_seconds: float) -> dict[str, float]:
    return {f"growth.{kind}.{corr}.{place}.cpu_seconds": cpu_seconds}
