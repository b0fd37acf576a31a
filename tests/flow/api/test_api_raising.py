"""A finding raised over GraphQL: a task with its officer and why, nothing twice, what is refused, who may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.api.test_api_findings import DECIDE, LIST, keeper, searched
from tests.support.serving import Caller, Server
from tests.support.two_cities import ASH

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
    assert first["elsewhere"] == 0
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
