"""Refused rows: kept in the graph with place, rule and content. Called by `loaders.run`, `resubmission` and api.

A refused row has one line in the graph for each of its faults. It is `open` until it comes back in a resubmission: then
it is `settled`, or `resubmitted` where it was refused again (the new refusal stands in the batch that answered).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from loaders.contracts.columns import Record
from loaders.corrections import FAULT_COLUMNS, correctable
from loaders.readers.tables import RawFile
from loaders.staging.engine import Staging

OPEN, RESUBMITTED, SETTLED = "open", "resubmitted", "settled"
ANSWERED = "answered_rejects"  # staging table: earlier refusals that this batch answers, as they stand in the graph
_SHOWN = ("file", "table", "row", "rule", "column", "what", "content", "status", "answered_by")
_ROW_KEY = 'hash_of(concat_ws(chr(31), file, "table", "row", coalesce(record, \'\'), coalesce(rid, -1)))'


def keep_bad_rows(staging: Staging, files: tuple[RawFile, ...]) -> int:
    """File a reject for every row that no reader could cut into columns; returns how many."""
    staging.run("CREATE TABLE reject_sources (rid BIGINT, source VARCHAR)")
    bad = [(table, row) for file in files for table in file.tables for row in table.bad]
    if not bad:
        return 0
    rows: dict[str, list[Any]] = {
        "file": [table.file for table, _ in bad],
        "table": [table.name for table, _ in bad],
        "row": [row.row for _, row in bad],
        "what": [row.reason for _, row in bad],
        "line": [row.text for _, row in bad],
        "header": [list(table.columns) for table, _ in bad],
    }
    staging.take("bad_rows", pa.table(rows))
    staging.run(
        """INSERT INTO rejects BY NAME SELECT file, "table", "row", 'columns' AS rule, what, """
        "to_json({'line': line, 'header': header})::VARCHAR AS content FROM bad_rows"
    )
    staging.forget("bad_rows")
    return len(bad)


def add_contents(staging: Staging, record: Record) -> None:
    """Give each reject of a record its row as the file had it, as JSON without empty cells, and note its source."""
    names = ", ".join(f"'{column.name}': r.\"{column.name}\"" for column in record.all_columns())
    staging.run(
        f"UPDATE rejects SET content = json_merge_patch('{{}}'::JSON, to_json({{{names}}}))::VARCHAR "
        f"FROM raw_{record.name} r WHERE rejects.record = ? AND rejects.rid = r._rid",
        [record.name],
    )
    staging.run(
        f"INSERT INTO reject_sources SELECT _rid, CAST(_source AS VARCHAR) FROM raw_{record.name} "
        "WHERE _rid IN (SELECT rid FROM rejects WHERE record = ?)",
        [record.name],
    )


def write_rejects(staging: Staging, batch: str, *, source: str, as_at: object = None) -> None:
    """Make `out_n_reject`: what this batch refused, and what became of the earlier refusals that it answers.

    `source`: of rows that no reader could cut; `as_at`: the extract's own date, which a resubmission needs again.
    """
    staging.run(
        'CREATE TABLE out_n_reject AS SELECT any_value(id) AS id, any_value(file) AS file, any_value("table") AS '
        '"table", any_value("row") AS "row", any_value(rule) AS rule, any_value("column") AS "column", '
        "any_value(what) AS what, any_value(content) AS content, any_value(record) AS record, "
        f"any_value(refused_row) AS refused_row, '{OPEN}' AS status, NULL::VARCHAR AS answered_by, "
        'any_value(source) AS prov_source, any_value(file) AS prov_file, any_value("row") AS prov_row, '
        "CAST($as_at AS TIMESTAMP) AS prov_first_at, CAST($as_at AS TIMESTAMP) AS prov_as_at, 1::BIGINT AS claims "
        f"FROM (SELECT j.*, coalesce(s.source, $source) AS source, {_ROW_KEY} AS refused_row, "
        '$batch || \':\' || hash_of(concat_ws(chr(31), file, "table", "row", rule, coalesce("column", \'\'), '
        "coalesce(rid, -1))) AS id FROM rejects j LEFT JOIN reject_sources s USING (rid)) GROUP BY id",
        {"batch": batch, "source": source, "as_at": as_at},
    )
    if staging.has(ANSWERED):
        _answer(staging, batch)


def _answer(staging: Staging, batch: str) -> None:
    """New versions of the earlier refusals: settled, or refused again at the same place."""
    staging.run(
        f"INSERT INTO out_n_reject BY NAME SELECT a.* REPLACE (CASE WHEN EXISTS (FROM rejects j WHERE "
        'j.file = a.file AND j."table" = a."table" AND j."row" = a."row" '
        f"AND (j.record = a.record OR a.record IS NULL)) THEN '{RESUBMITTED}' ELSE '{SETTLED}' END AS status, "
        f"$batch AS answered_by) FROM {ANSWERED} a",
        {"batch": batch},
    )


def refused_rows(staging: Staging, batch: str, *, source: str) -> pa.Table:
    """What this batch refuses, one line a row, as `loaders.corrections` writes it to a file."""
    faults = staging.table(
        f"SELECT {_ROW_KEY} AS refused_row, record, coalesce(s.source, '{source}') AS source, file, \"table\", "
        f'"row", "column", what, content, \'{OPEN}\' AS status, NULL::VARCHAR AS answered_by '
        "FROM rejects LEFT JOIN reject_sources s USING (rid)"
    )
    return correctable(faults, batch)


def first_faults(staging: Staging, limit: int = 100) -> list[str]:
    """The first faults in words, without any value."""
    rows = staging.rows(
        'SELECT file, "table", "row", what FROM rejects ORDER BY file, "table", "row", rule, "column" LIMIT ?', [limit]
    )
    return [f"{file}, {table}, row {row}: {what}" for file, table, row, what in rows]


def rejects_of(store: GraphStore, batch_id: str) -> pa.Table:
    """The rejects of a batch, one line a fault.

    Returns:
        Columns `file, table, row, rule, column, what, content` (JSON of the row), `status, answered_by`, ordered by
        place.

    Raises:
        NotFoundError: the ledger knows no such batch.
    """
    own = stored_rejects(store, batch_id)
    ordered = own.sort_by([(name, "ascending") for name in ("file", "table", "row", "rule", "column")])
    return ordered.select(list(_SHOWN))


def refused_rows_of(store: GraphStore, batch_id: str, *, settled: bool = False) -> pa.Table:
    """The refused rows of a batch, one line a row, to be corrected; `settled`: those that came back already, too.

    Raises:
        NotFoundError: the ledger knows no such batch.
    """
    own = stored_rejects(store, batch_id)
    asked = own if settled else own.filter(pc.equal(_status(own), pa.scalar(OPEN)))
    faults: dict[str, Any] = {name: asked.column(name) for name in FAULT_COLUMNS if name != "source"}
    faults |= {"source": asked.column("prov_source"), "status": _status(asked)}
    return correctable(pa.table(faults), batch_id)


def counts_by_status(store: GraphStore, batch_id: str) -> dict[str, int]:
    """How many refused rows of a batch are open, resubmitted (and refused again), settled."""
    own = stored_rejects(store, batch_id)
    rows = set(zip(own.column("refused_row").to_pylist(), _status(own).to_pylist(), strict=True))
    return {status: sum(each == status for _, each in rows) for status in (OPEN, RESUBMITTED, SETTLED)}


def stored_rejects(store: GraphStore, batch_id: str) -> pa.Table:
    """The rejects of a batch as they stand in the graph; NotFoundError if the ledger knows no such batch."""
    if all(line.header.id != batch_id for line in store.batches()):
        raise NotFoundError("There is no such batch.", next_step="List the batches with `taxgraph batches`.")
    every = store.export("Reject")
    return every.filter(pc.starts_with(every.column("id"), f"{batch_id}:"))


def _status(rejects: pa.Table) -> Any:
    """Refusals of earlier releases carry no status: they are open."""
    status: Any = rejects.column("status")
    return pc.fill_null(status, OPEN)
