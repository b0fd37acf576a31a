"""A batch of the server store while it is being written, part by part. Made by `Neo4jStore.open_batch`.

A batch of a single part is kept until its commit and written in one go, so that a killed writer is resumed. One of
several parts is entered as pending at its first part; its own reads see it, and whoever comes after a killed writer
undoes it. A thread keeps the lease while the caller prepares the next part.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa

from graph.errors import StoreError
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.stopping import Stop
from graph.store.conditions import stored_relationship
from graph.store.ledger import Snapshot, already_committed
from graph.store.neo4j_parts import columns, lease, nodes, writing
from graph.store.neo4j_parts.chunks import Begun, Writer, write_stages
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.contents import Contents, contents_of
from graph.store.neo4j_parts.known_ledger import KnownLedger
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_parts.snapshots import snapshot
from graph.store.neo4j_parts.stages import Writing
from graph.store.neo4j_parts.undoing import undo
from graph.store.neo4j_parts.view import View
from graph.store.port import BatchHeader, BatchRecord, Rows, WriteBatch
from graph.store.questions import NOW, ROOT, Filter, Page

_EVERYTHING = (1 << 63) - 1
_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


class ServerBatch:
    """`OpenBatch` of the server store; `close` when it is left.

    Args:
        server: where to.
        header: of the batch, as far as it is known.
        owner: who holds the lease.
        habits: of writing.
        ledger: as the store knows it.
    """

    def __init__(self, server: Server, header: BatchHeader, owner: str, habits: Habits, ledger: KnownLedger) -> None:
        self.number = 0
        self.known = already_committed(ledger.lines(server.rows), header)
        self._server = server
        self._header = header
        self._owner = owner
        self._habits = habits
        self._snapshot = snapshot(server.rows, None)
        self._held: WriteBatch | None = None
        self._stages = 0
        self._heart: threading.Thread | None = None
        self._stop = threading.Event()

    # --- what is there

    def unseen(self, _type_name: str, _ids: pa.ChunkedArray[Any]) -> bool:
        """Never sure: the server's indexes are asked."""
        return False

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Current versions, those of this batch too."""
        if type_name in _RELATIONSHIPS:
            return columns.existing_relationships(self._server, self._view(), stored_relationship(type_name), keys)
        return nodes.existing_nodes(self._server, self._view(), node_type(type_name), keys)

    def select(self, type_name: str, *, where: Sequence[Filter] = (), page: Page | None = None) -> Rows:
        """Node rows of a type."""
        return nodes.select(self._server, self._view(), type_name, where=where, order=(), page=page)

    def parties(self) -> pa.Table:
        """Every party with its taxpayer."""
        return columns.parties(self._server, self._view())

    def export(self, type_name: str) -> pa.Table:
        """Every visible row of a type."""
        if type_name in _RELATIONSHIPS:
            return columns.export_relationships(self._server, self._view(), stored_relationship(type_name))
        return columns.export_nodes(self._server, self._view(), node_type(type_name))

    def columns(self, type_name: str, names: Sequence[str]) -> pa.Table:
        """These columns of every visible node of a type."""
        return self.export(type_name).select(list(names))

    def _view(self) -> View:
        return View.of(self._snapshot, NOW, ROOT)

    # --- writing

    def add(self, part: WriteBatch, *, more: bool = True) -> None:
        """Write a part, or keep it if it is the only one."""
        if not more and not self.number:
            # Its tables are made from the caller's staging area, which is gone by the commit.
            self._held = replace(part, nodes=dict(part.nodes), relationships=dict(part.relationships))
            return
        if not self.number:
            self._begin(part.stop)
        contents = contents_of(part)
        if not contents.stages:
            return
        begun = Begun(self._server.write(partial(self._next, contents=contents)))
        writer = Writer(self._server, begun.writing, self._owner, self._habits, part)
        write_stages(writer, contents, begun, before=self._stages)
        self._stages += len(contents.stages)

    def _next(self, work: Work, contents: Contents) -> Writing:
        return writing.next_part(work, self.number, self._snapshot, contents, owner=self._owner, habits=self._habits)

    def _begin(self, stop: Stop) -> None:
        first = partial(writing.begin_parts, header=self._header, owner=self._owner, habits=self._habits)
        begun = writing.begin(self._server, first, self._habits, stop=stop)
        if isinstance(begun, BatchRecord):
            raise StoreError(
                "Another process has committed the same batch meanwhile.",
                code="store.committed",
                next_step="Run this load again: it will find everything known.",
            )
        self.number = begun.writing.number
        before = begun.writing.snapshot
        # One writer at a time: above the ceiling of before stand only this batch, and end numbers that it is given.
        void = before.void - {self.number}
        self._snapshot = Snapshot(_EVERYTHING, void, latest=False, void=void)
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._heart.start()

    def _beat(self) -> None:
        """Keep the lease; a writer that lost it learns so at its next chunk."""
        while not self._stop.wait(self._habits.lease / 3):
            try:
                lease.renew(self._server, self._owner, self._habits)
            except StoreError:
                return

    def commit(self, header: BatchHeader) -> BatchRecord:
        """Make everything visible."""
        if not self.number:
            held = self._held or WriteBatch(header)
            return writing.write(self._server, replace(held, header=header), self._owner, self._habits)
        self._rest()
        record = self._server.write(lambda work: writing.end_parts(work, header, self.number, self._owner))
        self.number = 0
        return record

    def close(self) -> None:
        """Undo what was not committed."""
        self._rest()
        if self.number:
            self._server.write(lambda work: writing.mark_undoing(work, self.number))
            undo(self._server, self.number)
            lease.release(self._server, self._owner)

    def _rest(self) -> None:
        self._stop.set()
        if self._heart is not None:
            self._heart.join()
