"""Parquet files → queryable, for countries of several sizes; the last one stays for the other steps."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.province.commands import loaded, warm_up
from tests.benchmarks.province.country import exports_of, generate_country, place_of, store_file, url_of
from tests.benchmarks.province.sizes import Province


def grow(size: Province, folder: Path) -> dict[str, float]:
    """Generate and load each country; of all but the largest only the facts are kept."""
    warm_up()
    facts: dict[str, float] = {}
    for invoices in size.invoices:
        place = place_of(folder, invoices)
        facts |= _loaded_country(place, invoices, size.memory)
        if invoices != size.largest:
            shutil.rmtree(place)
    return facts | _of_the_largest(facts, size)


def _loaded_country(place: Path, invoices: int, memory: str | None) -> dict[str, float]:
    name = f"growth.{invoices}"
    made = generate_country(place, invoices=invoices)
    done = loaded(url_of(store_file(place)), *exports_of(place), memory=memory)
    files = [file for export in exports_of(place) for file in export.iterdir()]
    return {
        **done.facts(name),
        f"{name}.rows": done.answer["read"],
        f"{name}.rejected": done.answer["rejected"],
        f"{name}.megabytes": store_file(place).stat().st_size / 1e6,
        f"{name}.files_megabytes": sum(file.stat().st_size for file in files) / 1e6,
        f"{name}.generate_seconds": made.seconds,
    }


def _of_the_largest(facts: Mapping[str, float], size: Province) -> dict[str, float]:
    """The largest under names that hold no number; `linearity`: its seconds an invoice over those of the smallest."""
    smallest, largest = size.invoices[0], size.largest
    names = ("seconds", "cpu_seconds", "peak_megabytes", "rows", "rejected", "files_megabytes")
    told = {f"growth.{name}": facts[f"growth.{largest}.{name}"] for name in names}
    each = {invoices: facts[f"growth.{invoices}.seconds"] / invoices for invoices in (smallest, largest)}
    return {**told, "growth.invoices": largest, "growth.linearity": each[largest] / each[smallest]}
