"""Work over GraphQL: opening, acting, refusals with what is allowed, who may, what the access log keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.access.principals import Role
from tests.support.serving import Caller, Server
from tests.support.two_cities import ASH, BIRCH

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
OPEN = """mutation($input: NewTaskInput!) { openTask(input: $input) {
    eventKey action state sequence hash repeated taskKey task { title state sequence dueOn } } }"""
ACT = """mutation($input: TaskActionInput!) { actOnTask(input: $input) {
    eventKey action state sequence hash repeated task { status state sequence } } }"""
SHOW = """query($key: ID!) { task(id: $key) { state sequence
    allowedActions { action to by mine needs evidence otherThan } conformance { rule action state names eventKey }
    events(first: 20) { nodes { action sequence previousHash hash note noteDigest visible officer { key } } }
    taxpayers { nodes { key } } } }"""


@pytest.fixture(scope="module")
def chief(country: Server) -> Caller:
    """The lead of the grid of Ash."""
    return country.caller(bureau=ASH, name="lead", officer="officer-1")


@pytest.fixture(scope="module")
def task(chief: Caller) -> str:
    """A task about A1 that the lead opened and took."""
    given = {"kind": "inquiry", "title": "About A1", "taxpayers": ["A1"], "officer": "officer-1", "once": "o1"}
    done = chief.ask(OPEN, input=given)["openTask"]
    assert (done["action"], done["state"], done["sequence"], done["repeated"]) == ("dispatch", "dispatched", 2, False)
    assert done["task"] | {"dueOn": None} == {
        "title": "About A1",
        "state": "dispatched",
        "sequence": 2,
        "dueOn": None,
    }
    again = chief.ask(OPEN, input=given)["openTask"]
    assert (again["repeated"], again["eventKey"], again["hash"]) == (True, done["eventKey"], done["hash"])
    key: str = done["taskKey"]
    return key


def acted(caller: Caller, task: str, action: str, seen: int, **told: Any) -> dict[str, Any]:
    """What an action left."""
    answer: dict[str, Any] = caller.ask(ACT, input={"task": task, "action": action, "seen": seen, **told})["actOnTask"]
    return answer


def refused(caller: Caller, task: str, action: str, seen: int, **told: Any) -> dict[str, Any]:
    """How an action was refused."""
    return caller.error(ACT, input={"task": task, "action": action, "seen": seen, **told})


def test_a_task_is_worked_on_and_shown(country: Server, chief: Caller, task: str) -> None:
    shown = chief.ask(SHOW, key=task)["task"]
    assert (shown["state"], shown["sequence"], shown["conformance"]) == ("dispatched", 2, [])
    mine = {each["action"] for each in shown["allowedActions"] if each["mine"]}
    assert mine == {"accept", "decline", "cancel", "assign", "transfer", "receive", "attach", "note"}
    assert acted(chief, task, "accept", 2)["task"] == {"status": "accepted", "state": "accepted", "sequence": 3}
    acted(chief, task, "start", 3)
    done = acted(chief, task, "submit", 4, evidence=["visit:V-1"], note="no goods", once="s1")
    again = acted(chief, task, "submit", 4, evidence=["visit:V-1"], note="no goods", once="s1")
    assert (again["repeated"], again["eventKey"], again["sequence"]) == (True, done["eventKey"], 5)
    events = chief.ask(SHOW, key=task)["task"]["events"]["nodes"]
    assert [each["sequence"] for each in events] == [1, 2, 3, 4, 5]
    assert [each["previousHash"] for each in events] == [None, *(each["hash"] for each in events[:-1])]
    assert (events[-1]["note"], len(events[-1]["noteDigest"])) == ("no goods", 64)
    logged = [row for row in country.logged() if row["operation"] == "mutation(actOnTask)"]
    assert logged
    assert {row["officer"] for row in logged} == {"officer-1"}
    assert all(f"Task:{task}" in row["subjects"] for row in logged)


def test_refusals_are_typed_and_say_what_is_allowed(chief: Caller, task: str) -> None:
    sequence = chief.ask(SHOW, key=task)["task"]["sequence"]
    illegal = refused(chief, task, "start", sequence)
    assert (illegal["code"], illegal["category"], illegal["retryable"]) == ("work.transition", "WORK", False)
    assert illegal["facts"]["state"] == "submitted"
    assert {each["action"]: each["mine"] for each in illegal["facts"]["allowed"]} == {
        "review": False,  # the lead submitted it: four eyes
        "return": True,
        "receive": True,
        "attach": True,
        "note": True,
    }
    stale = refused(chief, task, "note", sequence - 1)
    assert (stale["code"], stale["retryable"], stale["facts"]["sequence"]) == ("store.changed", True, sequence)
    assert refused(chief, task, "review", sequence)["code"] == "work.four_eyes"
    assert refused(chief, task, "return", sequence)["code"] == "work.needs"


def test_who_may_not_see_or_work_is_refused_alike_for_what_is_not_there(country: Server, task: str) -> None:
    birch = country.caller(bureau=BIRCH, name="birch", officer="officer-2")
    for key in (task, "none"):
        assert refused(birch, key, "note", 0)["code"] == "not_found.task"
    nobody = country.caller(bureau=ASH, name="no officer")
    assert refused(nobody, task, "note", 0)["code"] == "access.officer"
    auditor = country.caller(bureau=ASH, roles=frozenset({Role.AUDITOR}), name="auditor", officer="officer-1")
    assert refused(auditor, task, "note", 0)["code"] == "access.role"
    assert {each["mine"] for each in auditor.ask(SHOW, key=task)["task"]["allowedActions"]} <= {True, False}


def test_the_platform_opens_a_service_that_says_why_its_officer(chief: Caller) -> None:
    opening = """mutation($event: String!, $once: String) { openService(event: $event, taxpayer: "A2", once: $once) {
        state repeated taskKey task { kind risk template channel attributes
        events(first: 1) { nodes { reason } }
        } } }"""
    first, again = (chief.ask(opening, event="policy", once="1")["openService"] for _ in range(2))
    assert (first["state"], again["repeated"], again["taskKey"]) == ("dispatched", True, first["taskKey"])
    task = first["task"]
    assert (task["kind"], task["risk"], task["template"]) == ("service", "low", "policy.reminder")
    assert json.loads(task["attributes"]) == {"asked_by": "officer-1", "event": "policy"}
    assert "officer-1" in task["events"]["nodes"][0]["reason"]
    assert chief.error(opening, event="birthday")["code"] == "work.event"


def test_a_loaded_task_tells_its_deviations_and_goes_on(chief: Caller) -> None:
    shown = chief.ask(SHOW, key="t-a")["task"]
    assert [(each["rule"], each["action"], each["eventKey"]) for each in shown["conformance"]] == [
        ("unknown_action", "opened", "t-a-1")
    ]
    assert shown["state"] == "in_work"
    done = acted(chief, "t-a", "note", shown["sequence"], note="seen")
    assert done["sequence"] == shown["sequence"] + 1
