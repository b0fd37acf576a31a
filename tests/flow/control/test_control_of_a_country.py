"""Every planted case of internal control is found, and none of the innocent look-alikes, on both stores."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph.store.port import GraphStore
from loaders import LoadOptions, load
from queries.control.alerts import OPEN
from queries.control.catalogue import CONTROL_RULES
from queries.control.hits import ControlRule
from queries.control.scanning import scan
from queries.control.telling import AlertFilter, ExplainedAlert, alerts, explained_alert
from queries.control.visits import take_visits
from tests.support.batches import KEY

ON = date(2026, 6, 1)
PARTS = ("registrations", "organisation", "tasks", "interests", "officer_shareholdings.csv", "shareholdings.csv")
# Rules by the signals that the patterns of the generator plant too.
SIGNALS = {
    "share": "recusal",
    "without_evidence": "without_evidence",
    "late": "late",
    "one_hand": "same_hands",
    "reassigned": "reassigned_before_closing",
}


@pytest.fixture
def loaded(store: GraphStore, worked_country: Path) -> GraphStore:
    """The country's registers, organisation and work, and the access log."""
    load(store, "auto", [worked_country / part for part in PARTS], options=LoadOptions(hmac_key=KEY))
    take_visits(store, worked_country / "access" / "visits.csv")
    return store


def truth(country: Path) -> list[dict[str, str]]:
    rows = []
    for name in ("control", "officer_control"):
        with (country / "truth" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows += [{"rule": SIGNALS.get(row.get("signal", ""), ""), **row} for row in csv.DictReader(file)]
    return [row for row in rows if row["rule"]]


def wrongly_judged(store: GraphStore, country: Path) -> list[dict[str, str]]:
    """Rows of the truth that were missed, or found although innocent."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in alerts(store, AlertFilter(), limit=100_000).table.to_pylist():
        found[row["rule"]] |= {row["task"] or "", row["officer"] or ""}

    def hit(row: dict[str, str]) -> bool:
        return (f"tasks:{row['task']}" if row["task"] else row["officer"]) in found[row["rule"]]

    return [row for row in truth(country) if hit(row) != (row["kind"] == "planted")]


def test_planted_cases_are_found_and_explained_and_look_alikes_are_not(
    loaded: GraphStore, worked_country: Path
) -> None:
    # One test: to load the country takes far longer than to scan it.
    first = scan(loaded, on=ON)
    assert wrongly_judged(loaded, worked_country) == []
    silent = {name for name, count in first.found.items() if not count}
    assert silent == {"backdated"}  # a first load backdates nothing
    again = scan(loaded, on=ON)
    assert (again.batch, set(again.counts)) == (None, {"unchanged"})
    assert take_visits(loaded, worked_country / "access" / "visits.csv").new == 0
    for rule in CONTROL_RULES:
        for row in alerts(loaded, AlertFilter(rules=(rule.name,)), limit=3).table.to_pylist():
            assert_explained(explained_alert(loaded, row["id"]), rule)


def assert_explained(told: ExplainedAlert, rule: ControlRule[Any]) -> None:
    """Both sentences name the officer and leave no place empty; each measure is declared and rests on events."""
    for sentence in (told.sentence_en, told.sentence_zh):
        assert told.row["officer"] in sentence
        assert "None" not in sentence
    assert told.row["state"] == OPEN
    assert told.events or rule.name == "access_without_task"
    assert {each.name for each in told.measures} <= set(rule.measures)
