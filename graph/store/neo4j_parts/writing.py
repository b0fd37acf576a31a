"""Writes batches, all or nothing. Called by the store's `write` and `append_access`.

A batch that fits one transaction is written in one. A larger one is first entered in the ledger as pending, under a
lease that keeps other writers out, then written in chunks of sorted rows (`chunks`), which the ledger keeps account
of; a last small transaction commits.
A pending batch without a living lease is resumed by the same batch, and undone by any other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from graph.errors import LimitError, StoreBusyError, StoreError
from graph.stopping import Stop
from graph.store.ledger import BatchState, Snapshot, to_columns
from graph.store.neo4j_parts import lease
from graph.store.neo4j_parts.chunks import Begun, Writer, write_stages
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.contents import NO_CONTENTS, Contents, Does, contents_of
from graph.store.neo4j_parts.lease import LOCK, NOW, Habits
from graph.store.neo4j_parts.ranges import paired
from graph.store.neo4j_parts.reending import shared_ends
from graph.store.neo4j_parts.snapshots import LINE, record_of, snapshot
from graph.store.neo4j_parts.stages import Writing, apply
from graph.store.neo4j_parts.undoing import undo
from graph.store.port import BatchHeader, BatchRecord, WriteBatch
from graph.store.withdrawal import check_ground

# The ledger `l` and the instant of its next change: they ascend even where the clock went back.
NEXT_INSTANT = (
    "MATCH (l:Ledger {id: 'ledger'}) WITH l, datetime.truncate('microsecond', datetime.realtime('Z')) AS now "
    "WITH l, CASE WHEN l.committed_at >= now THEN l.committed_at + duration({microseconds: 1}) ELSE now END AS at"
)
_FORGET = "REMOVE e.outline, e.starts, e.stage, e.done, e.expected"  # what only a pending batch needs
_WRITES = frozenset({Does.WRITE_NODES, Does.WRITE_RELATIONSHIPS})
_PAUSE = 0.1  # seconds between two looks at another writer's lease


class Busy(Exception):  # noqa: N818 - a turn in the conversation with the ledger, never seen outside the writers
    """Another writer holds the lease."""


def write(server: Server, batch: WriteBatch, owner: str, habits: Habits) -> BatchRecord:
    """Write a batch and give its line of the ledger; a batch that is committed already writes nothing."""
    contents = contents_of(batch)
    while True:
        try:
            first = partial(_begin, header=batch.header, contents=contents, owner=owner, habits=habits)
            begun = begin(server, first, habits, stop=batch.stop)
        except LimitError as error:
            habits = _smaller(error, habits, contents)
            continue
        if isinstance(begun, BatchRecord):
            batch.told(sum(stage.rows.num_rows for stage in contents.stages if stage.does in _WRITES))
            return begun
        with _leaving(server, owner):
            write_stages(Writer(server, begun.writing, owner, habits, batch), contents, begun)
            return server.write(partial(end, owner=owner, number=begun.writing.number))


def begin(
    server: Server, first: Callable[[Work], BatchRecord | Begun], habits: Habits, *, stop: Stop
) -> BatchRecord | Begun:
    """Run a batch's first transaction once no other writer holds the lease, and what another left is undone."""
    deadline = time.monotonic() + habits.wait
    while True:
        try:
            begun = server.write(first)
        except Busy:
            stop.check()
            wait(deadline)
            continue
        if isinstance(begun, BatchRecord) or not begun.undo:
            return begun
        undo(server, begun.writing.number)


@contextmanager
def _leaving(server: Server, owner: str) -> Iterator[None]:
    """A batch that is cancelled stays pending, and its lease is given back: the next writer resumes or undoes it."""
    try:
        yield
    except LimitError as error:
        if error.code == "limit.cancelled":
            server.alter(
                "MATCH (l:Ledger {id: 'ledger'}) WHERE l.owner = $owner REMOVE l.owner, l.expires", owner=owner
            )
        raise


