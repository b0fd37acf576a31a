"""Pairs about which a person should decide: opened by the load that finds them, gone or settled later, with history."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph.errors import NotFoundError, QueryError, StoreBusyError, StoreError
from graph.store.port import GraphStore
from graph.store.questions import Scope
from loaders.deciding import IdentityVerdict, decide_identity
from loaders.frames import load_frames
from loaders.options import LoadOptions, LoadReport
from queries.identity.reviews import ReviewFilter, identity_reviews, review_history, review_of
from tests.support.batches import KEY
from tests.support.registrations import CODES, country, small_model
from tests.support.reviewed import BRANCH, BUREAUS, OLD_NUMBER, ONE, OTHER, RENAMED, SHELL
from tests.support.stores import beside

OPTIONS = LoadOptions(who="li", hmac_key=KEY)
CHANGE = {
    "id": "C1",
    "registration": "T2",
    "item": "uscc",
    "old_value": CODES["A"],
    "new_value": CODES["B"],
    "changed_on": "2024-01-01",
}


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that loads use."""
    path = tmp_path / "model.json"
    small_model().write(path)
    monkeypatch.setenv("TAXGRAPH_IDENTITY_MODEL", str(path))


def load(store: GraphStore, **records: Iterable[dict[str, Any]]) -> LoadReport:
    frames = {name: pd.DataFrame(rows, dtype="object") for name, rows in records.items()}
    return load_frames(store, frames, options=OPTIONS)


def decide(store: GraphStore, left: str, right: str, verdict: str, seen: str | None = None) -> LoadReport:
    said = IdentityVerdict(f"canonical:{left}", f"canonical:{right}", verdict, "因为", seen)
    return decide_identity(store, said, options=OPTIONS)


def listed(store: GraphStore, *states: str) -> dict[str, tuple[str, str, str | None]]:
    """By pair of serials the reason, the state and the verdict."""
    found = identity_reviews(store, ReviewFilter(states))
    assert found.total == len(found.reviews)
    return {
        "-".join(row[end].removeprefix("canonical:") for end in ("left", "right")): (
            row["reason"],
            row["state"],
            row["verdict"],
        )
        for row in found.reviews
    }


def states(store: GraphStore, left: str, right: str) -> list[str]:
    row = review_of(store, f"canonical:{right}", f"canonical:{left}")
    assert row is not None
    return [version.row["state"] for version in review_history(store, row["id"])]


def taxpayers(store: GraphStore) -> int:
    return len({row["to_id"] for row in store.export("REGISTERS").to_pylist()})


def test_what_hard_identifiers_refuse_and_what_names_do_not_confirm_waits_for_a_person(store: GraphStore) -> None:
    load(store, taxpayers=[ONE, OTHER, BRANCH, SHELL, RENAMED])
    assert listed(store) == {
        "T1-T2": ("two organisation codes", "open", None),
        "T1-T3": ("branch and head office", "open", None),
        "T4-T5": ("names differ", "open", None),
    }
    rows = {row["reason"]: row for row in identity_reviews(store).reviews}
    assert rows["two organisation codes"]["rule"] == "same number"
    assert rows["two organisation codes"]["weight"] is None
    assert rows["names differ"]["rule"] is None
    assert rows["names differ"]["weight"] > small_model().link * 1_000_000
    only = identity_reviews(store, ReviewFilter(reasons=("names differ",)))
    assert [row["id"] for row in only.reviews] == [rows["names differ"]["id"]]


@pytest.mark.parametrize(("verdict", "firms"), [("same", 1), ("different", 2)])
def test_a_decision_settles_the_review_and_its_withdrawal_opens_it_again(
    store: GraphStore, verdict: str, firms: int
) -> None:
    load(store, taxpayers=[SHELL, RENAMED])
    batch = decide(store, "T4", "T5", verdict).batch
    assert listed(store, "settled", "open") == {"T4-T5": ("names differ", "settled", verdict)}
    assert taxpayers(store) == firms
    assert states(store, "T4", "T5") == ["open", "settled"]
    store.withdraw(batch)
    assert listed(store) == {"T4-T5": ("names differ", "open", None)}
    assert states(store, "T4", "T5") == ["open"]


def test_later_data_resolve_a_review_and_the_same_data_again_change_nothing(store: GraphStore) -> None:
    load(store, taxpayers=[ONE, OTHER])
    load(store, registration_changes=[CHANGE])
    assert listed(store) == {"T1-T2": ("two organisation codes", "gone", None)}
    assert taxpayers(store) == 1
    load(store, taxpayers=[{"id": "T9", "name": "丙", "tax_number": "N9"}])
    assert states(store, "T1", "T2") == ["open", "gone"]


