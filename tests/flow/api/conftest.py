"""A server over the two cities for each file of tests here; a file may ask for it on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.neo4j.server import Neo4jConnection
from tests.support.serving import Caller, Server, serving
from tests.support.stores import wipe
from tests.support.two_cities import ASH, two_cities


@pytest.fixture(scope="module")
def country(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the two cities, on the store that the file asks for (embedded if it asks for none)."""
    with opened(request, tmp_path_factory.mktemp("country")) as store:
        store.write(two_cities())
        with serving(store) as server:
            yield server


@pytest.fixture(scope="module")
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over nothing, on the store that the file asks for."""
    with opened(request, tmp_path_factory.mktemp("empty")) as store, serving(store) as server:
        yield server


@contextmanager
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[GraphStore]:
    """An empty store of the engine that a fixture is asked for."""
    if getattr(request, "param", "duckdb") == "neo4j":
        store = _on_neo4j(request.getfixturevalue("neo4j_server"))
    else:
        store = cast("GraphStore", DuckdbStore.open(folder / "graph.duckdb"))
    store.ensure_schema()
    yield store
    store.close()


@pytest.fixture(scope="module")
def root(country: Server) -> Caller:
    """An investigator of no bureau, who sees everything."""
    return country.caller(name="root")


@pytest.fixture(scope="module")
def ash(country: Server) -> Caller:
    """An investigator of the city of Ash."""
    return country.caller(bureau=ASH, name="ash")


def _on_neo4j(server: Neo4jConnection) -> GraphStore:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded tests run without the driver

    wipe(server)
    return cast("GraphStore", Neo4jStore.open(server.uri, user=server.user, password=server.password))
