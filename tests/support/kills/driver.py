"""A loader that dies: `python -m tests.support.kills.driver FOLDER "during nodes 3"`. Started by `harness`.

It is the load that users run, on the store that the variables name; around what the store does stands a count, and
when it is reached the process kills itself with SIGKILL. With `TAXGRAPH_KILLS_TELL` it only tells, so that whoever
reads can kill the server.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from neo4j import Transaction

from graph.store.duckdb_parts.engine import Engine, Reader
from graph.store.neo4j_parts.connection import Work
from loaders import load
from tests.support.kills.moments import Moment
from tests.support.kills.subjects import OPTIONS, TELL, subject_from

T = TypeVar("T")
MOMENT_SECONDS = 0.001
_EMBEDDED = {
    "nodes": re.compile(r'INSERT INTO "?[kn]_|UPDATE "?n_'),
    "relationships": re.compile(r'INSERT INTO "?[rx]_|UPDATE "?r_'),
    "ledger": re.compile(r"(INSERT INTO|UPDATE) ledger"),
}
_SERVER = {
    "ledger": re.compile("Ledger"),
    "relationships": re.compile(r"CREATE \(a\)-|MATCH \(a\)-\[x"),
    "nodes": re.compile(r"CREATE \(|SET n|MERGE \(c:Counter"),
}


class Deathbed:
    """Counts what happens, and dies."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.seen = 0

    def around(self, phase: str, work: Callable[[], T]) -> T:
        """Do the work, unless this is the moment."""
        if phase != self.moment.phase:
            return work()
        self.seen += 1
        if self.seen != self.moment.nth:
            return work()
        if self.moment.when == "before":
            self.die()
        if self.moment.when == "during":
            threading.Timer(MOMENT_SECONDS, self.die).start()
        done = work()
        self.die()
        return done

    def die(self) -> None:
        """As `kill -9` does it."""
        if os.environ.get(TELL):
            print("now", flush=True)  # noqa: T201 - the harness listens
        else:
            os.kill(os.getpid(), signal.SIGKILL)


def phase_of(statement: str, phases: dict[str, re.Pattern[str]]) -> str:
    """The first phase whose pattern the statement has; empty for what only asks."""
    return next((name for name, pattern in phases.items() if pattern.search(statement)), "")


def stand_around_the_embedded_store(bed: Deathbed) -> None:
    """Count what one writing transaction does."""
    run, cursor = Reader.run, Engine._cursor  # noqa: SLF001 - where statements and transactions pass

    def counted(self: Reader, statement: str, *rest: Any) -> None:
        bed.around(phase_of(statement, _EMBEDDED), lambda: run(self, statement, *rest))

    @contextmanager
    def with_commit(self: Engine, seconds: float | None) -> Iterator[Any]:
        with cursor(self, seconds) as opened:
            yield _Cursor(opened, bed)

    Reader.run = counted  # type: ignore[method-assign,assignment]
    Engine._cursor = with_commit  # type: ignore[method-assign]  # noqa: SLF001 - as above


class _Cursor:
    """A cursor whose commit is counted."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, bed: Deathbed) -> None:
        self._cursor = cursor
        self._bed = bed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def commit(self) -> None:
        self._bed.around("commit", self._cursor.commit)


def stand_around_the_server(bed: Deathbed) -> None:
    """Count what write transactions do."""
    rows, commit = Work.rows, Transaction.commit

    def counted(self: Work, statement: str, **parameters: Any) -> list[list[Any]]:
        return bed.around(phase_of(statement, _SERVER), lambda: rows(self, statement, **parameters))

    def counted_commit(self: Transaction) -> None:
        bed.around("commit", lambda: commit(self))

    Work.rows = counted  # type: ignore[method-assign]
    Transaction.commit = counted_commit  # type: ignore[method-assign]


def main(folder: str, moment: str) -> None:
    """Load that folder, and die at that moment; what was not reached in time is told by the exit code 0."""
    bed = Deathbed(Moment.parse(moment))
    store = subject_from(os.environ).open()
    stand_around_the_embedded_store(bed)
    stand_around_the_server(bed)
    load(
        store,
        "canonical",
        [Path(folder)],
        options=OPTIONS,
        progress=lambda *_, **__: bed.around("step", lambda: None),
    )
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
