"""Canonical tables → one raw staging table a record: names unified, text cleaned, rows numbered.

Called by `loaders.run` before the contracts. The staging table `raw_<record>` holds every declared column as text
(null where absent) and `_rid` (int64, unique in the batch), `_row`, `_file`, `_table`, `_source`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.contracts.columns import Form, Record
from loaders.contracts.records import record_named
from loaders.readers.tables import ROW
from loaders.sources.base import FILE, CanonicalTable
from loaders.staging.engine import Staging

_PLACE = ("_rid", "_row", "_file", "_table", "_source")
_AS_WRITTEN = frozenset({Form.TEXT})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A canonical table and the source system it came through."""

    source: str
    table: CanonicalTable


@dataclass(frozen=True, slots=True)
class Intake:
    """The records that arrived, how many rows each counts as read, and columns that no record declares."""

    records: tuple[Record, ...]
    read: Mapping[str, int]
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
    for name, tables in pieces.items():
        # Registered, not copied: the typed table is made from it in one pass, and only faults look back.
        staging.take(f"raw_{name}", pa.concat_tables(tables))
    return Intake(tuple(record_named(name) for name in pieces), read, tuple(sorted(unknown)))


def _cleaned(record: Record, arrival: Arrival, first: int) -> tuple[pa.Table, list[str]]:
    rows = arrival.table.rows
    places = _places(record, rows)
    columns: dict[str, Any] = {
        column.name: _clean(rows.column(places[column.name]), column.form)
        if column.name in places
        else pa.nulls(rows.num_rows, pa.string())
        for column in record.all_columns()
    }
    strangers = [name for name in rows.column_names if name not in places.values() and not name.startswith("_")]
    count = rows.num_rows
    columns["_rid"] = pa.array(range(first, first + count), pa.int64())
    columns["_row"] = rows.column(ROW).cast(pa.int64())
    columns["_file"] = rows.column(FILE).cast(pa.string())
    columns["_table"] = pa.repeat(pa.scalar(arrival.table.name or record.name), count)
    columns["_source"] = pa.repeat(pa.scalar(arrival.source), count)
    return pa.table(columns), strangers


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
    if form not in _AS_WRITTEN and not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.call_function("utf8_normalize", [text], pc.Utf8NormalizeOptions("NFKC"))
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, pa.scalar("")), pa.scalar(None, pa.string()), text)
