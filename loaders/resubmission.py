"""Corrected rejects come back: a batch of their own, under the source and mapping of the batch that refused them.

Called by api. The file is one that `taxgraph rejects` wrote (`loaders.corrections`), corrected. Where a row stood, and
which source it came through, is taken from the graph; of the file only the key of a row and its own columns count.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DataError
from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import BatchRecord, GraphStore
from loaders.contracts.columns import Record
from loaders.contracts.records import RECORDS, record_named
from loaders.corrections import KEY, LINE, unguard
from loaders.ledger import committed_before, identify_resubmission, known_report
from loaders.options import LoadOptions, LoadReport
from loaders.pace import Pace, in_turn
from loaders.readers.delimited import DELIMITERS
from loaders.readers.files import read_file
from loaders.readers.tables import ROW, BadRow, RawFile, RawTable, text_table
from loaders.rejects import OPEN, stored_rejects
from loaders.run import Load, run_load, source_ranks
from loaders.slicing.plan import Slice, Slices
from loaders.sources.base import FILE, CanonicalTable
from loaders.sources.registry import AUTO, assign, mapped, source_named
from loaders.staging.intake import Arrival

_AGAIN = "List the open ones anew with `taxgraph rejects BATCH --out FILE`."
Line = Mapping[str, str | None]
Reject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A corrected row: its cells, and one of the refusals of its row as they stand in the graph."""

    cells: Line
    reject: Reject

    @property
    def content(self) -> Mapping[str, Any]:
        """What was kept of the row."""
        kept: Mapping[str, Any] = json.loads(self.reject["content"] or "{}")
        return kept


def resubmit(
    store: GraphStore,
    path: Path,
    *,
    options: LoadOptions | None = None,
    progress: Tell = silent,
    stop: Stop | None = None,
) -> LoadReport:
    """Load the corrected rows of a file as one batch.

    Args:
        store: where to.
        path: a file that `taxgraph rejects` wrote, corrected; of a format that the readers know.
        options: as for `loaders.run.load`; without `as_at`, the date of the original load.
        progress: is told how far the load is.
        stop: ends the load.

    Raises:
        DataError: `data.resubmit.*` if the file is none of rejects, or its rows are not open.
        TaxgraphError: as `loaders.run.load`.
    """
    chosen, pace = options or LoadOptions(), Pace(progress, stop)
    with in_turn(store, chosen, pace):
        return _resubmit(store, path, chosen, pace)


def _resubmit(store: GraphStore, path: Path, options: LoadOptions, pace: Pace) -> LoadReport:
    started = time.monotonic()
    pace.expect(None)
    ledger, file = store.batches(), read_file(path)
    lines = _lines(file)
    original = _original(lines, ledger, file=path.name)
    sources = [source_named(name) for name in original.header.source.split("+")]
    rejects = stored_rejects(store, original.header.id)
    options = options if options.as_at else replace(options, as_at=pc.max(rejects.column("prov_as_at")).as_py())
    identity = identify_resubmission(original, sources, file.sha256, options.as_at, ledger)
    if (known := committed_before(identity, ledger)) is not None:
        return known_report(known, seconds=time.monotonic() - started)
    answers, answered = _answers(lines, rejects, file=path.name)
    cut = _cut_again([each for each in answers if each.reject["record"] is None], original.header.source)
    arrivals = [*_arrivals([each for each in answers if each.reject["record"] is not None]), *cut.arrivals]
    job = Load(store, options, identity, ledger, (path.name,), source_ranks(), started, pace, answered=answered)
    return run_load(job, Slices(iter([Slice(arrivals, cut.files)]), 1))


# --- the file


def _lines(file: RawFile) -> list[Line]:
    """The corrected rows of the file, as they were before they were guarded against spreadsheets."""
    faults = [f"row {bad.row}: {bad.reason}" for table in file.tables for bad in table.bad]
    tables = [table for table in file.tables if KEY in table.columns]
    known = {column.name for record in RECORDS for column in record.all_columns()}
    strangers = {name for table in tables for name in table.columns if not name.startswith("_") and name not in known}
    faults += [f"there is no column {name}" for name in sorted(strangers)]
    if not tables:
        faults.append(f"there is no column {KEY}")
    lines = [_unguarded(row) for table in tables for row in table.rows.drop_columns([ROW]).to_pylist()]
    keys = [line[KEY] for line in lines]
    faults += [f"{KEY} is empty in {keys.count(None)} row(s)"] if None in keys else []
    faults += ["a row stands in it twice"] if len(set(keys)) < len(keys) else []
    if faults:
        raise DataError(
            f"{file.path.name} is no list of rejects as `taxgraph rejects` writes it: {'; '.join(faults)}.",
            code="data.resubmit.file",
            next_step="Correct the cells of the file only, and leave the columns that begin with _ alone.",
            file=file.path.name,
        )
    return lines


