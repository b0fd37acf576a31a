"""Stores of earlier releases: additions come by opening, migrations by their command, interrupted ones go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import duckdb
import pytest

from graph.errors import StoreError
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from tests.support.neo4j.server import Neo4jConnection
from tests.support.old_stores import DIGEST, poured, unpacked
from tests.support.small_graph import Draft
from tests.support.stores import wipe

MIGRATIONS = Path(__file__).parents[2] / "data" / "migrations"
OF_VERSION_0 = ("ALTER TABLE ledger RENAME COLUMN who TO loaded_by", "DROP VIEW k_batch", "DROP VIEW n_batch")


class Old:
    """A store as an earlier release left it, opened without a look at its version."""

    def __init__(self, opener: Callable[[], GraphStore], make_version_0: Callable[[], None]) -> None:
        self._opener, self.make_version_0 = opener, make_version_0
        self._opened: list[GraphStore] = []

    def open(self) -> GraphStore:
        """The store; the one opened before is closed."""
        self.close()
        self._opened.append(self._opener())
        return self._opened[-1]

    def close(self) -> None:
        """Close what is open."""
        while self._opened:
            self._opened.pop().close()


@pytest.fixture(params=["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """The stored two cities on one engine."""
    made = _on_server(request.getfixturevalue("neo4j_server")) if request.param == "neo4j" else _in_file(tmp_path)
    yield made
    made.close()


def _in_file(folder: Path) -> Old:
    path = unpacked(folder)

    def version_0() -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in ("DROP VIEW n_batch", "DROP VIEW k_batch", OF_VERSION_0[0]):
                connection.execute(statement)
            connection.execute("UPDATE meta SET value = '0' WHERE name = 'schema_version'")

    return Old(lambda: cast("GraphStore", DuckdbStore.open(path)), version_0)


def _on_server(server: Neo4jConnection) -> Old:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded suite runs without the driver

    wipe(server)
    poured(server)

    def version_0() -> None:
        with server.driver() as driver, driver.session() as session:
            session.run("MATCH (e:LedgerEntry) SET e.loaded_by = e.who REMOVE e.who").consume()
            session.run("MATCH (m:Meta {name: 'schema_version'}) SET m.value = '0'").consume()

    return Old(
        lambda: cast("GraphStore", Neo4jStore.open(server.uri, user=server.user, password=server.password)), version_0
    )


def test_an_earlier_store_opens_with_the_same_digest_and_takes_part_in_everything(old: Old) -> None:
    store = old.open()
    store.ensure_schema()
    assert digest(store)["digest"] == DIGEST
    assert [line.header.built_on for line in store.batches()] == [None, None]
    record = store.write(Draft().node("Taxpayer", "A1", name="renamed").batch("third", built_on=(1,)))
    assert record.number == 3
    store.withdraw("third")
    assert digest(store)["digest"] == DIGEST
    assert store.select("Batch").table["state"].to_pylist() == ["committed", "committed", "withdrawn"]
    again = old.open()
    again.ensure_schema()
    assert again.fetch("Taxpayer", ["A1"], as_of=AsOf(recorded=record.committed_at))["name"].to_pylist() == ["renamed"]


def test_a_store_of_an_earlier_version_is_refused_until_it_is_migrated(old: Old) -> None:
    old.make_version_0()
    with pytest.raises(StoreError) as refused:
        old.open().ensure_schema()
    assert (refused.value.code, refused.value.facts["found"]) == ("store.schema", "0")
    assert "schema migrate" in (refused.value.next_step or "")
    store = old.open()
    assert store.migrate(folder=MIGRATIONS) == ["0001-who-loaded"]
    store.ensure_schema()
    assert [line.header.who for line in store.batches()] == ["tester", "tester"]
    assert digest(store)["digest"] == DIGEST
    assert store.migrate(folder=MIGRATIONS) == []


def test_without_a_way_to_this_release_nothing_is_touched(old: Old, tmp_path: Path) -> None:
    old.make_version_0()
    with pytest.raises(StoreError) as refused:
        old.open().migrate(folder=tmp_path)
    assert (refused.value.code, refused.value.facts["missing"]) == ("store.migration", "1")
    assert old.open().migrate(folder=MIGRATIONS) == ["0001-who-loaded"]


def test_a_store_of_a_later_release_is_refused(old: Old) -> None:
    store = old.open()
    store.set_meta("schema_version", "7")
    for call in (store.ensure_schema, store.migrate):
        with pytest.raises(StoreError) as refused:
            call()
        assert (refused.value.code, refused.value.facts["found"]) == ("store.schema", "7")


def test_a_migration_that_breaks_off_goes_on_or_leaves_the_store_as_it_was(old: Old, tmp_path: Path) -> None:
    old.make_version_0()
    broken = {"duckdb.sql": "SELECT no_such_function();\n", "neo4j.cypher": "RETURN noSuchFunction();\n"}
    for path in MIGRATIONS.iterdir():
        first, _, rest = path.read_text(encoding="utf-8").partition(";\n")
        ending = path.name.partition(".")[2]
        (tmp_path / path.name).write_text(f"{first};\n{broken[ending]}{rest}", encoding="utf-8")
    with pytest.raises(StoreError):
        old.open().migrate(folder=tmp_path)
    with pytest.raises(StoreError) as refused:
        old.open().ensure_schema()
    assert refused.value.code == "store.schema"
    store = old.open()
    assert store.migrate(folder=MIGRATIONS) == ["0001-who-loaded"]
    store.ensure_schema()
    assert [line.header.who for line in store.batches()] == ["tester", "tester"]
    assert digest(store)["digest"] == DIGEST
