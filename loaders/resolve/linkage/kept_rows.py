"""Prepared rows of former loads, in a folder beside an embedded store. Used by `fields.prepare`.

A prepared row is a function of its registration and of the code that prepares it alone. So each is kept under hashes of
both and never goes out of date: a registration that changed, or other code, is not found and is prepared. Whoever
deletes the folder loses time, nothing else: what cannot be read is prepared, what cannot be written is not kept. Only
its owner may read it, for it holds names and addresses.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loaders.resolve.columns import pc, whole
from loaders.resolve.linkage.database import arrow, opened

LOGGER = logging.getLogger("taxgraph.loading")
Stamps = npt.NDArray[np.uint64]
_PACKAGES = ("loaders.resolve.names", "loaders.resolve.linkage", "graph.kernels")
_TABLES = ("opencc-python-reimplemented", "pypinyin", "pyarrow", "duckdb", "numpy")
_STAMPS = ("stamp", "check")
_KEPT, _COMING = ".arrow", ".coming"
_MOST_FILES = 8


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows in a folder, which is made when there are some to keep."""

    folder: Path

    def prepared(self, rows: pa.Table, prepare: Callable[[pa.Table], pa.Table]) -> pa.Table:
        """`prepare` of all rows, by their `id`s; those that are kept are read, the others are kept from now on."""
        stamps = _stamps(rows)
        files = self._files()
        kept = [table for table in map(_read, files) if table is not None]
        place = _places(stamps, [_stamps_of(table) for table in kept])
        missing = np.flatnonzero(place < 0)
        fresh = prepare(rows.take(_indices(missing)))
        place[missing] = sum(table.num_rows for table in kept) + np.arange(len(missing))
        order = pc.sort_indices(whole(rows, "id")).to_numpy()
        found = _taken([*(table.drop_columns(list(_STAMPS)) for table in kept), fresh], place[order])
        if len(files) >= _MOST_FILES:
            self._keep(found, [stamp[order] for stamp in stamps], instead=files)
        elif len(missing):
            self._keep(fresh, [stamp[missing] for stamp in stamps])
        return found

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_code()}-{'[0-9]' * 8}{_KEPT}"))

    def _keep(self, rows: pa.Table, stamps: Sequence[Stamps], *, instead: Sequence[Path] = ()) -> None:
        """Write a file of these rows; `instead` of others, of those of other code, and of what a killed load left."""
        table = rows.combine_chunks()
        for name, stamp in zip(_STAMPS, stamps, strict=True):
            table = table.append_column(name, pa.array(stamp))
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            number = max((int(path.stem.rpartition("-")[2]) for path in self._files()), default=0) + 1
            _write(table, self.folder / f"{_code()}-{number:08}{_KEPT}")
            ours = {each for each in self.folder.iterdir() if each.suffix in {_KEPT, _COMING}}
            for each in ours - ({*self._files()} - {*instead}):
                each.unlink(missing_ok=True)
        except OSError as problem:
            LOGGER.warning("Prepared rows are not kept (%s): later loads take longer.", problem.strerror)


def _write(table: pa.Table, path: Path) -> None:
    """Whole or not at all, also if the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{_code()}-", suffix=_COMING)  # for the owner alone
    try:
        with os.fdopen(handle, "wb") as stream:
            with pa.ipc.new_file(stream, table.schema) as writer:
                writer.write_table(table)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> pa.Table | None:
    """Mapped, not copied; None, and gone, if it is no whole file of prepared rows."""
    try:
        with pa.memory_map(str(path)) as source:
            table: pa.Table = pa.ipc.open_file(source).read_all()
        table.validate()
    except (OSError, pa.ArrowException):
        LOGGER.warning("A file of prepared rows cannot be read and is dropped: its rows are prepared again.")
        with suppress(OSError):
            path.unlink()
        return None
    return table


@cache
def _code() -> str:
    """16 hex digits of all that a prepared row depends on beside its registration."""
    told = hashlib.sha256(unicodedata.unidata_version.encode())
    for package in _PACKAGES:
        for source in sorted(files(package).iterdir(), key=lambda each: each.name):
            if source.name.endswith(".py"):
                told.update(source.read_bytes())
    for name in _TABLES:
        told.update(f"{name} {version(name)}".encode())
    return told.hexdigest()[:16]


def _stamps(rows: pa.Table) -> list[Stamps]:
    """Two independent hashes of each row: what the first finds the second must confirm."""
    names = [f'"{name}"' for name in rows.column_names]
    numbered = rows.append_column("place", pa.array(np.arange(rows.num_rows)))
    hashes = f"hash({', '.join(names)}) AS stamp, hash({', '.join(reversed(names))}, 'again') AS \"check\""
    with opened(f=numbered) as connection:
        found = arrow(connection, f"SELECT place, {hashes} FROM f")
    order = np.empty(rows.num_rows, np.int64)
    order[found["place"].to_numpy()] = np.arange(rows.num_rows)
    return [stamp[order] for stamp in _stamps_of(found)]


def _stamps_of(table: pa.Table) -> list[Stamps]:
    return [np.asarray(whole(table, name).to_numpy(), np.uint64) for name in _STAMPS]


def _places(stamps: Sequence[Stamps], kept: Sequence[Sequence[Stamps]]) -> npt.NDArray[np.int64]:
    """Where each row stands among the kept ones, counted over all files; -1 for nowhere."""
    known, checks = (np.concatenate([np.zeros(0, np.uint64), *(each[side] for each in kept)]) for side in (0, 1))
    wanted: Any = pa.array(stamps[0])
    place: Any = pc.fill_null(pc.index_in(wanted, pa.array(known)), -1).to_numpy().astype(np.int64)
    confirmed = np.zeros(len(place), np.bool_)
    found = place >= 0
    confirmed[found] = checks[place[found]] == stamps[1][found]
    return np.where(confirmed, place, -1)


def _indices(places: npt.NDArray[np.int64]) -> Any:
    return pa.array(places)


def _taken(tables: Sequence[pa.Table], places: npt.NDArray[np.int64]) -> pa.Table:
    """The rows at these places of the tables, one behind the other; column by column, which bounds the memory."""
    schema, chosen = tables[-1].schema, _indices(places)

    def column(name: str) -> Any:
        return pa.concat_arrays([chunk for table in tables for chunk in table[name].chunks]).take(chosen)

    with ThreadPoolExecutor(2) as pool:  # Arrow's kernels let go of the interpreter's lock
        return pa.table(list(pool.map(column, schema.names)), schema=schema)
