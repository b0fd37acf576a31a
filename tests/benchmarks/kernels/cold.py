"""From a new process to the first ring of a small store, through the command that users type."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.clock import quantile
from tests.benchmarks.kernels.sizes import Size
from tests.benchmarks.province.commands import Ran, loaded, ran
from tests.benchmarks.province.country import url_of
from tests.benchmarks.sizes import SEED


def start_cold(size: Size, folder: Path) -> dict[str, float]:
    """The median of some processes; the projection is kept and the kernels are compiled, as after an installation."""
    place = folder / "cold"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    url = url_of(place / "small.duckdb")
    counts = {"taxpayers": size.cold_invoices // 10, "invoices": size.cold_invoices, "seed": SEED}
    words = [word for name, value in counts.items() for word in (f"--{name}", str(value))]
    ran("generate", *words, "--out", str(place / "country"))
    loaded(url, place / "country")
    _rings(url)  # the projection is built
    runs = [_rings(url) for _ in range(size.cold_starts)]
    return {
        "cold.seconds": quantile([each.seconds for each in runs], 0.5),
        "cold.cpu_seconds": quantile([each.cpu_seconds for each in runs], 0.5),
        "cold.starts": len(runs),
        "cold.invoices": size.cold_invoices,
    }


def _rings(url: str) -> Ran:
    done = ran("rings", "--store", url)
    if not done.answer["rings"]:
        raise SystemExit("The small store has no ring: nothing was measured.")
    return done
