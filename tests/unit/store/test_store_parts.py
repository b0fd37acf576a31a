"""The engine-free parts: snapshots, the ledger's columns, text as the search sees it, masking's sort."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from graph.model.vocabulary import node_type
from graph.store.ledger import BatchState, Snapshot, already_committed, from_columns, snapshot_of, to_columns
from graph.store.masking import holds, province_of, sorted_rows
from graph.store.port import BatchRecord
from graph.store.questions import Filter, Op, Order, Scope
from graph.store.searching import needles, normalise, scored, search_text
from tests.support.small_graph import header

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(number: int, state: str = BatchState.COMMITTED, hours: int | None = None) -> BatchRecord:
    at = None if state != BatchState.COMMITTED else NOON + timedelta(hours=number if hours is None else hours)
    return BatchRecord(header(f"b{number}"), number, state, at)


def test_pending_withdrawn_and_undone_batches_do_not_count() -> None:
    states = [BatchState.COMMITTED, BatchState.WITHDRAWN, BatchState.PENDING, BatchState.COMMITTED, BatchState.PENDING]
    snapshot = snapshot_of([record(n, state) for n, state in enumerate(states, start=1)], None)
    assert [number for number in range(7) if snapshot.counts(number)] == [0, 1, 4]
    assert snapshot.latest


def test_a_recorded_instant_takes_what_was_committed_by_then() -> None:
    lines = [record(1), record(2), record(3)]
    snapshot = snapshot_of(lines, NOON + timedelta(hours=2))
    assert snapshot == Snapshot(2, frozenset(), latest=False)
    assert snapshot_of(lines, NOON) == Snapshot(0, frozenset(), latest=False)


def test_a_batch_that_was_committed_later_than_a_higher_number_is_left_out() -> None:
    snapshot = snapshot_of([record(1, hours=5), record(2, hours=1)], NOON + timedelta(hours=2))
    assert (snapshot.counts(1), snapshot.counts(2)) == (False, True)


@pytest.mark.parametrize(
    ("batch_from", "batch_to", "seen"),
    [(1, None, True), (1, 3, True), (1, 2, False), (1, 4, True), (3, None, False), (4, None, False), (0, None, True)],
)
def test_a_version_is_seen_from_a_batch_that_counts_to_a_batch_that_counts(
    batch_from: int, batch_to: int | None, *, seen: bool
) -> None:
    assert Snapshot(3, frozenset({3})).sees(batch_from, batch_to) is seen


def test_an_empty_ledger_shows_the_systems_own_rows() -> None:
    assert snapshot_of([], None) == Snapshot(0)
    assert snapshot_of([], None).counts(0)


def test_only_a_committed_batch_is_known_again() -> None:
    lines = [record(1, BatchState.UNDONE), record(2)]
    assert already_committed(lines, header("b1")) is None
    assert already_committed(lines, header("other", digest="digest of b2")) == lines[1]


def test_a_ledger_line_survives_its_columns() -> None:
    line = BatchRecord(header("b", files=("甲.csv",), by_type={"Invoice": 2}, read=3), 7, "committed", NOON)
    assert from_columns(to_columns(line)) == line


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  Müller & Söhne  ", "müller söhne"),
        ("ＡＢＣ１２３", "abc123"),
        ("深圳市A有限公司", "深圳市 a 有限公司"),
        ("甲a乙b丙", "甲 a 乙 b 丙"),
        ("x-y_z.1", "x y z 1"),
        ("\u3000", ""),
    ],
)
def test_text_as_the_search_sees_it(text: str, seen: str) -> None:
    assert normalise(text) == seen


@pytest.mark.parametrize(
    ("text", "found"),
    [("恒泰贸易", ("恒泰", "泰贸", "贸易")), ("泰", ("泰",)), ("Tea 12", (" tea", " 12")), ("a恒泰 a", (" a", "恒泰"))],
)
def test_chinese_is_cut_into_pairs_and_the_rest_into_words(text: str, found: tuple[str, ...]) -> None:
    assert needles(text) == found


def test_search_text_joins_what_is_there() -> None:
    rows = pa.table({"name": ["Big Tea", None], "tax_number": [None, None], "id": ["A1", None]}).cast(
        pa.schema({"name": pa.string(), "tax_number": pa.string(), "id": pa.string()})
    )
    documents = [str(text) for text in search_text(node_type("Taxpayer"), rows).to_pylist()]
    assert [" ".join(document.split()) for document in documents] == ["big tea a1", ""]
    assert all(document.startswith(" ") for document in documents)


def test_scores_prefer_equal_then_beginning_then_containing() -> None:
    names = ["恒泰", "恒泰贸易", "新恒泰", "泰恒泰恒"]
    table = pa.table({"id": list("abcd"), "name": names, "tax_number": pa.nulls(4, pa.string())})
    assert scored(node_type("Taxpayer"), table, "恒泰")["score"].to_pylist() == [1000, 800, 600, 600]


@pytest.mark.parametrize(("descending", "order"), [(False, [1, 2, None]), (True, [2, 1, None])])
def test_nulls_come_last_both_ways(*, descending: bool, order: list[int | None]) -> None:
    rows: list[dict[str, Any]] = [{"n": None}, {"n": 2}, {"n": 1}]
    assert [row["n"] for row in sorted_rows(rows, [Order("n", descending)])] == order


def test_null_holds_only_for_is_null() -> None:
    assert not any(holds(Filter("x", op, 1), None) for op in Op if op is not Op.IS_NULL)
    assert holds(Filter("x", Op.IS_NULL, value=True), None)


def test_a_province_is_two_digits() -> None:
    assert [province_of(region) for region in ("440301", "44", None, "")] == ["44", "44", None, None]


def test_a_scope_does_not_show_its_secret() -> None:
    assert "hush" not in repr(Scope("s", frozenset({"1"}), b"hush"))
