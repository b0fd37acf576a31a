"""The stores whose loads are killed: how a process opens one, and how it is named to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from graph.store.duckdb_store import DuckdbStore
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from graph.store.port import GraphStore
from loaders import LoadOptions
from tests.support.batches import KEY
from tests.support.neo4j.server import Neo4jConnection, connection_from

FILE: Final = "TAXGRAPH_KILLS_FILE"
TELL: Final = "TAXGRAPH_KILLS_TELL"
OPTIONS: Final = LoadOptions(hmac_key=KEY, who="a loader that dies")
# Chunks so small that a load of few rows has many, and a lease that the next load need not wait for.
HABITS: Final = Habits(chunk=7, lease=0.3, wait=30.0)


class Subject(Protocol):
    """A store that any process can open."""

    def open(self) -> GraphStore:
        """A store with its schema, as a process of its own would open it."""
        ...

    def as_environment(self) -> dict[str, str]:
        """Variables by which `subject_from` finds it."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedSubject:
    """A DuckDB file."""

    file: Path

    def open(self) -> GraphStore:
        """Open the file."""
        store = DuckdbStore.open(self.file)
        store.ensure_schema()
        return store

    def as_environment(self) -> dict[str, str]:
        """Its path."""
        return {FILE: str(self.file)}


@dataclass(frozen=True, slots=True)
class ServerSubject:
    """A Neo4j server."""

    connection: Neo4jConnection

    def open(self) -> GraphStore:
        """Connect."""
        where = self.connection
        store = Neo4jStore.open(where.uri, user=where.user, password=where.password, habits=HABITS)
        store.ensure_schema()
        return store

    def as_environment(self) -> dict[str, str]:
        """Its address and password."""
        return self.connection.as_environment()


def subject_from(environment: Mapping[str, str]) -> Subject:
    """The subject that these variables name."""
    if file := environment.get(FILE):
        return EmbeddedSubject(Path(file))
    connection = connection_from(environment)
    assert connection is not None, "the harness names a store"
    return ServerSubject(connection)
