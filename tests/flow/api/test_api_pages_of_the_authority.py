"""The committed documents of the officer view and the bureau view: every block in one request, on both stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, parse

import api
from tests.support.serving import AUDITOR, Caller, Server
from tests.support.small_graph import Draft, day
from tests.support.two_cities import ASH, BIRCH, BIRCH_WORDS

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")


def document(name: str) -> str:
    return (Path(api.__file__).parent / f"{name}.graphql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def control(country: Server) -> Caller:
    """Internal control of Ash, where officer 1 was late, answers for nobody's grid below, and has an alert."""
    graph = Draft()
    graph.node("Task", "t-late", kind="inquiry", status="submitted", due_on=day("2026-03-02"))
    graph.link("HELD_BY", "t-late", "grid-a").link("CONCERNS", "t-late", "Party:no:A1")
    graph.link("ASSIGNED_TO", "t-late", "officer-1", role="handler")
    at = datetime(2026, 3, 5, 2, tzinfo=UTC)
    graph.node("TaskEvent", "t-late.1", task="t-late", action="submit", status="submitted", at=at, officer="officer-1")
    graph.link("HAS_EVENT", "t-late", "t-late.1")
    told = {"due_on": "2026-03-02", "still": "open", "days": 3}
    alert = {"rule": "late", "severity": "low", "state": "open", "officer": "officer-1", "task": "t-late"}
    graph.node("ControlAlert", "a-1", **alert, measures=json.dumps(told))
    country.store.write(graph.batch("pages"))
    return country.caller(bureau=ASH, roles=AUDITOR, name="control")


def selected(text: str, root: str) -> set[str]:
    operation: Any = parse(text).definitions[0]
    (block,) = (each for each in operation.selection_set.selections if each.name.value == root)
    return {item.name.value for item in block.selection_set.selections if isinstance(item, FieldNode)}


@pytest.mark.parametrize(
    ("name", "root", "kind"), [("officer", "officerView", "OfficerView"), ("bureau", "bureauView", "BureauView")]
)
def test_they_ask_every_block_of_the_view(control: Caller, name: str, root: str, kind: str) -> None:
    fields = control.ask(f'{{ __type(name: "{kind}") {{ fields {{ name }} }} }}')["__type"]["fields"]
    assert selected(document(name), root) == {field["name"] for field in fields}


def test_an_officer_and_the_work_on_one_page(control: Caller) -> None:
    page = control.ask(document("officer"), officer="officer-1", period="2026-03", on="2026-06-01")
    view = page["officerView"]
    assert [grid["key"] for grid in view["grids"]] == ["grid-a"]
    assert {task["key"] for task in view["officer"]["tasks"]["nodes"]} == {"t-a", "t-late"}
    assert page["portfolio"]["taxpayerCount"] == 3
    lateness = {each["indicator"]: each["counted"] for each in page["indicators"]["numbers"]["nodes"]}["lateness"]
    assert lateness == 1
    assert [alert["key"] for alert in page["controlAlerts"]["nodes"]] == ["a-1"]


def test_a_bureau_and_all_below_it_on_one_page(control: Caller) -> None:
    page = control.ask(document("bureau"), bureau=ASH, period="2026-03", since="2026-01-01", until="2026-06-01")
    assert page["bureauView"]["taxpayerCount"] == 3
    assert [grid["key"] for grid in page["bureauView"]["bureau"]["grids"]["nodes"]] == ["grid-a"]
    assert {each["subject"] for each in page["officers"]["numbers"]["nodes"]} == {"officer-1"}
    assert {each["subject"] for each in page["grids"]["numbers"]["nodes"]} == {"grid-a"}
    assert page["processMap"]["cases"] >= 1
    assert {total["kind"] for total in page["responsibilityGaps"]["totals"]}
    assert page["controlAlerts"]["totalCount"] == 1


def test_nothing_of_another_bureau_is_on_them(control: Caller, country: Server) -> None:
    assert control is not None
    plain = country.caller(bureau=ASH, name="plain", officer="officer-1")
    pages = [
        plain.ask(document("officer"), officer="officer-1", period="2026-03"),
        plain.ask(document("bureau"), bureau=ASH, period="2026-03"),
    ]
    assert not any(word in str(page) for page in pages for word in BIRCH_WORDS)
    assert pages[0]["controlAlerts"]["nodes"] == []
    theirs = country.caller(bureau=BIRCH, roles=AUDITOR, name="theirs")
    page = theirs.ask(document("officer"), officer="officer-1", period="2026-03")
    assert (page["portfolio"]["taxpayerCount"], page["officerView"]["portfolioSize"]) == (0, 0)
    assert page["indicators"]["numbers"]["nodes"] == page["controlAlerts"]["nodes"] == []
