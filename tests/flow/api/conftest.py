"""One server over the two cities for all tests of this folder that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, Server, serving
from tests.support.two_cities import ASH, two_cities


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the two cities."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("country") / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    with serving(store) as server:
        yield server
    store.close()


@pytest.fixture(scope="session")
def root(country: Server) -> Caller:
    """An investigator of no bureau, who sees everything."""
    return country.caller(name="root")


@pytest.fixture(scope="session")
def ash(country: Server) -> Caller:
    """An investigator of the city of Ash."""
    return country.caller(bureau=ASH, name="ash")
