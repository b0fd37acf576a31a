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
    taken = {ROW}
    result: list[str] = []
    for position, raw in enumerate(names, start=1):
        name = _distinct(header_name(raw) or f"column_{position}", taken)
        taken.add(name)
        result.append(name)
    return tuple(result)


def header_name(raw: str | None) -> str:
    """One header name after NFKC, without byte order mark and outer white space."""
    return unicodedata.normalize("NFKC", raw or "").replace("\ufeff", "").strip()


def _distinct(name: str, taken: set[str]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name} ({count})"
    return candidate


def check_cells(rows: int, columns: int, *, file: str, limits: ReadLimits) -> None:
    """Refuse a table of more than `limits.max_cells` cells.

    Raises:
        DataError: `data.file.too_many_cells`.
    """
    if rows * columns > limits.max_cells:
        raise DataError(
            f"{file} holds more cells than allowed",
            code="data.file.too_many_cells",
            next_step="split the export, or raise max_cells",
            file=file,
            rows=rows,
            columns=columns,
            max_cells=limits.max_cells,
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
        check_cells(place + 1, len(self._columns), file=self._file, limits=self._limits)

    def finish(self, *, doubts: Iterable[Doubt] = (), types: Mapping[str, str] | None = None) -> RawTable:
        """The collected table; `types` go into each column's metadata as `declared_type`."""
        for cells in self._columns.values():
            cells.extend([None] * (len(self._rows) - len(cells)))
        names = unique_names(self._columns)
        rows = text_table(dict(zip(names, self._columns.values(), strict=True)), self._rows)
        if types is not None:
            declared = {name: types.get(raw) for name, raw in zip(names, self._columns, strict=True)}
            rows = _with_types(rows, declared)
        return RawTable(name=self._name, rows=rows, file=self._file, doubts=tuple(doubts))


def _with_types(rows: pa.Table, declared: Mapping[str, str | None]) -> pa.Table:
    fields = [
        field.with_metadata({"declared_type": kind}) if (kind := declared.get(field.name)) else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))
