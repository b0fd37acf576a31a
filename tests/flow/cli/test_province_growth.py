"""The benchmark of a province, its first step at the small size: countries generated, loaded, told and drawn."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_growth_is_measured_at_every_size_and_the_largest_country_stays(tmp_path: Path) -> None:
    words = ["--size", "small", "--only", "growth", "--work", str(tmp_path), "--out", str(tmp_path / "page.md")]
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-m", "tests.benchmarks.province", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert facts["growth.rejected"] == 0
    assert facts["growth.2000.rows"] < facts["growth.4000.rows"] < facts["growth.8000.rows"] == facts["growth.rows"]
    assert {place.name for place in tmp_path.iterdir() if place.is_dir()} == {"8000", "images"}
    assert "| 8,000 invoices, Parquet → queryable |" in (tmp_path / "page.md").read_text(encoding="utf-8")
    assert (tmp_path / "images" / "province-growth.svg").exists()
