"""Lists of rejects as an operator corrects them: opened in a spreadsheet's way, a few cells changed, saved again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]


def rejects_in(path: Path) -> list[Row]:
    """The rows of a list of rejects, as its cells stand."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def correct(path: Path, change: Callable[[Row], object]) -> Path:
    """Change every row of a list and save it in place; a row whose change gives False is taken out."""
    rows = rejects_in(path)
    kept = [row for row in rows if change(row) is not False]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return path
