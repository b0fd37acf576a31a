"""An officer's decision about two registrations joins or parts them, is respected by later loads, and can be undone."""

from __future__ import annotations

from datetime import date

import pytest

from graph.errors import QueryError
from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf
from loaders.deciding import IdentityVerdict, decide_identity
from loaders.options import LoadOptions
from queries.reading import OUT, find_taxpayer, related
from tests.support.batches import KEY
from tests.support.rows import Loading

OPTIONS = LoadOptions(who="li", hmac_key=KEY)
FIRST = {"id": "T1", "name": "甲", "tax_number": "N1", "registered_on": date(2020, 1, 1)}
SECOND = {"id": "T2", "name": "甲", "tax_number": "N2", "registered_on": date(2021, 1, 1)}
SHARING = {"id": "T3", "name": "乙", "tax_number": "N1", "registered_on": date(2022, 1, 1)}
SALES = [
    {"number": f"{place}", "seller": seller, "buyer": "B", "issued_at": "2026-01-05", "net": "100", "tax": "0"}
    for place, seller in enumerate(("N1", "N2"))
]


def taxpayers(store: GraphStore, *numbers: str, as_of: AsOf = NOW) -> list[str]:
    return [find_taxpayer(store, number, as_of=as_of) for number in numbers]


def decide(store: GraphStore, left: str, right: str, verdict: str) -> str:
    found = decide_identity(
        store, IdentityVerdict(f"canonical:{left}", f"canonical:{right}", verdict, "因为"), options=OPTIONS
    )
    assert (found.state, found.accepted) == ("committed", 1)
    return found.batch


def test_same_joins_two_firms_and_their_invoices_and_every_former_id_still_leads_there(
    loading: Loading, store: GraphStore
) -> None:
    loading(taxpayers=[FIRST, SECOND], invoices=SALES)
    one, other = taxpayers(store, "N1", "N2")
    before = max(line.committed_at for line in store.batches() if line.committed_at)
    decide(store, "T1", "T2", "same")
    assert one != other
    assert taxpayers(store, "N1", "N2", one, other) == [one] * 4
    assert taxpayers(store, "N1", "N2", as_of=AsOf(recorded=before)) == [one, other]
    sold = related(store, "Taxpayer", [one], "SOLD", OUT, as_of=NOW, scope=ROOT)
    assert len(sold.table) == len(SALES)


def test_different_parts_two_firms_that_share_a_number_which_stays_with_the_one_registered_first(
    loading: Loading, store: GraphStore
) -> None:
    loading(taxpayers=[FIRST, SHARING])
    assert len(set(taxpayers(store, "T1", "T3", "N1"))) == 1
    decide(store, "T1", "T3", "different")
    first, third, number = taxpayers(store, "T1", "T3", "N1")
    assert first == number != third


def test_the_latest_decision_counts_and_withdrawing_it_brings_the_earlier_one_back(
    loading: Loading, store: GraphStore
) -> None:
    loading(taxpayers=[FIRST, SECOND])
    apart = digest(store)
    joined = decide(store, "T1", "T2", "same")
    assert len(set(taxpayers(store, "N1", "N2"))) == 1
    parted = decide(store, "T2", "T1", "different")
    assert len(set(taxpayers(store, "N1", "N2"))) == 2
    store.withdraw(parted, with_later=False)
    assert len(set(taxpayers(store, "N1", "N2"))) == 1
    store.withdraw(joined, with_later=False)
    assert digest(store) == apart


def test_a_decision_is_respected_by_later_loads_and_may_come_before_what_it_is_about(
    loading: Loading, store: GraphStore
) -> None:
    row = {"id": "D", "left": "canonical:T1", "right": "canonical:T2", "verdict": "same", "who": "li"}
    loading(identity_decisions=[{**row, "decided_at": "2026-01-01T10:00:00+08:00", "reason": "因为"}])
    loading(taxpayers=[FIRST])
    loading(taxpayers=[SECOND], invoices=SALES)
    loading(taxpayers=[{"id": "T9", "name": "丙", "tax_number": "N9"}])
    assert len(set(taxpayers(store, "N1", "N2"))) == 1
    rules = {row["rule"] for row in store.export("PARTY_OF").to_pylist() if row["from_id"].endswith((":T1", ":T2"))}
    assert rules == {"decision"}


@pytest.mark.parametrize(
    ("decided", "code"),
    [
        (("a", "b", "perhaps", "x"), "query.verdict"),
        (("a", "b", "same", " "), "query.reason"),
        (("a", "a", "same", "x"), "query.registrations"),
    ],
)
def test_a_decision_that_says_nothing_is_refused(decided: tuple[str, str, str, str], code: str) -> None:
    with pytest.raises(QueryError) as caught:
        IdentityVerdict(*decided)
    assert caught.value.code == code
