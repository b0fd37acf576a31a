"""A country with all its exports, and one more day of invoices between its taxpayers. Used by the command."""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.benchmarks.province.commands import Ran, loaded, ran, warm_up
from tests.benchmarks.running import known_facts, write_facts
from tests.benchmarks.sizes import KEY, SEED

DAYS = 120
START = date(2026, 1, 1)
SHORTEST_DAYS = 30  # the generator's shortest span
ISSUED = "开票日期"
MADE = "made"


def made_country(place: Path, *, taxpayers: int, invoices: int, memory: str | None) -> dict[str, float]:
    """Generate and load a country, unless the folder has it; what that took.

    Raises:
        SystemExit: if a command failed; it has said why.
    """
    os.environ["TAXGRAPH_HMAC_KEY"] = KEY.hex()
    if not known_facts(place, MADE):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        warm_up()
        _generated(place / "country", taxpayers, invoices, days=DAYS, start=START)
        done = loaded(url_of(place), place / "country", memory=memory)
        write_facts(place, MADE, {**done.facts("load"), "load.rows": done.answer["read"]})
        shutil.rmtree(place / "country")
    return known_facts(place, MADE)


def loaded_day(place: Path, *, taxpayers: int, invoices: int, memory: str | None) -> dict[str, float]:
    """Load as many invoices as one more day: each call the day after the last one."""
    number = len(ran("batches", "--store", url_of(place)).answer["batches"])
    out = place / "day"
    shutil.rmtree(out, ignore_errors=True)
    # Numbers of invoices hold the year: those of another year meet no known one.
    _generated(out, taxpayers, invoices, days=SHORTEST_DAYS, start=START.replace(year=START.year + number))
    day = START + timedelta(DAYS + number)
    (out / "manifest.json").unlink()  # it tells the digests of other days
    for file in (out / "invoices").iterdir():
        _on_one_day(file, day)
    done = loaded(url_of(place), out / "invoices", memory=memory)
    shutil.rmtree(out)
    return {**done.facts("day"), "day.invoices": done.answer["by_type"]["Invoice"]}


def url_of(place: Path) -> str:
    """The store of a country."""
    return f"duckdb:///{place / 'country.duckdb'}"


def _on_one_day(file: Path, day: date) -> None:
    """The same invoices at the same times of this day."""
    rows = pq.read_table(file)
    issued: Any = rows[ISSUED]
    times = pc.utf8_slice_codeunits(issued, 10)
    moved = pc.binary_join_element_wise(pa.scalar(day.isoformat()), times, "")
    pq.write_table(rows.set_column(rows.column_names.index(ISSUED), ISSUED, moved), file)


def _generated(out: Path, taxpayers: int, invoices: int, *, days: int, start: date) -> Ran:
    counts = {"taxpayers": taxpayers, "invoices": invoices, "days": days, "seed": SEED, "planted": 0}
    words = [word for name, value in counts.items() for word in (f"--{name}", str(value))]
    return ran("generate", *words, "--start", start.isoformat(), "--format", "parquet", "--out", str(out))
