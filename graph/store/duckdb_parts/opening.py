"""Opens the file of an embedded store, and says what it means when it cannot be opened. Called by the store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from graph.errors import StoreError
from graph.store.duckdb_parts.engine import Engine, translated
from graph.store.owner import owned_error


def open_engine(place: Path, read_only: bool, settings: Mapping[str, object], timeout: float | None) -> Engine:
    """The engine of a file; StoreError `store.owned` or `store.path`."""
    try:
        with translated():
            return Engine.open(place, read_only=read_only, settings=settings, timeout=timeout)
    except StoreError as error:
        cause = error.__cause__
        if isinstance(cause, duckdb.IOException) and "lock" in str(cause).lower():
            raise owned_error(place) from cause
        raise StoreError(
            "The embedded store cannot be opened.",
            code="store.path",
            next_step="Check that the folder exists and may be written, and that the file is a store.",
            store=place.name,
        ) from cause
