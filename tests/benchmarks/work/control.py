"""The scan of internal control on a country with years of work: CPU seconds, alerts, and whether the truth is met."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from graph.store.port import GraphStore
from queries.control.scanning import scan
from queries.control.telling import AlertFilter, alerts
from queries.control.visits import take_visits

MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ControlScan:
    """What was measured. `seconds`: CPU of a first scan, which writes its alerts; `again`: of a second one.

    `wrong`: planted cases that were missed and look-alikes that were found.
    """

    seconds: float
    again: float
    alerts: int
    planted: int
    wrong: int


def measure(store: GraphStore, country: Path, *, on: date) -> ControlScan:
    """Scan a store that holds this generated country (`--task-events`), twice."""
    take_visits(store, country / "access" / "visits.csv")
    first, seconds = _timed(store, on)
    _, again = _timed(store, on)
    with (country / "truth" / "control.csv").open(encoding="utf-8-sig", newline="") as file:
        truth = list(csv.DictReader(file))
    found: dict[str, set[str]] = defaultdict(set)
    for row in alerts(store, AlertFilter(), limit=10**9).table.to_pylist():
        found[row["rule"]] |= {row["task"] or "", row["officer"] or ""}
    hits = [(f"tasks:{row['task']}" if row["task"] else row["officer"]) in found[row["rule"]] for row in truth]
    planted = [row["kind"] == "planted" for row in truth]
    wrong = sum(hit != told for hit, told in zip(hits, planted, strict=True))
    return ControlScan(seconds, again, first, sum(planted), wrong)


def _timed(store: GraphStore, on: date) -> tuple[int, float]:
    begin = time.process_time()
    done = scan(store, on=on)
    return sum(done.found.values()), time.process_time() - begin
