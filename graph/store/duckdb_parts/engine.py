"""The open file: connections, deadlines and the translation of the driver's errors. Used by every embedded part.

A read runs on a cursor of its own inside one transaction, so that all its statements see one state, from any thread.
Writes run one at a time on a cursor of their own. No driver exception leaves this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from graph.errors import LimitError, StoreBusyError, StoreError, TaxgraphError


@dataclass(slots=True)
class Parameters:
    """Values of one statement: `add` gives the name to write in its place."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        """Keep a value and return its placeholder."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"


class Reader:
    """One cursor inside one transaction; statements answer with Arrow tables."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def table(self, statement: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a statement."""
        values = parameters.values if parameters else {}
        # sql(), not execute(): the latter copies Arrow answers once more
        answer = self._cursor.sql(statement, params=values) if values else self._cursor.sql(statement)
        table: pa.Table = answer.to_arrow_table()
        return table

    def number(self, statement: str, parameters: Parameters | None = None) -> int:
        """The single number a statement gives."""
        # fetchall: a result that is not read to its end blocks the connection
        rows = self._cursor.execute(statement, parameters.values if parameters else {}).fetchall()
        return int(rows[0][0]) if rows and rows[0][0] is not None else 0

    def run(self, statement: str, parameters: Parameters | None = None) -> None:
        """A statement without rows."""
        self._cursor.execute(statement, parameters.values if parameters else {})

    def lend(self, name: str, table: pa.Table) -> None:
        """Let statements of this cursor read an Arrow table under a name."""
        self._cursor.register(name, table)

    def release(self, name: str) -> None:
        """Let go of a lent table."""
        self._cursor.unregister(name)

    def interrupt(self) -> None:
        """End the statement that runs on this cursor, if one does; from any thread."""
        self._cursor.interrupt()


class Engine:
    """An open DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout
        self._deadline = threading.local()
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._guard = threading.Lock()
        self.loading = threading.RLock()  # held by the one batch that is being written
        self._alone = threading.RLock()  # held by a small write; those touch no table that batches touch

    @classmethod
    def open(cls, path: Path, *, read_only: bool, settings: Mapping[str, Any], timeout: float | None) -> Engine:
        """Open or create the file. The caller translates a refused lock (`duckdb.IOException`)."""
        connection = duckdb.connect(str(path), read_only=read_only, config=dict(settings))
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # A whole row group is written while the next one is filled: less memory, and less left for the commit.
        connection.execute("SET GLOBAL write_buffer_row_group_count = 1")
        return cls(connection, timeout)

    def close(self) -> None:
        """Release the file; checkpoints what was committed."""
        self._connection.close()

    def interrupt(self) -> None:
        """End every running statement; their callers get LimitError `limit.time`."""
        with self._guard:
            for cursor in self._running:
                cursor.interrupt()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Reads of this thread inside the block end after `seconds` each."""
        before = getattr(self._deadline, "seconds", None)
        self._deadline.seconds = seconds
        try:
            yield
        finally:
            self._deadline.seconds = before

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent state to read from, with the deadline that applies."""
        seconds = getattr(self._deadline, "seconds", None) or self._timeout
        with translated(), self._cursor(seconds) as cursor:
            cursor.begin()
            yield Reader(cursor)
            cursor.rollback()

    @contextmanager
    def writing(self) -> Iterator[Reader]:
        """One small transaction, committed if the block ends well and undone otherwise; they wait for each other."""
        with self._alone, self._transaction() as cursor:
            yield Reader(cursor)
            cursor.commit()

    @contextmanager
    def batching(self) -> Iterator[tuple[Reader, Callable[[], object]]]:
        """The one transaction of a batch and what commits it; undone unless that was called."""
        with self.loading, self._transaction() as cursor:
            yield Reader(cursor), cursor.commit

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside a transaction, which is rolled back at the end if it is still open."""
        with translated(), self._cursor(None) as cursor:
            cursor.begin()
            try:
                yield cursor
            finally:
                with suppress(duckdb.TransactionException):  # committed: none is open
                    cursor.rollback()

    @contextmanager
    def _cursor(self, seconds: float | None) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        timer = threading.Timer(seconds, cursor.interrupt) if seconds else None
        with self._guard:
            self._running.add(cursor)
        if timer:
            timer.daemon = True
            timer.start()
        try:
            yield cursor
        finally:
            if timer:
                timer.cancel()
            with self._guard:
                self._running.discard(cursor)
            cursor.close()


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ours. Their text may quote data, so it stays in the chain and out of the message."""
    try:
        yield
    except TaxgraphError:
        raise
    except duckdb.InterruptException as error:
        raise LimitError(
            "The question took longer than its time limit.",
            code="limit.time",
            next_step="Ask for less: a shorter span, fewer hops or a smaller limit.",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise LimitError(
            "The question needs more memory than the store may use.",
            code="limit.memory",
            next_step="Ask for less, or raise TAXGRAPH_MEMORY_LIMIT.",
        ) from error
    except duckdb.TransactionException as error:
        raise StoreBusyError("Another writer changed the same rows.", next_step="Try again.") from error
    except duckdb.Error as error:
        raise StoreError(
            "The embedded store refused a statement.",
            code="store.failed",
            next_step="Check free disk space and the file's health with `taxgraph doctor`.",
            reason=type(error).__name__,
        ) from error
