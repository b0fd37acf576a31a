"""Raw tables of text: the one result of every reader. Built by the readers, mapped to our types by `loaders.sources`.

All columns are `pa.string()` (null = empty or absent) but the last, `_row` (int64, 1-based): the place in the file as
its user finds it, i.e. the line of a delimited text, the row of a sheet or of a Parquet file, the element's ordinal.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from graph.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from loaders.readers.columns import Values
    from loaders.readers.limits import ReadLimits

ROW = "_row"
# Columns that the pipeline adds to every table: a file's own column of such a name steps aside, as a repeated one does.
OURS = frozenset({ROW, "_file"})
# Rows that each bring columns of their own make a table of empty cells, which cost memory that no file size bounds.
_SPARSE_FROM_CELLS, _EMPTY_FOR_ONE = 32_000_000, 100


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be cut into the header's columns: refused, not lost. `text` may be personal data."""

    row: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A cell that was kept although the file itself cannot hold its value exactly (a 20-digit number in a sheet)."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table of a file, as text.

    Attributes:
        name: the sheet's name, the delimited file's stem, or the reader's own name (`einvoice`, `events`, …).
        rows: string columns and the int64 column `_row`.
        file: the file's name without its folder.
        bad: rows that were refused, in file order.
        doubts: cells that were kept and are doubtful, in file order.
    """

    name: str
    rows: pa.Table
    file: str
    bad: tuple[BadRow, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's own columns, without `_row`."""
        return tuple(name for name in self.rows.column_names if name != ROW)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file that has been read: its digest (sha256 of its bytes, hex), size, format and tables."""

    path: Path
    sha256: str
    bytes: int
    format: str
    tables: tuple[RawTable, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables, refused ones too."""
        return sum(table.rows.num_rows + len(table.bad) for table in self.tables)

    def without_rows(self) -> RawFile:
        """The file with what was refused or doubted in it, but without the rows themselves."""
        tables = tuple(replace(table, rows=table.rows.schema.empty_table()) for table in self.tables)
        return replace(self, tables=tables)

    def called(self, name: str) -> RawFile:
        """The file as its tables should name it: where files of a batch bear one name, it alone tells nothing."""
        return replace(self, tables=tuple(replace(table, file=name) for table in self.tables))

    def table(self, name: str) -> RawTable:
        """The table of this name.

        Raises:
            DataError: `data.file.table` when the file has no such table.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise DataError(
            f"{self.path.name} has no table {name!r}",
            code="data.file.table",
            next_step="check that this is the export that the source expects",
            file=self.path.name,
            tables=[table.name for table in self.tables],
        )


def unique_names(names: Iterable[str | None]) -> tuple[str, ...]:
    """Header names after NFKC and strip; an empty one becomes `column_N`, a repeated one `name (2)`."""
    taken = set(OURS)
    repeated: dict[str, int] = {}
    result: list[str] = []
    for position, raw in enumerate(names, start=1):
        name = _distinct(header_name(raw) or f"column_{position}", taken, repeated)
        taken.add(name)
        result.append(name)
    return tuple(result)


def header_name(raw: str | None) -> str:
    """One header name after NFKC, without byte order mark and outer white space."""
    return unicodedata.normalize("NFKC", raw or "").replace("\ufeff", "").strip()


def _distinct(name: str, taken: set[str], repeated: dict[str, int]) -> str:
    """`repeated` remembers how often each name came: to count up from one every time would be quadratic."""
    candidate, count = name, repeated.get(name, 1)
    while candidate in taken:
        count += 1
        candidate = f"{name} ({count})"
    repeated[name] = count
    return candidate


def check_columns(columns: int, *, file: str, limits: ReadLimits) -> None:
    """Refuse a table of more than `limits.max_columns` columns.

    Raises:
        DataError: `data.file.too_many_columns`.
    """
    if columns > limits.max_columns:
        raise DataError(
            f"{file} has more columns than allowed",
            code="data.file.too_many_columns",
            next_step="check that the first row holds the column names, or export fewer columns",
            file=file,
            columns=columns,
            max_columns=limits.max_columns,
        )


def check_cells(rows: int, columns: int, *, file: str, limits: ReadLimits, filled: int | None = None) -> None:
    """Refuse a table of more than `limits.max_cells` cells, or of nearly none but empty ones where `filled` is told.

    Raises:
        DataError: `data.file.too_many_cells`.
    """
    most = limits.max_cells
    if filled is not None:
        most = min(most, max(_SPARSE_FROM_CELLS, filled * _EMPTY_FOR_ONE))
    if rows * columns > most:
        raise DataError(
            f"{file} holds more cells than allowed",
            code="data.file.too_many_cells",
            next_step="split the export, or raise max_cells",
            file=file,
            rows=rows,
            columns=columns,
            max_cells=most,
        )


def text_table(columns: Mapping[str, Sequence[str | None] | Values], rows: Sequence[int] | Values) -> pa.Table:
    """A raw table's rows: string columns in the given order, then `_row`."""
    arrays: dict[str, Any] = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    arrays[ROW] = pa.array(rows, pa.int64())
    return pa.table(arrays)


class RowCollector:
    """Collects sparse rows of text whose columns are not known beforehand; used by the XML and workbook readers."""

    def __init__(self, name: str, *, file: str, limits: ReadLimits, columns: Iterable[str] = ()) -> None:
        self._name = name
        self._file = file
        self._limits = limits
        self._columns: dict[str, list[str | None]] = {column: [] for column in columns}
        self._rows: list[int] = []
        self._filled = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, values: Mapping[str, str | None]) -> None:
        """Append one row at place `row`; columns that it does not name stay null, empty text becomes null."""
        place = len(self._rows)
        self._rows.append(row)
        for column, value in values.items():
            cells = self._columns.setdefault(column, [])
            cells.extend([None] * (place - len(cells)))
            cells.append(value or None)
        self._filled += len(values)
        check_columns(len(self._columns), file=self._file, limits=self._limits)
        check_cells(place + 1, len(self._columns), file=self._file, limits=self._limits, filled=self._filled)

    def finish(self, *, doubts: Iterable[Doubt] = ()) -> RawTable:
        """The collected table."""
        for cells in self._columns.values():
            cells.extend([None] * (len(self._rows) - len(cells)))
        names = unique_names(self._columns)
        rows = text_table(dict(zip(names, self._columns.values(), strict=True)), self._rows)
        return RawTable(name=self._name, rows=rows, file=self._file, doubts=tuple(doubts))
