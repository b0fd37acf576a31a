"""Internal control where officers work: a grave risk blocks the action and leaves its alert, a small one reminds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from graph.civil import civil
from graph.errors import AccessError
from graph.store.port import GraphStore
from queries.control.at_the_desk import controlled, every
from queries.control.telling import AlertFilter, alerts
from queries.work.actions import Action, Done
from queries.work.catalogue import DEFAULT
from queries.work.desk import act
from queries.work.preparing import unchecked
from tests.support.offices import CHIEF, CLERK, SECOND, office, opened, step
from tests.support.small_graph import Draft, day
from tests.support.stores import written

ALL = AlertFilter(states=())


def interested() -> Draft:
    """The clerk holds a share in firm A, which the task is about."""
    graph = office().person("p1").link("SAME_PERSON", CLERK, "p1")
    return graph.link("HOLDS_SHARE", "Person:p1", "no:A", ratio=100_000, valid_from=day("2020-01-01"))


@pytest.fixture
def do(store: GraphStore) -> Callable[[Action, str], Done]:
    """An action at a desk with internal control."""
    check = every(unchecked, controlled(DEFAULT))
    return lambda action, officer: act(store, action, officer=officer, check=check)


def test_whoever_has_a_share_is_blocked_and_the_chief_gets_the_alert(
    store: GraphStore, do: Callable[[Action, str], Done]
) -> None:
    written(store, interested().batch())
    task = opened(store)
    with pytest.raises(AccessError) as blocked:
        do(Action(task, "accept", acknowledged=("recusal",)), CLERK)
    assert (blocked.value.code, blocked.value.facts["rules"]) == ("access.control.blocked", ["recusal"])
    rows = alerts(store, ALL).table.to_pylist()
    assert [(row["rule"], row["officer"], row["supervisor"], row["action"], row["task"]) for row in rows] == [
        ("recusal", CLERK, CHIEF, "blocked", task)
    ]
    assert store.fetch("Task", [task])["status"].to_pylist() == ["dispatched"]
    step(store, task, CHIEF, "assign", assign_to=SECOND, reason="recusal")
    assert do(Action(task, "accept"), SECOND).state == "accepted"
    assert len(alerts(store, ALL).table) == 1


def test_late_work_goes_on_once_it_is_acknowledged(store: GraphStore, do: Callable[[Action, str], Done]) -> None:
    written(store, office().batch())
    task = opened(store, due_on=civil(datetime.now(UTC)).date() - timedelta(days=1))
    for action in ("accept", "start"):
        step(store, task, CLERK, action)
    step(store, task, CLERK, "submit", evidence=("visit:V-1",))
    step(store, task, CHIEF, "review")
    with pytest.raises(AccessError) as reminded:
        do(Action(task, "close"), CHIEF)
    assert reminded.value.code == "access.control.reminder"
    assert reminded.value.facts["rules"] == ["late"]
    assert do(Action(task, "close", acknowledged=("late",)), CHIEF).state == "closed"
    kept = {(row["rule"], row["action"], row["officer"]) for row in alerts(store, ALL).table.to_pylist()}
    assert ("late", "reminded", CHIEF) in kept


def test_notes_and_the_platforms_own_actions_are_not_asked_about(
    store: GraphStore, do: Callable[[Action, str], Done]
) -> None:
    written(store, interested().batch())
    task = opened(store)
    assert do(Action(task, "note", note="recused"), CLERK).state == "dispatched"
    assert do(Action(task, "merge", reason="platform"), "system").state == "cancelled"
    assert len(alerts(store, ALL).table) == 0
