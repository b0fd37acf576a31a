"""Services: event and risk choose template, channel and officer; how they close. On both stores."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import WorkError
from graph.store.port import GraphStore
from queries.work.actions import SYSTEM_OFFICER
from queries.work.desk import act
from queries.work.seeing import Surroundings
from queries.work.services import TEMPLATES, Service, service
from tests.support.offices import CHIEF, CLERK, SECOND, events, office, opened, step
from tests.support.small_graph import Draft, day
from tests.support.stores import written


def qualified(*officers: str) -> Draft:
    """The office, where only these officers have the tags of a service."""
    draft = office()
    for officer in officers:
        draft.node("Officer", f"q-{officer}", name=officer, expertise="纳税服务, 其他")
        draft.link("WORKS_IN", f"q-{officer}", "g1", role="网格员", valid_from=day("2020-01-01"))
    return draft


def called_for(store: GraphStore, event: str, taxpayer: str, **told: Any) -> Service:
    """The service that an event calls for now."""
    return service(Surroundings(store).now(), event, taxpayer, **told)


def test_the_least_loaded_qualified_officer_gets_it_and_the_reason_is_said(store: GraphStore) -> None:
    written(store, qualified("a", "b").batch())
    first = called_for(store, "registered", "A")
    assert (first.task.officer, first.choice.qualified) == ("q-a", 2)
    opened(store, officer="q-a")
    second = called_for(store, "registered", "A")
    assert second.task.officer == "q-b"
    assert "q-b" in second.because.en
    assert second.task.reason == second.because.zh
    assert called_for(store, "registered", "A") == second


def test_without_anybody_qualified_the_nearest_grid_does_it_and_says_so(store: GraphStore) -> None:
    written(store, office().batch())
    found = called_for(store, "registered", "A")
    assert found.task.officer in {CHIEF, CLERK, SECOND}
    assert "None of" in found.because.en


def test_an_open_high_finding_makes_the_risk_high_and_changes_template_and_channel(store: GraphStore) -> None:
    written(store, qualified("a").batch())
    high, low = (called_for(store, "filing_missed", firm) for firm in ("A", "B"))
    assert (high.task.risk, high.task.template, high.task.channel) == ("high", "filing_missed.notice", "visit")
    assert (low.task.risk, low.task.template, low.task.channel) == ("low", "filing_missed.reminder", "message")
    assert called_for(store, "filing_missed", "A", risk="low").task.template == "filing_missed.reminder"


def test_a_low_risk_closes_on_confirmation_and_a_high_one_not_before_both_are_there(store: GraphStore) -> None:
    written(store, qualified("a").batch())
    low, high = (
        act(store, called_for(store, "policy", "A", risk=risk, once=risk).task, officer=SYSTEM_OFFICER)
        for risk in ("low", "high")
    )
    with pytest.raises(WorkError) as refused:
        step(store, low.task, "q-a", "confirm", evidence=("letter:1",))
    assert refused.value.code == "work.evidence"
    assert step(store, low.task, SYSTEM_OFFICER, "confirm", evidence=("confirmation:sms-1",)).state == "closed"
    with pytest.raises(WorkError) as refused:
        step(store, high.task, "q-a", "confirm", evidence=("confirmation:sms-1",))
    assert refused.value.code == "work.transition"
    for action in ("accept", "start"):
        step(store, high.task, "q-a", action)
    step(store, high.task, "q-a", "submit", evidence=("attendance:1",))
    step(store, high.task, CHIEF, "review")
    with pytest.raises(WorkError, match="signed_notice"):
        step(store, high.task, CHIEF, "close")
    assert step(store, high.task, CHIEF, "close", evidence=("signed_notice:1",)).state == "closed"
    assert events(store, low.task)[0]["officer"] == SYSTEM_OFFICER


def test_the_same_event_opens_one_service(store: GraphStore) -> None:
    written(store, qualified("a").batch())
    first, again = (
        act(store, called_for(store, "policy", "A", once="2026-03").task, officer=SYSTEM_OFFICER) for _ in range(2)
    )
    assert (again.repeated, again.task) == (True, first.task)
    assert store.select("Task").total == 1


def test_an_unknown_event_or_label_is_refused_with_those_that_are_known(store: GraphStore) -> None:
    written(store, office().batch())
    with pytest.raises(WorkError, match="registered"):
        called_for(store, "birthday", "A")
    with pytest.raises(WorkError, match="low, high"):
        called_for(store, "policy", "A", risk="medium")
    assert {risk for found in TEMPLATES.values() for risk in found} == {"low", "high"}
