"""The peer of a load: DuckDB reads the largest country's files into plain tables of text."""

from __future__ import annotations

from pathlib import Path

from loaders.run import find_files
from tests.benchmarks.clock import peak_megabytes
from tests.benchmarks.province.country import exports_of, place_of
from tests.benchmarks.province.sizes import Province
from tests.benchmarks.steps.loading import read_into_tables


def read_bare(size: Province, folder: Path) -> dict[str, float]:
    """Nothing is checked and nothing merged; `bare.process_seconds` compares with the whole process of the load."""
    database = folder / "bare.duckdb"
    seconds = read_into_tables(database, find_files(exports_of(place_of(folder, size.largest))))
    megabytes = database.stat().st_size / 1e6
    database.unlink()
    return {"bare.seconds": seconds, "bare.peak_megabytes": peak_megabytes(), "bare.megabytes": megabytes}
