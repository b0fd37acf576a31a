"""Withdrawing a batch: as if it had not come from now on, and still there for whoever asks for the time before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from graph.errors import NotFoundError, StoreBusyError, StoreError
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.ledger import last_instant
from graph.store.port import BatchRecord, GraphStore
from graph.store.projecting import open_projection
from graph.store.questions import AsOf, Direction
from tests.support.small_graph import Draft
from tests.support.stores import StoreFactory, written
from tests.support.thorough import tried
from tests.support.withdrawing import history, play, surviving

OUT, IN = Direction.OUT, Direction.IN
ALONE: tuple[int, ...] = ()


def names(store: GraphStore, *ids: str, as_of: AsOf | None = None) -> list[str | None]:
    return store.fetch("Taxpayer", ids, as_of=as_of or AsOf())["name"].to_pylist()


def at_commit(record: BatchRecord) -> AsOf:
    return AsOf(recorded=record.committed_at)


def two_batches(store: GraphStore) -> list[BatchRecord]:
    """Batch b2 renames A, ends B's invoice and brings one of its own."""
    first = Draft().firm("A", name="old").firm("B").invoice("1", seller="A", buyer="B")
    second = Draft().node("Taxpayer", "A", name="new").invoice("2", seller="B", buyer="A").end("Invoice", "1")
    return [store.write(first.batch("b1")), store.write(second.batch("b2", built_on=(1,)))]


def test_a_withdrawn_batch_is_as_if_it_had_not_come(store: GraphStore) -> None:
    first, _ = two_batches(store)
    before = digest(store, as_of=at_commit(first))
    store.withdraw("b2")
    assert digest(store) == before
    assert names(store, "A") == ["old"]
    assert store.select("Invoice").table["id"].to_pylist() == ["1"]
    assert store.expand("Taxpayer", ["B"], "SOLD", OUT).table.num_rows == 0
    assert store.count_related("Taxpayer", ["A", "B"], "SOLD", OUT) == {"A": 1, "B": 0}
    assert store.search("new", ["Taxpayer"]).total == 0
    assert store.search("old", ["Taxpayer"]).total == 1
    assert store.trade().num_rows == 1
    assert store.existing("Invoice", store.export("Invoice").select(["id"]))["batch_from"].to_pylist() == [1]


def test_a_question_of_the_time_before_still_sees_it(store: GraphStore) -> None:
    _, second = two_batches(store)
    before = digest(store)
    (gone,) = store.withdraw("b2", who="auditor")
    assert digest(store, as_of=at_commit(second)) == before
    assert names(store, "A", as_of=at_commit(second)) == ["new"]
    assert gone.withdrawn_at is not None
    assert gone.withdrawn_at > (second.committed_at or gone.withdrawn_at)
    assert names(store, "A", as_of=AsOf(recorded=gone.withdrawn_at - timedelta(microseconds=1))) == ["new"]
    assert names(store, "A", as_of=AsOf(recorded=gone.withdrawn_at)) == ["old"]


def test_the_ledger_says_when_and_by_whom(store_factory: StoreFactory) -> None:
    store = store_factory()
    two_batches(store)
    (gone,) = store.withdraw("b2", who="auditor")
    assert (gone.header.id, gone.state, gone.withdrawn_by) == ("b2", "withdrawn", "auditor")
    again = store_factory()
    assert again.batches()[1] == gone
    assert again.batches()[1].header.built_on == (1,)
    row = again.select("Batch").table.to_pylist()[1]
    assert (row["state"], row["withdrawn_by"]) == ("withdrawn", "auditor")


def test_a_batch_that_later_ones_build_on_is_refused_with_their_ids_and_files(store: GraphStore) -> None:
    written(
        store,
        Draft().firm("A").batch("b1"),
        Draft().firm("B").batch("b2", built_on=(1,), files=("two.csv",)),
        Draft().firm("C").batch("b3", built_on=ALONE, files=("three.csv",)),
        Draft().firm("D").batch("b4", built_on=(2,), files=("four.csv",)),
    )
    with pytest.raises(StoreError) as refused:
        store.withdraw("b1")
    assert refused.value.code == "store.built_on"
    assert refused.value.facts == {"batches": "b2, b4", "files": "two.csv, four.csv"}
    assert store.select("Taxpayer").total == 4


