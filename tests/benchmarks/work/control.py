"""The scan of internal control on a country with years of work: CPU seconds, alerts, and whether the truth is met."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from graph.store.port import GraphStore
from queries.control.scanning import scan
from queries.control.telling import AlertFilter, alerts
from queries.control.visits import take_visits
from tests.benchmarks.clock import Spent, spent
from tests.benchmarks.work.country import EXPORTS, START, opened
from tests.benchmarks.work.sizes import Size


def scan_everything(size: Size, folder: Path) -> dict[str, float]:
    """The scan of the run's country on its last day."""
    store = opened(folder)
    found = measure(store, folder / EXPORTS, on=START + timedelta(days=size.days - 1))
    store.close()
    return {
        **found.first.facts("control.scan"),
        **found.again.facts("control.again"),
        "control.alerts": found.alerts,
        "control.planted": found.planted,
        "control.wrong": found.wrong,
    }


@dataclass(frozen=True, slots=True)
class ControlScan:
    """What was measured. `first`: a scan that writes its alerts; `again`: a second one, which has none to write.

    `wrong`: planted cases that were missed and look-alikes that were found.
    """

    first: Spent
    again: Spent
    alerts: int
    planted: int
    wrong: int


def measure(store: GraphStore, country: Path, *, on: date) -> ControlScan:
    """Scan a store that holds this generated country (`--task-events`), twice."""
    take_visits(store, country / "access" / "visits.csv")
    first, took = spent(lambda: scan(store, on=on))
    _, again = spent(lambda: scan(store, on=on))
    with (country / "truth" / "control.csv").open(encoding="utf-8-sig", newline="") as file:
        truth = list(csv.DictReader(file))
    found: dict[str, set[str]] = defaultdict(set)
    for row in alerts(store, AlertFilter(), limit=10**9).table.to_pylist():
        found[row["rule"]] |= {row["task"] or "", row["officer"] or ""}
    hits = [(f"tasks:{row['task']}" if row["task"] else row["officer"]) in found[row["rule"]] for row in truth]
    planted = [row["kind"] == "planted" for row in truth]
    wrong = sum(hit != told for hit, told in zip(hits, planted, strict=True))
    return ControlScan(took, again, sum(first.found.values()), sum(planted), wrong)