def _smaller(error: LimitError, habits: Habits, contents: Contents) -> Habits:
    """Habits under which a batch of few but long rows no longer fits one transaction."""
    if error.code != "limit.memory" or contents.total < 2:  # noqa: PLR2004 - one row cannot be cut
        raise error
    return replace(habits, chunk=contents.total // 2)


def wait(deadline: float) -> None:
    """Pause before the next look at another writer's lease; StoreBusyError `store.busy` after the deadline."""
    if time.monotonic() > deadline:
        raise busy()
    time.sleep(_PAUSE)


def busy() -> StoreBusyError:
    """The error of a writer that waited its time for another one."""
    return StoreBusyError(
        "Another load is writing to this store.", next_step="Wait until it ends, then run this load again."
    )


# --- the first transaction


def _begin(work: Work, header: BatchHeader, contents: Contents, owner: str, habits: Habits) -> BatchRecord | Begun:
    upcoming = admitted(work, owner)
    if done := committed(work, header):
        return done
    if pending := pending_batch(work):
        lease.take(work, owner, habits)
        return _taken_over(work, pending, header, contents)
    check_built_on(work, header)
    counting = snapshot(work.rows, None)
    writing = Writing(upcoming, counting, counters(work), counting.void)
    enter(work, header, contents, writing)
    if contents.total > habits.chunk:
        lease.take(work, owner, habits)
        return Begun(writing)
    for stage in contents.stages:
        apply(work, stage, stage.rows, writing)
    return finish(work, upcoming)


def admitted(work: Work, owner: str) -> int:
    """Lock the ledger and give the next number; Busy while another writer's lease lives."""
    found = work.rows(f"{LOCK} RETURN l.next, l.owner IS NULL OR l.owner = $owner OR l.expires < {NOW}", owner=owner)
    if not found:
        raise StoreError("The store is not prepared.", code="store.schema", next_step="Run ensure_schema first.")
    if not found[0][1]:
        raise Busy
    return int(found[0][0])


def committed(work: Work, header: BatchHeader) -> BatchRecord | None:
    """The line of the committed batch of the same id or digest."""
    match = "MATCH (e:LedgerEntry {%s: $%s}) WHERE e.state = $state RETURN e"
    found = work.rows(
        f"CALL () {{ {match % ('id', 'id')} UNION {match % ('digest', 'digest')} }} RETURN {LINE} ORDER BY e.number",
        id=header.id,
        digest=header.digest,
        state=str(BatchState.COMMITTED),
    )
    return record_of(found[0][0]) if found else None


def pending_batch(work: Work) -> list[Any] | None:
    """What is known of the batch that is not committed yet; None without one."""
    found = work.rows(
        "MATCH (e:LedgerEntry {state: $state}) "
        "RETURN e.number, e.digest, e.outline, e.starts, e.stage, coalesce(e.done, []), coalesce(e.undoing, false) "
        "ORDER BY e.number",
        state=str(BatchState.PENDING),
    )
    return found[0] if found else None


def check_built_on(work: Work, header: BatchHeader) -> None:
    """`check_ground` on the lines that the batch builds on."""
    if header.built_on:
        ground = work.rows(
            f"MATCH (e:LedgerEntry) WHERE e.number IN $numbers RETURN {LINE}", numbers=sorted(header.built_on)
        )
        check_ground([record_of(row[0]) for row in ground], header)


def begin_parts(work: Work, header: BatchHeader, owner: str, habits: Habits) -> BatchRecord | Begun:
    """The first transaction of a batch that comes in parts. No one resumes it: its parts depend on each other."""
    upcoming = admitted(work, owner)
    if done := committed(work, header):
        return done
    lease.take(work, owner, habits)
    if pending := pending_batch(work):
        return _taken_over(work, pending, header, NO_CONTENTS)
    counting = snapshot(work.rows, None)
    writing = Writing(upcoming, counting, counters(work), counting.void)
    enter(work, header, NO_CONTENTS, writing)
    return Begun(writing)


def next_part(work: Work, number: int, counted: Snapshot, contents: Contents, *, owner: str, habits: Habits) -> Writing:
    """Note which types the next part touches, so that it can be undone.

    `counted`: what it sees: the store and the batch's earlier parts.
    """
    lease.keep(work, owner, habits)
    work.rows(
        "MATCH (e:LedgerEntry {number: $number}) "
        "SET e.nodes = [x IN e.nodes WHERE NOT x IN $nodes] + $nodes, "
        "e.relationships = [x IN e.relationships WHERE NOT x IN $relationships] + $relationships",
        number=number,
        **_touched(contents),
    )
    return Writing(number, counted, counters(work), counted.void)


def end_parts(work: Work, header: BatchHeader, number: int, owner: str) -> BatchRecord:
    """Commit a batch that came in parts, under the header as it is known now."""
    check_built_on(work, header)
    final = to_columns(BatchRecord(header, number, BatchState.PENDING, None))
    # The end numbers that its parts were given stay.
    kept = {name: value for name, value in final.items() if value is not None and name != "ends_again"}
    work.rows(
        "MATCH (e:LedgerEntry {number: $number, state: $pending}) SET e += $final",
        number=number,
        pending=str(BatchState.PENDING),
        final=kept,
    )
    return end(work, owner, number)


def _taken_over(work: Work, pending: list[Any], header: BatchHeader, contents: Contents) -> Begun:
    number, digest, outline, starts, stage, done, undoing = pending
    counting = snapshot(work.rows, None)
    own = {number, *shared_ends(work, number)}
    writing = Writing(number, counting, json.loads(starts), counting.void - own)
    if digest == header.digest and outline == contents.outline and not undoing:
        return Begun(writing, stage, tuple(paired(done)))
    mark_undoing(work, number)
    return Begun(writing, undo=True)


def mark_undoing(work: Work, number: int) -> None:
    """What is half undone must not be resumed by another writer."""
    work.rows("MATCH (e:LedgerEntry {number: $number}) SET e.undoing = true", number=number)


def counters(work: Work) -> dict[str, int]:
    """The next dense number of each type that has any."""
    return {row[0]: row[1] for row in work.rows("MATCH (c:Counter) RETURN c.type, c.next ORDER BY c.type")}


def enter(work: Work, header: BatchHeader, contents: Contents, writing: Writing) -> None:
    """Enter the batch as pending, with what a second run needs to go on."""
    work.rows(
        "MATCH (l:Ledger {id: 'ledger'}) SET l.next = $entry.number + 1 "
        "CREATE (e:LedgerEntry:Batch) SET e = $entry, e += $more, e.batch_from = $entry.number",
        entry=to_columns(BatchRecord(header, writing.number, BatchState.PENDING, None)),
        more={
            "outline": contents.outline,
            "starts": json.dumps(writing.starts, sort_keys=True),
            **_touched(contents),
            "stage": 0,
            "done": [],
        },
    )


def _touched(contents: Contents) -> dict[str, list[str]]:
    return {
        "nodes": contents.touched(Does.END_NODES, Does.WRITE_NODES),
        "relationships": contents.touched(Does.END_RELATIONSHIPS, Does.WRITE_RELATIONSHIPS),
    }


# --- the last transaction


def end(work: Work, owner: str, number: int) -> BatchRecord:
    """Commit the batch and give the lease back."""
    found = work.rows(f"{LOCK} WITH l WHERE l.owner = $owner REMOVE l.owner, l.expires RETURN true", owner=owner)
    if not found:
        entry = work.rows(f"MATCH (e:LedgerEntry {{number: $number}}) RETURN {LINE}", number=number)
        record = record_of(entry[0][0])
        if record.state != BatchState.COMMITTED:
            raise lease.lost()
        return record  # an earlier attempt was committed although its answer was lost
    return finish(work, number)


def finish(work: Work, number: int) -> BatchRecord:
    """Enter the batch as committed, at the ledger's next instant."""
    found = work.rows(
        f"{NEXT_INSTANT} MATCH (e:LedgerEntry {{number: $number}}) "
        f"SET l.committed_at = at, e.state = $state, e.committed_at = at {_FORGET} RETURN {LINE}",
        number=number,
        state=str(BatchState.COMMITTED),
    )
    return record_of(found[0][0])
