"""How a taxpayer was formed: each step with its batch, who, and why; withdrawals and decisions are steps too."""

from __future__ import annotations

from datetime import date

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import NOW, Scope
from loaders.deciding import IdentityVerdict, decide_identity
from loaders.options import LoadOptions
from queries.identity.formation import Step, formation
from queries.reading import find_taxpayer
from tests.support.batches import KEY
from tests.support.rows import Loading

FIRST = {"id": "T1", "name": "甲", "tax_number": "N1", "registered_on": date(2020, 1, 1)}
SECOND = {"id": "T2", "name": "甲", "tax_number": "N2", "registered_on": date(2021, 1, 1)}
OWN, OTHER = {"no:N1", "no:T1", "serial:canonical:T1"}, {"no:N2", "no:T2", "serial:canonical:T2"}


def told(steps: tuple[Step, ...]) -> list[tuple[set[str], str | None, str | None]]:
    return [({each.party for each in step.moved}, step.moved[0].was, step.moved[0].now) for step in steps]


def test_a_load_a_decision_and_its_withdrawal_are_the_steps(loading: Loading, store: GraphStore) -> None:
    first = loading(taxpayers=[FIRST])
    loading(taxpayers=[SECOND])
    one, other = (find_taxpayer(store, number, as_of=NOW) for number in ("N1", "N2"))
    verdict = IdentityVerdict("canonical:T1", "canonical:T2", "same", "同一家")
    joined = decide_identity(store, verdict, options=LoadOptions(who="li", hmac_key=KEY))
    steps = formation(store, "N2")
    assert told(steps) == [(OWN, None, one), (OTHER, other, one)]
    assert [(step.batch, step.who, step.withdrawn) for step in steps] == [
        (first.batch, "unknown", False),
        (joined.batch, "li", False),
    ]
    assert [(said.verdict, said.who, said.reason) for said in steps[1].decisions] == [("same", "li", "同一家")]
    assert {each.rule for each in steps[1].moved} == {"decision"}
    assert {each.registration for each in steps[1].moved} == {None, "canonical:T2"}
    store.withdraw(joined.batch)
    steps = formation(store, "N1")
    assert told(steps) == [(OWN, None, one), (OTHER, other, one), (OTHER, one, other)]
    assert [step.withdrawn for step in steps] == [False, False, True]
    assert told(formation(store, "N2")) == [(OTHER, None, other), (OTHER, other, one), (OTHER, one, other)]


def test_a_number_that_a_later_registration_brings_is_a_step(loading: Loading, store: GraphStore) -> None:
    loading(taxpayers=[FIRST])
    loading(taxpayers=[{**SECOND, "tax_number": "N1"}])
    steps = formation(store, "N1")
    assert [{each.party for each in step.moved} for step in steps] == [OWN, {"no:T2", "serial:canonical:T2"}]
    assert {each.was for each in steps[1].moved} == {None}


def test_a_taxpayer_out_of_scope_is_not_there(loading: Loading, store: GraphStore) -> None:
    loading(taxpayers=[FIRST])
    with pytest.raises(NotFoundError):
        formation(store, "N1", scope=Scope("4401", frozenset({"4401"})))
