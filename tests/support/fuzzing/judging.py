"""What must hold of a load, whatever was in the files; called by `running` with cases. No case is expected to succeed.

Either the files are refused by an error of ours, complete and without their contents, and the store is as before; or
they are loaded, every row is accounted for, and the same files again change nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.errors import TaxgraphError
from graph.store.digest import Digest, digest
from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, load, rejects_of
from loaders.readers import read_file
from loaders.sources.registry import assign, mapped
from tests.support.batches import KEY
from tests.support.fuzzing.mutating import Case

OPTIONS = LoadOptions(hmac_key=KEY)


class BrokenPromiseError(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The files were refused: the error's code."""

    code: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The files were loaded: rows read, accepted and refused, and the graph's digest after it."""

    read: int
    accepted: int
    rejected: int
    graph: Digest


def rows_to_load(case: Case, file: Path) -> int | Refused:
    """How many source rows a mutated file holds once it is read and mapped, or how it is refused."""
    try:
        assigned = assign(case.source, [read_file(file)])
        tables = [table for _, table in mapped(assigned)]
    except TaxgraphError as error:
        check_error(error, [case], file.parent)
        return Refused(error.code)
    counted = sum(table.rows.num_rows for table in tables if table.counted)
    return counted + sum(len(table.bad) for _, files in assigned for file in files for table in file.tables)


def judge(
    store: GraphStore, cases: Sequence[Case], files: Sequence[Path], *, rows: int, before: Digest
) -> Loaded | Refused:
    """Load mutated files as one batch; `rows`: how many they hold, `before`: the graph's digest.

    Raises:
        BrokenPromiseError: a promise does not hold; any other error that escapes is a finding too.
    """
    try:
        with _quiet_log(cases):
            report = load(store, cases[0].source, files, options=OPTIONS)
    except TaxgraphError as error:
        check_error(error, cases, files[0].parent)
        _require(digest(store) == before, "a refused load changed the graph")
        return Refused(error.code)
    check_report(report, rows=rows)
    _check_rejects(store, report)
    after = digest(store)
    if report.state == "committed":
        again = load(store, cases[0].source, files, options=OPTIONS)
        _require(again.state == "known", f"the same files again are {again.state}")
        _require(len(cases) > 1 or digest(store) == after, "the same files again changed the graph")
    return Loaded(report.read, report.accepted, report.rejected, after)


def check_error(error: TaxgraphError, cases: Sequence[Case], folder: Path) -> None:
    """An error of ours has a code, a next step, no path of the machine and nothing of the files' contents."""
    text = f"{error} {error.message} {error.facts}"
    _require("." in error.code, f"the error {error.code} has no code of its own")
    _require(bool(error.next_step), f"{error.code} says no next step")
    _require(str(folder) not in text, f"{error.code} tells the folder")
    _check_private(text, cases, error.code)


def check_report(report: LoadReport, *, rows: int) -> None:
    """Every row that was in the files is accepted or refused."""
    counts = f"{report.read} read, {report.accepted} accepted, {report.rejected} refused, {report.known} known"
    _require(report.state in {"committed", "empty", "known"}, f"a load ended as {report.state}")
    _require(report.read == report.accepted + report.rejected, f"rows are lost: {counts}")
    _require(min(report.accepted, report.rejected, report.known) >= 0, f"a count is below zero: {counts}")
    _require(report.known <= report.accepted, f"more rows are known than accepted: {counts}")
    _require(report.state == "known" or report.read == rows, f"the files hold {rows} rows: {counts}")


def _check_rejects(store: GraphStore, report: LoadReport) -> None:
    if report.state == "committed":
        kept = rejects_of(store, report.batch).num_rows
        _require(kept >= report.rejected, f"{report.rejected} rows are refused and {kept} kept")


@contextmanager
def _quiet_log(cases: Sequence[Case]) -> Iterator[None]:
    """Whatever is logged tells nothing of the files' contents."""
    lines: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a handler of one use
    logging.getLogger().addHandler(listener)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(listener)
    _check_private("\n".join(lines), cases, "the log")


def _check_private(text: str, cases: Sequence[Case], where: str) -> None:
    leaks = sum(value in text for case in cases for value in case.seed.private_values())
    _require(not leaks, f"{where} repeats {leaks} value(s) of the file")


def _require(holds: bool, promise: str) -> None:
    if not holds:
        raise BrokenPromiseError(promise)
