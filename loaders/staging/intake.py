"""Canonical tables → one raw staging table a record: names unified, text cleaned, rows numbered.

Called by `loaders.run` before the contracts. The staging view `raw_<record>` shows every declared column as text
(null where absent) and `_rid` (int64, unique in the batch), `_row`, `_file`, `_table`, `_source`; the rows themselves
stay in Arrow, cells that need no cleaning in the reader's own memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.contracts.columns import Arrived, Form, Record
from loaders.contracts.records import record_named
from loaders.readers.tables import ROW
from loaders.sources.base import FILE, CanonicalTable
from loaders.staging.engine import FILE_NAMES, SOURCE_NAMES, Staging
from loaders.staging.quick import has_empty, outer_blanks, parse

_PLACE = ("_rid", "_row", "_file", "_table", "_source")
_AS_WRITTEN = frozenset({Form.TEXT})
# Zero-width and direction signs, soft hyphen, byte order mark: nobody sees them, and they would make another key.
_UNSEEN = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}]"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A canonical table and the source system it came through."""

    source: str
    table: CanonicalTable


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of a record, and SQL that shows every declared column of them."""

    rows: pa.Table
    shown: str


@dataclass(frozen=True, slots=True)
class Intake:
    """The records that arrived, how many rows each counts as read, and columns that no record declares.

    `arrived`: what each record's declared columns hold. `raw`: the rows themselves, until `let_go`. `end`: the number
    after the last row's.
    """

    records: tuple[Record, ...]
    read: Mapping[str, int]
    arrived: Mapping[str, Arrived]
    raw: dict[str, Raw]
    unknown: tuple[tuple[str, str], ...]
    end: int


def take_in(staging: Staging, arrivals: list[Arrival], *, first: int = 0) -> Intake:
    """Fill the raw staging tables; rows are numbered in order of arrival from `first` on.

    Empties `arrivals`: they fill the memory.
    """
    staging.list_texts(SOURCE_NAMES, (arrival.source for arrival in arrivals))
    staging.list_texts(FILE_NAMES, (name for arrival in arrivals for name in _file_names(arrival.table)))
    numbers, end = _row_numbers(arrivals, first)
    numbered = list(zip(arrivals, numbers, strict=True))
    cleaned = staging.on_each(lambda each: _cleaned(*each), numbered)
    pieces: dict[str, list[pa.Table]] = {}
    read: dict[str, int] = {}
    unknown: set[tuple[str, str]] = set()
    for arrival, (rows, strangers) in zip(arrivals, cleaned, strict=True):
        name = record_named(arrival.table.record).name
        pieces.setdefault(name, []).append(rows)
        read[name] = read.get(name, 0) + (rows.num_rows if arrival.table.counted else 0)
        unknown.update((name, stranger) for stranger in strangers)
    arrivals.clear()
    numbered.clear()
    cleaned.clear()
    records = tuple(record_named(name) for name in pieces)
    arrived, raw = {}, {}
    for record in records:
        arrived[record.name], raw[record.name] = _raw(staging, record, pieces.pop(record.name))
    return Intake(records, read, arrived, raw, tuple(sorted(unknown)), end)


def _row_numbers(arrivals: list[Arrival], start: int) -> tuple[list[Any], int]:
    """`_rid` of every row by arrival, from `start` on, and the first free one.

    A source row that became rows of two records has one number in both: else a row refused in both forms would count
    as two refused rows of the one that was read.
    """
    counted = [arrival.table for arrival in arrivals if arrival.table.counted]
    firsts = list(accumulate((table.rows.num_rows for table in counted), initial=start))
    known = {_origin(table): (table, first) for table, first in zip(counted, firsts, strict=False)}
    numbers: list[Any] = []
    turn, free = iter(firsts), firsts[-1]
    for arrival in arrivals:
        table, first = known.get(_origin(arrival.table), (None, 0))
        count = arrival.table.rows.num_rows
        if arrival.table.counted:
            numbers.append(_numbers(next(turn), count))
        elif table is not None:
            place: Any = pc.index_in(arrival.table.rows.column(ROW), value_set=table.rows.column(ROW).combine_chunks())
            numbers.append(pc.add(pc.cast(place.combine_chunks(), pa.int64()), first))
        else:
            numbers.append(_numbers(free, count))
            free += count
    return numbers, free


def _origin(table: CanonicalTable) -> tuple[str, ...]:
    """The file and table whose rows these are."""
    return (table.name, *_file_names(table))


def _numbers(first: int, count: int) -> Any:
    return pa.array(np.arange(first, first + count, dtype=np.int64))


def _raw(staging: Staging, record: Record, pieces: list[pa.Table]) -> tuple[Arrived, Raw]:
    """What the columns of a record hold, and its rows."""
    rows = pa.concat_tables(pieces, promote_options="default")
    declared = [column.name for column in record.all_columns()]
    filled = {name for name in declared if name in rows.column_names and rows.column(name).null_count < rows.num_rows}
    whole = {name for name in filled if not rows.column(name).null_count}
    plain = _plain(staging, record, rows, filled)
    columns: dict[str, Any] = {name: rows.column(name) for name in (*sorted(filled), *_PLACE)}
    for typed in plain.values():
        columns |= typed
    shown = ", ".join(f'"{name}"' if name in filled else f'NULL::VARCHAR AS "{name}"' for name in declared)
    kept = ", ".join([*_PLACE, *(f'"{name}"' for typed in plain.values() for name in typed)])
    return Arrived(frozenset(filled), frozenset(whole), frozenset(plain)), Raw(pa.table(columns), f"{shown}, {kept}")


def show(staging: Staging, record: Record, raw: Raw) -> None:
    """Make `raw_<record>` on the connection of this thread.

    The rows are lent, not copied: the typed table is made from them in one pass, and only faults look back.
    """
    staging.take(f"arrived_{record.name}", raw.rows)
    staging.run(f"CREATE TEMP VIEW raw_{record.name} AS SELECT {raw.shown} FROM arrived_{record.name}")


def _plain(staging: Staging, record: Record, rows: pa.Table, filled: set[str]) -> dict[str, dict[str, Any]]:
    """The typed columns of those that are written in the usual form, by declared column."""
    columns = [column for column in record.all_columns() if column.name in filled and not column.order]
    parsed = staging.on_each(lambda each: parse(f"{each.name}__plain", rows.column(each.name), each.form), columns)
    return {column.name: found for column, found in zip(columns, parsed, strict=True) if found is not None}


def let_go(staging: Staging, record: Record) -> None:
    """Take `raw_<record>` back from the connection of this thread."""
    staging.run(f"DROP VIEW raw_{record.name}")
    staging.forget(f"arrived_{record.name}")


def _cleaned(arrival: Arrival, numbers: Any) -> tuple[pa.Table, list[str]]:
    record, rows = record_named(arrival.table.record), arrival.table.rows
    places = record.places(rows.column_names)
    columns: dict[str, Any] = {
        column.name: _clean(rows.column(places[column.name]), column.form)
        for column in record.all_columns()
        if column.name in places
    }
    strangers = [name for name in rows.column_names if name not in places.values() and not name.startswith("_")]
    count = rows.num_rows
    columns["_rid"] = numbers
    columns["_row"] = rows.column(ROW).cast(pa.int64())
    columns["_file"] = _encoded(rows.column(FILE))
    columns["_table"] = _constant(arrival.table.name or record.name, count)
    columns["_source"] = _constant(arrival.source, count)
    return pa.table(columns), strangers


def _file_names(table: CanonicalTable) -> list[str]:
    return [str(name) for name in pc.unique(_encoded(table.rows.column(FILE)).cast(pa.string())).to_pylist()]


def _encoded(column: Any) -> Any:
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _constant(value: str, count: int) -> Any:
    first: Any = pa.array(np.zeros(count, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(first, pa.array([value]))


def _clean(column: Any, form: Form) -> Any:
    """Without outer white space, empty as null; codes, numbers and dates in half-width form, without unseen signs."""
    text: Any = column.cast(pa.string())
    written = form in _AS_WRITTEN or bool(pc.all(pc.string_is_ascii(text)).as_py())
    if written and not outer_blanks(text):
        return _without_empty(text) if has_empty(text) else text
    if not written:
        text = pc.call_function("utf8_normalize", [text], pc.Utf8NormalizeOptions("NFKC"))
        text = pc.replace_substring_regex(text, _UNSEEN, "")
    return _without_empty(pc.utf8_trim_whitespace(text))


def _without_empty(text: Any) -> Any:
    return pc.if_else(pc.equal(text, pa.scalar("")), pa.scalar(None, pa.string()), text)
