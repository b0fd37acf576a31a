"""What a source mapping is: raw files in, canonical tables out. Written by the modules beside it, run by `loaders.run`.

A mapping only renames and splits: all values stay text, checks belong to the contracts. Every row of a canonical table
carries `_row` (int64, place in the file) and `_file` (text); `canonical_rows` adds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from graph.errors import DataError
from loaders.contracts.columns import Register
from loaders.readers.tables import ROW, RawFile, RawTable

FILE = "_file"
_REPEATED = re.compile(r" \(\d+\)$")  # what the readers add to a name that stands twice


@dataclass(frozen=True, slots=True)
class CanonicalTable:
    """Rows of one canonical record.

    Attributes:
        record: name of the record (see `loaders.contracts.records`).
        rows: text columns, int64 `_row`, text `_file`.
        name: the table or sheet that the rows stand in, for rejects.
        counted: False if another table of the same batch already counts these source rows as read.
    """

    record: str
    rows: pa.Table
    name: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """How a table may be cut into pieces that are mapped and merged one after another.

    Attributes:
        whole: not at all: its rows, and those of the file's other tables, are mapped together.
        together: raw columns (None: one that this table lacks); rows that agree in them stay together, in all tables
            of the source that name any.
        first: of tables with such columns, those that say where the cuts are, before the others.
        register: it describes taxpayers or persons, and comes before everything that refers to them.
        unused: the source makes nothing of it, beside tables of which it does.
    """

    whole: bool = False
    together: tuple[str | None, ...] = ()
    first: bool = False
    register: Register | None = None
    unused: bool = False


WHOLE = Cut(whole=True)


def together_by(columns: Sequence[str], places: Mapping[str, str]) -> tuple[str | None, ...]:
    """`Cut.together` of these canonical columns; empty if the table has none of them."""
    found = tuple(places.get(column) for column in columns)
    return found if any(found) else ()


class Source(Protocol):
    """A source system's export, mapped to canonical records.

    `name` is the word on the command line and the default of `source` in provenance; `version` grows when the mapping
    changes (it is part of the batch digest); of equally dated claims the greater `rank` wins.
    """

    @property
    def name(self) -> str:
        """Word on the command line."""
        ...

    @property
    def version(self) -> int:
        """Version of the mapping."""
        ...

    @property
    def rank(self) -> int:
        """Rank of its claims."""
        ...

    def matches(self, file: RawFile) -> bool:
        """True if this file is surely an export of this source; used by `auto`."""
        ...

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """Canonical tables of these files; DataError `data.source.*` if a file is none of this source."""
        ...

    def cut(self, file: RawFile, table: RawTable) -> Cut:
        """How the rows of a large table may be mapped apart from each other. Asked of tables without rows."""
        ...


def refuse_twins(table: RawTable, name_of: Callable[[str], str | None]) -> None:
    """Refuse a table two of whose columns are taken for one and say different things: neither is guessed to be it.

    Args:
        table: as the reader gave it, the second column of a name called `name (2)`.
        name_of: a column's name in the file → what the mapping takes it for, None if it takes it for nothing.

    Raises:
        DataError: `data.source.twins` with file, table and column.
    """
    first: dict[str, str] = {}
    for raw in table.columns:
        name = name_of(_REPEATED.sub("", raw))
        if name is None:
            continue
        other = first.setdefault(name, raw)
        if other != raw and not table.rows.column(other).equals(table.rows.column(raw)):
            raise DataError(
                f"{table.file}, {table.name}: two columns are called {name!r} and differ",
                code="data.source.twins",
                next_step="remove or rename one of the two columns",
                file=table.file,
                table=table.name,
                column=name,
            )


def canonical_rows(table: RawTable, columns: Mapping[str, str]) -> pa.Table:
    """The raw table's columns under canonical names (`columns`: raw name → canonical name), with `_row` and `_file`.

    Raw columns that `columns` does not name are left out; names that the table lacks are passed over.
    """
    taken: dict[str, Any] = {
        new: table.rows.column(raw) for raw, new in columns.items() if raw in table.rows.column_names
    }
    taken[ROW] = table.rows.column(ROW)
    return with_place(pa.table(taken), table.file)


def with_place(rows: pa.Table, file: str) -> pa.Table:
    """`rows` with the text column `_file` (dictionary-encoded), in place of one that a data frame has."""
    places: Any = pa.array(np.zeros(rows.num_rows, dtype=np.int32))
    kept = rows.drop_columns([FILE]) if FILE in rows.column_names else rows
    return kept.append_column(FILE, pa.DictionaryArray.from_arrays(places, pa.array([file])))
