"""How a source's tables are told apart and renamed: layouts as data, one engine for all tabular sources.

A `Layout` names, for each canonical column, the names under which exports know it (best first), which of them must be
there for a table to be of this layout, and the source's code tables. Used by the source modules beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from graph.errors import DataError
from loaders.contracts.records import record_named
from loaders.readers.columns import pc
from loaders.readers.tables import ROW, RawFile, RawTable, header_name
from loaders.sources.base import CanonicalTable, Cut, refuse_twins, together_by, with_place

if TYPE_CHECKING:
    from typing import TypeAlias

    from loaders.readers.columns import Values

    Chunks: TypeAlias = pa.ChunkedArray[Any]

Names = Mapping[str, tuple[str, ...]]
NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})
NO_CONSTANTS: Mapping[str, str] = MappingProxyType({})
# 金额(元), 纳税人识别号（必填): the note in brackets is no part of the name.
_LONGEST_NAME = 200
_NOTE = re.compile(r"\(.*?\)|[\s_*:]+")


def folded(name: str) -> str:
    """A header name without blanks, underscores, notes in brackets and letter case."""
    plain = header_name(name)
    if len(plain) > _LONGEST_NAME:  # no source's; looking for brackets in it would take quadratic time
        return plain.casefold()
    return _NOTE.sub("", plain).casefold() or plain.casefold()


def as_is(rows: pa.Table) -> pa.Table:
    """No finishing touch."""
    return rows


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of table of a source.

    Attributes:
        record: canonical record that a row becomes.
        columns: canonical column → names in exports, the best first.
        needed: groups of canonical columns; of each group at least one must be there.
        codes: canonical column → the source's word or code → ours; other values stay as they are.
        constants: columns with one value for all rows.
        finish: what names and codes cannot say, over the canonical columns.
    """

    record: str
    columns: Names
    needed: tuple[tuple[str, ...], ...]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: NOTHING)
    constants: Mapping[str, str] = field(default_factory=lambda: NO_CONSTANTS)
    finish: Callable[[pa.Table], pa.Table] = as_is

    def fits(self, table: RawTable) -> bool:
        """Whether the table has the columns that this layout needs."""
        found = find_columns(self.columns, table)
        return all(any(name in found for name in group) for group in self.needed)

    def lay_out(self, table: RawTable) -> pa.Table:
        """The table's rows under canonical names, with codes translated, `_row` and `_file`."""
        found = find_columns(self.columns, table)
        used = frozenset(found.values())
        refuse_twins(table, lambda raw: raw if raw in used else None)
        columns: dict[str, Any] = {name: table.rows.column(raw) for name, raw in found.items()}
        columns |= {name: translate(columns[name], codes) for name, codes in self.codes.items() if name in columns}
        count = table.rows.num_rows
        constants = {name: pa.repeat(pa.scalar(value), count) for name, value in self.constants.items()}
        columns |= {**constants, ROW: table.rows.column(ROW)}
        rows = pa.table(columns)
        return with_place(self.finish(without_repeated_header(rows, found)), table.file)


def find_columns(columns: Names, table: RawTable) -> dict[str, str]:
    """Canonical column → the table's own name of it."""
    present = {folded(name): name for name in reversed(table.columns)}
    wanted = (
        (name, next((present[folded(raw)] for raw in names if folded(raw) in present), None))
        for name, names in columns.items()
    )
    return {name: raw for name, raw in wanted if raw is not None}


def without_repeated_header(rows: pa.Table, found: Mapping[str, str]) -> pa.Table:
    """Rows that repeat the header are left out: files of several months are often pasted together with theirs."""
    if not found:
        return rows
    name, raw = next(iter(found.items()))
    repeated = pc.fill_null(pc.equal(rows.column(name), raw), fill_value=False)
    if not pc.any(repeated).as_py():
        return rows
    same = [pc.fill_null(pc.equal(rows.column(one), other), fill_value=False) for one, other in found.items()]
    whole = same[0]
    for mask in same[1:]:
        whole = pc.and_(whole, mask)
    return rows.filter(pc.invert(whole))


def translate(column: Chunks, codes: Mapping[str, str]) -> Chunks:
    """Each distinct value looked up once, without outer blanks; what is not in `codes` stays as it is."""
    encoded: Any = column.combine_chunks().dictionary_encode()
    words = pa.array([codes.get(value.strip(), value) for value in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([words.take(encoded.indices)])


def column_or_null(rows: pa.Table, name: str) -> Chunks:
    """The column, or nulls where the table has none."""
    if name in rows.column_names:
        return rows.column(name)
    return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])


def with_columns(rows: pa.Table, columns: Mapping[str, Chunks | Values]) -> pa.Table:
    """The rows with these columns put in place of, or after, their own."""
    for name, values in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.append_column(name, values) if place < 0 else rows.set_column(place, name, values)
    return rows


@dataclass(frozen=True, slots=True)
class TabularSource:
    """A source whose tables are all known by layouts; each row of a file becomes one row of one record."""

    name: str
    version: int
    rank: int
    layouts: tuple[Layout, ...]

    def matches(self, file: RawFile) -> bool:
        """Whether any table of the file has one of the layouts."""
        return any(self.layout_of(table) is not None for table in file.tables)

    def layout_of(self, table: RawTable) -> Layout | None:
        """The first layout that fits."""
        return next((layout for layout in self.layouts if layout.fits(table)), None)

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """Canonical tables of the files; sheets without a layout beside one that has one are passed over."""
        return [canonical for file in files for canonical in self._of_file(file)]

    def cut(self, _file: RawFile, table: RawTable) -> Cut:
        """Row by row, as far as the record allows."""
        layout = self.layout_of(table)
        if layout is None:
            return Cut(unused=True)
        record = record_named(layout.record)
        return Cut(together=together_by(record.together, find_columns(layout.columns, table)), register=record.register)

    def _of_file(self, file: RawFile) -> list[CanonicalTable]:
        pairs = [(table, layout) for table in file.tables if (layout := self.layout_of(table)) is not None]
        if not pairs:
            raise not_of_source(self.name, file, [column for layout in self.layouts for column in needed_names(layout)])
        return [CanonicalTable(layout.record, layout.lay_out(table), name=table.name) for table, layout in pairs]


def needed_names(layout: Layout) -> list[str]:
    """The usual names of the columns that a layout needs."""
    return [layout.columns[group[0]][0] for group in layout.needed]


def not_of_source(source: str, file: RawFile, wanted: Sequence[str]) -> DataError:
    """The error for a file that has none of a source's tables."""
    return DataError(
        f"{file.path.name} has no table of the source {source}",
        code="data.source.columns",
        next_step=f"check the export: {source} needs columns such as {', '.join(dict.fromkeys(wanted))}",
        file=file.path.name,
        source=source,
        tables=[table.name for table in file.tables],
    )
