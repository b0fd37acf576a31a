"""A batch that is judged and written in one transaction: actions of officers, decisions. Made by the store.

The transaction locks the ledger first, so that what is read in it stands until it commits: other writers, of other
processes too, wait at that lock. A killed writer leaves nothing, since the server undoes what was not committed. One
that hangs loses its batch after the wait of its habits, and whoever waited for it goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from graph.errors import LimitError, StoreBusyError, StoreError
from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import stored_relationship
from graph.store.ledger import Snapshot
from graph.store.neo4j_parts import columns, lease, nodes, writing
from graph.store.neo4j_parts.connection import Led, Server, Work
from graph.store.neo4j_parts.contents import contents_of
from graph.store.neo4j_parts.known_ledger import KnownLedger, Lines
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_parts.snapshots import snapshot
from graph.store.neo4j_parts.stages import Writing, apply
from graph.store.neo4j_parts.undoing import undo
from graph.store.neo4j_parts.view import View
from graph.store.port import BatchHeader, BatchRecord, WriteBatch
from graph.store.questions import NOW, ROOT

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


class Ground(NamedTuple):
    """What stands when the ledger is locked: the number to be given, what counts, the lines."""

    number: int
    snapshot: Snapshot
    ledger: Lines


class ServerSmallBatch:
    """`SmallBatch` of the server store; `close` when it is left."""

    def __init__(self, server: Server, led: Led, ground: Ground, *, until: float) -> None:
        self.ledger = ground.ledger
        self._server = server
        self._led = led
        self._ground = ground
        self._until = until

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Current versions."""
        view = View.of(self._ground.snapshot, NOW, ROOT)
        with _until(self._until, lease.lost):
            if type_name in _RELATIONSHIPS:
                return columns.existing_relationships(self._led, view, stored_relationship(type_name), keys)
            return nodes.existing_nodes(self._led, view, node_type(type_name), keys)

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write all of it and commit."""
        with _until(self._until, lease.lost):
            record = self._written(batch)
            try:
                self._led.commit()
            except StoreBusyError:
                return self._known(batch.header)
        return record

    def _written(self, batch: WriteBatch) -> BatchRecord:
        contents, work = contents_of(batch), self._led
        writing.check_built_on(work, batch.header)
        number, counting, _ = self._ground
        made = Writing(number, counting, writing.counters(work), counting.void)
        writing.enter(work, batch.header, contents, made)
        for stage in contents.stages:
            apply(work, stage, stage.rows, made)
        return writing.finish(work, number)

    def _known(self, header: BatchHeader) -> BatchRecord:
        """The line of a commit whose answer was lost, if it was one. The lock is free only once that is settled."""
        self.close()

        def look(work: Work) -> BatchRecord | None:
            work.rows(lease.LOCK)
            return writing.committed(work, header)

        found = self._server.write(look)
        if found is None:
            raise StoreBusyError("The Neo4j server did not take a batch; nothing was written.", next_step="Try again.")
        return found

    def close(self) -> None:
        """Undo what was not committed."""
        self._led.close()


@contextmanager
def _until(end: float, refusal: Callable[[], StoreBusyError]) -> Iterator[None]:
    """What the server refuses after this time it refuses because the transaction is over, whatever it calls that."""
    try:
        yield
    except (LimitError, StoreError):
        if time.monotonic() < end:
            raise
        raise refusal() from None


def small_batch(server: Server, owner: str, habits: Habits, ledger: KnownLedger) -> ServerSmallBatch:
    """Hold the ledger's lock, once no other writer has the lease and what another left is undone.

    Raises:
        StoreBusyError: `store.busy` after the wait of `habits`.
    """
    deadline = time.monotonic() + habits.wait
    while True:
        until = time.monotonic() + habits.wait
        try:
            with _until(until, writing.busy):
                led, ground = server.lead(partial(_ground, owner=owner, ledger=ledger), seconds=habits.wait)
            if ground is not None:
                return ServerSmallBatch(server, led, ground, until=until)
            led.close()
            _clear(server, owner, habits)
        except writing.Busy:
            writing.wait(deadline)


def _ground(work: Work, owner: str, ledger: KnownLedger) -> Ground | None:
    """None where a pending batch is in the way."""
    number = writing.admitted(work, owner)
    if writing.pending_batch(work):
        return None
    return Ground(number, snapshot(work.rows, None), ledger.lines(work.rows))


def _clear(server: Server, owner: str, habits: Habits) -> None:
    """Undo what a writer left that fell silent."""

    def take_over(work: Work) -> int | None:
        writing.admitted(work, owner)
        pending = writing.pending_batch(work)
        if pending is None:
            return None
        lease.take(work, owner, habits)
        writing.mark_undoing(work, pending[0])
        return int(pending[0])

    number = server.write(take_over)
    if number is not None:
        undo(server, number)
        lease.release(server, owner)
