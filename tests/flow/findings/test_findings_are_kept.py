"""A run of detection writes what changed, and nothing else: the life of a finding, on both stores."""

from __future__ import annotations

from functools import partial

import pytest

from graph.errors import NotFoundError, QueryError, StoreBusyError
from graph.store.port import GraphStore
from graph.store.projecting import open_projection
from graph.store.questions import AsOf
from queries.detection.facts import Facts
from queries.findings.deciding import Decision, decide
from queries.findings.recording import Detected, detect
from queries.findings.stored import Stored, stored_findings
from queries.patterns import ring_invoicing
from tests.support.small_graph import Draft
from tests.support.stores import written

RINGS = (ring_invoicing.PATTERN,)


def trade(*sales: tuple[str, str, str, str]) -> Draft:
    graph = Draft().firm("A").firm("B")
    for key, seller, buyer, day in sales:
        graph.invoice(key, seller=seller, buyer=buyer, on=day)
    return graph


def searched(store: GraphStore) -> Detected:
    return detect(store, Facts(store, open_projection(store, None)), RINGS, who="tester")


def stored(store: GraphStore, as_of: AsOf | None = None) -> dict[str, Stored]:
    return stored_findings(partial(store.export, as_of=as_of or AsOf()), [ring_invoicing.PATTERN.name])


def states(store: GraphStore) -> dict[str, str]:
    return {str(each.row["first_on"]): each.state for each in stored(store).values()}


FIRST = (("1", "A", "B", "2026-01-10"), ("2", "B", "A", "2026-01-20"))
MORE = (("3", "A", "B", "2026-02-10"), ("4", "B", "A", "2026-02-20"))
EARLIER = (("5", "A", "B", "2025-12-10"), ("6", "B", "A", "2025-12-20"))


def test_a_second_run_over_the_same_data_writes_nothing(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    first, again = searched(store), searched(store)
    assert (first.findings, first.counts) == (1, {"new": 1})
    assert (again.findings, again.counts, again.batch) == (1, {"unchanged": 1}, None)
    (finding,) = stored(store).values()
    assert finding.state == "open"
    assert finding.row["snapshot"] == 1
    assert finding.members == (("Party", "no:A", "member"), ("Party", "no:B", "member"))
    assert finding.evidence == (("Invoice", "1", "invoices"), ("Invoice", "2", "invoices"))


def test_more_evidence_of_the_episode_updates_the_finding_and_keeps_its_past(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    searched(store)
    before = stored(store)
    at = store.batches()[-1].committed_at
    written(store, trade(*MORE).batch("b2"))
    assert searched(store).counts == {"updated": 1}
    (finding,) = stored(store).values()
    assert [key for _, key, _ in finding.evidence] == ["1", "2", "3", "4"]
    assert stored(store, AsOf(recorded=at)) == before


def test_an_earlier_day_gives_the_episode_another_id_and_a_withdrawal_brings_the_first_one_back(
    store: GraphStore,
) -> None:
    written(store, trade(*FIRST).batch("b1"))
    searched(store)
    written(store, trade(*EARLIER).batch("b2"))
    assert searched(store).counts == {"new": 1, "superseded": 1}
    assert states(store) == {"2025-12-10": "open", "2026-01-10": "superseded"}
    (link,) = store.export("SUPERSEDED_BY").to_pylist()
    heirs = {str(each.row["first_on"]): each.id for each in stored(store).values()}
    assert (link["from_id"], link["to_id"]) == (heirs["2026-01-10"], heirs["2025-12-10"])
    store.withdraw("b2")
    assert searched(store).counts == {"back": 1, "superseded": 1}
    assert states(store) == {"2025-12-10": "superseded", "2026-01-10": "open"}


def test_what_the_data_no_longer_show_is_gone_and_comes_back_with_them(store: GraphStore) -> None:
    written(store, trade(FIRST[0]).batch("b1"), trade(FIRST[1]).batch("b2"))
    searched(store)
    store.withdraw("b2")
    assert searched(store).counts == {"gone": 1}
    assert set(states(store).values()) == {"gone"}
    assert searched(store).batch is None
    written(store, trade(FIRST[1]).batch("b3"))
    assert searched(store).counts == {"back": 1}
    assert set(states(store).values()) == {"open"}


def test_a_load_can_be_withdrawn_after_a_run_of_detection(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    searched(store)
    assert [line.header.id for line in store.withdraw("b1")] == ["b1"]


def test_batches_of_findings_do_not_make_the_projection_old(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    before = open_projection(store, None)
    searched(store)
    assert open_projection(store, None, previous=before) is before


def test_a_decided_finding_is_reopened_by_other_facts_alone(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    searched(store)
    (key,) = stored(store)
    decide(store, Decision(key, "refuted", "goods came back"), who="tester")
    assert searched(store).counts == {"unchanged": 1}
    assert set(states(store).values()) == {"closed"}
    written(store, trade(*MORE).batch("b2"))
    assert searched(store).counts == {"updated": 1}
    (finding,) = stored(store).values()
    assert (finding.state, finding.row["label"], finding.row["reason"]) == ("reopened", "refuted", "goods came back")
    decide(store, Decision(key, "confirmed", "none came back", tax_recovered_cents=5, currency="CNY"), who="tester")
    (finding,) = stored(store).values()
    assert (finding.state, finding.row["label"], finding.row["tax_recovered_cents"]) == ("closed", "confirmed", 5)
    store.withdraw("b2")
    store.withdraw("b1")
    assert searched(store).counts == {"unchanged": 1}, "what was decided stays as it was decided"
    assert set(states(store).values()) == {"closed"}


def test_a_decision_about_what_changed_or_is_gone_is_refused(store: GraphStore) -> None:
    written(store, trade(*FIRST).batch("b1"))
    searched(store)
    (key,) = stored(store)
    with pytest.raises(StoreBusyError) as changed:
        decide(store, Decision(key, "refuted", "x", seen=1), who="tester")
    assert changed.value.code == "store.changed"
    store.withdraw("b1")
    searched(store)
    with pytest.raises(QueryError) as gone:
        decide(store, Decision(key, "refuted", "x"), who="tester")
    assert gone.value.code == "query.finding.gone"
    with pytest.raises(NotFoundError):
        decide(store, Decision("finding-none", "refuted", "x"), who="tester")
