"""Refused rows: kept in the graph with place, rule and content. Called by `loaders.run` and api."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from graph.errors import DataError, NotFoundError
from graph.spreadsheets import defused
from graph.store.port import GraphStore
from loaders.contracts.columns import Record
from loaders.readers.tables import RawFile
from loaders.staging.engine import Staging

_SHOWN = ("file", "table", "row", "rule", "column", "what", "content")


def keep_bad_rows(staging: Staging, files: tuple[RawFile, ...]) -> int:
    """File a reject for every row that no reader could cut into columns; returns how many."""
    bad = [(table, row) for file in files for table in file.tables for row in table.bad]
    if not bad:
        return 0
    rows: dict[str, list[Any]] = {
        "file": [table.file for table, _ in bad],
        "table": [table.name for table, _ in bad],
        "row": [row.row for _, row in bad],
        "what": [row.reason for _, row in bad],
        "line": [row.text for _, row in bad],
    }
    staging.take("bad_rows", pa.table(rows))
    staging.run(
        """INSERT INTO rejects BY NAME SELECT file, "table", "row", 'columns' AS rule, what, """
        "to_json({'line': line})::VARCHAR AS content FROM bad_rows"
    )
    staging.forget("bad_rows")
    return len(bad)


def add_contents(staging: Staging, record: Record) -> None:
    """Give each reject of a record its row as the file had it, as JSON without empty cells."""
    names = ", ".join(f"'{column.name}': r.\"{column.name}\"" for column in record.all_columns())
    staging.run(
        f"UPDATE rejects SET content = json_merge_patch('{{}}'::JSON, to_json({{{names}}}))::VARCHAR "
        f"FROM raw_{record.name} r WHERE rejects.record = ? AND rejects.rid = r._rid",
        [record.name],
    )


def write_rejects(staging: Staging, batch: str) -> None:
    """Make `out_n_reject`."""
    staging.run(
        'CREATE TABLE out_n_reject AS SELECT any_value(id) AS id, any_value(file) AS file, any_value("table") AS '
        '"table", any_value("row") AS "row", any_value(rule) AS rule, any_value("column") AS "column", '
        "any_value(what) AS what, any_value(content) AS content, NULL::VARCHAR AS prov_source, "
        'any_value(file) AS prov_file, any_value("row") AS prov_row, NULL::TIMESTAMP AS prov_first_at, '
        "NULL::TIMESTAMP AS prov_as_at, 1::BIGINT AS claims FROM (SELECT *, ? || ':' || hash_of(concat_ws(chr(31), "
        """file, "table", "row", rule, coalesce("column", ''), coalesce(rid, -1))) AS id FROM rejects) GROUP BY id""",
        [batch],
    )


def first_faults(staging: Staging, limit: int = 5) -> list[str]:
    """The first faults in words, without any value."""
    rows = staging.rows(
        'SELECT file, "table", "row", what FROM rejects ORDER BY file, "table", "row", rule, "column" LIMIT ?', [limit]
    )
    return [f"{file}, {table}, row {row}: {what}" for file, table, row, what in rows]


def rejects_of(store: GraphStore, batch_id: str) -> pa.Table:
    """The rejects of a batch.

    Returns:
        Columns `file, table, row, rule, column, what, content` (JSON of the row), ordered by place.

    Raises:
        NotFoundError: the ledger knows no such batch.
    """
    if all(line.header.id != batch_id for line in store.batches()):
        raise NotFoundError("There is no such batch.", next_step="List the batches with `taxgraph batches`.")
    every = store.export("Reject")
    own = every.filter(pc.starts_with(every.column("id"), f"{batch_id}:"))
    ordered = own.sort_by([(name, "ascending") for name in ("file", "table", "row", "rule", "column")])
    return ordered.select(list(_SHOWN))


def save_rejects(rejects: pa.Table, path: Path) -> None:
    """Write rejects as CSV or Parquet, by the file's ending; DataError `data.file.ending` for another one.

    In CSV a cell that a spreadsheet would run as a formula gets an apostrophe before it; see `graph.spreadsheets`.
    """
    if path.suffix == ".parquet":
        pq.write_table(rejects, path)
        return
    if path.suffix != ".csv":
        raise DataError(
            "Rejects are written as .csv or .parquet.", code="data.file.ending", next_step="Name the file so."
        )
    csv.write_csv(defused(rejects), path)