def _unguarded(row: Mapping[str, Any]) -> Line:
    return {name: unguard(value) for name, value in row.items()}


def _original(lines: Sequence[Line], ledger: Sequence[BatchRecord], *, file: str) -> BatchRecord:
    """The one committed batch that refused these rows."""
    names = {str(line[KEY]).rpartition(":")[0] for line in lines}
    found = [each for each in ledger if each.header.id in names and each.state == "committed"]
    if len(names) != 1 or len(found) != 1:
        raise DataError(
            f"The rows of {file} are not those of one committed batch. A batch that was stopped has written nothing: "
            "correct its files and load them again.",
            code="data.resubmit.batch",
            next_step=_AGAIN,
            file=file,
            batches=len(names),
        )
    return found[0]


def _answers(lines: Sequence[Line], rejects: pa.Table, *, file: str) -> tuple[list[Answer], pa.Table]:
    """Each line with its refusal, and all refusals that are answered by them."""
    wanted = {str(line[KEY]).rpartition(":")[2] for line in lines}
    asked = rejects.filter(pc.is_in(rejects.column("refused_row"), value_set=pa.array(sorted(wanted), pa.string())))
    by_row = {row["refused_row"]: row for row in asked.to_pylist() if row["status"] in {None, OPEN}}
    gone = len(wanted - set(by_row))
    if gone:
        raise DataError(
            f"{gone} of the {len(wanted)} rows of {file} are not open any more, or never were refused by their batch.",
            code="data.resubmit.not_open",
            next_step=f"Take them out. {_AGAIN}",
            file=file,
            rows=gone,
        )
    return [Answer(line, by_row[str(line[KEY]).rpartition(":")[2]]) for line in lines], asked


# --- rows that had columns


def _arrivals(answers: Sequence[Answer]) -> list[Arrival]:
    """Canonical tables, by source, record and table."""
    groups: dict[tuple[str, str, str], list[Answer]] = {}
    for answer in answers:
        reject = answer.reject
        groups.setdefault((reject["prov_source"], reject["record"], reject["table"] or ""), []).append(answer)
    return [
        Arrival(source, CanonicalTable(record, _canonical(record_named(record), group), name=table))
        for (source, record, table), group in groups.items()
    ]


def _canonical(record: Record, answers: Sequence[Answer]) -> pa.Table:
    names = [column.name for column in record.all_columns() if column.name in answers[0].cells]
    columns = {name: [answer.cells[name] for answer in answers] for name in names}
    rows = text_table(columns, [answer.reject["row"] for answer in answers])
    return rows.append_column(FILE, pa.array([answer.reject["file"] for answer in answers], pa.string()))


# --- rows that no reader could cut


@dataclass(frozen=True, slots=True)
class _Cut:
    arrivals: list[Arrival]
    files: tuple[RawFile, ...]


def _cut_again(answers: Sequence[Answer], source: str) -> _Cut:
    """Corrected lines, cut under the header of their file and mapped by their source; what cannot be cut stays bad."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        groups.setdefault((answer.reject["file"], answer.reject["table"]), []).append(answer)
    files = [_raw_file(*place, group) for place, group in groups.items()]
    whole = [file for file in files if any(table.rows.num_rows for table in file.tables)]
    assigned = assign(AUTO if "+" in source else source, whole) if whole else []
    arrivals = [Arrival(each.name, table) for each, table in mapped(assigned)]
    return _Cut(arrivals, tuple(file.without_rows() for file in files))


def _raw_file(file: str, table: str, answers: Sequence[Answer]) -> RawFile:
    header = [str(name) for name in answers[0].content["header"]]
    cut = [(answer.reject["row"], answer.cells.get(LINE) or "") for answer in answers]
    cells = [(row, line, _cells(line, len(header))) for row, line in cut]
    good = [(row, found) for row, _, found in cells if found is not None]
    bad = tuple(
        BadRow(row, line, f"the line cannot be cut into {len(header)} columns")
        for row, line, found in cells
        if found is None
    )
    columns = {name: [found[place] or None for _, found in good] for place, name in enumerate(header)}
    rows = text_table(columns, [row for row, _ in good])
    return RawFile(Path(file), "", 0, "delimited", (RawTable(table, rows, file, bad),))


def _cells(line: str, width: int) -> list[str] | None:
    for delimiter in DELIMITERS:
        found = list(csv.reader([line.rstrip("\r\n")], delimiter=delimiter))
        if len(found) == 1 and len(found[0]) == width:
            return found[0]
    return None
