"""The file in which refused rows go out to be corrected and come back. Called by `loaders.rejects` and `resubmission`.

One line a refused row. Columns that begin with `_` say which row it was and what is wrong with it; the others are the
row's own columns under canonical names, whatever its source: these are corrected. `_line` holds a row that could not be
cut into columns, as the file had it.

CSV is UTF-8 with a byte-order mark, so that spreadsheets read it right. A cell that one would run as a formula or turn
into another number (a long one, or one with leading zeros) stands behind an apostrophe, which is taken off again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from graph.errors import DataError
from loaders.contracts.records import RECORDS

KEY: Final = "_reject"
LINE: Final = "_line"
PLACE: Final = ("_batch", "_source", "_record", "_file", "_table", "_at_row", "_faults", "_status", "_answered_by")
FAULT_COLUMNS: Final = (
    "refused_row",
    "record",
    "source",
    "file",
    "table",
    "row",
    "column",
    "what",
    "content",
    "status",
    "answered_by",
)
# What must not stand naked in a cell: a formula, a number that a spreadsheet would shorten or strip of its zeros.
_GUARDED: Final = r"^('*(?:[=+\-@\t\r]|0[0-9]|[0-9]{12,}$))"
_UNGUARDED: Final = re.compile(r"'(?='*(?:[=+\-@\t\r]|0[0-9]|[0-9]{12,}$))")
_MARK: Final = b"\xef\xbb\xbf"
Fault = Mapping[str, Any]


def correctable(faults: pa.Table, batch: str) -> pa.Table:
    """One line a refused row, in order of place, from one line a fault (columns `FAULT_COLUMNS`)."""
    ordered = faults.sort_by([(name, "ascending") for name in ("file", "table", "row", "refused_row", "column")])
    rows: dict[str, list[Fault]] = {}
    for fault in ordered.select(list(FAULT_COLUMNS)).to_pylist():
        rows.setdefault(fault["refused_row"], []).append(fault)
    contents = [json.loads(faults[0]["content"] or "{}") for faults in rows.values()]
    columns = _own_columns(contents, (fault for faults in rows.values() for fault in faults))
    placed = [_place(batch, faults) for faults in rows.values()]
    names = (KEY, *PLACE)
    made: dict[str, Any] = {name: _texts(line[name] for line in placed) for name in names}
    made |= {name: _texts(content.get(name) for content in contents) for name in columns}
    if any("line" in content for content in contents):
        made[LINE] = _texts(content.get("line") for content in contents)
    return pa.table(made)


def _place(batch: str, faults: Sequence[Fault]) -> dict[str, Any]:
    first = faults[0]
    said = (f"{fault['column']}: {fault['what']}" if fault["column"] else str(fault["what"]) for fault in faults)
    return {
        KEY: f"{batch}:{first['refused_row']}",
        "_batch": batch,
        "_source": first["source"],
        "_record": first["record"],
        "_file": first["file"],
        "_table": first["table"],
        "_at_row": str(first["row"]),
        "_faults": "; ".join(dict.fromkeys(said)),
        "_status": first["status"],
        "_answered_by": first["answered_by"],
    }


def _own_columns(contents: Iterable[Mapping[str, Any]], faults: Iterable[Fault]) -> list[str]:
    """Columns that hold anything, or that a fault is about (an empty one is to be filled), in declared order."""
    wanted = {name for content in contents if "line" not in content for name in content}
    wanted |= {fault["column"] for fault in faults if fault["record"] and fault["column"]}
    declared = dict.fromkeys(column.name for record in RECORDS for column in record.all_columns())
    return [name for name in declared if name in wanted]


def _texts(values: Iterable[Any]) -> Any:
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def save(rows: pa.Table, path: Path) -> None:
    """Write rows as CSV or Parquet, by the file's ending; DataError `data.file.ending` for another one."""
    if path.suffix == ".parquet":
        pq.write_table(rows, path)
        return
    if path.suffix != ".csv":
        raise DataError(
            "Rejects are written as .csv or .parquet.", code="data.file.ending", next_step="Name the file so."
        )
    guarded: dict[str, Any] = {name: guard(rows.column(name)) for name in rows.column_names}
    with path.open("wb") as file:
        file.write(_MARK)
        csv.write_csv(pa.table(guarded), file)


def guard(column: Any) -> Any:
    """An apostrophe before what a spreadsheet would not leave as it is."""
    return pc.replace_substring_regex(column, _GUARDED, r"'\1")


def unguard(text: str | None) -> str | None:
    """The text that `guard` was given."""
    return None if text is None else _UNGUARDED.sub("", text, count=1) if text.startswith("'") else text
