"""Internal control over GraphQL: who sees which alert, and the steps of three persons."""

from __future__ import annotations

import json

import pytest

from tests.support.serving import AUDITOR, Caller, Server
from tests.support.small_graph import Draft
from tests.support.two_cities import ASH, BIRCH

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
LIST = "query($mine: Boolean!) { controlAlerts(aboutMe: $mine) { nodes { key state why { english chinese } } } }"
STEPS = {
    "answer": "mutation($input: AlertWords!) { answerAlert(input: $input) { state answeredBy } }",
    "close": 'mutation($input: AlertWords!) { closeAlert(input: $input, verdict: "justified") { state verdict } }',
    "review": "mutation($input: AlertWords!) { reviewAlert(input: $input) { state reviewedBy } }",
    "appeal": "mutation($input: AlertWords!) { appealAlert(input: $input) { state appealedBy } }",
}
WORDS = {"alert": "a-1", "text": "It was agreed so."}


@pytest.fixture(scope="module")
def alerted(country: Server) -> Server:
    """Officer 1 of Ash was late; the alert goes to officer-9, who works nowhere."""
    told = json.dumps({"due_on": "2026-03-02", "still": "open", "days": 3})
    graph = Draft().node("Officer", "officer-9", name="Officer nine")
    own = {"rule": "late", "severity": "low", "state": "open", "officer": "officer-1", "supervisor": "officer-9"}
    graph.node("ControlAlert", "a-1", **own, task="t-a", mode="scan", measures=told)
    country.store.write(graph.batch("alerts"))
    return country


def seen(caller: Caller, *, mine: bool = False) -> list[str]:
    return [node["key"] for node in caller.ask(LIST, mine=mine)["controlAlerts"]["nodes"]]


def test_alerts_are_shown_to_whom_they_go_and_to_control_of_the_bureau(alerted: Server) -> None:
    control, theirs = (alerted.caller(bureau=each, roles=AUDITOR, name=f"see {each}") for each in (ASH, BIRCH))
    chief, about, colleague = (
        alerted.caller(bureau=ASH, name=f"see {officer}", officer=officer)
        for officer in ("officer-9", "officer-1", "officer-2")
    )
    assert (seen(control), seen(theirs), seen(chief), seen(about), seen(colleague)) == (["a-1"], [], ["a-1"], [], [])
    assert seen(about, mine=True) == []  # nobody judged it yet
    (node,) = control.ask(LIST, mine=False)["controlAlerts"]["nodes"]
    assert "officer-1" in node["why"]["english"]
    assert (
        "逾期" in node["why"]["chinese"] or "尚未办结" in node["why"]["chinese"] or "未办结" in node["why"]["chinese"]
    )


def test_thresholds_of_its_rules_are_for_the_rules_role(alerted: Server) -> None:
    ask = "{ controlRules { name values { name } } }"
    fields = alerted.caller(bureau=ASH, roles=AUDITOR, name="reads rules").ask(ask)["controlRules"]
    assert len(fields) == 12
    assert all(rule["values"] is None for rule in fields)


def test_it_is_answered_closed_reviewed_by_three_persons_and_appealed_by_the_one_it_is_about(alerted: Server) -> None:
    chief, about = (
        alerted.caller(bureau=ASH, name=f"do {officer}", officer=officer) for officer in ("officer-9", "officer-1")
    )
    one, two = (alerted.caller(bureau=ASH, roles=AUDITOR, name=name, officer=name) for name in ("c-one", "c-two"))
    theirs = alerted.caller(bureau=BIRCH, roles=AUDITOR, name="do theirs")
    assert theirs.error(STEPS["close"], input=WORDS)["code"] == "not_found.controlalert"
    assert about.error(STEPS["appeal"], input=WORDS)["code"] == "not_found.controlalert"
    assert chief.ask(STEPS["answer"], input=WORDS)["answerAlert"] == {"state": "answered", "answeredBy": "officer-9"}
    assert chief.error(STEPS["close"], input=WORDS)["code"] == "access.four_eyes"
    assert one.error(STEPS["review"], input=WORDS)["code"] == "query.control.state"
    assert one.ask(STEPS["close"], input=WORDS)["closeAlert"] == {"state": "closed", "verdict": "justified"}
    assert seen(about, mine=True) == ["a-1"]
    assert one.error(STEPS["review"], input=WORDS)["code"] == "access.four_eyes"
    assert two.ask(STEPS["review"], input=WORDS)["reviewAlert"]["state"] == "reviewed"
    stale = WORDS | {"snapshot": 1}
    assert about.error(STEPS["appeal"], input=stale)["code"] == "store.changed"
    assert about.ask(STEPS["appeal"], input=WORDS)["appealAlert"] == {"state": "open", "appealedBy": "officer-1"}
    assert one.error(STEPS["close"], input=WORDS)["code"] == "access.four_eyes"
