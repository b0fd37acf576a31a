"""Reads and checks slices and states their facts, one slice ahead of the merging. Called by `loaders.run`.

Nothing here looks at what the batch has written so far, so that it can run beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loaders.claims.merge import TABLES
from loaders.contracts.check import ISSUES, REJECTS, Defaults, check_record
from loaders.contracts.columns import Record
from loaders.contracts.sums import compare_heads_and_lines
from loaders.rejects import ANSWERED, add_contents, keep_bad_rows
from loaders.slicing.plan import Slice, Slices
from loaders.staging.engine import Staging, open_staging
from loaders.staging.facts import state_facts
from loaders.staging.intake import Intake, let_go, show, take_in
from loaders.staging.mentions import Mentions
from loaders.staging.numbers import Serials, resolve_references

if TYPE_CHECKING:
    from loaders.readers.tables import RawFile
    from loaders.run import Load


@dataclass(frozen=True, slots=True)
class Checked:
    """A slice whose rows are typed and checked, in a staging database of its own.

    Attributes:
        staging: to be closed once the slice is written.
        intake: what arrived; its raw rows, until `stated`.
        rows: source rows read, refused ones included.
        number: of the slice, from 0.
        last: no slice follows.
        resolves: identity is resolved with this slice.
        made: names of the types that have a fact table; filled by `stated`, ahead where the rows are settled by then.
    """

    staging: Staging
    intake: Intake
    rows: int
    number: int
    last: bool
    resolves: bool
    made: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Ahead:
    """What one slice hands to the next: the first free row number and the serials of the batch."""

    first: int = 0
    serials: Serials = field(default_factory=Serials)
    number: int = 0


@contextmanager
def prepared(job: Load, slices: Slices, key: bytes) -> Iterator[Iterator[Checked]]:
    """The slices, checked; the next is begun when one is handed out. What is not taken is closed at the end."""
    ahead = _Ahead()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="slices") as pool:
        waiting: list[Future[Checked | None]] = [pool.submit(_next, job, slices, key, ahead)]

        def coming() -> Iterator[Checked]:
            while (found := waiting[0].result()) is not None:
                waiting[0] = pool.submit(_next, job, slices, key, ahead)
                yield found

        try:
            yield coming()
        finally:
            waiting[0].cancel()
            if not waiting[0].cancelled() and waiting[0].exception() is None and (left := waiting[0].result()):
                left.staging.close()


def _next(job: Load, slices: Slices, key: bytes, ahead: _Ahead) -> Checked | None:
    """The next slice, checked; None behind the last."""
    current = next(slices.coming, None)
    if current is None:
        job.pace.all_read()
        return None
    staging = open_staging(job.options.staging, hmac_key=key, zone=job.options.zone, stop=job.pace.stop)
    try:
        checked = _check(job, staging, current, slices.likely, ahead)
    except BaseException:
        staging.close()
        raise
    return checked


def _check(job: Load, staging: Staging, current: Slice, likely: int, ahead: _Ahead) -> Checked:
    for statement in (*TABLES, REJECTS, ISSUES):
        staging.run(statement)
    for rank in job.ranks:
        staging.run("INSERT INTO ranks VALUES (?, ?)", list(rank))
    if job.answered is not None:
        staging.keep(ANSWERED, job.answered)
    number, ahead.number = ahead.number, ahead.number + 1
    intake = take_in(staging, current.arrivals, first=ahead.first)
    staging.fresh.begin(ahead.first, intake.end)
    ahead.first = intake.end
    rows = sum(intake.read.values()) + keep_bad_rows(staging, current.files)
    checked = Checked(staging, intake, rows, number, last=likely == 1, resolves=current.resolves)
    job.pace.slice(number, rows=rows, likely=likely)
    if checked.last:
        job.pace.all_read()
    job.pace.begin(number, "check")
    for record in intake.records:
        show(staging, record, intake.raw[record.name])
    resolve_references(staging, intake.records, job.store, ahead.serials, job.met)
    as_at = job.options.as_at
    defaults = Defaults(job.options.currency, as_at.isoformat(sep=" ") if as_at else None)

    def check(record: Record) -> None:
        show(staging, record, intake.raw[record.name])
        check_record(staging, record, arrived=intake.arrived[record.name], defaults=defaults)
        job.pace.did(number, 1 / len(intake.records))

    staging.on_each(check, intake.records)
    _note_strange_columns(staging, intake)
    _note_doubts(staging, current.files)
    if settles_ahead(job):
        stated(checked, job.mentions)
    return checked


def settles_ahead(job: Load) -> bool:
    """Whether no row can be refused any more when a slice is handed out: nothing is asked of the store for that."""
    return job.options.unknown_parties != "reject"


def stated(checked: Checked, mentions: Mentions) -> None:
    """Keep refused rows as they came, let go of all others, compare heads with lines, and state the facts.

    `mentions`: what slices before said of things that many rows mention.
    """
    for record in checked.intake.records:
        add_contents(checked.staging, record)
        let_go(checked.staging, record)
        del checked.intake.raw[record.name]
    compare_heads_and_lines(checked.staging)
    checked.made.update(state_facts(checked.staging, checked.intake.records, mentions))


def _note_strange_columns(staging: Staging, intake: Intake) -> None:
    for name, column in intake.unknown:
        staging.run(
            "INSERT INTO issues VALUES ('unknown_column', 'Table', ?, ?, 'no record declares this column', "
            "NULL, NULL, NULL)",
            [name, column],
        )


def _note_doubts(staging: Staging, files: tuple[RawFile, ...]) -> None:
    """Cells that a reader kept although their file cannot hold them exactly."""
    doubts = [(table, doubt) for file in files for table in file.tables for doubt in table.doubts]
    if not doubts:
        return
    rows: dict[str, list[Any]] = {
        "subject": [f"{table.file}:{table.name}:{doubt.row}" for table, doubt in doubts],
        "columns": [doubt.column for _, doubt in doubts],
        "what": [doubt.reason for _, doubt in doubts],
        "file": [table.file for table, _ in doubts],
        "row": [doubt.row for _, doubt in doubts],
    }
    staging.take("doubted", pa.table(rows))
    staging.run(
        "INSERT INTO issues BY NAME SELECT 'doubt' AS rule, 'Row' AS subject_type, subject, columns, what, file, "
        '"row" FROM doubted'
    )
    staging.forget("doubted")
