"""The staging database: an in-memory DuckDB (or a temporary file under a memory limit) that one load works in.

Opened by `loaders.run`, used by contracts, claims and resolve. Nothing of it outlives the load.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from graph.errors import DataError
from graph.model.vocabulary import NODE_TYPES
from graph.stopping import Stop, cancelled_error
from loaders.staging.freshness import Fresh
from loaders.staging.gaps import Key, gaps_key
from loaders.staging.macros import MACROS
from loaders.staging.values import VALUE_MACROS

Item = TypeVar("Item")
Result = TypeVar("Result")
NODE_NAMES, FILE_NAMES, SOURCE_NAMES = "node_names", "file_names", "source_names"  # lists of text (SQL ENUM)
# Provenance of what identity resolution says.
RESOLVED = (
    "'resolve' AS prov_source, NULL::VARCHAR AS prov_file, NULL::BIGINT AS prov_row, "
    "NULL::TIMESTAMP AS prov_first_at, NULL::TIMESTAMP AS prov_as_at, 1::BIGINT AS claims"
)
_BLOCK = 64  # of SHA-256, for HMAC's pads


@dataclass(frozen=True, slots=True)
class StagingOptions:
    """Memory limit (e.g. `4GB`; None: DuckDB's own), threads (None: all), and a folder to spill into."""

    memory_limit: str | None = None
    threads: int | None = None
    folder: str | None = None


@dataclass(slots=True)
class Staging:
    """A staging database with the macros installed, and a few verbs. Temporary objects belong to one thread."""

    main: duckdb.DuckDBPyConnection
    session: Callable[[duckdb.DuckDBPyConnection], None]
    threads: int
    stop: Stop
    gaps_key: Key = field(repr=False)
    guards: ExitStack = field(default_factory=ExitStack)
    fresh: Fresh = field(default_factory=Fresh)
    _names: count[int] = field(default_factory=count)
    _local: threading.local = field(default_factory=threading.local)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection of this thread."""
        found: duckdb.DuckDBPyConnection = getattr(self._local, "connection", self.main)
        return found

    def on_each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """`work` on every item, several at once; results in order. The first error in order is raised.

        Most statements on few rows keep one core busy only. Each item gets a connection of its own: what it creates
        TEMP or lends is gone when it ends.
        """
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            return list(pool.map(lambda item: self._alone(work, item), items))

    def _alone(self, work: Callable[[Item], Result], item: Item) -> Result:
        with _translated(), self.main.cursor() as connection, self.stop.interrupting(connection.interrupt):
            self.session(connection)
            self._local.connection = connection
            try:
                return work(item)
            finally:
                del self._local.connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything."""
        self.guards.close()
        self.main.close()

    def run(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> None:
        """Execute a statement."""
        self._execute(sql, parameters)

    def table(self, sql: str) -> pa.Table:
        """The answer of a query as an Arrow table."""
        self.stop.check()
        with _translated():
            answer: pa.Table = self.connection.sql(sql).to_arrow_table()
            return answer

    def value(self, sql: str, parameters: Sequence[object] | None = None) -> Any:
        """The single value of a query; None without a row."""
        rows = self._execute(sql, parameters)
        return rows[0][0] if rows else None

    def rows(self, sql: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        return self._execute(sql, parameters)

    def take(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as `name`, without a copy; an older one of that name is forgotten."""
        self.forget(name)
        with _translated():
            self.connection.register(name, table)

    def forget(self, name: str) -> None:
        """Let go of an Arrow table."""
        with _translated():
            self.connection.unregister(name)

    def keep(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into a staging table `name`."""
        source = f"arrow_{next(self._names)}"
        self.take(source, table)
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS FROM {source}')
        self.forget(source)

    def list_texts(self, name: str, texts: Iterable[str]) -> None:
        """Make the type `name` of these texts: a column of it holds indices, and orders as text does."""
        listed = ", ".join("'" + text.replace("'", "''") + "'" for text in sorted(set(texts)))
        self.run(f"CREATE TYPE {name} AS ENUM ({listed})")

    def is_view(self, name: str) -> bool:
        """Whether `name` is a view."""
        return bool(self.value("SELECT count(*) FROM duckdb_views() WHERE view_name = ?", [name]))

    def drop(self, name: str) -> None:
        """Remove a table or view."""
        self.run(f'DROP {"VIEW" if self.is_view(name) else "TABLE"} "{name}"')

    def names(self) -> set[str]:
        """All tables and views."""
        found = self.rows("SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()")
        return {row[0] for row in found}

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""
        return name in self.names()

    def _execute(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        """All rows: an unfinished result blocks the connection."""
        self.stop.check()
        with _translated():
            made = self.connection.execute(sql, parameters) if parameters else self.connection.execute(sql)
            return made.fetchall()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException as error:  # nothing else interrupts the staging area
        raise cancelled_error() from error
    except duckdb.OutOfMemoryException as error:
        raise DataError(
            "The load needs more memory than the staging area may use.",
            code="data.memory",
            next_step="Load fewer files at once, or raise the memory limit.",
        ) from error


def open_staging(options: StagingOptions, *, hmac_key: bytes, zone: str, stop: Stop | None = None) -> Staging:
    """A fresh staging database.

    `hmac_key` keys persons, contacts and individuals' numbers; `zone` (IANA) is where times without an offset are at
    home; `stop` interrupts its statements.
    """
    connection = duckdb.connect(":memory:")
    settings = {
        "TimeZone": "UTC",
        "memory_limit": options.memory_limit,
        "threads": options.threads,
        "temp_directory": options.folder,
        "preserve_insertion_order": "false",
        # Nothing here is ever written to a file. Freed memory is kept: the next slice takes it at once.
        "checkpoint_threshold": "1TB",
        "allocator_flush_threshold": "64GB",
        "allocator_bulk_deallocation_flush_threshold": "64GB",
    }
    for name, value in settings.items():
        if value is not None:
            connection.execute(f"SET GLOBAL {name} = '{value}'")

    def session(opened: duckdb.DuckDBPyConnection) -> None:
        for name, pad in (("hmac_inner", 0x36), ("hmac_outer", 0x5C)):
            opened.execute(f"SET VARIABLE {name} = ?", [_padded(hmac_key, pad)])
        opened.execute("SET VARIABLE zone = ?", [zone])

    session(connection)
    for macro in (*MACROS, *VALUE_MACROS):
        connection.execute(macro)
    threads = options.threads or os.cpu_count() or 1
    staging = Staging(connection, session, threads, stop or Stop(), gaps_key(hmac_key))
    staging.guards.enter_context(staging.stop.interrupting(connection.interrupt))
    staging.list_texts(NODE_NAMES, (kind.name for kind in NODE_TYPES))
    return staging


def _padded(key: bytes, pad: int) -> bytes:
    """The key xor a pad, one SHA-256 block long (RFC 2104)."""
    return bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0"))


def node_name(name: str) -> str:
    """SQL: the name of a node type as an index into the list of all."""
    return f"CAST('{name}' AS {NODE_NAMES})"
