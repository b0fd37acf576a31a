"""Canonical tables → one raw staging table a record: names unified, text cleaned, rows numbered.

Called by `loaders.run` before the contracts. The staging view `raw_<record>` shows every declared column as text
(null where absent) and `_rid` (int64, unique in the batch), `_row`, `_file`, `_table`, `_source`; the rows themselves
stay in Arrow until `let_go`, cells that need no cleaning in the reader's own memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.contracts.columns import Form, Record
from loaders.contracts.records import record_named
from loaders.readers.columns import text_bytes
from loaders.readers.tables import ROW
from loaders.sources.base import FILE, CanonicalTable
from loaders.staging.engine import Staging

_PLACE = ("_rid", "_row", "_file", "_table", "_source")
_AS_WRITTEN = frozenset({Form.TEXT})
# What a cell with outer white space must contain: the ASCII signs, and the first bytes of the others' UTF-8.
_BLANKS = tuple(bytes([sign]) for sign in (*range(9, 14), *range(28, 33)))
_WIDE_BLANKS = tuple(
    chr(sign).encode() for sign in (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A canonical table and the source system it came through."""

    source: str
    table: CanonicalTable


@dataclass(frozen=True, slots=True)
class Intake:
    """The records that arrived, how many rows each counts as read, and columns that no record declares.

    `present`: for each record the declared columns that hold any value.
    """

    records: tuple[Record, ...]
    read: Mapping[str, int]
    present: Mapping[str, frozenset[str]]
    unknown: tuple[tuple[str, str], ...]


def take_in(staging: Staging, arrivals: Iterable[Arrival]) -> Intake:
    """Fill the raw staging tables; rows are numbered in order of arrival."""
    pieces: dict[str, list[pa.Table]] = {}
    read: dict[str, int] = {}
    unknown: set[tuple[str, str]] = set()
    number = 0
    for arrival in arrivals:
        record = record_named(arrival.table.record)
        rows, strangers = _cleaned(record, arrival, number)
        number += rows.num_rows
        pieces.setdefault(record.name, []).append(rows)
        read[record.name] = read.get(record.name, 0) + (rows.num_rows if arrival.table.counted else 0)
        unknown.update((record.name, stranger) for stranger in strangers)
    records = tuple(record_named(name) for name in pieces)
    present = {record.name: _show(staging, record, pieces.pop(record.name)) for record in records}
    return Intake(records, read, present, tuple(sorted(unknown)))


def _show(staging: Staging, record: Record, pieces: list[pa.Table]) -> frozenset[str]:
    """Make `raw_<record>`; returns the columns that hold any value."""
    rows = pa.concat_tables(pieces, promote_options="default")
    declared = [column.name for column in record.all_columns()]
    present = {name for name in declared if name in rows.column_names and rows.column(name).null_count < rows.num_rows}
    # Registered, not copied: the typed table is made from it in one pass, and only faults look back.
    staging.take(f"arrived_{record.name}", rows.select([*sorted(present), *_PLACE]))
    shown = ", ".join(f'"{name}"' if name in present else f'NULL::VARCHAR AS "{name}"' for name in declared)
    staging.run(f"CREATE TEMP VIEW raw_{record.name} AS SELECT {shown}, {', '.join(_PLACE)} FROM arrived_{record.name}")
    return frozenset(present)


def let_go(staging: Staging, record: Record) -> None:
    """Forget the raw rows of a record."""
    staging.run(f"DROP VIEW raw_{record.name}")
    staging.forget(f"arrived_{record.name}")


def _cleaned(record: Record, arrival: Arrival, first: int) -> tuple[pa.Table, list[str]]:
    rows = arrival.table.rows
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
    columns["_file"] = rows.column(FILE).cast(pa.string()).dictionary_encode()
    columns["_table"] = _constant(arrival.table.name or record.name, count)
    columns["_source"] = _constant(arrival.source, count)
    return pa.table(columns), strangers


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
    if _is_clean(text, form):
        return text
    if form not in _AS_WRITTEN and not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.call_function("utf8_normalize", [text], pc.Utf8NormalizeOptions("NFKC"))
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, pa.scalar("")), pa.scalar(None, pa.string()), text)


def _is_clean(text: Any, form: Form) -> bool:
    """True if surely no cell would change; looks at the bytes of all cells at once."""
    for data in text_bytes(text):
        plain = data.isascii()
        if not plain and (form not in _AS_WRITTEN or any(blank in data for blank in _WIDE_BLANKS)):
            return False
        if any(blank in data for blank in _BLANKS):
            return False
    lengths: Any = pc.binary_length(text)
    return not bool(pc.any(pc.equal(lengths, pa.scalar(0, pa.int32()))).as_py())
