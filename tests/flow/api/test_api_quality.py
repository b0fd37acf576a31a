"""Data quality over GraphQL: raised by who sees everything, seen by its handler, refused until the data are right."""

from __future__ import annotations

from datetime import datetime

from api.access.principals import Role
from tests.support.bad_data import lines, load_rows, organisation
from tests.support.rows import invoice, taxpayer
from tests.support.serving import Caller, Server

RAISE = "mutation { raiseQuality { tasks { taskKey officerKey task { kind } } reopened unplaced left } }"
RECONCILE = "mutation { reconcileQuality { new unchanged settled batch } }"
TASK = "query($task: ID!) { task(id: $task) { state sequence qualityIssues { nodes { rule what subject } } } }"
ACT = "mutation($input: TaskActionInput!) { actOnTask(input: $input) { state sequence } }"
STATUS = """query($where: QualityIssueFilter, $asOf: AsOfInput) {
  qualityIssues(where: $where, asOf: $asOf) { totalCount nodes { status } }
}"""
ISSUES = "{ qualityIssues { nodes { rule tasks { nodes { key } } } } }"
MARCH, APRIL = (datetime(2026, month, 1) for month in (3, 4))  # noqa: DTZ001 - civil, as extracts are dated


def step(caller: Caller, task: str, action: str, **told: object) -> dict[str, object]:
    """What an action is to be told."""
    seen = caller.ask(TASK, task=task)["task"]["sequence"]
    return {"task": task, "action": action, "seen": seen, **told}


def statuses(caller: Caller, **asked: object) -> list[str]:
    """Of the issues that are found, counted as they are shown."""
    found = caller.ask(STATUS, **asked)["qualityIssues"]
    shown = [node["status"] for node in found["nodes"]]
    assert found["totalCount"] == len(shown)
    return shown


def test_issues_are_raised_handled_and_closed_once_the_data_are_right(empty: Server) -> None:
    empty.store.write(organisation().batch("organisation"))
    firm = taxpayer(tax_number="A", bureau="11")
    load_rows(empty.store, taxpayers=[firm], in_grid=[{"taxpayer": "A", "grid": "g1"}])
    load_rows(empty.store, invoices=[invoice()], invoice_lines=lines("60"), as_at=MARCH)
    steward, operator = empty.caller(officer="chief-0"), empty.caller(roles=frozenset({Role.OPERATOR}))
    clerk, chief = (empty.caller(bureau="11", officer=officer) for officer in ("clerk-1", "chief-1"))
    assert clerk.error(RAISE)["code"] == "access.scope"
    assert operator.error(RAISE)["code"] == "access.role"
    assert statuses(steward) == statuses(steward, where={"status": {"eq": "open"}}) == ["open"]
    before = empty.store.batches()[-1].committed_at
    (raised,) = steward.ask(RAISE)["raiseQuality"]["tasks"]
    assert (raised["officerKey"], raised["task"]["kind"]) == ("clerk-1", "data_quality")
    assert steward.ask(RAISE)["raiseQuality"] == {"tasks": [], "reopened": [], "unplaced": 0, "left": 0}
    assert steward.ask(ISSUES)["qualityIssues"]["nodes"][0]["tasks"]["nodes"] == [{"key": raised["taskKey"]}]
    (seen,) = clerk.ask(TASK, task=raised["taskKey"])["task"]["qualityIssues"]["nodes"]
    assert (seen["rule"], seen["subject"]) == ("totals", "00000001")
    assert chief.ask(TASK, task=raised["taskKey"])["task"]["qualityIssues"]["nodes"] == []
    for caller, action, told in (
        (clerk, "accept", {}),
        (clerk, "start", {}),
        (clerk, "submit", {"evidence": ["letter:L-1"]}),
        (chief, "review", {}),
    ):
        assert statuses(steward) == ["pushed" if action in {"accept", "start", "submit"} else "handled"]
        caller.ask(ACT, input=step(caller, raised["taskKey"], action, **told))
    assert statuses(steward, where={"status": {"anyOf": ["handled", "reviewed"]}}) == ["handled"]
    assert statuses(steward, where={"status": {"prefix": "o"}}) == []
    then = {"recorded": before.isoformat()} if before else {}
    assert statuses(steward, asOf=then) == statuses(steward, asOf=then, where={"status": {"eq": "open"}}) == ["open"]
    close = step(chief, raised["taskKey"], "close")
    assert chief.error(ACT, input=close)["code"] == "work.quality"
    load_rows(empty.store, invoice_lines=lines("100"), as_at=APRIL)
    assert steward.error(RECONCILE)["code"] == "access.role"
    assert operator.ask(RECONCILE)["reconcileQuality"]["settled"] == 1
    assert operator.ask(RECONCILE)["reconcileQuality"]["batch"] is None
    assert chief.ask(ACT, input=close)["actOnTask"]["state"] == "closed"
    assert steward.ask(ISSUES)["qualityIssues"]["nodes"] == []
