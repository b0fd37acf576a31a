"""A country whose invoices arrive day by day ends with the findings of the same country loaded at once."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from graph.store.projecting import open_projection
from loaders import LoadOptions, load
from loaders.synthetic import generate
from loaders.synthetic.patterns import LEAST_DAYS
from queries.detection.facts import Facts
from queries.findings.recording import Detected, detect
from queries.findings.stored import OPEN, REOPENED, stored_findings
from queries.patterns.catalogue import PATTERNS
from tests.support.batches import KEY
from tests.support.planted_country import Row, rows_of

DAILY = 30  # the last days of the span
TOLD = ("pattern", "anchor", "first_on", "last_on", "measures", "score", "severity", "rule_version", "left_out")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case and a near miss of every pattern; no shorter span holds them."""
    folder = tmp_path_factory.mktemp("country")
    generate(folder, taxpayers=500, invoices=1_000, days=LEAST_DAYS, seed=3, format="csv", planted=1)
    return folder


def test_day_by_day_ends_with_the_findings_of_a_load_at_once(exports: Path, tmp_path: Path) -> None:
    days = split_by_day(exports / "invoices", tmp_path / "days")
    one, by_day = (opened(tmp_path / f"{name}.duckdb") for name in ("one", "by_day"))
    load_folders(one, [*others(exports), exports / "invoices"])
    searched(one)

    load_folders(by_day, [*others(exports), days[0]])
    runs = [searched(by_day)]
    for day in days[1:]:
        load_folders(by_day, [day])
        runs.append(searched(by_day))

    assert in_force(by_day) == in_force(one)
    found = {str(told["pattern"]) for told, _, _ in in_force(one).values()}
    assert found == {pattern.name for pattern in PATTERNS}
    assert {word for run in runs for word in run.counts} >= {"new", "updated", "unchanged", "gone", "superseded"}


def others(exports: Path) -> list[Path]:
    """All exports but invoices: they come at the beginning. Manifests count whole exports."""
    left_out = {"invoices", "truth", "manifest.json"}
    return [path for path in sorted(exports.iterdir()) if path.name not in left_out]


def split_by_day(invoices: Path, out: Path) -> list[Path]:
    """Folders of headers and lines by day of issue, the first one for all days but the last `DAILY`."""
    headers, lines = (tables(invoices, name) for name in ("发票基础信息", "信息汇总表"))
    issued = {_number(row): date.fromisoformat(row["开票日期"][:10]) for row in headers}
    first = max(issued.values()) - timedelta(DAILY)
    for name, rows in (("发票基础信息", headers), ("信息汇总表", lines)):
        by_day: dict[date, list[Row]] = defaultdict(list)
        for row in rows:
            by_day[max(issued[_number(row)], first)].append(row)
        for day, of_day in by_day.items():
            write(out / day.isoformat() / f"{name}.csv", of_day)
    folders = sorted(out.iterdir())
    assert len(folders) > DAILY // 2
    return folders


def tables(folder: Path, name: str) -> list[Row]:
    return [row for path in sorted(folder.glob(f"*{name}.csv")) for row in rows_of(path)]


def _number(row: Row) -> str:
    return row["数电发票号码"] or row["发票代码"] + row["发票号码"]


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def opened(file: Path) -> GraphStore:
    store = DuckdbStore.open(file)
    store.ensure_schema()
    return store


def load_folders(store: GraphStore, folders: list[Path]) -> None:
    report = load(store, "auto", folders, options=LoadOptions(hmac_key=KEY))
    assert report.rejected == 0


def searched(store: GraphStore) -> Detected:
    return detect(store, Facts(store, open_projection(store, None)), PATTERNS)


def in_force(store: GraphStore) -> dict[str, tuple[Mapping[str, Any], Any, Any]]:
    """What the findings in force say, by id: all but when they were first seen."""
    found = stored_findings(store.export, [pattern.name for pattern in PATTERNS]).values()
    return {
        each.id: ({name: each.row[name] for name in TOLD}, each.members, each.evidence)
        for each in found
        if each.state in {OPEN, REOPENED}
    }
