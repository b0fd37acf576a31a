"""The open file: connections, deadlines and the translation of the driver's errors. Used by every embedded part.

A read runs on a cursor of its own inside one transaction, so that all its statements see one state, from any thread.
Writes run one at a time on a cursor of their own. No driver exception leaves this module.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.errors import LimitError, StoreBusyError, StoreError, TaxgraphError
from graph.store.duckdb_parts.deadlines import TICK_SECONDS, Deadlines

_LONGEST_SHARED_SECONDS = 0.2
_CLOSING_TRIES = 50


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

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, known: dict[str, list[tuple[Any, ...]]] | None = None
    ) -> None:
        self._cursor = cursor
        self._known = known if known is not None else {}
        self._lent: dict[str, Any] = {"__builtins__": __builtins__}

    def table(self, statement: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of a statement."""
        values = parameters.values if parameters else {}
        # sql(), not execute(): the latter copies Arrow answers once more
        answer = self._ask(self._cursor.sql, statement, {"params": values} if values else {})
        table: pa.Table = answer.to_arrow_table()
        return table

    def stream(self, statement: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Rows of a statement in record batches, none of which is kept; nothing else runs on this cursor meanwhile."""
        yield from self._ask(self._cursor.sql, statement, {}).to_arrow_reader(rows)

    def number(self, statement: str, parameters: Parameters | None = None) -> int:
        """The single number a statement gives."""
        # fetchall: a result that is not read to its end blocks the connection
        rows = self.rows(statement, parameters)
        return int(rows[0][0]) if rows and rows[0][0] is not None else 0

    def rows(self, statement: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Rows of a statement that gives few: for these an Arrow table costs more than reading them."""
        found: list[tuple[Any, ...]] = self._execute(statement, parameters).fetchall()
        return found

    def rows_once(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement without parameters, remembered while reads share this transaction."""
        if statement not in self._known:
            self._known[statement] = self.rows(statement)
        return self._known[statement]

    def longs(self, statement: str) -> npt.NDArray[np.int64]:
        """The one column of whole numbers that a statement gives."""
        column = self.table(statement).column(0)
        return np.asarray(column.to_numpy(), dtype=np.int64)

    def run(self, statement: str, parameters: Parameters | None = None) -> None:
        """A statement without rows."""
        self._execute(statement, parameters)

    def lend(self, name: str, table: pa.Table) -> None:
        """Let statements of this cursor read an Arrow table under a name."""
        self._lent[name] = table

    def lend_stream(self, name: str, batches: pa.RecordBatchReader) -> None:
        """Let one statement of this cursor read record batches under a name, once."""
        self._lent[name] = batches

    def release(self, name: str) -> None:
        """Let go of a lent table."""
        self._lent.pop(name, None)

    def _execute(self, statement: str, parameters: Parameters | None) -> Any:
        return self._ask(self._cursor.execute, statement, {"parameters": parameters.values} if parameters else {})

    def _ask(self, ask: Callable[..., Any], statement: str, options: Mapping[str, Any]) -> Any:
        """Run a statement that may name lent tables.

        The driver looks for a table that the file does not have among the variables of the code that calls it.
        Registering a table would make a view instead, and a view that is replaced inside a transaction keeps its
        table until the end: all rows of a batch would stay in memory.
        """
        caller = FunctionType(_asked.__code__, self._lent)
        return caller(ask, statement, options)

    def interrupt(self) -> None:
        """End the statement that runs on this cursor, if one does; from any thread."""
        self._cursor.interrupt()


def _asked(ask: Callable[..., Any], statement: str, options: Mapping[str, Any]) -> Any:
    return ask(statement, **options)


class Engine:
    """An open DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout
        self._local = _OfThread()
        self._deadlines = Deadlines()
        weakref.finalize(self, self._deadlines.close)  # also for a store that nobody closed
        self.loading = threading.RLock()  # held by the one batch that is being written
        self._alone = threading.RLock()  # held by a small write; those touch no table that batches touch

    @classmethod
    def open(cls, path: Path, *, read_only: bool, settings: Mapping[str, Any], timeout: float | None) -> Engine:
        """Open or create the file. The caller translates a refused lock (`duckdb.IOException`)."""
        connection = duckdb.connect(str(path), read_only=read_only, config=dict(settings))
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Freed memory is kept for what comes next; it goes back to the system with the seconds, not after each task.
        connection.execute("SET GLOBAL allocator_flush_threshold = '64GB'")
        connection.execute("SET GLOBAL allocator_bulk_deallocation_flush_threshold = '64GB'")
        # A whole row group is written while the next one is filled: less memory, and less left for the commit.
        connection.execute("SET GLOBAL write_buffer_row_group_count = 1")
        return cls(connection, timeout)

    def close(self) -> None:
        """End what other threads still run and release the file; checkpoints what was committed."""
        self._deadlines.close()
        for _ in range(_CLOSING_TRIES):
            with suppress(duckdb.ResourceInUseException):  # a cursor is just being given back
                self._connection.close()
                return
            time.sleep(TICK_SECONDS)
        with translated():
            self._connection.close()

    def interrupt(self) -> None:
        """End every running statement; their callers get LimitError `limit.time`."""
        self._deadlines.interrupt()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Reads of this thread inside the block end after `seconds` each, and share a cursor (see `_Shared`)."""
        before = self._local.seconds, self._local.shared
        shared = before[1] or _Shared(self._connection)
        self._local.seconds, self._local.shared = seconds, shared
        try:
            yield
        finally:
            self._local.seconds, self._local.shared = before
            if shared is not before[1]:
                shared.close()

    @contextmanager
    def reading(self, state: object = None) -> Iterator[Reader]:
        """One consistent state to read from, with the deadline that applies.

        `state`: which committed state the caller means; inside `deadline` reads of one state may share a transaction.
        """
        seconds = self._local.seconds or self._timeout
        shared = self._local.shared
        if shared is None or state is None or shared.busy:
            with translated(), self._cursor(seconds) as cursor:
                cursor.begin()
                yield Reader(cursor)
                cursor.rollback()
            return
        with translated(), shared.reading(state) as cursor:
            self._deadlines.begin(cursor, seconds)
            try:
                yield Reader(cursor, shared.known)
            finally:
                self._deadlines.end(cursor)

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
        with closing(self._connection.cursor()) as cursor:
            self._deadlines.begin(cursor, seconds)
            try:
                yield cursor
            finally:
                self._deadlines.end(cursor)


class _OfThread(threading.local):
    """What `deadline` set for this thread."""

    seconds: float | None = None
    shared: _Shared | None = None


class _Shared:
    """A cursor that the reads of one request share, and its transaction while they mean the same state.

    A cursor and a transaction cost as much as a small read. A transaction is not held for long: while it is open, the
    file cannot be checkpointed.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._cursor = connection.cursor()
        self._state: object = None
        self._begun = 0.0
        self.busy = False
        self.known: dict[str, list[tuple[Any, ...]]] = {}

    @contextmanager
    def reading(self, state: object) -> Iterator[duckdb.DuckDBPyConnection]:
        """The cursor inside a transaction that sees `state`; a read that failed ends it."""
        if state is not self._state or time.monotonic() - self._begun > _LONGEST_SHARED_SECONDS:
            self._end()
            self._cursor.begin()
            self._state, self._begun = state, time.monotonic()
        self.busy = True
        try:
            yield self._cursor
        except BaseException:
            self._end()
            raise
        finally:
            self.busy = False

    def _end(self) -> None:
        self.known = {}
        if self._state is not None:
            self._state = None
            self._cursor.rollback()

    def close(self) -> None:
        """Give the cursor back."""
        with translated():
            self._end()
            self._cursor.close()


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
