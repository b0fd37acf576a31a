"""A batch of the embedded store while it is being written: one transaction, read and added to part by part.

Made by `DuckdbStore.open_batch`. What the parts before wrote is seen by this transaction alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from graph.errors import LimitError
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts import columns, nodes
from graph.store.duckdb_parts.engine import Reader, translated
from graph.store.duckdb_parts.keys import Keys
from graph.store.duckdb_parts.numbering import Numbering
from graph.store.duckdb_parts.reending import Reending
from graph.store.duckdb_parts.view import View
from graph.store.duckdb_parts.writing import write_facts
from graph.store.ledger import Snapshot
from graph.store.port import BatchHeader, BatchRecord, Rows, WriteBatch
from graph.store.questions import NOW, ROOT, Filter, Page
from graph.store.withdrawal import check_ground

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


class EmbeddedBatch:
    """`OpenBatch` and `SmallBatch` of the embedded store.

    Args:
        reader: inside the batch's transaction.
        number: of the batch.
        before: what counts without it.
        reending: its end numbers.
        known: the committed batch of the same content.
        ledger: as it stands.
        commit: enters the batch in the ledger and commits.
    """

    def __init__(
        self,
        reader: Reader,
        number: int,
        before: Snapshot,
        *,
        reending: Reending,
        known: BatchRecord | None,
        ledger: tuple[BatchRecord, ...],
        commit: Callable[[BatchHeader, int], BatchRecord],
    ) -> None:
        self.number = number
        self.known = known
        self.ledger = ledger
        self._reader = reader
        self._before = before
        self._reending = reending
        self._commit = commit
        self._keys = Keys(reader)
        self._alone = threading.RLock()  # a transaction belongs to one connection, and that to one statement at a time

    def unseen(self, type_name: str, ids: pa.ChunkedArray[Any]) -> bool:
        """Whether surely none of the ids has a key."""
        with self._alone:
            return self._keys.unseen(type_name, ids)

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Current versions, those of this batch too."""
        with self._alone:
            view = self._view()
            if type_name in _RELATIONSHIPS:
                kind, numbering = stored_relationship(type_name), Numbering(self._keys)
                return columns.existing_relationships(self._reader, view, kind, keys, numbering)
            return nodes.existing_nodes(self._reader, view, node_type(type_name), keys, self._keys)

    def select(self, type_name: str, *, where: Sequence[Filter] = (), page: Page | None = None) -> Rows:
        """Node rows of a type."""
        with self._alone:
            return nodes.select(self._reader, self._view(), type_name, where=where, order=(), page=page)

    def parties(self) -> pa.Table:
        """Every party with its taxpayer."""
        with self._alone:
            return columns.parties(self._reader, self._view())

    def export(self, type_name: str) -> pa.Table:
        """Every visible row of a type."""
        with self._alone:
            if type_name in _RELATIONSHIPS:
                return columns.export_relationships(self._reader, self._view(), stored_relationship(type_name))
            return nodes.export_nodes(self._reader, self._view(), node_type(type_name))

    def columns(self, type_name: str, names: Sequence[str]) -> pa.Table:
        """These columns of every visible node of a type."""
        with self._alone:
            return nodes.export_nodes(self._reader, self._view(), node_type(type_name), names)

    def add(self, part: WriteBatch, *, more: bool = True) -> None:  # noqa: ARG002 - one transaction takes all
        """Write one part inside the transaction."""
        with self._alone, _stoppable(part, self._reader):
            write_facts(self._reader, part, self.number, self._reending, self._keys)

    def commit(self, header: BatchHeader) -> BatchRecord:
        """Enter the batch in the ledger and commit."""
        return self._commit(header, self.number)

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write all of a small batch and commit."""
        check_ground(self.ledger, batch.header)
        self.add(batch)
        return self.commit(batch.header)

    def _view(self) -> View:
        # Everything in this transaction counts up to the last number given, but for what did not count before.
        return View(Snapshot(self._reending.next - 1, self._before.void, self._before.latest), NOW, ROOT)


@contextmanager
def _stoppable(part: WriteBatch, reader: Reader) -> Iterator[None]:
    """A request to stop interrupts the statement that runs; that one did not take too long."""
    try:
        with translated(), part.stop.interrupting(reader.interrupt):
            yield
    except LimitError as error:
        if error.code == "limit.time":
            part.stop.check()
        raise
