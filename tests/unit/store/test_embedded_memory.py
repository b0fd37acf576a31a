"""What an open file remembers, and that it never hides what a later batch brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from graph.errors import QueryError
from graph.model.vocabulary import node_type, relationship_type
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.hopping import hops
from graph.store.duckdb_parts.key_index import SCANS
from graph.store.duckdb_parts.linked import Sources, Standing
from graph.store.duckdb_parts.memory import Bounded, Memory
from graph.store.duckdb_parts.points import Looking, numbers_of
from graph.store.duckdb_parts.schema import first_number, rows_of
from graph.store.duckdb_store import DuckdbStore
from graph.store.questions import NOW, ROOT, AsOf, Direction
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


def test_ids_that_are_asked_often_are_found_as_before(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    people = Draft()
    for number in range(3 * SCANS):
        people.node("Person", f"p{number}", name=f"name {number}")
    store.write(people.batch("b1"))
    for number in range(3 * SCANS):
        found = store.fetch("Person", [f"p{number}", f"nobody {number}"], columns=["name"])
        assert found.to_pylist() == [{"id": f"p{number}", "name": f"name {number}", "asked": f"p{number}"}]
    assert store.fetch("Person", ["late"]).num_rows == 0
    store.write(Draft().node("Person", "late").node("Person", "p0", name="again").batch("b2"))
    assert store.fetch("Person", ["p0", "late"])["name"].to_pylist() == ["again", None]


def test_two_ids_of_one_hash_are_told_apart_by_their_text(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().node("Person", "p").node("Person", "q").batch("b1"))
    with store._looking(NOW, ROOT) as (reader, view):  # noqa: SLF001 - what no public question can bring about
        looking = Looking(reader, Collided(), view)
        assert numbers_of(looking, node_type("Person"), ["q", "r"]) == {"q": first_number("Person") + 1}


class Collided(Memory):
    """A memory whose index gives both people for every id."""

    def candidates(self, reader: Reader, type_name: str, ids: Sequence[str], batch: int) -> Mapping[str, Sequence[int]]:
        """As for ids that share a hash."""
        del reader, batch
        return {key: [first_number(type_name), first_number(type_name) + 1] for key in ids}


def test_sources_of_a_target_grow_with_the_batches(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    sources, roles = Sources(), rows_of(relationship_type("LEGAL_REPRESENTATIVE_OF"))
    store.write(Draft().firm("A").firm("B").person("p", represents="A").person("q", represents="A").batch("b1"))
    party, person = first_number("Party"), first_number("Person")
    with store._looking(NOW, ROOT) as (reader, _):  # noqa: SLF001 - the index reads as the store does
        assert sources.of(reader, roles, [party], 1) == [person, person + 1]
        assert sources.of(reader, roles, [party + 1], 1) == []
    store.write(Draft().person("r", represents="B").batch("b2"))
    with store._looking(NOW, ROOT) as (reader, _):  # noqa: SLF001 - as above
        assert sources.of(reader, roles, [party + 1], 1) == []
        assert sources.of(reader, roles, [party, party + 1], 2) == [person, person + 1, person + 2]


def test_an_answer_has_the_columns_that_are_asked_for(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().firm("A").person("p", represents="A").batch("b1"))
    role = store.expand("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", Direction.IN, columns=["valid_to"]).table
    whole = store.expand("Taxpayer", ["A"], "LEGAL_REPRESENTATIVE_OF", Direction.IN).table
    assert role.column_names == [
        "key",
        "from_type",
        "from_id",
        "to_type",
        "to_id",
        "valid_to",
        "party",
        "hidden",
        "province",
    ]
    assert role.to_pylist() == whole.select(role.column_names).to_pylist()
    with pytest.raises(QueryError, match="no such property"):
        store.fetch("Person", ["p"], columns=["height"])


def moving(path: Path) -> Iterator[DuckdbStore]:
    """A store after its first batch, and again after its second, in which party `no:B` goes from firm B to A."""
    store = opened(path)
    store.write(Draft().firm("A").firm("B").batch("b1"))
    yield store
    store.write(Draft().link("PARTY_OF", "no:B", "A").end("PARTY_OF", "no:B", "B").batch("b2"))
    yield store


def test_rows_that_stand_are_those_of_the_newest_state_alone(tmp_path: Path) -> None:
    standing, table = Standing(), rows_of(relationship_type("PARTY_OF"))
    party, firm = first_number("Party"), first_number("Taxpayer")
    steps = moving(tmp_path / "g.duckdb")
    with next(steps)._looking(NOW, ROOT) as (reader, _):  # noqa: SLF001 - the index reads as the store does
        assert standing.of(reader, table, [party + 1, party], 1) == [(party, firm), (party + 1, firm + 1)]
    with next(steps)._looking(NOW, ROOT) as (reader, _):  # noqa: SLF001 - as above
        assert standing.of(reader, table, [party + 1], 2) == [(party + 1, firm)]
        assert standing.of(reader, table, [party + 1], 1) is None


def test_what_left_a_node_leads_there_no_more(tmp_path: Path) -> None:
    *_, store = moving(tmp_path / "g.duckdb")
    party, firm = first_number("Party"), first_number("Taxpayer")
    with store._looking(NOW, ROOT) as (reader, view):  # noqa: SLF001 - as above
        looking, kind = Looking(reader, Memory(), view), relationship_type("PARTY_OF")
        assert hops(looking, kind, Direction.IN, [firm + 1]) == []
        assert hops(looking, kind, Direction.IN, [firm, firm + 1]) == [(firm, party), (firm, party + 1)]
        assert hops(looking, kind, Direction.OUT, [party + 1]) == [(party + 1, firm)]


def test_whoever_asks_for_the_past_first_is_told_the_past(tmp_path: Path) -> None:
    *_, store = moving(tmp_path / "g.duckdb")
    then = AsOf(recorded=store.batches()[0].committed_at)
    store.close()
    store = opened(tmp_path / "g.duckdb")
    told = [
        store.expand("Party", ["no:B"], "PARTY_OF", Direction.OUT, columns=(), as_of=as_of).table["to_id"].to_pylist()
        for as_of in (then, NOW, then)
    ]
    assert told == [["B"], ["A"], ["B"]]
