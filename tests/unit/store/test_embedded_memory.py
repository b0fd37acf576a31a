"""What an open file remembers, and that it never hides what a later batch brought."""

from __future__ import annotations

from pathlib import Path

from graph.store.duckdb_parts.memory import Bounded
from graph.store.duckdb_store import DuckdbStore
from graph.store.questions import Direction
from tests.support.small_graph import Draft


def opened(path: Path) -> DuckdbStore:
    store = DuckdbStore.open(path)
    store.ensure_schema()
    return store


def represented(store: DuckdbStore, firm: str) -> list[str]:
    found = store.expand("Taxpayer", [firm], "LEGAL_REPRESENTATIVE_OF", Direction.IN, attributes=("name",))
    return [row["from_id"] for row in found.table.to_pylist()]


def test_a_relationship_that_comes_later_is_seen_by_whoever_asked_before(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().firm("A").firm("B").person("p", represents="B").batch("b1"))
    assert (represented(store, "A"), represented(store, "B")) == ([], ["p"])
    store.write(Draft().person("q", represents="A").batch("b2"))
    assert (represented(store, "A"), represented(store, "B")) == (["q"], ["p"])


def test_an_ended_node_is_gone_for_whoever_read_it_before(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().node("Person", "p", name="one").batch("b1"))
    assert store.fetch("Person", ["p"]).num_rows == 1
    store.write(Draft().end("Person", "p").batch("b2"))
    assert store.fetch("Person", ["p"]).num_rows == 0
    store.write(Draft().node("Person", "p", name="two").batch("b3"))
    assert store.fetch("Person", ["p"])["name"].to_pylist() == ["two"]


def test_reads_of_one_request_see_a_batch_that_lands_between_them(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().firm("A").batch("b1"))
    with store.deadline(60):
        assert represented(store, "A") == []
        store.write(Draft().person("q", represents="A").batch("b2"))
        assert represented(store, "A") == ["q"]


def test_a_setting_is_read_again_once_it_is_changed(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    assert store.meta("of a test") is None
    store.set_meta("of a test", "one")
    assert store.meta("of a test") == "one"
    store.set_meta("of a test", "two")
    assert store.meta("of a test") == "two"


def test_a_full_memory_forgets_its_oldest_entry() -> None:
    memory: Bounded[str, int] = Bounded(2)
    for place, key in enumerate("abc"):
        memory.put(key, place)
    assert [memory.get(key) for key in "abc"] == [None, 1, 2]
