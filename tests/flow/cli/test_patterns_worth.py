"""`make patterns` at its smallest: a country generated, loaded and searched, the page written, the folder reused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from queries.patterns.catalogue import PATTERNS

ROOT = Path(__file__).parents[3]


def _run(folder: Path) -> str:
    words = ["--planted", "2", "--work", str(folder / "work"), "--out", str(folder / "page.md")]
    done = subprocess.run(  # noqa: S603 - our own interpreter and words
        [sys.executable, "-m", "tests.benchmarks.patterns", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (folder / "page.md").read_text(encoding="utf-8")
    return done.stdout


def test_every_pattern_finds_its_planted_cases_and_no_near_miss(tmp_path: Path) -> None:
    page = _run(tmp_path)
    for pattern in PATTERNS:
        assert f"| `{pattern.name}` | 2 | 2 | 0 | 2 | 0 |" in page
    assert "Every planted case is found, and no near miss." in page
    assert str(tmp_path) not in page
    kept = tmp_path / "work" / "2" / "loaded.json"
    made = kept.stat().st_mtime_ns
    assert _counts(_run(tmp_path)) == _counts(page)
    assert kept.stat().st_mtime_ns == made


def _counts(page: str) -> list[list[str]]:
    """The table without its times."""
    return [line.split(" | ")[:-2] for line in page.splitlines() if line.startswith("| `") and line.count("|") == 11]
