"""Batches: all or nothing, known when they come again, superseding and ending versions, reserving ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from graph.errors import StoreError
from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.questions import Direction
from tests.support.small_graph import Draft, header, values
from tests.support.stores import StoreFactory, written

OUT, IN = Direction.OUT, Direction.IN


def names(store: GraphStore, *ids: str) -> list[str | None]:
    return store.fetch("Taxpayer", ids)["name"].to_pylist()


def test_a_written_batch_stands_in_the_ledger(store: GraphStore) -> None:
    batch = Draft().firm("A").batch("b1", read=3, accepted=2, rejected=1, files=("a.csv",), by_type={"Taxpayer": 1})
    record = store.write(batch)
    assert (record.number, record.state) == (1, "committed")
    assert store.batches() == [record]
    assert record.header == batch.header
    assert record.committed_at is not None
    assert record.committed_at <= datetime.now(UTC)


def test_the_same_digest_writes_nothing_and_answers_with_the_first_record(store: GraphStore) -> None:
    first = store.write(Draft().firm("A", name="old").batch("b1"))
    again = store.write(Draft().firm("A", name="new").batch("b2", digest=first.header.digest))
    assert again == first
    assert names(store, "A") == ["old"]


def test_the_same_batch_id_writes_nothing(store: GraphStore) -> None:
    first = store.write(Draft().firm("A").batch("b1"))
    assert store.write(Draft().firm("B").batch("b1", digest="other")) == first
    assert names(store, "B") == []


def test_an_empty_batch_is_kept_in_the_ledger(store: GraphStore) -> None:
    assert store.write(Draft().batch("b1")).number == 1


def test_a_row_with_the_same_key_supersedes(store: GraphStore) -> None:
    written(store, Draft().firm("A", name="old").batch("b1"), Draft().node("Taxpayer", "A", name="new").batch("b2"))
    assert names(store, "A") == ["new"]
    assert store.select("Taxpayer").total == 1
    assert store.export("Taxpayer").num_rows == 1


def test_a_superseding_row_says_which_batch_wrote_it(store: GraphStore) -> None:
    written(store, Draft().firm("A").firm("B").batch("b1"), Draft().node("Taxpayer", "A").batch("b2"))
    assert store.fetch("Taxpayer", ["A", "B"])["batch_from"].to_pylist() == [2, 1]


def test_relationships_are_told_apart_by_their_identity(store: GraphStore) -> None:
    line = Draft().invoice("1").node("Commodity", "c")
    written(
        store,
        line.link("LISTS", "1", "c", line=1, amount_cents=1)
        .link("LISTS", "1", "c", line=2, amount_cents=2)
        .batch("b1"),
        Draft().link("LISTS", "1", "c", line=2, amount_cents=5).batch("b2"),
    )
    rows = store.expand("Invoice", ["1"], "LISTS", OUT).table
    assert rows["line"].to_pylist() == [1, 2]
    assert rows["amount_cents"].to_pylist() == [1, 5]


def test_a_null_identity_supersedes_a_null_identity(store: GraphStore) -> None:
    person = Draft().firm("A").person("p", represents="A").batch("b1")
    later = Draft().person("p", represents="A", valid_to=datetime(2026, 5, 1, tzinfo=UTC).date()).batch("b2")
    written(store, person, later)
    rows = store.expand("Person", ["p"], "LEGAL_REPRESENTATIVE_OF", OUT).table
    assert rows["valid_to"].to_pylist() == [datetime(2026, 5, 1, tzinfo=UTC).date()]


def test_an_ended_node_is_gone(store: GraphStore) -> None:
    written(store, Draft().firm("A").firm("B").batch("b1"), Draft().end("Taxpayer", "A").batch("b2"))
    assert store.select("Taxpayer").table["id"].to_pylist() == ["B"]


def test_an_ended_relationship_is_gone_and_its_neighbour_stays(store: GraphStore) -> None:
    graph = Draft().firm("A").person("p", represents="A").person("q", represents="A").batch("b1")
    gone = Draft().end("LEGAL_REPRESENTATIVE_OF", "p", "no:A").batch("b2")
    written(store, graph, gone)
    rows = store.expand("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", IN).table
    assert rows["from_id"].to_pylist() == ["q"]


def test_ending_respects_identity(store: GraphStore) -> None:
    lines = Draft().invoice("1").link("LISTS", "1", "c", line=1).link("LISTS", "1", "c", line=2)
    written(store, lines.batch("b1"), Draft().end("LISTS", "1", "c", line=1).batch("b2"))
    assert store.expand("Invoice", ["1"], "LISTS", OUT).table["line"].to_pylist() == [2]


def test_ending_what_is_not_there_changes_nothing(store: GraphStore) -> None:
    written(store, Draft().firm("A").batch("b1"), Draft().end("Taxpayer", "Z").end("SOLD", "no:Z", "9").batch("b2"))
    assert store.select("Taxpayer").total == 1


def test_an_ended_node_may_come_back(store: GraphStore) -> None:
    back = Draft().node("Taxpayer", "A", name="back").batch("b3")
    written(store, Draft().firm("A").batch("b1"), Draft().end("Taxpayer", "A").batch("b2"), back)
    assert names(store, "A") == ["back"]


def test_a_node_that_only_a_relationship_names_is_not_there_until_a_row_arrives(store: GraphStore) -> None:
    red = Draft().invoice("2", red=True).link("REVERSES", "2", "1", basis="declared").batch("b1")
    written(store, red)
    assert store.fetch("Invoice", ["1"]).num_rows == 0
    far = store.expand("Invoice", ["2"], "REVERSES", OUT, attributes=["number"]).table
    assert far["to_id"].to_pylist() == ["1"]
    assert far["far.number"].to_pylist() == [None]
    assert store.expand("Invoice", ["1"], "REVERSES", IN).table.num_rows == 0
    written(store, Draft().invoice("1").batch("b2"))
    assert store.expand("Invoice", ["1"], "REVERSES", IN).table["from_id"].to_pylist() == ["2"]
    assert store.expand("Invoice", ["2"], "REVERSES", OUT, attributes=["number"]).table["far.number"].to_pylist() == [
        "1"
    ]


def test_a_batch_that_names_a_key_twice_is_refused_whole(store: GraphStore) -> None:
    twice = Draft().firm("B").node("Taxpayer", "A").node("Taxpayer", "A").batch("b1")
    with pytest.raises(StoreError) as caught:
        store.write(twice)
    assert caught.value.code == "store.duplicates"
    assert store.batches() == []
    assert store.select("Party").total == 0


def test_a_batch_that_names_a_relationship_twice_is_refused(store: GraphStore) -> None:
    twice = Draft().invoice("1").link("SOLD", "no:A", "1").link("SOLD", "no:A", "1", name="x").batch("b1")
    with pytest.raises(StoreError) as caught:
        store.write(twice)
    assert caught.value.code == "store.duplicates"


def test_a_table_without_its_columns_is_refused(store: GraphStore) -> None:
    batch = Draft().firm("A").batch("b1")
    broken = {"Taxpayer": batch.nodes["Taxpayer"].drop_columns(["name"])}
    with pytest.raises(StoreError) as caught:
        store.write(type(batch)(header("b1"), broken))
    assert caught.value.code == "store.batch"


def test_an_end_of_a_wrong_type_is_refused(store: GraphStore) -> None:
    batch = Draft().link("SOLD", "no:A", "1").batch("b1")
    wrong = batch.relationships["SOLD"].set_column(0, "from_type", pa.array(["Person"]))
    with pytest.raises(StoreError) as caught:
        store.write(type(batch)(header("b1"), {}, {"SOLD": wrong}))
    assert caught.value.code == "store.batch"


def test_everything_is_there_after_a_restart(store_factory: StoreFactory) -> None:
    first = written(store_factory(), Draft().firm("A").invoice("1", seller="A", buyer="B").batch("b1"))
    first.set_meta("note", "kept")
    before, ledger = digest(first), first.batches()
    again = store_factory()
    assert digest(again) == before
    assert again.batches() == ledger
    assert again.meta("note") == "kept"
    assert again.write(Draft().firm("B").batch("b2")).number == 2


def test_meta_is_null_until_it_is_set_and_then_the_last_value(store: GraphStore) -> None:
    assert store.meta("note") is None
    store.set_meta("note", "one")
    store.set_meta("note", "two")
    assert store.meta("note") == "two"


def test_a_store_of_another_schema_version_is_refused(store_factory: StoreFactory) -> None:
    store_factory().set_meta("schema_version", "0")
    with pytest.raises(StoreError) as caught:
        store_factory()
    assert caught.value.code == "store.schema"
    assert caught.value.next_step


def test_two_writers_at_once_both_get_in(store: GraphStore) -> None:
    batches = [Draft().firm("A", name=f"from {n}").firm(f"F{n}").batch(f"b{n}") for n in range(4)]
    with ThreadPoolExecutor(2) as pool:
        records = list(pool.map(store.write, batches))
    assert sorted(record.number for record in records) == [1, 2, 3, 4]
    assert store.select("Taxpayer").total == 5
    last = max(records, key=lambda record: record.number)
    assert names(store, "A") == [f"from {last.header.id[1:]}"]


def test_access_events_belong_to_no_batch_and_are_not_in_the_digest(store: GraphStore) -> None:
    written(store, Draft().firm("A").batch("b1"))
    before = digest(store)
    events = Draft().node("AccessEvent", "1", at=datetime(2026, 1, 1, tzinfo=UTC), operation="fetch")
    store.append_access(events.batch().nodes["AccessEvent"])
    store.append_access(Draft().node("AccessEvent", "2").batch().nodes["AccessEvent"])
    assert store.select("AccessEvent").table["batch_from"].to_pylist() == [0, 0]
    assert len(store.batches()) == 1
    assert digest(store) == before


def test_the_ledger_can_be_asked_like_nodes(store: GraphStore) -> None:
    written(store, Draft().firm("A").batch("b1", read=7), Draft().firm("B").batch("b2"))
    rows = store.select("Batch").table
    assert rows["id"].to_pylist() == ["b1", "b2"]
    assert rows["read"].to_pylist() == [7, 0]
    assert store.fetch("Batch", ["b2"])["state"].to_pylist() == ["committed"]


def test_existing_gives_current_versions_for_loaders(store: GraphStore) -> None:
    graph = Draft().node("Phone", "x", value="secret").node("Phone", "y")
    written(store, graph.batch("b1"), Draft().node("Phone", "x", value="newer").batch("b2"))
    rows = store.existing("Phone", pa.table({"id": ["x", "nothing"]}))
    assert rows["value"].to_pylist() == ["newer"]
    assert rows["batch_from"].to_pylist() == [2]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"from_type": ["Party"], "from_id": ["no:A"]}, ["1", "2"]),
        ({"to_type": ["Invoice"], "to_id": ["3"]}, ["3"]),
        ({"from_type": ["Party"], "from_id": ["no:A"], "to_type": ["Invoice"], "to_id": ["2"]}, ["2"]),
        ({"from_type": ["Person"], "from_id": ["no:A"]}, []),
    ],
)
def test_existing_relationships_are_found_by_either_end(
    store: GraphStore, keys: dict[str, list[str]], found: list[str]
) -> None:
    graph = Draft().invoice("1", seller="A").invoice("2", seller="A").invoice("3", seller="B").batch("b1")
    rows = written(store, graph).existing("SOLD", pa.table(keys))
    assert sorted(values(rows, "to_id")) == found
    assert set(rows["from_type"].to_pylist()) <= {"Party"}


def test_numbers_are_never_given_twice(store: GraphStore) -> None:
    written(store, Draft().firm("A").firm("C").batch("b1"), Draft().firm("B").firm("A").batch("b2"))
    rows = store.parties()
    assert rows["party_id"].to_pylist() == ["no:A", "no:C", "no:B"]
    assert len(set(rows["party"].to_pylist())) == 3
    assert rows["party"].to_pylist() == sorted(values(rows, "party"))


def test_a_failing_batch_leaves_nothing(store: GraphStore, tmp_path: Path) -> None:
    good = Draft().firm("A").invoice("1", seller="A", buyer="A")
    with pytest.raises(StoreError):
        store.write(good.link("SOLD", "no:A", "1").batch("b1"))
    assert [store.export(name).num_rows for name in ("Taxpayer", "Invoice", "SOLD", "PARTY_OF")] == [0, 0, 0, 0]
    assert store.write(Draft().firm("A").batch("b1")).number >= 1
