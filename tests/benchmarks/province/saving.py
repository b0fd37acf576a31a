"""A backup of the province, and a store restored from it: the same digest three ways."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.province.commands import Ran, ran
from tests.benchmarks.province.country import province_of, url_of
from tests.benchmarks.province.sizes import Province


def save_and_restore(size: Province, folder: Path) -> dict[str, float]:
    """`backup.digests`: different ones among those of backup, restore, the store and the restored store; 1 is right."""
    url, saved, again = province_of(folder, size), folder / "saved", folder / "restored"
    for place in (saved, again):
        shutil.rmtree(place, ignore_errors=True)
    again.mkdir()
    restored = url_of(again / "province.duckdb")
    backup = ran("backup", "--out", str(saved), "--store", url, memory=size.memory)
    megabytes = sum(file.stat().st_size for file in saved.iterdir()) / 1e6
    restore = ran("restore", str(saved), "--store", restored, memory=size.memory)
    told = [backup, restore, *(_digest(each, size) for each in (url, restored))]
    for place in (saved, again):
        shutil.rmtree(place)
    return {
        **backup.facts("backup"),
        **restore.facts("restore"),
        "backup.rows": backup.answer["rows"],
        "backup.megabytes": megabytes,
        "backup.digests": len({each.answer["digest"] for each in told}),
    }


def _digest(url: str, size: Province) -> Ran:
    return ran("doctor", "--digest", "--store", url, memory=size.memory)
