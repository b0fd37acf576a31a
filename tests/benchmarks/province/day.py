"""One more day of invoices into the province."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.province.commands import loaded
from tests.benchmarks.province.country import SHORTEST_DAYS, generate_later, province_of
from tests.benchmarks.province.sizes import Province


def load_a_day(size: Province, folder: Path) -> dict[str, float]:
    """As many invoices as a day brings, of taxpayers that are known; `day.stubs`: of taxpayers that are not."""
    url, out = province_of(folder, size), folder / "day"
    invoices = generate_later(out, size, url, invoices=size.day_invoices, days=SHORTEST_DAYS)
    done = loaded(url, invoices, memory=size.memory)
    shutil.rmtree(out)
    return {
        **done.facts("day"),
        "day.invoices": done.answer["by_type"]["Invoice"],
        "day.rows": done.answer["read"],
        "day.stubs": done.answer["issues"].get("stub", 0),
    }
