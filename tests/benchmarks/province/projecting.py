"""The projection of the province: built from the store alone, then opened as it is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from graph.store.opening import open_store
from graph.store.projecting import open_projection, projection_folder
from tests.benchmarks.clock import peak_megabytes, timed
from tests.benchmarks.household import PATIENT_SECONDS
from tests.benchmarks.province.commands import warm_up
from tests.benchmarks.province.country import province_of
from tests.benchmarks.province.sizes import Province


def build_projection(size: Province, folder: Path) -> dict[str, float]:
    """`projection.build_seconds`: opening it when none is kept, less opening it when it is."""
    url = province_of(folder, size)
    warm_up()
    shutil.rmtree(projection_folder(url), ignore_errors=True)
    store = open_store(url, create=False, timeout=PATIENT_SECONDS)
    made, first_seconds = timed(lambda: open_projection(store, projection_folder(url)))
    _, open_seconds = timed(lambda: open_projection(store, projection_folder(url)))
    store.close()
    return {
        "projection.build_seconds": first_seconds - open_seconds,
        "projection.open_seconds": open_seconds,
        "projection.edges": sum(len(csr.edges) for csr in made.trade.values()),
        "projection.peak_megabytes": peak_megabytes(),
    }
