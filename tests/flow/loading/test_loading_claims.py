"""Sources that disagree, snapshots that follow one another, numbers that mean one invoice."""

from __future__ import annotations

from datetime import datetime

import pytest

from graph.store.digest import digest
from graph.store.port import GraphStore
from tests.support.rows import Loading, column, invoice, taxpayer

MARCH, APRIL, MAY = (datetime(2026, month, 1) for month in (3, 4, 5))  # noqa: DTZ001  # civil, as extracts are dated


def test_undated_claims_that_disagree_are_both_kept_and_raise_an_issue(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice(net="100", kind="纸质")])
    report = loading(invoices=[invoice(net="90", status="void")])
    assert report.issues["conflict"] == 1
    (version,) = store.export("Invoice").to_pylist()
    assert (version["net_cents"], version["status"], version["kind"], version["claims"]) == (9000, "void", "纸质", 2)
    assert column(store, "QualityIssue", "columns") == ["net_cents,total_cents"]
    assert store.export("Claim").num_rows == 2


def test_a_later_word_of_the_same_source_is_an_update_and_no_conflict(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice(status="void")], as_at=APRIL)
    report = loading(invoices=[invoice(status="normal")], as_at=MARCH)
    assert "conflict" not in report.issues
    assert column(store, "Invoice", "status") == ["void"]


def test_a_conflict_ends_when_the_source_corrects_itself(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice(net="100"), invoice(net="90")])
    assert column(store, "QualityIssue", "rule") == ["conflict"]
    loading(invoices=[invoice(net="90")], as_at=MARCH)
    assert store.export("QualityIssue").num_rows == 0
    assert column(store, "Invoice", "net_cents") == [9000]


def test_an_invoice_has_one_buyer_even_where_sources_name_two(store: GraphStore, loading: Loading) -> None:
    loading(invoices=[invoice(buyer="C")])
    loading(invoices=[invoice(buyer="B")])
    assert column(store, "BOUGHT_BY", "to_id") == ["no:B"]
    assert column(store, "QualityIssue", "subject_type") == ["BOUGHT_BY"]


def test_snapshots_of_a_register_give_its_changes(store: GraphStore, loading: Loading) -> None:
    for month, name in ((MARCH, "甲"), (MAY, "丙")):
        loading(taxpayers=[taxpayer(name=name)], as_at=month)
    (change,) = store.export("RegistrationChange").to_pylist()
    assert (change["item"], change["old_value"], change["new_value"]) == ("name", "甲", "丙")
    assert change["changed_on"] == MAY.date()
    assert column(store, "Taxpayer", "name") == ["丙"]


def test_a_snapshot_that_arrives_late_splits_the_change_it_falls_into(store: GraphStore, loading: Loading) -> None:
    for month, name in ((MARCH, "甲"), (MAY, "丙"), (APRIL, "乙")):
        loading(taxpayers=[taxpayer(name=name)], as_at=month)
    changes = store.export("RegistrationChange").to_pylist()
    assert sorted((str(c["changed_on"]), c["old_value"], c["new_value"]) for c in changes) == [
        ("2026-04-01", "甲", "乙"),
        ("2026-05-01", "乙", "丙"),
    ]
    assert store.export("CHANGED").num_rows == 2


@pytest.mark.parametrize("alias_first", [True, False])
def test_facts_under_the_digital_number_belong_to_the_paper_invoice(
    store: GraphStore, loading: Loading, *, alias_first: bool
) -> None:
    digital = "26350000000000000001"
    paper = {"invoices": [invoice(code="3500", number="77", digital_number=digital)]}
    other = {
        "invoices": [invoice(number=digital)],
        "deductions": [{"taxpayer": "B", "invoice_number": digital, "period": "2026-03", "effective_tax": "13"}],
    }
    for batch in (paper, other) if alias_first else (other, paper):
        loading(**batch)
    assert column(store, "Invoice", "id") == ["350077"]
    assert column(store, "SOLD", "to_id") == ["350077"]
    assert column(store, "DEDUCTED", "to_id") == ["350077"]
    assert column(store, "InvoiceAlias", "invoice") == ["350077"]
    assert store.export("QualityIssue").num_rows == 0


def test_equal_events_of_one_task_are_never_merged(store: GraphStore, loading: Loading) -> None:
    events = [{"task": "K1", "action": "call", "at": "2026-03-01 10:00:00", "officer": "O1"}] * 2
    loading(task_events=events)
    again = loading(task_events=[*events], officers=[{"id": "O1", "name": "张"}])
    assert store.export("TaskEvent").num_rows == 2
    assert again.known == 2
    assert column(store, "Officer", "name") == ["张"]


def test_a_person_is_one_by_id_and_by_document_of_one_batch(store: GraphStore, loading: Loading) -> None:
    document = "11010519491231002X"
    loading(
        persons=[{"id": "P1", "document_number": document, "name": "李"}],
        legal_representative_of=[{"person": "P1", "taxpayer": "A"}, {"document_number": document, "taxpayer": "B"}],
    )
    (person,) = store.export("Person").to_pylist()
    assert (person["masked_number"], person["birth_year"], person["region"]) == ("****002X", 1949, "110000")
    assert set(column(store, "LEGAL_REPRESENTATIVE_OF", "from_id")) == {person["id"]}
    assert document not in str(store.export("Person").to_pylist())


def test_the_same_facts_in_one_batch_or_in_two_give_one_graph(store: GraphStore, loading: Loading) -> None:
    first, second = [invoice()], [invoice(number="2", seller="C")]
    loading(invoices=first)
    loading(invoices=second)
    apart = digest(store)
    loading(invoices=[*second, *first])
    assert digest(store) == apart
