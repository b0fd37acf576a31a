"""Where the province of a run lies, and what is generated for it. Used by the steps.

All countries of one size have the same taxpayers: the generator draws them from the seed and their number, as long as
no firms are set apart for planted patterns, hence `--planted 0`. Numbers of invoices hold the year, so each later batch
is of another year, also if a step that broke off is repeated.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.province.commands import Ran, ran
from tests.benchmarks.province.sizes import Province, taxpayers_of
from tests.benchmarks.sizes import SEED

DAYS = 120
SHORTEST_DAYS = 30  # the generator's shortest span
FIRST_YEAR = 2026


def place_of(folder: Path, invoices: int) -> Path:
    """Where a country of that size and its store lie."""
    return folder / str(invoices)


def exports_of(place: Path) -> list[Path]:
    """What is loaded of a country."""
    return [place / "country" / "registrations", place / "country" / "invoices"]


def store_file(place: Path) -> Path:
    """The embedded store of a country."""
    return place / "province.duckdb"


def url_of(file: Path) -> str:
    """The address of an embedded store."""
    return f"duckdb:///{file}"


def province_of(folder: Path, size: Province) -> str:
    """The address of the store that all steps but the first work on.

    Raises:
        SystemExit: if the first step has not made it.
    """
    file = store_file(place_of(folder, size.largest))
    if not file.exists():
        raise SystemExit("There is no province yet: run the step `growth` in this folder first.")
    return url_of(file)


def generate_country(place: Path, *, invoices: int) -> Ran:
    """A new country of that size in an empty folder."""
    shutil.rmtree(place, ignore_errors=True)
    return _generated(place / "country", taxpayers_of(invoices), invoices, days=DAYS, year=FIRST_YEAR)


def generate_later(out: Path, size: Province, url: str, *, invoices: int, days: int) -> Path:
    """More invoices of the taxpayers of a store, of a year that it has none of; the folder to load."""
    shutil.rmtree(out, ignore_errors=True)
    batches = ran("batches", "--store", url).answer["batches"]
    _generated(out, size.taxpayers, invoices, days=days, year=FIRST_YEAR + len(batches))
    return out / "invoices"


def _generated(out: Path, taxpayers: int, invoices: int, *, days: int, year: int) -> Ran:
    counts = {"taxpayers": taxpayers, "invoices": invoices, "days": days, "seed": SEED, "planted": 0}
    words = [word for name, value in counts.items() for word in (f"--{name}", str(value))]
    return ran("generate", *words, "--start", f"{year}-01-01", "--format", "parquet", "--out", str(out))
