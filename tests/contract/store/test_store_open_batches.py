"""A batch that is written part by part: its own reads see it, readers see all of it at its commit, or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest

from graph.errors import StoreBusyError, StoreError
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.small_graph import Draft, header
from tests.support.stores import StoreFactory
from tests.support.turns import gone_before, small_batches_without_end

IDS = pa.table({"id": ["A", "B"]})


class Interrupted(Exception):  # noqa: N818 - what stops a load in these tests, never an error of ours
    """Something that ends a load half-way."""


def test_readers_see_no_part_before_the_commit_and_all_after_it(store: GraphStore) -> None:
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().firm("A").batch("part"))
        batch.add(Draft().firm("B").batch("part"))
        assert store.select("Taxpayer").total == 0
        batch.commit(header("b1"))
    assert store.fetch("Taxpayer", ["A", "B"])["batch_from"].to_pylist() == [1, 1]


def test_a_part_sees_the_parts_before_it(store: GraphStore) -> None:
    store.write(Draft().firm("A", name="old").batch("b0"))
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().node("Taxpayer", "A", name="new").firm("B").batch("part"))
        found = batch.existing("Taxpayer", IDS)
        versions = set(zip(found["name"].to_pylist(), found["batch_from"].to_pylist(), strict=True))
        assert ("new", 2) in versions
        assert batch.export("Taxpayer").num_rows == batch.select("Taxpayer").total == 2
        assert batch.parties().num_rows == 2
    assert store.fetch("Taxpayer", ["A"])["name"].to_pylist() == ["old"]


def test_a_later_part_supersedes_an_earlier_one(store: GraphStore) -> None:
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().firm("A", name="first").person("p", represents="A").batch("part"))
        batch.add(Draft().node("Taxpayer", "A", name="second").batch("part"))
        batch.add(Draft().node("Taxpayer", "A", name="third").batch("part"))
        batch.commit(header("b1"))
    assert store.export("Taxpayer")["name"].to_pylist() == ["third"]


def test_a_batch_that_is_left_without_a_commit_leaves_nothing(store_factory: StoreFactory) -> None:
    store = store_factory()
    store.write(Draft().firm("A", name="old").batch("b0"))
    before = digest(store)
    with pytest.raises(Interrupted):
        add_and_fail(store)
    again = store_factory()
    assert digest(again) == before
    assert [line.header.id for line in again.batches() if line.state == "committed" and line.number > 0] == ["b0"]


def add_and_fail(store: GraphStore) -> None:
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().node("Taxpayer", "A", name="new").firm("B").batch("part"))
        batch.add(Draft().firm("C").batch("part"))
        raise Interrupted


def test_the_next_batch_is_written_after_one_that_was_left(store: GraphStore) -> None:
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().firm("A", name="left").batch("part"))
    store.write(Draft().firm("A", name="written").batch("b1"))
    assert store.export("Taxpayer")["name"].to_pylist() == ["written"]


def test_parts_give_the_digest_of_the_whole(store: GraphStore) -> None:
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B").batch("part"))
        batch.add(Draft().invoice("2", seller="B", buyer="A").batch("part"))
        batch.commit(header("b1"))
    in_parts = digest(store)["digest"]
    whole = Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B").invoice("2", seller="B", buyer="A")
    assert in_parts == _digest_of(whole)


def _digest_of(draft: Draft) -> str:
    with TemporaryDirectory() as folder:
        store = DuckdbStore.open(Path(folder) / "graph.duckdb")
        store.ensure_schema()
        store.write(draft.batch("b1"))
        found = digest(store)["digest"]
        store.close()
    return found


def test_a_batch_of_the_same_digest_is_known_when_it_is_opened(store: GraphStore) -> None:
    first = store.write(Draft().firm("A").batch("b1"))
    with store.open_batch(first.header) as batch:
        assert batch.known == first


def test_an_id_that_was_never_seen_may_be_called_unseen_and_one_that_was_never_is(store: GraphStore) -> None:
    store.write(Draft().firm("A").batch("b1"))
    with store.open_batch(header("b2")) as batch:
        assert not batch.unseen("Taxpayer", pa.chunked_array([["B", "A"]]))
        batch.add(Draft().firm("C").batch("part"))
        assert not batch.unseen("Taxpayer", pa.chunked_array([["C"]]))


def test_access_events_are_written_while_a_batch_is_open(store: GraphStore) -> None:
    events = Draft().node("AccessEvent", "e1").batch("x").nodes["AccessEvent"]
    with store.open_batch(header("b1")) as batch:
        batch.add(Draft().firm("A").batch("part"))
        store.append_access(events)
        store.set_meta("name", "value")
        batch.commit(header("b1"))
    assert store.select("AccessEvent").total == 1
    assert (store.meta("name"), store.select("Taxpayer").total) == ("value", 1)


def test_a_small_batch_reads_what_stands_and_is_written_at_once(store: GraphStore) -> None:
    first = store.write(Draft().firm("A", name="old").person("p", represents="A").batch("b0"))
    with store.small_batch() as batch:
        assert batch.ledger == (first,)
        assert batch.existing("Taxpayer", IDS)["name"].to_pylist() == ["old"]
        ends = pa.table({"to_type": ["Party"], "to_id": ["no:A"]})
        assert batch.existing("LEGAL_REPRESENTATIVE_OF", ends)["from_id"].to_pylist() == ["p"]
        record = batch.write(Draft().node("Taxpayer", "A", name="new").batch("b1"))
    assert (tuple(store.batches()), record.number) == ((first, record), 2)
    assert store.fetch("Taxpayer", ["A"])["batch_from"].to_pylist() == [2]


def test_a_small_batch_that_is_left_or_fails_leaves_nothing_and_keeps_nobody_out(store: GraphStore) -> None:
    store.write(Draft().firm("A").batch("b0"))
    with store.small_batch():
        pass
    with pytest.raises(StoreError), store.small_batch() as batch:
        batch.write(Draft().node("Taxpayer", "A", name="one").node("Taxpayer", "A", name="other").batch("b1"))
    assert [(line.number, line.state) for line in store.batches()] == [(1, "committed")]
    assert store.write(Draft().firm("B").batch("b2")).number == 2


def test_a_small_batch_is_refused_what_it_builds_on_when_that_was_withdrawn(store: GraphStore) -> None:
    store.write(Draft().firm("A").batch("b0"))
    store.withdraw("b0")
    made = Draft().firm("B").batch("b1")
    later = replace(made, header=replace(made.header, built_on=(1,)))
    with pytest.raises(StoreBusyError), store.small_batch() as batch:
        batch.write(later)


def test_others_wait_while_a_small_batch_is_judged(store: GraphStore) -> None:
    store.write(Draft().firm("A", name="old").batch("b0"))
    with ThreadPoolExecutor(1) as pool:
        with store.small_batch() as batch:
            coming = pool.submit(store.write, Draft().node("Taxpayer", "A", name="third").batch("b2"))
            with pytest.raises(TimeoutError):
                coming.result(0.3)
            batch.write(Draft().node("Taxpayer", "A", name="second").batch("b1"))
        assert coming.result(60).number == 3
    assert store.export("Taxpayer")["name"].to_pylist() == ["third"]


def test_a_batch_has_its_turn_among_small_batches_without_end(store: GraphStore) -> None:
    store.write(Draft().firm("A").firm("B").batch("b0"))
    with small_batches_without_end(store) as made:
        assert max(gone_before(store, made, writes=5)) < 50
