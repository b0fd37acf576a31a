"""The ledger as this process knows it: only it writes the file, so the ledger is read once. Owned by the store."""

from __future__ import annotations

import threading
from collections.abc import Callable

from graph.store.duckdb_parts.engine import Engine, Reader
from graph.store.duckdb_parts.writing import read_ledger
from graph.store.port import BatchRecord

Lines = tuple[BatchRecord, ...]


class KnownLedger:
    """The lines of the ledger, in order of number."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lines: Lines | None = None
        self._guard = threading.Lock()
        self._changing = False  # a commit is under way that changes the ledger

    def lines(self) -> Lines:
        """The ledger as read once; a reader does not wait for a batch that is being written."""
        if self._lines is not None:
            return self._lines
        with self._guard:
            if self._lines is None:
                with self.engine.reading() as reader:
                    self._lines = tuple(read_ledger(reader))
            return self._lines

    def know(self, lines: Lines | None) -> None:
        """The ledger as it stands now; None: to be read again."""
        with self._guard:
            self._lines = lines

    def commit(self, commit: Callable[[], object], lines: Lines | None) -> None:
        """Commit what changes the ledger to these lines (None: to be read again)."""
        self._changing = True
        try:
            commit()
            self.know(lines)
        finally:
            self._changing = False

    def as_seen(self, reader: Reader, lines: Lines) -> Lines:
        """The ledger that this transaction sees; `lines` was read before it began.

        A commit shows to others before it returns, and of a large batch it takes seconds. Whoever reads as of an
        instant before it must know of the batch, to leave it out. Nothing was committed between reading `lines` and
        the transaction's begin if they still are the ledger afterwards, and no commit is under way.
        """
        if self._lines is lines and not self._changing:
            return lines
        # Lines are added at the end and withdrawn: the others are those that were read.
        changed = read_ledger(reader, after=lines[-1].number if lines else None)
        merged = {line.number: line for line in (*lines, *changed)}
        return tuple(merged[number] for number in sorted(merged))
