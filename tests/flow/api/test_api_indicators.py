"""Indicators over GraphQL: who sees whose numbers, down to the event, and appeals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.serving import AUDITOR, Caller, Server
from tests.support.small_graph import Draft, day
from tests.support.two_cities import ASH, BIRCH

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
ASK = """query($level: IndicatorLevel!, $within: [IndicatorWithin!]) {
  indicators(period: "2026-03", level: $level, within: $within, only: ["lateness"]) { events numbers {
    totalCount nodes { indicator subject name counted base value low high facts(first: 5) {
      totalCount nodes { hidden taskKey eventKey officerKey counted appealKey task { key } event { key } } } } } } }"""
APPEAL = "mutation($input: IndicatorAppealInput!) { appealIndicator(input: $input) { key state officer raisedBy } }"
DECIDE = """mutation($appeal: ID!, $verdict: String!) {
  decideIndicatorAppeal(appeal: $appeal, verdict: $verdict, ruling: "the file shows it") { state decidedBy } }"""
LIST = "{ indicatorAppeals { totalCount nodes { key state } } }"


@pytest.fixture(scope="module")
def ours(country: Server) -> Caller:
    """Officer 1 of Ash, who handed in late a task about A1 and another about a firm of Birch."""
    graph = Draft()
    for task, firm in (("t-late", "A1"), ("t-other", "B1")):
        graph.node("Task", task, kind="inquiry", due_on=day("2026-03-02")).link("HELD_BY", task, "grid-a")
        graph.link("CONCERNS", task, f"Party:no:{firm}")
        at = datetime(2026, 3, 5, 2, tzinfo=UTC)
        graph.node("TaskEvent", f"{task}.1", task=task, status="submitted", at=at, officer="officer-1")
        graph.link("HAS_EVENT", task, f"{task}.1")
    country.store.write(graph.batch("late work"))
    return country.caller(bureau=ASH, name="one", officer="officer-1")


def numbers(caller: Caller, level: str, *within: tuple[str, str]) -> list[dict[str, object]]:
    asked = [{"level": kind, "subject": subject} for kind, subject in within]
    found = caller.ask(ASK, level=level, within=asked)["indicators"]["numbers"]
    assert found["totalCount"] == len(found["nodes"])
    listed: list[dict[str, object]] = found["nodes"]
    return listed


def test_a_number_opens_into_its_events_and_names_no_task_out_of_scope(ours: Caller) -> None:
    (own,) = numbers(ours, "OFFICER")
    assert (own["subject"], own["name"], own["counted"], own["base"]) == ("officer-1", "Officer officer-1", 2, 2)
    first, other = own["facts"]["nodes"]  # type: ignore[index]
    assert (first["taskKey"], first["event"], first["task"]) == ("t-late", {"key": "t-late.1"}, {"key": "t-late"})
    assert (other["hidden"], other["taskKey"], other["eventKey"], other["task"]) == (True, None, None, None)
    assert [one["subject"] for one in numbers(ours, "TAXPAYER", ("OFFICER", "officer-1"))] == ["A1"]


def test_numbers_are_shown_to_whom_they_are_meant_for(ours: Caller, country: Server) -> None:
    assert ours is not None
    colleague = country.caller(bureau=ASH, name="two", officer="officer-2")
    control, theirs = (country.caller(bureau=each, roles=AUDITOR, name=each) for each in (ASH, BIRCH))
    assert numbers(colleague, "OFFICER") == []
    assert colleague.error(ASK, level="TAXPAYER", within=[{"level": "OFFICER", "subject": "officer-1"}])["code"] == (
        "not_found.officer"
    )
    assert [one["subject"] for one in numbers(control, "OFFICER")] == ["officer-1"]
    assert numbers(theirs, "OFFICER") == []
    assert [one["subject"] for one in numbers(colleague, "GRID")] == ["grid-a"]
    assert numbers(theirs, "GRID") == []
    assert [one["subject"] for one in numbers(colleague, "BUREAU")] == [ASH]


def test_a_fact_is_contested_by_whose_it_is_and_decided_by_control(ours: Caller, country: Server) -> None:
    control, theirs = (country.caller(bureau=each, roles=AUDITOR, name=f"c{each}") for each in (ASH, BIRCH))
    fact = {"indicator": "lateness", "task": "t-late", "event": "t-late.1", "reason": "a later day was agreed"}
    colleague = country.caller(bureau=ASH, name="three", officer="officer-2")
    assert colleague.error(APPEAL, input=fact | {"officer": "officer-1"})["code"] == "access.officer"
    assert colleague.error(APPEAL, input=fact)["code"] == "not_found.taskevent"
    raised = ours.ask(APPEAL, input=fact)["appealIndicator"]
    assert (raised["state"], raised["officer"], raised["raisedBy"]) == ("open", "officer-1", "officer-1")
    (own,) = numbers(ours, "OFFICER")
    assert raised["key"] == own["facts"]["nodes"][0]["appealKey"]  # type: ignore[index]
    assert (colleague.ask(LIST), theirs.ask(LIST)) == ({"indicatorAppeals": {"totalCount": 0, "nodes": []}},) * 2
    assert theirs.error(DECIDE, appeal=raised["key"], verdict="upheld")["code"] == "not_found.indicatorappeal"
    assert ours.error(DECIDE, appeal=raised["key"], verdict="upheld")["code"] == "access.role"
    assert control.ask(DECIDE, appeal=raised["key"], verdict="upheld")["decideIndicatorAppeal"]["state"] == "upheld"
    assert ours.ask(LIST)["indicatorAppeals"]["nodes"] == [{"key": raised["key"], "state": "upheld"}]
    assert [one["base"] for one in numbers(ours, "OFFICER")] == [1]
