"""The stores that the contract suite runs on: a fixture that opens each, empty, and can open it again.

`store_factory` is parametrised: `duckdb` (a file in a temporary folder) and `neo4j` (the session's server, wiped
before each test). A test that needs a restart asks the factory again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, cast

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore, WriteBatch
from tests.support.neo4j.server import Neo4jConnection


class StoreFactory(Protocol):
    """Opens the test's database, with its schema, as often as asked."""

    def __call__(self) -> GraphStore:
        """The same database, opened anew; the one opened before is closed."""
        ...


@pytest.fixture(params=["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreFactory]:
    """Opens an empty database of one engine."""
    opener = _neo4j(request) if request.param == "neo4j" else _duckdb(tmp_path)
    opened: list[GraphStore] = []

    def factory() -> GraphStore:
        while opened:
            opened.pop().close()
        store = opener()
        opened.append(store)
        store.ensure_schema()
        return store

    yield factory
    while opened:
        opened.pop().close()


@contextmanager
def beside() -> Iterator[GraphStore]:
    """Another embedded store, empty, for as long as the block lasts: what the one under test is compared with."""
    with TemporaryDirectory() as folder:
        opened = _duckdb(Path(folder))()
        try:
            opened.ensure_schema()
            yield opened
        finally:
            opened.close()


@pytest.fixture
def store(store_factory: StoreFactory) -> GraphStore:
    """An empty store."""
    return store_factory()


def _duckdb(folder: Path) -> Callable[[], GraphStore]:
    return lambda: cast("GraphStore", DuckdbStore.open(folder / "graph.duckdb"))


def _neo4j(request: pytest.FixtureRequest) -> Callable[[], GraphStore]:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded suite runs without the driver

    server: Neo4jConnection = request.getfixturevalue("neo4j_server")
    wipe(server)
    return lambda: cast("GraphStore", Neo4jStore.open(server.uri, user=server.user, password=server.password))


def wipe(server: Neo4jConnection) -> None:
    """Empty the server's database. Its constraints and indexes stay: they are the same for every test."""
    with server.driver() as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()


def written(store: GraphStore, *batches: WriteBatch) -> GraphStore:
    """The store after these batches."""
    for batch in batches:
        store.write(batch)
    return store
