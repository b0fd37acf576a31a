"""A decision and a run of detection that overtake each other: neither undoes what the other wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.errors import StoreBusyError
from graph.store.duckdb_store import DuckdbStore
from graph.store.open_batches import OpenBatch, SmallBatch
from graph.store.port import BatchHeader
from graph.store.projecting import open_projection
from queries.detection.facts import Facts
from queries.findings.deciding import Decision, decide
from queries.findings.recording import detect
from queries.findings.stored import Stored, stored_findings
from queries.patterns.ring_invoicing import PATTERN
from tests.support.small_graph import Draft


class Overtaken(DuckdbStore):
    """A store in which somebody else writes just before the next batch is opened."""

    other: Callable[[], object] | None = None

    @contextmanager
    def open_batch(self, header: BatchHeader) -> Iterator[OpenBatch]:
        self._overtake()
        with super().open_batch(header) as batch:
            yield batch

    @contextmanager
    def small_batch(self) -> Iterator[SmallBatch]:
        self._overtake()
        with super().small_batch() as batch:
            yield batch

    def _overtake(self) -> None:
        act, self.other = self.other, None
        if act is not None:
            act()


@pytest.fixture
def store(tmp_path: Path) -> Overtaken:
    """Two firms that invoice each other, searched; then they do it again."""
    opened = Overtaken.open(tmp_path / "graph.duckdb")
    assert isinstance(opened, Overtaken)
    opened.ensure_schema()
    graph = Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B")
    opened.write(graph.invoice("2", seller="B", buyer="A", on="2026-01-12").batch("b1"))
    searched(opened)
    again = Draft().invoice("3", seller="A", buyer="B", on="2026-02-01")
    opened.write(again.invoice("4", seller="B", buyer="A", on="2026-02-02").batch("b2"))
    return opened


def searched(store: DuckdbStore) -> None:
    detect(store, Facts(store, open_projection(store, None)), (PATTERN,))


def only(store: DuckdbStore) -> Stored:
    (finding,) = stored_findings(store.export, [PATTERN.name]).values()
    return finding


def test_a_run_keeps_a_decision_that_was_made_while_it_compared(store: Overtaken) -> None:
    key = only(store).id
    store.other = lambda: decide(store, Decision(key, "refuted", "goods came back"), who="tester")
    searched(store)
    finding = only(store)
    assert (finding.state, finding.row["label"]) == ("reopened", "refuted")
    assert len(finding.evidence) == 4


def test_a_decision_keeps_what_a_run_found_while_it_was_made(store: Overtaken) -> None:
    before = only(store)
    store.other = lambda: searched(store)
    decide(store, Decision(before.id, "confirmed", "no goods"), who="tester")
    finding = only(store)
    assert (finding.state, finding.row["label"], len(finding.evidence)) == ("closed", "confirmed", 4)
    assert finding.row["measures"] != before.row["measures"]


def test_a_decision_about_a_version_that_a_run_replaced_is_refused(store: Overtaken) -> None:
    key = only(store).id
    seen = store.fetch("Finding", [key])["batch_from"].to_pylist()[0]
    store.other = lambda: searched(store)
    with pytest.raises(StoreBusyError) as caught:
        decide(store, Decision(key, "confirmed", "no goods", seen=seen), who="tester")
    assert caught.value.code == "store.changed"
    assert only(store).state == "open"
