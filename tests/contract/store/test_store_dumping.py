"""The whole graph out of a store in record batches and into an empty one of any engine: stamps, pasts and digest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest

from graph.errors import StoreError
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.dumping import Dump, Versions, dumped_kinds
from graph.store.ledger import last_instant
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Direction
from tests.support.small_graph import Draft
from tests.support.stores import StoreFactory, written
from tests.support.two_cities import two_cities
from tests.support.withdrawing import history, play


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[GraphStore]:
    """An embedded store beside the one under test."""
    other = cast("GraphStore", DuckdbStore.open(tmp_path / "other.duckdb"))
    other.ensure_schema()
    yield other
    other.close()


def kept(dump: Dump) -> Versions:
    """All versions of a dump, kept in memory."""
    tables = {kind.name: list(dump.versions(kind.name)) for kind in dumped_kinds()}
    return {name: partial(iter, batches) for name, batches in tables.items() if batches}


def with_a_past(store: GraphStore) -> GraphStore:
    """A store with superseded, ended and withdrawn versions, and an end number that two batches share."""
    written(store, two_cities())
    for _ in play(store, history(5)):
        pass
    return store


def pasts(store: GraphStore) -> dict[object, object]:
    """The digest at every instant at which the ledger changed."""
    lines = store.batches()
    instants = {each for line in lines for each in (line.committed_at, line.withdrawn_at) if each is not None}
    assert len(instants) > 1
    return {at: digest(store, as_of=AsOf(recorded=at)) for at in sorted(instants)}


def test_visible_rows_of_a_dump_are_those_of_export(store: GraphStore) -> None:
    with_a_past(store)
    with store.dumping() as dump:
        for kind in dumped_kinds():
            rows = pa.Table.from_batches(dump.visible(kind.name), schema=kind.schema())
            wanted = store.export(kind.name)
            assert sorted(map(str, rows.to_pylist())) == sorted(map(str, wanted.to_pylist())), kind.name


def test_a_dump_fills_an_embedded_store_with_every_past(store: GraphStore, embedded: GraphStore) -> None:
    with_a_past(store)
    with store.dumping() as dump:
        embedded.fill(dump.ledger, kept(dump))
    assert embedded.batches() == store.batches()
    assert pasts(embedded) == pasts(store)
    assert digest(embedded) == digest(store)


def test_a_dump_of_an_embedded_store_fills_this_one(store: GraphStore, embedded: GraphStore) -> None:
    with_a_past(embedded)
    with embedded.dumping() as dump:
        store.fill(dump.ledger, kept(dump))
    assert store.batches() == embedded.batches()
    assert pasts(store) == pasts(embedded)
    assert store.search("Ash", ["Taxpayer"]).table.equals(embedded.search("Ash", ["Taxpayer"]).table)
    assert store.expand("Taxpayer", ["A1"], "SOLD", Direction.OUT).table["to_id"].to_pylist() == ["I1", "I4"]
    assert sorted(map(str, store.trade()["net_cents"])) == sorted(map(str, embedded.trade()["net_cents"]))


def test_a_filled_store_goes_on_like_the_one_it_came_from(store: GraphStore, embedded: GraphStore) -> None:
    with_a_past(embedded)
    with embedded.dumping() as dump:
        store.fill(dump.ledger, kept(dump))
    following = Draft().node("Taxpayer", "A", name="next").invoice("9", seller="A", buyer="B").end("Invoice", "1")
    for one in (store, embedded):
        before = one.batches()[-1].number
        assert one.write(following.batch("next", built_on=())).number > before
    assert digest(store) == digest(embedded)
    assert [line.number for line in store.batches()] == [line.number for line in embedded.batches()]
    store.withdraw("next")
    assert digest(store, as_of=AsOf(recorded=last_instant(store.batches()))) == digest(store)


def test_a_store_that_holds_batches_is_not_filled(store: GraphStore, embedded: GraphStore) -> None:
    written(embedded, two_cities())
    written(store, Draft().firm("X").batch("own"))
    with embedded.dumping() as dump, pytest.raises(StoreError) as refused:
        store.fill(dump.ledger, kept(dump))
    assert refused.value.code == "store.not_empty"
    assert store.select("Taxpayer").table["id"].to_pylist() == ["X"]


def test_a_dump_that_breaks_off_fills_nothing(store_factory: StoreFactory, embedded: GraphStore) -> None:
    written(embedded, two_cities())
    store = store_factory()

    def broken() -> Iterator[pa.RecordBatch]:
        yield from ()
        raise OSError("the disk is gone")

    with embedded.dumping() as dump:
        versions = {**kept(dump), "SOLD": broken}
        with pytest.raises((OSError, StoreError)):
            store.fill(dump.ledger, versions)
        store = store_factory()
        assert store.batches() == []
        assert digest(store)["counts"] == {}
        store.fill(dump.ledger, kept(dump))
    assert digest(store) == digest(embedded)


def test_a_dump_is_one_state_while_a_batch_lands(store: GraphStore) -> None:
    written(store, two_cities())
    before = store.export("Invoice").num_rows
    with store.dumping() as dump:
        store.write(Draft().invoice("late", seller="A1", buyer="A2").node("Invoice", "I1").batch("late"))
        rows = pa.Table.from_batches(dump.versions("Invoice"))
        assert rows.num_rows == before
        assert rows["batch_to"].null_count == before
        assert len(dump.ledger) == 1
