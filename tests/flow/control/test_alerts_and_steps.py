"""Alerts go from open to reviewed by three persons, follow the data, and a step is blocked or reminds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph.errors import AccessError, NotFoundError, QueryError, StoreBusyError, TaxgraphError
from graph.store.port import GraphStore
from queries.control.checking import BLOCKED, REMINDED, step_checks
from queries.control.deciding import Step, take
from queries.control.hits import Done
from queries.control.scanning import scan
from queries.control.telling import AlertFilter, alerts, explained_alert
from tests.support.small_graph import Draft, day
from tests.support.stores import written

ON = date(2026, 6, 1)
RECUSAL = AlertFilter(rules=("recusal",), states=())


def handled() -> Draft:
    """Wang handles a task about firm A, in which Wang holds a share; the chief of the grid is Zhao."""
    graph = Draft().firm("A").person("p1")
    graph.node("Grid", "g", name="g")
    for officer, role in (("wang", "网格员"), ("zhao", "网格长"), ("li", "网格员")):
        graph.node("Officer", officer, name=officer).link("WORKS_IN", officer, "g", role=role)
    graph.link("SAME_PERSON", "wang", "p1").link("HOLDS_SHARE", "Person:p1", "no:A", ratio=100_000)
    graph.node("Task", "t", kind="inquiry", status="in_work", due_on=day("2026-03-10"))
    graph.link("CONCERNS", "t", "no:A").link("ASSIGNED_TO", "t", "wang", valid_from=day("2026-03-02"))
    graph.node("TaskEvent", "e1", task="t", action="in_work", at=datetime(2026, 3, 2, 2, tzinfo=UTC), officer="wang")
    return graph.link("HAS_EVENT", "t", "e1").link("HELD_BY", "t", "g")


@pytest.fixture
def alerted(store: GraphStore) -> GraphStore:
    """The store after a scan."""
    written(store, handled().batch())
    scan(store, on=ON)
    return store


def the_alert(store: GraphStore) -> dict[str, Any]:
    found: list[dict[str, Any]] = alerts(store, RECUSAL).table.to_pylist()
    assert len(found) == 1
    return found[0]


def test_an_alert_goes_to_the_chief_and_names_the_events(alerted: GraphStore) -> None:
    row = the_alert(alerted)
    assert (row["officer"], row["supervisor"], row["severity"], row["state"]) == ("wang", "zhao", "high", "open")
    told = explained_alert(alerted, row["id"])
    assert ([each.id for each in told.events], told.taxpayers) == (["e1"], ("A",))


def test_the_chief_about_whom_an_alert_is_does_not_get_it(store: GraphStore) -> None:
    graph = handled().node("Grid", "above", name="above").node("Officer", "sun", name="sun")
    graph.link("PART_OF", "Grid:g", "Grid:above").link("WORKS_IN", "sun", "above", role="网格长")
    graph.link("SAME_PERSON", "zhao", "p1").link("HAS_EVENT", "t", "e2")
    graph.node("TaskEvent", "e2", task="t", action="reviewed", at=datetime(2026, 3, 3, 2, tzinfo=UTC), officer="zhao")
    written(store, graph.batch())
    scan(store, on=ON)
    rows = alerts(store, RECUSAL).table.to_pylist()
    assert {row["officer"]: row["supervisor"] for row in rows} == {"wang": "zhao", "zhao": "sun"}


def test_three_persons_answer_close_and_review_and_an_appeal_opens_it_again(alerted: GraphStore) -> None:
    key = the_alert(alerted)["id"]
    take(alerted, Step("answer", key, "the share is held in trust"), who="zhao")
    take(alerted, Step("close", key, "it is not", "justified"), who="auditor one")
    assert take(alerted, Step("review", key, ""), who="auditor two")["state"] == "reviewed"
    row = take(alerted, Step("appeal", key, "it was sold"), who="wang")
    assert (row["state"], row["verdict"], row["appeal"]) == ("open", "justified", "it was sold")
    with pytest.raises(AccessError):
        take(alerted, Step("close", key, "still", "justified"), who="auditor one")
    assert take(alerted, Step("close", key, "indeed", "unfounded"), who="auditor three")["reviewed_by"] is None


REFUSED: list[tuple[Step, str, type[TaxgraphError]]] = [
    (Step("review", "", ""), "auditor", QueryError),
    (Step("appeal", "", "no"), "wang", QueryError),
    (Step("close", "", "fine", "unfounded"), "wang", AccessError),
    (Step("answer", "", "late", seen=0), "zhao", StoreBusyError),
]


@pytest.mark.parametrize(("step", "who", "error"), REFUSED)
def test_a_step_out_of_turn_or_by_the_wrong_person_is_refused(
    alerted: GraphStore, step: Step, who: str, error: type[TaxgraphError]
) -> None:
    with pytest.raises(error):
        take(alerted, replace(step, alert=the_alert(alerted)["id"]), who=who)
    assert the_alert(alerted)["state"] == "open"


@pytest.mark.parametrize("who", ["zhao", "auditor"])
def test_who_answered_or_closed_does_not_review(alerted: GraphStore, who: str) -> None:
    key = the_alert(alerted)["id"]
    take(alerted, Step("answer", key, "so it is"), who="zhao")
    take(alerted, Step("close", key, "so it is", "justified"), who="auditor")
    with pytest.raises(AccessError):
        take(alerted, Step("review", key, ""), who=who)


def test_an_alert_that_may_not_be_seen_answers_as_one_that_is_not_there(alerted: GraphStore) -> None:
    key = the_alert(alerted)["id"]
    with pytest.raises(NotFoundError) as absent:
        take(alerted, Step("answer", "ca0", "x"), who="li")
    with pytest.raises(NotFoundError) as hidden:
        take(alerted, Step("answer", key, "x"), who="li", may=lambda _row: False)
    assert absent.value.code == hidden.value.code == "not_found.controlalert"


def test_an_alert_settles_with_the_data_and_comes_back_and_a_judged_one_stays(alerted: GraphStore) -> None:
    ended = Draft().end("HOLDS_SHARE", "Person:p1", "no:A").batch("b2")
    written(alerted, ended)
    assert scan(alerted, on=ON).counts["settled"] == 1
    assert the_alert(alerted)["state"] == "settled"
    written(alerted, Draft().link("HOLDS_SHARE", "Person:p1", "no:A", ratio=100_000).batch("b3"))
    assert scan(alerted, on=ON).counts["back"] == 1
    take(alerted, Step("close", the_alert(alerted)["id"], "so it is", "justified"), who="zhao")
    written(alerted, Draft().end("HOLDS_SHARE", "Person:p1", "no:A").batch("b4"))
    assert "settled" not in scan(alerted, on=ON).counts
    assert the_alert(alerted)["state"] == "closed"


def test_new_facts_open_a_closed_alert_again(alerted: GraphStore) -> None:
    take(alerted, Step("close", the_alert(alerted)["id"], "so it is", "justified"), who="zhao")
    more = Draft().node(
        "TaskEvent", "e2", task="t", action="submitted", at=datetime(2026, 3, 4, tzinfo=UTC), officer="wang"
    )
    written(alerted, more.link("HAS_EVENT", "t", "e2").batch("b2"))
    scan(alerted, on=ON)
    assert the_alert(alerted)["state"] == "open"


def test_what_was_not_in_the_graph_when_the_event_was_pinned_weighs_less_for_kin(store: GraphStore) -> None:
    graph = Draft().firm("A").person("p1").person("p2").node("Officer", "wang", name="wang")
    graph.link("SAME_PERSON", "wang", "p1").node("Task", "t", kind="inquiry").link("CONCERNS", "t", "no:A")
    written(store, graph.batch("b1"))
    number = max(line.number for line in store.batches())
    pinned = Draft().node(
        "TaskEvent",
        "e1",
        task="t",
        action="in_work",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        officer="wang",
        visible=f'{{"snapshot":{number}}}',
    )
    written(store, pinned.link("HAS_EVENT", "t", "e1").batch("b2"))
    kin = Draft().link("RELATED_TO", "p1", "p2", kind="kin").link("HOLDS_SHARE", "Person:p2", "no:A")
    written(store, kin.batch("b3"))
    scan(store, on=ON)
    row = the_alert(store)
    assert (row["severity"], '"visible":"no"' in row["measures"]) == ("low", True)


def act(officer: str, status: str, on: datetime) -> Done:
    return Done(status, on, on.date(), officer, evidence=True)


def test_a_grave_risk_blocks_the_step_with_the_rule_and_where_to_turn(store: GraphStore) -> None:
    written(store, handled().batch())
    found = step_checks(
        store, "t", act("wang", "submitted", datetime(2026, 3, 5, tzinfo=UTC)), acknowledged=["recusal"]
    )
    assert [(each.rule, each.action) for each in found.notices] == [("recusal", BLOCKED)]
    with pytest.raises(AccessError) as caught:
        found.demand()
    assert (caught.value.code, caught.value.facts["rules"]) == ("access.control.blocked", ["recusal"])
    assert "appealed" in str(caught.value.next_step)


def test_a_small_risk_reminds_until_it_is_acknowledged(store: GraphStore) -> None:
    written(store, handled().batch())
    late = act("zhao", "closed", datetime(2026, 3, 12, tzinfo=UTC))
    found = step_checks(store, "t", late)
    assert [(each.rule, each.action) for each in found.notices] == [("late", REMINDED)]
    with pytest.raises(AccessError) as caught:
        found.demand()
    assert caught.value.code == "access.control.reminder"
    step_checks(store, "t", late, acknowledged=["late"]).demand()


def test_a_step_without_risk_passes(store: GraphStore) -> None:
    written(store, handled().batch())
    found = step_checks(store, "t", act("li", "submitted", datetime(2026, 3, 5, tzinfo=UTC)))
    assert found.notices == ()
    found.demand()


def test_the_alert_of_a_step_is_left_alone_by_scans(store: GraphStore) -> None:
    from queries.control.alerts import alert_changes  # noqa: PLC0415 - the desk's part, played here
    from queries.control.scanning import control_header  # noqa: PLC0415

    written(store, handled().batch())
    found = step_checks(store, "t", act("wang", "submitted", datetime(2026, 3, 5, tzinfo=UTC)))
    made = alert_changes({}, found.alerts("zhao", {"A": "no:A"}), rules=())
    store.write(made.batch(control_header(store, "step", "desk")))
    scan(store, on=ON)
    rows = alerts(store, RECUSAL).table.to_pylist()
    assert sorted((row["mode"], row["action"], row["state"]) for row in rows) == [
        ("scan", "noted", "open"),
        ("step", "blocked", "open"),
    ]
