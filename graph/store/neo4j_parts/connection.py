"""The one place that talks to a Neo4j server: sessions, access modes, timeouts, retries.

Reads run in READ sessions (the server refuses writes there, and a `neo4j://` address sends them to replicas), each
with a timeout that the server enforces. Bookmarks make every read see this process's own writes. Called by all parts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, Self, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, ManagedTransaction, Query, Transaction

from graph.errors import TaxgraphError
from graph.store.neo4j_parts.faults import DriverFault, may_retry, translated

T = TypeVar("T")
Row = list[Any]
_FETCH = 5_000  # records the driver holds at once
_STREAM_FETCH = 4  # the same where a record is a page of rows
_READ_ATTEMPTS = 5
_WRITE_ATTEMPTS = 9  # 13 s in all: a cluster may choose a new leader meanwhile
_FIRST_PAUSE = 0.05  # seconds; doubles with each attempt


class Asking(Protocol):
    """Whatever runs a reading statement: a server in a session of its own, or a write transaction."""

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """All rows of a statement."""
        ...


class Work:
    """A write transaction as the parts see it: statements in, rows out."""

    def __init__(self, transaction: Transaction | ManagedTransaction) -> None:
        self._transaction = transaction

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """All rows of a statement."""
        return self._transaction.run(statement, parameters).values()


class Led(Work):
    """A write transaction whose caller decides between its statements; undone by `close` unless it was committed."""

    def __init__(self, session: Any, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._session = session
        self._led = transaction

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """All rows of a statement. A failure ends the transaction: it is not run again."""
        try:
            return super().rows(statement, **parameters)
        except DriverFault as error:
            raise translated(error) from None

    def commit(self) -> None:
        """Make it last; after StoreBusyError nobody knows whether it does."""
        try:
            self._led.commit()
        except DriverFault as error:
            raise translated(error) from None

    def close(self) -> None:
        """Undo what was not committed, and give the connection back."""
        with suppress(*DriverFault):  # the server undoes it when the connection is gone
            self._session.close()


class Server:
    """A connection pool. Its repr names the address alone."""

    def __init__(
        self, address: str, user: str, password: str, *, database: str | None = None, timeout: float = 60.0
    ) -> None:
        self.address = address
        self._timeout = timeout
        self._database = database
        self._connect = partial(_driver, address, user, password)
        self._driver = self._connect()
        self._bookmarks = GraphDatabase.bookmark_manager()

    def __repr__(self) -> str:
        return f"Server({self.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._driver.close()

    def reconnect(self) -> None:
        """Begin anew, for a database that is another one than before: bookmarks of the old one mean nothing to it."""
        self._driver = self._connect()
        self._bookmarks = GraphDatabase.bookmark_manager()

    def _session(self, access: str, fetch: int = _FETCH) -> Any:
        return self._driver.session(
            default_access_mode=access,
            database=self._database,
            bookmark_manager=self._bookmarks,
            fetch_size=fetch,
        )

    def rows(self, statement: str, *, timeout: float | None = None, **parameters: Any) -> list[Row]:
        """All rows of a reading statement; LimitError `limit.time` when the timeout ends it."""
        asked = Query(statement, timeout=timeout or self._timeout)

        def read() -> list[Row]:
            with self._session(READ_ACCESS) as session:
                return cast("list[Row]", session.run(asked, parameters).values())

        return self._tried(read, _READ_ATTEMPTS)

    def stream(self, statement: str, **parameters: Any) -> Iterator[Row]:
        """Large rows one by one, for answers of any size. It is not retried: what was given cannot be taken back."""
        asked = Query(statement)
        try:
            with self._session(READ_ACCESS, fetch=_STREAM_FETCH) as session:
                for record in session.run(asked, parameters):
                    yield record.values()
        except DriverFault as error:
            raise translated(error) from None

    def alter(self, statement: str, **parameters: Any) -> list[Row]:
        """An idempotent writing statement that runs by itself: schema, or `CALL … IN TRANSACTIONS`."""

        def run() -> list[Row]:
            with self._session(WRITE_ACCESS) as session:
                return cast("list[Row]", session.run(statement, parameters).values())

        return self._tried(run, _WRITE_ATTEMPTS)

    def write(self, work: Callable[[Work], T]) -> T:
        """One write transaction around `work`, run again while the driver calls its failure retryable.

        `work` must be safe to run twice: it finds out first whether its last attempt was committed after all.
        """

        def run() -> T:
            with self._session(WRITE_ACCESS) as session, session.begin_transaction() as transaction:
                done = work(Work(transaction))
                transaction.commit()
            return done

        return self._tried(run, _WRITE_ATTEMPTS)

    def lead(self, first: Callable[[Work], T], *, seconds: float) -> tuple[Led, T]:
        """A write transaction to be led, and what `first` found in it.

        Until `first` is done, it begins anew while the driver calls its failure retryable. After `seconds` without an
        end the server undoes it: what it locks must not wait for a process that hangs.
        """

        def begin() -> tuple[Led, T]:
            session = self._session(WRITE_ACCESS)
            try:
                transaction = session.begin_transaction(timeout=seconds)
                return Led(session, transaction), first(Work(transaction))
            except BaseException:
                with suppress(*DriverFault):
                    session.close()
                raise

        return self._tried(begin, _WRITE_ATTEMPTS)

    def _tried(self, run: Callable[[], T], attempts: int) -> T:
        for attempt in range(attempts):
            try:
                return run()
            except DriverFault as error:
                if attempt == attempts - 1 or not may_retry(error):
                    raise translated(error) from None
                time.sleep(_FIRST_PAUSE * 2**attempt)
        raise AssertionError


def _driver(address: str, user: str, password: str) -> Driver:
    try:
        return GraphDatabase.driver(
            address, auth=(user, password), notifications_min_severity="OFF", user_agent="taxgraph"
        )
    except (*DriverFault, ValueError) as error:
        raise _as_ours(error) from None


def _as_ours(error: Exception) -> TaxgraphError:
    if isinstance(error, ValueError):
        return TaxgraphError("The address of the Neo4j server is not understood.", code="settings.store")
    return translated(error)
