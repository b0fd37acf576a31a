"""Bad data become work and are put right, on both stores: issue, task, hands, correction, reconciliation, close."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from graph.errors import WorkError
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from loaders import LoadOptions, load
from loaders.corrections import save
from loaders.rejects import refused_rows_of
from loaders.resubmission import resubmit
from queries.quality.closing import settled_issues
from queries.quality.handling import handlings
from queries.quality.raising import RaisedIssues, raise_quality
from queries.quality.reconciling import Reconciled, reconcile
from queries.work.actions import SYSTEM_OFFICER, Action, Done
from queries.work.desk import act
from tests.support.bad_data import lines
from tests.support.batches import KEY
from tests.support.corrections import correct
from tests.support.rows import Loading, column, invoice

MARCH, APRIL, MAY = (datetime(2026, month, 1) for month in (3, 4, 5))  # noqa: DTZ001 - civil, as extracts are dated
TODAY = date(2026, 6, 1)


def reconciled(store: GraphStore) -> Reconciled:
    return reconcile(store, who="steward")


def raised(store: GraphStore) -> RaisedIssues:
    return raise_quality(store, on=TODAY, act=lambda asked: act(store, asked, officer=SYSTEM_OFFICER))


def step(store: GraphStore, task: str, officer: str, action: str, **told: object) -> Done:
    return act(store, Action(task, action, **told), officer=officer, check=settled_issues)  # type: ignore[arg-type]  # fields by name


def handled(store: GraphStore, task: str) -> None:
    """Everything up to the review."""
    for action in ("accept", "start"):
        step(store, task, "clerk-1", action)
    step(store, task, "clerk-1", "submit", evidence=("letter:L-1",))
    step(store, task, "chief-1", "review")


def states(store: GraphStore) -> list[str]:
    return [each.state for each in handlings(store, [str(key) for key in column(store, "QualityIssue", "id")])]


def test_a_bad_row_is_handled_corrected_reconciled_and_stays_visible_as_known_before(
    store: GraphStore, loading: Loading
) -> None:
    loading(invoices=[invoice()], invoice_lines=lines("30", "30"), as_at=MARCH)
    assert reconciled(store) == Reconciled({"totals": 1}, {"new": 0, "unchanged": 1, "settled": 0}, None)
    (opened,) = raised(store).tasks
    assert (opened.kind, opened.officer, opened.grid) == ("data_quality", "clerk-1", "g1")
    assert raised(store) == RaisedIssues((), (), 0, 0)
    assert states(store) == ["pushed"]
    handled(store, opened.task)
    assert states(store) == ["handled"]
    with pytest.raises(WorkError) as refused:
        step(store, opened.task, "chief-1", "close")
    assert refused.value.code == "work.quality"
    then = datetime.now(UTC)
    loading(invoice_lines=lines("30", "70"), as_at=APRIL)
    assert reconciled(store).counts == {"new": 0, "unchanged": 0, "settled": 1}
    assert step(store, opened.task, "chief-1", "close").state == "closed"
    before = AsOf(recorded=then)
    assert (states(store), store.select("QualityIssue", as_of=before).total) == ([], 1)
    shown = [sorted(map(str, store.export("LISTS", as_of=at)["amount_cents"].to_pylist())) for at in (before, AsOf())]
    assert shown == [["3000", "3000"], ["3000", "7000"]]
    loading(invoice_lines=lines("30", "30"), as_at=MAY)
    assert reconciled(store).counts["new"] == 1
    assert raised(store).reopened == (opened.task,)
    assert store.fetch("Task", [opened.task])["status"].to_pylist() == ["reopened"]
    assert raised(store) == RaisedIssues((), (), 0, 0)


def test_a_refused_row_is_work_until_it_comes_back(store: GraphStore, loading: Loading, tmp_path: Path) -> None:
    loading()
    options = LoadOptions(hmac_key=KEY)
    file = tmp_path / "invoices.csv"
    file.write_text("number,seller,buyer,issued_at,net,tax\n1,A,B,2026-03-01,x,0\n2,,B,2026-03-01,1.00,y\n")
    first = load(store, "canonical", [file], options=options)
    assert reconciled(store).counts == {"new": 2, "unchanged": 0, "settled": 0}
    tasks = raised(store).tasks
    assert {(one.taxpayer is None, one.officer) for one in tasks} == {(False, "clerk-1"), (True, "chief-0")}
    save(refused_rows_of(store, first.batch), tmp_path / "rejects.csv")
    change = {"net": "2.00", "tax": "0", "seller": "A"}
    resubmit(store, correct(tmp_path / "rejects.csv", lambda row: row.update(change)), options=options)
    assert reconciled(store).counts == {"new": 0, "unchanged": 0, "settled": 2}
    assert states(store) == []


def test_what_stays_wrong_closes_with_a_reason_of_another_person_and_is_not_raised_again(
    store: GraphStore, loading: Loading
) -> None:
    loading(invoices=[invoice(total="99")])
    (opened,) = raised(store).tasks
    handled(store, opened.task)
    with pytest.raises(WorkError):
        step(store, opened.task, "clerk-1", "close", reason="the paper says so")
    assert step(store, opened.task, "chief-1", "close", reason="the paper says so").state == "closed"
    assert (states(store), reconciled(store).batch) == (["reviewed"], None)
    assert raised(store) == RaisedIssues((), (), 0, 0)


def test_a_household_at_work_takes_new_issues_in_and_closes_with_all_of_them(
    store: GraphStore, loading: Loading
) -> None:
    loading(invoices=[invoice(total="99")], as_at=MARCH)
    (first,) = raised(store).tasks
    loading(invoices=[invoice(number="2", total="99")], as_at=MARCH)
    (second,) = raised(store).tasks
    assert (second.merged_into, states(store)) == (first.task, ["pushed", "pushed"])
    handled(store, first.task)
    loading(invoices=[invoice(total="113")], as_at=APRIL)
    with pytest.raises(WorkError) as refused:
        step(store, first.task, "chief-1", "close")
    assert refused.value.facts["issues"] in set(column(store, "QualityIssue", "id"))
    assert reconciled(store).counts == {"new": 0, "unchanged": 1, "settled": 1}


def test_a_load_whose_issues_have_tasks_can_be_withdrawn_and_its_tasks_close(
    store: GraphStore, loading: Loading
) -> None:
    report = loading(invoices=[invoice(total="99")])
    (opened,) = raised(store).tasks
    store.withdraw(report.batch)
    handled(store, opened.task)
    assert step(store, opened.task, "chief-1", "close").state == "closed"
    assert reconciled(store).batch is None
