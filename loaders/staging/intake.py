"""Canonical tables → one raw staging table a record: names unified, text cleaned, rows numbered.

Called by `loaders.run` before the contracts. The staging view `raw_<record>` shows every declared column as text
(null where absent) and `_rid` (int64, unique in the batch), `_row`, `_file`, `_table`, `_source`; the rows themselves
stay in Arrow until `let_go`, cells that need no cleaning in the reader's own memory.
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
from loaders.staging.engine import Staging
from loaders.staging.quick import has_empty, outer_blanks, parse

_PLACE = ("_rid", "_row", "_file", "_table", "_source")
_AS_WRITTEN = frozenset({Form.TEXT})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A canonical table and the source system it came through."""

    source: str
    table: CanonicalTable


@dataclass(frozen=True, slots=True)
class Intake:
    """The records that arrived, how many rows each counts as read, and columns that no record declares.

    `arrived`: what each record's declared columns hold.
    """

    records: tuple[Record, ...]
    read: Mapping[str, int]
    arrived: Mapping[str, Arrived]
    unknown: tuple[tuple[str, str], ...]


def take_in(staging: Staging, arrivals: list[Arrival]) -> Intake:
    """Fill the raw staging tables; rows are numbered in order of arrival. Empties `arrivals`: they fill the memory."""
    firsts = accumulate((arrival.table.rows.num_rows for arrival in arrivals), initial=0)
    cleaned = staging.on_each(lambda each: _cleaned(*each), list(zip(arrivals, firsts, strict=False)))
    pieces: dict[str, list[pa.Table]] = {}
    read: dict[str, int] = {}
    unknown: set[tuple[str, str]] = set()
    for arrival, (rows, strangers) in zip(arrivals, cleaned, strict=True):
        name = record_named(arrival.table.record).name
        pieces.setdefault(name, []).append(rows)
        read[name] = read.get(name, 0) + (rows.num_rows if arrival.table.counted else 0)
        unknown.update((name, stranger) for stranger in strangers)
    arrivals.clear()
    cleaned.clear()
    records = tuple(record_named(name) for name in pieces)
    arrived = {record.name: _show(staging, record, pieces.pop(record.name)) for record in records}
    return Intake(records, read, arrived, tuple(sorted(unknown)))


def _show(staging: Staging, record: Record, pieces: list[pa.Table]) -> Arrived:
    """Make `raw_<record>`; returns what its columns hold."""
    rows = pa.concat_tables(pieces, promote_options="default")
    declared = [column.name for column in record.all_columns()]
    filled = {name for name in declared if name in rows.column_names and rows.column(name).null_count < rows.num_rows}
    whole = {name for name in filled if not rows.column(name).null_count}
    plain = _plain(staging, record, rows, filled)
    # Registered, not copied: the typed table is made from it in one pass, and only faults look back.
    arrived: dict[str, Any] = {name: rows.column(name) for name in (*sorted(filled), *_PLACE)}
    staging.take(
        f"arrived_{record.name}", pa.table({**arrived, **{k: v for each in plain.values() for k, v in each.items()}})
    )
    shown = ", ".join(f'"{name}"' if name in filled else f'NULL::VARCHAR AS "{name}"' for name in declared)
    kept = ", ".join([*_PLACE, *(f'"{name}"' for typed in plain.values() for name in typed)])
    staging.run(f"CREATE TEMP VIEW raw_{record.name} AS SELECT {shown}, {kept} FROM arrived_{record.name}")
    return Arrived(frozenset(filled), frozenset(whole), frozenset(plain))


def _plain(staging: Staging, record: Record, rows: pa.Table, filled: set[str]) -> dict[str, dict[str, Any]]:
    """The typed columns of those that are written in the usual form, by declared column."""
    columns = [column for column in record.all_columns() if column.name in filled and not column.order]
    parsed = staging.on_each(lambda each: parse(f"{each.name}__plain", rows.column(each.name), each.form), columns)
    return {column.name: found for column, found in zip(columns, parsed, strict=True) if found is not None}


def let_go(staging: Staging, record: Record) -> None:
    """Forget the raw rows of a record."""
    staging.run(f"DROP VIEW raw_{record.name}")
    staging.forget(f"arrived_{record.name}")


def _cleaned(arrival: Arrival, first: int) -> tuple[pa.Table, list[str]]:
    record, rows = record_named(arrival.table.record), arrival.table.rows
    places = _places(record, rows)
    columns: dict[str, Any] = {
        column.name: _clean(rows.column(places[column.name]), column.form)
        for column in record.all_columns()
        if column.name in places
    }
    strangers = [name for name in rows.column_names if name not in places.values() and not name.startswith("_")]
    count = rows.num_rows
    columns["_rid"] = pa.array(np.arange(first, first + count, dtype=np.int64))
    columns["_row"] = rows.column(ROW).cast(pa.int64())
    columns["_file"] = _encoded(rows.column(FILE))
    columns["_table"] = _constant(arrival.table.name or record.name, count)
    columns["_source"] = _constant(arrival.source, count)
    return pa.table(columns), strangers


def _encoded(column: Any) -> Any:
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _constant(value: str, count: int) -> Any:
    first: Any = pa.array(np.zeros(count, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(first, pa.array([value]))


def _places(record: Record, rows: pa.Table) -> dict[str, str]:
    """Declared column → the table's own column of that name or alias, whatever its letter case."""
    present = {name.strip().lower(): name for name in reversed(rows.column_names)}
    places: dict[str, str] = {}
    for column in record.all_columns():
        found = next((present[name] for name in (column.name, *column.aliases) if name in present), None)
        if found is not None and found not in places.values():
            places[column.name] = found
    return places


def _clean(column: Any, form: Form) -> Any:
    """Without outer white space, empty as null; codes, numbers and dates in their half-width form."""
    text: Any = column.cast(pa.string())
    written = form in _AS_WRITTEN or bool(pc.all(pc.string_is_ascii(text)).as_py())
    if written and not outer_blanks(text):
        return _without_empty(text) if has_empty(text) else text
    if not written:
        text = pc.call_function("utf8_normalize", [text], pc.Utf8NormalizeOptions("NFKC"))
    return _without_empty(pc.utf8_trim_whitespace(text))


def _without_empty(text: Any) -> Any:
    return pc.if_else(pc.equal(text, pa.scalar("")), pa.scalar(None, pa.string()), text)
