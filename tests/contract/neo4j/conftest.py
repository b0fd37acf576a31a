"""Stores on the session's real server, emptied before each test, with chunks so small that a test can die in one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.store.neo4j_parts.connection import Server
from tests.contract.neo4j.mortal import Opener
from tests.support.neo4j.server import Neo4jConnection, Neo4jOptions, Neo4jServer
from tests.support.stores import wipe


@pytest.fixture(scope="session")
def own_neo4j_server() -> Iterator[Neo4jServer]:
    """A small server that tests may stop, kill and start; the session's is shared with other folders."""
    with Neo4jServer(Neo4jOptions(heap_max="512m", page_cache="128m", brief=True)) as server:
        yield server


@pytest.fixture
def opener(neo4j_server: Neo4jConnection) -> Iterator[Opener]:
    """Stores on an empty database with its schema."""
    wipe(neo4j_server)
    opened = Opener(neo4j_server)
    opened().ensure_schema()
    yield opened
    opened.close()


@pytest.fixture
def server(neo4j_server: Neo4jConnection) -> Iterator[Server]:
    """A bare connection."""
    with Server(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as opened:
        yield opened
