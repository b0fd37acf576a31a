"""The staging database: an in-memory DuckDB (or a temporary file under a memory limit) that one load works in.

Opened by `loaders.run`, used by contracts, claims and resolve. Nothing of it outlives the load.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from graph.errors import DataError
from loaders.staging.macros import MACROS
from loaders.staging.values import VALUE_MACROS

_BLOCK = 64  # of SHA-256, for HMAC's pads


@dataclass(frozen=True, slots=True)
class StagingOptions:
    """Memory limit (e.g. `4GB`; None: DuckDB's own), threads (None: all), and a folder to spill into."""

    memory_limit: str | None = None
    threads: int | None = None
    folder: str | None = None


@dataclass(slots=True)
class Staging:
    """A DuckDB connection with the macros installed and a few verbs."""

    connection: duckdb.DuckDBPyConnection
    _names: count[int] = field(default_factory=count)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def run(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> None:
        """Execute a statement."""
        self._execute(sql, parameters).fetchall()  # an unfinished result blocks the connection

    def table(self, sql: str) -> pa.Table:
        """The answer of a query as an Arrow table."""
        with _translated():
            answer: pa.Table = self.connection.sql(sql).to_arrow_table()
            return answer

    def value(self, sql: str, parameters: Sequence[object] | None = None) -> Any:
        """The single value of a query; None without a row."""
        rows = self._execute(sql, parameters).fetchall()
        return rows[0][0] if rows else None

    def rows(self, sql: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        return self._execute(sql, parameters).fetchall()

    def take(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as `name`, without a copy; an older one of that name is forgotten."""
        with suppress(duckdb.Error):
            self.connection.unregister(name)
        self.connection.register(name, table)

    def forget(self, name: str) -> None:
        """Let go of an Arrow table."""
        self.connection.unregister(name)

    def keep(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into a staging table `name`."""
        source = f"arrow_{next(self._names)}"
        self.connection.register(source, table)
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS FROM {source}')
        self.connection.unregister(source)

    def _execute(self, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
        with _translated():
            return self.connection.execute(sql, parameters) if parameters else self.connection.execute(sql)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise DataError(
            "The load needs more memory than the staging area may use.",
            code="data.memory",
            next_step="Load fewer files at once, or raise the memory limit.",
        ) from error


def open_staging(options: StagingOptions, *, hmac_key: bytes, zone: str) -> Staging:
    """A fresh staging database.

    `hmac_key` keys persons, contacts and individuals' numbers; `zone` (IANA) is where times without an offset are at
    home.
    """
    connection = duckdb.connect(":memory:")
    settings = {
        "TimeZone": "UTC",
        "memory_limit": options.memory_limit,
        "threads": options.threads,
        "temp_directory": options.folder,
        "preserve_insertion_order": "false",
    }
    for name, value in settings.items():
        if value is not None:
            connection.execute(f"SET {name} = '{value}'")
    for name, pad in (("hmac_inner", 0x36), ("hmac_outer", 0x5C)):
        connection.execute(f"SET VARIABLE {name} = ?", [_padded(hmac_key, pad)])
    connection.execute("SET VARIABLE zone = ?", [zone])
    for macro in (*MACROS, *VALUE_MACROS):
        connection.execute(macro)
    return Staging(connection)


def _padded(key: bytes, pad: int) -> bytes:
    """The key xor a pad, one SHA-256 block long (RFC 2104)."""
    return bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0"))
