"""Event logs of case systems: XES, or a table of case, activity, time and resource. Cases are tasks.

The source's name is part of a task's id and no file's name is, so the same case in two files is one task. Resources
are officers. Attributes are kept as JSON, keys in order; those of XES with their types.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loaders.readers.columns import map_distinct, pc
from loaders.readers.event_logs import ATTRIBUTES, KEY, RESOURCE, TIME, EventLogColumns, event_log_columns
from loaders.readers.event_logs import NAME as ACTIVITY
from loaders.readers.tables import ROW, RawFile, RawTable
from loaders.sources.base import WHOLE, CanonicalTable, Cut, refuse_twins, with_place
from loaders.sources.layouts import not_of_source

if TYPE_CHECKING:
    from loaders.readers.columns import Values
    from loaders.sources.layouts import Chunks

NAME = "event-log"
_XES = EventLogColumns(case="case", activity=ACTIVITY, timestamp=TIME, resource=RESOURCE)


@dataclass(frozen=True, slots=True)
class EventLog:
    """The source `event-log`."""

    name: str = NAME
    version: int = 1
    rank: int = 50

    def matches(self, file: RawFile) -> bool:
        """Whether this is XES, or any table has the columns of a log."""
        return file.format == "xes" or any(event_log_columns(table.columns) for table in file.tables)

    def cut(self, _file: RawFile, _table: RawTable) -> Cut:
        """Each file by itself."""
        return WHOLE

    def tables(self, files: Sequence[RawFile]) -> list[CanonicalTable]:
        """Tasks and their events."""
        return [table for file in files for table in self._of_file(file)]

    def _of_file(self, file: RawFile) -> list[CanonicalTable]:
        if file.format == "xes":
            events = file.table("events")
            return [_cases(file.table("cases"), events), _events(events, _XES)]
        logs = [(table, found) for table in file.tables if (found := event_log_columns(table.columns)) is not None]
        if not logs:
            raise not_of_source(NAME, file, ("case", "activity", "timestamp", "resource"))
        for table, found in logs:
            used = frozenset({found.case, found.activity, found.timestamp, found.resource})
            refuse_twins(table, lambda raw, used=used: raw if raw in used else None)  # type: ignore[misc]  # bound now
        return [made for table, found in logs for made in (_case_names(table, found), _events(table, found))]


def _cases(cases: RawTable, events: RawTable) -> CanonicalTable:
    """A task a trace, opened by its first event."""
    rows = cases.rows
    taken = {
        "id": _text(rows, KEY),
        "title": _text(rows, "case"),
        "opened_at": _opened(rows.column("trace"), events.rows),
        "attributes": _text(rows, ATTRIBUTES),
    }
    return CanonicalTable("tasks", _placed(taken, rows, cases.file), name=cases.name)


def _opened(trace: Chunks, events: pa.Table) -> Values:
    """Time of each trace's event that stands first; null for a trace without events."""
    first = pc.index_in(trace.combine_chunks(), value_set=events.column("trace").combine_chunks())
    return events.column(TIME).combine_chunks().take(first)


def _case_names(table: RawTable, found: EventLogColumns) -> CanonicalTable:
    """A task for each distinct case of a table; its rows are counted as events, not twice."""
    names = _text(table.rows, found.case)
    order = pa.array(range(len(names)), pa.int64())
    firsts = pa.table({"name": names, "place": order}).group_by("name").aggregate([("place", "min")])
    places = firsts.column("place_min").filter(pc.is_valid(firsts.column("name"))).combine_chunks()
    rows = table.rows.take(places.take(pc.sort_indices(places)))
    taken = {
        "id": _text(rows, found.case),
        "title": _text(rows, found.case),
        "opened_at": _text(rows, found.timestamp),
    }
    return CanonicalTable("tasks", _placed(taken, rows, table.file), name=table.name, counted=False)


def _events(table: RawTable, found: EventLogColumns) -> CanonicalTable:
    rows = table.rows
    used = {ROW, "position", *filter(None, (found.case, found.activity, found.timestamp, found.resource))}
    officer = _text(rows, found.resource) if found.resource in rows.column_names else None
    taken = {
        "task": _text(rows, KEY if found is _XES else found.case),
        "action": _text(rows, found.activity),
        "at": _text(rows, found.timestamp),
        **({"position": _text(rows, "position")} if "position" in rows.column_names else {}),
        **({"officer": officer, "officer_name": officer} if officer is not None else {}),
        "attributes": _text(rows, ATTRIBUTES) if found is _XES else attributes_json(rows, without=used),
    }
    return CanonicalTable("task_events", _placed(taken, rows, table.file), name=table.name)


def _placed(taken: dict[str, Values], rows: pa.Table, file: str) -> pa.Table:
    source = pa.repeat(pa.scalar(NAME), rows.num_rows)
    columns: dict[str, Any] = {**taken, "source": source, ROW: rows.column(ROW)}
    return with_place(pa.table(columns), file)


def _text(rows: pa.Table, name: str | None) -> Values:
    if name is None or name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return rows.column(name).combine_chunks()


def attributes_json(rows: pa.Table, *, without: Collection[str]) -> Values:
    """All other columns of each row as one JSON object, keys sorted, absent values left out; null if none is there."""
    names = sorted(name for name in rows.column_names if name not in without)
    if not names:
        return pa.nulls(rows.num_rows, pa.string())
    members = [
        pc.fill_null(
            pc.binary_join_element_wise(f",{json.dumps(name, ensure_ascii=False)}:", _quoted(_text(rows, name)), ""), ""
        )
        for name in names
    ]
    inner = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*members, ""), 1)
    whole = pc.binary_join_element_wise("{", inner, "}", "")
    found: Values = pc.if_else(pc.equal(inner, ""), pa.scalar(None, pa.string()), whole)
    return found


def _quoted(values: Values) -> Values:
    return map_distinct(values, lambda value: json.dumps(value, ensure_ascii=False))


SOURCE = EventLog()
