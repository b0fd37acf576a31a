"""A graph built to explode: every firm sells to every other. For tests and benchmarks of searches that are cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import comb, factorial

from graph.store.port import GraphStore
from tests.support.small_graph import Draft

FIRMS = 60
START = datetime.fromisoformat("2026-01-01T08:00:00")


def fill_with_an_explosion(store: GraphStore) -> None:
    """One invoice from each firm to each other one, within a month."""
    graph = Draft()
    for firm in range(FIRMS):
        graph.firm(f"F{firm:02}")
    for seller in range(FIRMS):
        for buyer in range(FIRMS):
            if seller != buyer:
                on = START + timedelta(minutes=(seller * 37 + buyer * 11) % 40_000)
                key = f"{seller:02}{buyer:02}"
                graph.invoice(key, seller=f"F{seller:02}", buyer=f"F{buyer:02}", on=on.isoformat())
    store.ensure_schema()
    store.write(graph.batch())


def circles_of(length: int) -> int:
    """Circles of a length in any order of time: choices of members times their arrangements up to rotation."""
    return comb(FIRMS, length) * factorial(length - 1)
