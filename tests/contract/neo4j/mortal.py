"""Loaders that die on request, and stores opened as processes of their own would. Used by this folder's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from tests.support.neo4j.server import Neo4jConnection

T = TypeVar("T")
QUICK = Habits(chunk=3, lease=0.2, wait=5.0)


class Died(BaseException):
    """The process of a loader ended here."""


class MortalServer(Server):
    """A server whose loader dies before its n-th write transaction, as `kill -9` would end it."""

    def __init__(self, *args: Any, dies_before: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.left = dies_before

    def write(self, work: Callable[[Work], T]) -> T:
        self.left -= 1
        if self.left < 0:
            raise Died
        return super().write(work)


class ForgetfulServer(Server):
    """A server whose answer to each write transaction is lost once, after the commit: the transaction is run again."""

    def write(self, work: Callable[[Work], T]) -> T:
        super().write(work)
        return super().write(work)


class Opener:
    """Opens any number of stores on one server, each as a process of its own would."""

    def __init__(self, connection: Neo4jConnection) -> None:
        self.connection = connection
        self._open: list[Neo4jStore] = []

    def __call__(self, habits: Habits = QUICK, *, dies_before: int | None = None) -> Neo4jStore:
        """A store; with `dies_before`, one whose process ends before that write transaction."""
        where = self.connection
        if dies_before is None:
            return self.on(Server(where.uri, where.user, where.password), habits)
        return self.on(MortalServer(where.uri, where.user, where.password, dies_before=dies_before), habits)

    def forgetful(self, habits: Habits = QUICK) -> Neo4jStore:
        """A store to which the answer of every write transaction is lost once."""
        where = self.connection
        return self.on(ForgetfulServer(where.uri, where.user, where.password), habits)

    def on(self, server: Server, habits: Habits) -> Neo4jStore:
        """A store on these connections, closed with the others."""
        store = Neo4jStore(server, habits)
        self._open.append(store)
        return store

    def close(self) -> None:
        """Close every store."""
        for store in self._open:
            store.close()
