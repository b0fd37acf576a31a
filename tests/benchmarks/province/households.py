"""The household view of the province over HTTP: `tests.benchmarks.household` on its store."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.household import Wanted, measured_on_a_server
from tests.benchmarks.province.country import province_of
from tests.benchmarks.province.sizes import Province


def ask_households(size: Province, folder: Path) -> dict[str, float]:
    """Medians, the largest, then many clients at once."""
    url = province_of(folder, size)
    return measured_on_a_server(
        Wanted(store=url, count=size.households, clients=size.clients, seconds=size.load_seconds)
    )
