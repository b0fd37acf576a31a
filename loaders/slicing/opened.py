"""A file of any size behind one face: its tables' columns at once, its rows in pieces. Made and read by `plan`.

Delimited text and Parquet stream. The other formats come whole from their readers; their rows are moved into a file of
the load's own folder and read from there, so that no more than one of them is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import DataError
from loaders.readers.columnar import iter_parquet, parquet_head
from loaders.readers.delimited import delimited_head, iter_delimited
from loaders.readers.detect import Format, detect_format
from loaders.readers.files import read_file
from loaders.readers.limits import DEFAULT_LIMITS, ReadLimits, file_digest, file_size
from loaders.readers.tables import RawFile, RawTable

_ROW_BYTES = 80  # of a row of text, roughly: how many rows a file may have before it is read
_BUFFER_ROWS = 1 << 17


@dataclass(frozen=True, slots=True)
class OpenTable:
    """One table of a file.

    Attributes:
        head: its columns, and no rows.
        pieces: reads all rows, in order, each time anew.
        some: as `pieces`, and need not read other columns than these.
    """

    head: RawTable
    pieces: Callable[[], Iterator[RawTable]]
    some: Callable[[Sequence[str]], Iterator[RawTable]]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file whose rows are not read yet: `head` is the file with empty tables, `tables` stand in its order."""

    head: RawFile
    tables: tuple[OpenTable, ...]

    def called(self, name: str) -> OpenFile:
        """The file whose tables say `name` for it; see `RawFile.called`."""
        tables = tuple(replace(table, head=replace(table.head, file=name)) for table in self.tables)
        return OpenFile(self.head.called(name), tables)


def likely_rows(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> int:
    """Rows that a file may hold: told by a Parquet file, guessed from the size of any other."""
    found = detect_format(path, limits=limits)
    if found is Format.PARQUET:
        try:
            return int(pq.read_metadata(path).num_rows)
        except (pa.ArrowException, OSError):  # damaged: its reader says how
            return 0
    return file_size(path, limits=limits) // _ROW_BYTES


def open_file(path: Path, spool: Spool, limits: ReadLimits = DEFAULT_LIMITS) -> OpenFile:
    """Look at a file; DataError as `loaders.readers.files.read_file`."""
    found = detect_format(path, limits=limits)
    if found is Format.PARQUET:
        read = partial(iter_parquet, path, limits=limits)
        table = OpenTable(parquet_head(path, limits=limits), read, lambda columns: read(columns=columns))
        return _streamed(path, found, table, limits)
    if found is Format.DELIMITED:
        lines = partial(iter_delimited, path, limits=limits)
        return _streamed(path, found, OpenTable(delimited_head(path, limits=limits), lines, lambda _: lines()), limits)
    whole = read_file(path, limits=limits)
    return OpenFile(whole.without_rows(), tuple(spool.keep(table) for table in whole.tables))


def _streamed(path: Path, found: Format, table: OpenTable, limits: ReadLimits) -> OpenFile:
    size = file_size(path, limits=limits)
    head = RawFile(path=path, sha256=file_digest(path), bytes=size, format=found.value, tables=(table.head,))
    return OpenFile(head, (table,))


class Spool:
    """Rows moved out of memory into files of a folder that the load removes. They may hold personal data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def keep(self, table: RawTable) -> OpenTable:
        """A table's rows, moved."""
        moved = self.write(iter([table]), table.rows.schema)

        def pieces() -> Iterator[RawTable]:
            yield replace(table, rows=moved())

        kept = replace(table, rows=table.rows.schema.empty_table())
        return OpenTable(replace(kept, bad=(), doubts=()), pieces, lambda _: pieces())

    def write(self, pieces: Iterator[RawTable], schema: pa.Schema) -> Callable[[], pa.Table]:
        """Move the rows of all pieces; the answer maps them back, without a copy."""
        self._count += 1
        place = self._folder / f"spool-{self._count}.arrow"
        try:
            with pa.OSFile(str(place), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for piece in pieces:
                    writer.write_table(piece.rows.cast(schema), max_chunksize=_BUFFER_ROWS)
        except OSError as error:
            raise DataError(
                "The load's temporary folder cannot be written.",
                code="data.spool",
                next_step="Free disk space, or set TMPDIR to a folder with room for the files' contents.",
                reason=type(error).__name__,
            ) from error
        return lambda: pa.ipc.open_file(pa.memory_map(str(place))).read_all()


class Cursor:
    """The rows of a table, taken piece after piece in any sizes."""

    def __init__(self, table: OpenTable) -> None:
        self._coming = table.pieces()
        self._kept: list[pa.Table] = []
        self._head = table.head
        self._rest: list[RawTable] = []

    def take(self, count: int) -> RawTable | None:
        """The next `count` rows, fewer at the end, None behind it. Bad rows and doubts come with the rows' piece."""
        while sum(rows.num_rows for rows in self._kept) < count and self._pull():
            pass
        if not self._kept and not self._rest:
            return None
        rows = pa.concat_tables([self._head.rows, *self._kept])
        taken = rows.slice(0, count)
        left = rows.slice(count)
        self._kept = [left] if left.num_rows else []
        bad = tuple(bad for piece in self._rest for bad in piece.bad)
        doubts = tuple(doubt for piece in self._rest for doubt in piece.doubts)
        self._rest.clear()
        return replace(self._head, rows=taken, bad=bad, doubts=doubts)

    def _pull(self) -> bool:
        piece = next(self._coming, None)
        if piece is None:
            return False
        if piece.rows.num_rows:
            self._kept.append(piece.rows)
        if piece.bad or piece.doubts:
            self._rest.append(piece)
        return True


def all_rows(table: OpenTable) -> RawTable:
    """The whole table."""
    found = Cursor(table).take(1 << 62)
    return table.head if found is None else found


def rows_at(rows: pa.Table, places: Sequence[int] | pa.Array[pa.Int64Scalar]) -> pa.Table:
    """The rows at these places, read from wherever they are kept."""
    return rows.take(places)
