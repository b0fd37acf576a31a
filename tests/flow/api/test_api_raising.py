"""A finding raised over GraphQL: a task with its officer and why, nothing twice, what is refused, who may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.flow.api.test_api_findings import DECIDE, LIST, keeper, searched
from tests.support.serving import Caller, Server
from tests.support.small_graph import Draft
from tests.support.two_cities import ASH, BIRCH, BIRCH_WORDS, PROVINCE

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
RAISED = (
    "tasks { taskKey kind loop gridKey officerKey why repeated task { title findings { nodes { key } } } } elsewhere"
)
RAISE = f"mutation($finding: ID!) {{ raiseFinding(finding: $finding) {{ {RAISED} }} }}"
ASK = f"mutation($task: ID!) {{ askReceivers(task: $task) {{ {RAISED} }} }}"
__all__ = ["keeper"]  # a fixture


@pytest.fixture(scope="module")
def officer(country: Server) -> Caller:
    """The lead of the grid of Ash."""
    return country.caller(bureau=ASH, name="lead", officer="officer-1")


@pytest.fixture(scope="module")
def ring(keeper: Caller, root: Caller) -> str:
    """The ring of three firms of Ash."""
    searched(keeper)
    nodes: list[dict[str, Any]] = root.ask(LIST)["findings"]["nodes"]
    return str(next(each["key"] for each in nodes if len(each["members"]["nodes"]) == 3))


def test_a_finding_is_raised_once_and_asks_its_receivers_once_it_is_confirmed(
    officer: Caller, root: Caller, ring: str
) -> None:
    first = officer.ask(RAISE, finding=ring)["raiseFinding"]
    assert first["elsewhere"] is False
    task = first["tasks"][0]
    assert (task["kind"], task["loop"], task["repeated"]) == ("inquiry", "small", False)
    assert [each["key"] for each in task["task"]["findings"]["nodes"]] == [ring]
    assert task["why"]
    assert officer.ask(RAISE, finding=ring)["raiseFinding"]["tasks"][0]["repeated"] is True
    early = officer.error(ASK, task=task["taskKey"])
    assert early["code"] == "query.loop.unconfirmed"
    root.ask(DECIDE, input={"finding": ring, "label": "confirmed", "reason": "seen"})
    asked = officer.ask(ASK, task=task["taskKey"])["askReceivers"]
    assert asked["tasks"]
    assert [each["taskKey"] for each in officer.ask(ASK, task=task["taskKey"])["askReceivers"]["tasks"]] == [
        each["taskKey"] for each in asked["tasks"]
    ]


def test_only_an_officer_raises_and_only_what_is_in_scope(country: Server, root: Caller, ring: str) -> None:
    assert root.error(RAISE, finding=ring)["code"].startswith("access.")
    stranger = country.caller(bureau="22", name="far", officer="officer-2")
    assert stranger.error(RAISE, finding=ring)["code"] == "not_found.finding"
    assert stranger.error(RAISE, finding="nothing")["code"] == "not_found.finding"


SEEN = """query($task: ID!) { task(id: $task) { title attributes state findings { totalCount nodes { key } }
    taxpayers { totalCount nodes { key name } } invoices { totalCount } spawned { totalCount nodes { key } }
    answers { totalCount nodes { key } }
    events(first: 50) { nodes { action reason evidence attributes visible } } }
    loop(task: $task) { tasks { key title } links { source target } open { task grids } }
    taskHistory(task: $task) { entries { action visible } } }"""


def test_a_finding_over_two_bureaus_is_raised_by_the_issuing_side_which_learns_that_another_one_exists_and_no_more(
    country: Server, officer: Caller, root: Caller
) -> None:
    draft = Draft().node("Finding", "cross", pattern="violent_issuing", severity="high", state="open")
    for firm in ("A1", "B1", "B2"):
        draft.link("INVOLVES", "cross", f"Party:no:{firm}", role="member")
    draft.invoice("I7", seller="A1", buyer="B2").link("EVIDENCE", "cross", "I4").link("EVIDENCE", "cross", "I7")
    draft.node("Grid", "grid-p", kind="institution", name="Grid grid-p").link("UNDER", "grid-p", PROVINCE)
    country.store.write(draft.batch("cross"))
    other = country.caller(bureau=BIRCH, name="far", officer="officer-2")
    assert other.error(RAISE, finding="cross")["code"] == "not_found.finding"
    raised = officer.ask(RAISE, finding="cross")["raiseFinding"]
    task = raised["tasks"][0]["taskKey"]
    root.ask(DECIDE, input={"finding": "cross", "label": "confirmed", "reason": "seen"})
    asked = officer.ask(ASK, task=task)["askReceivers"]
    assert (raised["elsewhere"], asked) == (False, {"tasks": [], "elsewhere": True})
    told = [raised, asked, officer.ask(SEEN, task=task)]
    answer = json.dumps(told, ensure_ascii=False)
    assert [word for word in (*BIRCH_WORDS, "I7", "grid-b", "grid-p") if word in answer] == []
    shown = told[2]["task"]
    assert (shown["spawned"]["totalCount"], shown["findings"]["nodes"]) == (0, [])
    pinned = [json.loads(each["visible"])["findings"] for each in shown["events"]["nodes"]]
    assert pinned
    assert all(found["id"] != "cross" for each in pinned for found in each)
    whole = root.ask(SEEN, task=task)["task"]["events"]["nodes"]
    assert all("cross" in each["visible"] for each in whole)
