"""The country of a run: as many cases and near misses of every pattern as asked, and few ordinary firms around them.

Used by the command. A work folder keeps a country for each number of cases; one that is loaded is not made again.
"""

from __future__ import annotations

import os
import shutil
from math import ceil
from pathlib import Path

from graph.store.opening import open_store
from graph.store.port import GraphStore
from loaders.synthetic.patterns import room_for
from tests.benchmarks.household import PATIENT_SECONDS
from tests.benchmarks.province.commands import loaded, ran, warm_up
from tests.benchmarks.running import known_facts, write_facts
from tests.benchmarks.sizes import KEY, SEED

DAYS = 200
ROOM = 1.3  # times the smallest country into which the cases fit
LEAST_TAXPAYERS, LEAST_INVOICES = 40, 100  # of the generator
LOADED = "loaded"


def sizes_for(planted: int) -> dict[str, int]:
    """The generator's options for so many cases of every pattern."""
    taxpayers, invoices = (ceil(count * ROOM) for count in room_for(planted))
    return {
        "taxpayers": max(taxpayers, LEAST_TAXPAYERS),
        "invoices": max(invoices, LEAST_INVOICES),
        "days": DAYS,
        "seed": SEED,
        "planted": planted,
    }


def loaded_country(folder: Path, planted: int) -> tuple[Path, dict[str, float]]:
    """The place of the country, loaded, and what that took.

    Raises:
        SystemExit: if a command failed; it has said why.
    """
    place = folder / str(planted)
    if not known_facts(place, LOADED):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        write_facts(place, LOADED, _made(place, planted))
    return place, known_facts(place, LOADED)


def _made(place: Path, planted: int) -> dict[str, float]:
    warm_up()
    words = [word for name, value in sizes_for(planted).items() for word in (f"--{name}", str(value))]
    made = ran("generate", *words, "--format", "parquet", "--out", str(exports_of(place)))
    os.environ["TAXGRAPH_HMAC_KEY"] = KEY.hex()
    done = loaded(_url(place), exports_of(place))
    return {
        **done.facts("load"),
        "load.rows": done.answer["read"],
        "load.rejected": done.answer["rejected"],
        "generate.seconds": made.seconds,
        "taxpayers": sizes_for(planted)["taxpayers"],
        "invoices": made.answer["rows"]["invoices"],
    }


def exports_of(place: Path) -> Path:
    """The files of the country, with their truth tables."""
    return place / "country"


def opened(place: Path) -> GraphStore:
    """The store of a loaded country."""
    return open_store(_url(place), create=False, timeout=PATIENT_SECONDS)


def _url(place: Path) -> str:
    return f"duckdb:///{place / 'country.duckdb'}"