def test_with_later_these_go_too_newest_first_at_one_instant(store: GraphStore) -> None:
    written(
        store,
        Draft().firm("A").batch("b1"),
        Draft().firm("B").batch("b2", built_on=(1,)),
        Draft().firm("C").batch("b3", built_on=ALONE),
        Draft().firm("D").batch("b4", built_on=(2,)),
    )
    gone = store.withdraw("b1", with_later=True)
    assert [line.header.id for line in gone] == ["b4", "b2", "b1"]
    assert len({line.withdrawn_at for line in gone}) == 1
    assert store.select("Taxpayer").table["id"].to_pylist() == ["C"]


def test_a_batch_that_does_not_say_what_it_met_may_have_met_any_before_it(store: GraphStore) -> None:
    written(store, Draft().firm("A").batch("b1"), Draft().firm("B").batch("b2"))
    with pytest.raises(StoreError) as refused:
        store.withdraw("b1")
    assert refused.value.code == "store.built_on"


@pytest.mark.parametrize("name", ["b9", "system"])
def test_a_batch_that_is_not_there_is_not_found(store: GraphStore, name: str) -> None:
    written(store, Draft().firm("A").batch("b1"))
    with pytest.raises(NotFoundError):
        store.withdraw(name)


def test_a_batch_is_withdrawn_once(store: GraphStore) -> None:
    two_batches(store)
    store.withdraw("b2")
    with pytest.raises(StoreError) as refused:
        store.withdraw("b2")
    assert refused.value.code == "store.withdraw"


def test_what_met_a_batch_that_was_withdrawn_meanwhile_is_not_written(store: GraphStore) -> None:
    two_batches(store)
    store.withdraw("b2")
    with pytest.raises(StoreBusyError):
        store.write(Draft().firm("C").batch("b3", built_on=(1, 2)))
    assert len(store.batches()) == 2


def test_the_same_facts_load_again_under_another_id(store: GraphStore) -> None:
    _, second = two_batches(store)
    before = digest(store)
    store.withdraw("b2")
    again = Draft().node("Taxpayer", "A", name="new").invoice("2", seller="B", buyer="A").end("Invoice", "1")
    record = store.write(again.batch("b2-2", digest=second.header.digest, built_on=(1,)))
    assert record.number == 3
    assert digest(store) == before
    assert store.fetch("Taxpayer", ["A"])["batch_from"].to_pylist() == [3]


def test_what_a_withdrawn_batch_had_ended_and_another_ends_again_is_right_at_every_instant(
    store_factory: StoreFactory,
) -> None:
    store = store_factory()
    first, second = two_batches(store)
    (gone,) = store.withdraw("b2")
    third = store.write(Draft().node("Taxpayer", "A", name="third").end("Invoice", "1").batch("b3", built_on=(1,)))
    instants = [first.committed_at, second.committed_at, gone.withdrawn_at, third.committed_at]
    wanted = ["old", "new", "old", "third"]
    invoices = [["1"], ["2"], ["1"], []]
    for opened in (store, None):
        one = opened or store_factory()
        for at, name, left in zip(instants, wanted, invoices, strict=True):
            assert names(one, "A", as_of=AsOf(recorded=at)) == [name]
            assert one.select("Invoice", as_of=AsOf(recorded=at)).table["id"].to_pylist() == left
        assert names(one, "A") == ["third"]
    one.withdraw("b3")
    assert names(one, "A") == ["old"]
    assert one.select("Invoice").table["id"].to_pylist() == ["1"]
    assert one.write(Draft().node("Taxpayer", "A", name="fourth").batch("b4", built_on=(1,))).number > third.number
    assert names(one, "A") == ["fourth"]
    assert names(one, "A", as_of=AsOf(recorded=third.committed_at)) == ["third"]


def test_the_projection_forgets_a_withdrawn_batch(store: GraphStore) -> None:
    two_batches(store)
    before = open_projection(store, None)
    store.withdraw("b2")
    after = open_projection(store, None, previous=before)
    assert len(before.trade["CNY"].edges) == 1
    assert after.batches != before.batches
    assert len(after.trade["CNY"].edges) == 1
    assert after.id(int(after.trade["CNY"].edges.seller[0])) == "A"


@pytest.mark.parametrize("seed", tried(range(4), 2))
def test_a_history_of_loads_and_withdrawals_shows_what_is_left_and_keeps_every_past(
    store: GraphStore, tmp_path: Path, seed: int
) -> None:
    steps = history(seed, steps=6)
    then = [(last_instant(store.batches()), digest(store)) for _ in play(store, steps)]
    for at, found in then:
        assert digest(store, as_of=AsOf(recorded=at)) == found, at
    witness = cast("GraphStore", DuckdbStore.open(tmp_path / "witness.duckdb"))
    witness.ensure_schema()
    assert digest(written(witness, *surviving(steps))) == then[-1][1]
    witness.close()