def test_what_was_decided_before_it_was_found_is_never_queued_until_decisions_contradict(store: GraphStore) -> None:
    load(store, taxpayers=[{"id": f"T{n}", "name": f"{n}号", "tax_number": f"N{n}"} for n in (1, 2, 3)])
    decide(store, "T1", "T2", "same")
    decide(store, "T2", "T3", "same")
    assert listed(store) == {}
    decide(store, "T1", "T3", "different")
    assert listed(store) == {"T1-T2": ("decisions contradict", "open", None)}
    decide(store, "T1", "T2", "different")
    assert listed(store) == {"T1-T2": ("decisions contradict", "settled", "different")}


def test_a_third_that_would_join_two_which_were_parted_waits_for_a_person(store: GraphStore) -> None:
    one, two = OLD_NUMBER, "320102600123457"
    both = {**CHANGE, "registration": "T3", "item": "tax_number", "old_value": two, "new_value": one}
    numbers = {"T1": one, "T2": two, "T3": one}
    rows = [{"id": key, "name": key, "tax_number": number} for key, number in numbers.items()]
    load(store, taxpayers=rows, registration_changes=[both])
    assert (taxpayers(store), listed(store)) == (1, {})
    decide(store, "T1", "T2", "different")
    assert listed(store) == {"T2-T3": ("decided apart", "open", None)}


def test_a_decision_about_what_changed_since_it_was_read_is_refused(store: GraphStore) -> None:
    first = load(store, taxpayers=[SHELL, RENAMED]).batch
    second = decide(store, "T4", "T5", "same", seen=first).batch
    with pytest.raises(StoreBusyError) as caught:
        decide(store, "T5", "T4", "different", seen=first)
    assert caught.value.code == "store.changed"
    assert taxpayers(store) == 1
    decide(store, "T5", "T4", "different", seen=second)
    assert listed(store) == {"T4-T5": ("names differ", "settled", "different")}


def test_a_review_shows_where_both_registrations_are_in_scope(store: GraphStore) -> None:
    load(store, taxpayers=[ONE, OTHER, BRANCH], bureaus=BUREAUS)
    city = Scope("4401", frozenset({"4401"}))
    assert {row["reason"] for row in identity_reviews(store, scope=city).reviews} == {"two organisation codes"}
    hidden = review_of(store, "canonical:T1", "canonical:T3")
    assert hidden is not None
    assert review_of(store, "canonical:T1", "canonical:T3", scope=city) is None
    with pytest.raises(NotFoundError):
        review_history(store, hidden["id"], scope=city)
    assert identity_reviews(store, scope=Scope("4402", frozenset({"4402"}))).total == 0


def test_a_load_that_found_a_review_is_built_on_both_registrations(store: GraphStore) -> None:
    first = load(store, taxpayers=[SHELL]).batch
    load(store, taxpayers=[RENAMED])
    with pytest.raises(StoreError, match="build on this one"):
        store.withdraw(first)
    store.withdraw(first, with_later=True)
    assert listed(store) == {}


def test_a_decision_that_settles_a_review_is_built_on_the_load_that_opened_it(store: GraphStore) -> None:
    first = load(store, taxpayers=[SHELL, RENAMED]).batch
    decide(store, "T4", "T5", "different")
    with pytest.raises(StoreError, match="build on this one"):
        store.withdraw(first)
    store.withdraw(first, with_later=True)
    assert listed(store) == {}


def test_unknown_states_and_reasons_are_refused() -> None:
    with pytest.raises(QueryError, match="closed"):
        ReviewFilter(states=("closed",))
    with pytest.raises(QueryError, match="boredom"):
        ReviewFilter(reasons=("boredom",))


def test_what_is_open_does_not_depend_on_the_order_of_batches(store: GraphStore) -> None:
    columns = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")
    told = country(1_000, 13)[0].registrations.to_pylist()
    rows = [{"id": f"R{place}", **{name: row[name] for name in columns}} for place, row in enumerate(told)]
    rows += [ONE, OTHER, BRANCH, SHELL, RENAMED]
    mixed = random.Random(5).sample(rows, len(rows))  # noqa: S311 - a fixed order, no secret
    for part in (mixed[0::3], mixed[1::3], mixed[2::3]):
        load(store, taxpayers=part)
    with beside() as other:
        load(other, taxpayers=rows)
        assert listed(store, "open") == listed(other, "open")
        assert len(listed(other, "open")) > 4
