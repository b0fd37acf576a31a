"""Writes the stages of a pending batch chunk by chunk, over one connection or several. Called by `writing`.

The last statement of a chunk's transaction locks the ledger, sees that the lease is still held, and enters the chunk's
rows among those that are done: a chunk whose answer was lost is not written twice, and a writer that was taken over
commits nothing. Until then chunks of one stage do not wait for each other. Relationships are written in lanes: ranges
of a stage that share no key but hubs (`Stage.across`), each with a connection of its own (docs/adr/0016).
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa

from graph.errors import LimitError
from graph.store.ledger import BatchState
from graph.store.neo4j_parts import lease
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.contents import Contents, Does, Stage
from graph.store.neo4j_parts.lease import LOCK, NOW, Habits
from graph.store.neo4j_parts.ranges import Range, covered, flat, joined, left, paired
from graph.store.neo4j_parts.stages import Writing, apply
from graph.store.port import WriteBatch

_WRITES = frozenset({Does.WRITE_NODES, Does.WRITE_RELATIONSHIPS})


@dataclass(frozen=True, slots=True)
class Begun:
    """A pending batch that this writer holds the lease for; `undo` if it is not the one to be written.

    `stage`: place of the first stage that is not whole, `done`: its rows that are written.
    """

    writing: Writing
    stage: int = 0
    done: tuple[Range, ...] = ()
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes what, for all its stages and lanes. `part` is told of rows, and asked whether to stop."""

    server: Server
    writing: Writing
    owner: str
    habits: Habits
    part: WriteBatch
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def told(self, stage: Stage, rows: int) -> None:
        """Tell that a chunk is in; lanes do so one at a time."""
        with self._telling:
            self.part.told(rows if stage.does in _WRITES else 0)


def write_stages(writer: Writer, contents: Contents, begun: Begun, *, before: int = 0) -> None:
    """Write what is not written yet of a part. `before`: stages of the batch's earlier parts."""
    for place in range(begun.stage, len(contents.stages)):
        done = begun.done if place == begun.stage else ()
        _write_stage(writer, contents.stages[place], before + place, done)


def _write_stage(writer: Writer, stage: Stage, place: int, done: tuple[Range, ...]) -> None:
    lanes = lanes_of(stage, 1 if writer.writing.void else writer.habits.lanes, least=writer.habits.chunk)
    over = threading.Event()
    if len(lanes) == 1:
        _write_lane(writer, stage, place, left(done, lanes[0]), over)
        return
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="lane") as pool:
        running = [pool.submit(_write_lane, writer, stage, place, left(done, lane), over) for lane in lanes]
        try:
            for lane in running:
                lane.result()
        finally:  # whatever ends one lane, or this thread, ends the others at their next chunk
            over.set()


def lanes_of(stage: Stage, count: int, *, least: int) -> list[Range]:
    """Up to `count` ranges of a stage, about equal, of `least` rows or more, whose rows share no key of `across`."""
    rows = stage.rows.num_rows
    count = min(count, rows // least) if stage.across else 1
    if count < 2:  # noqa: PLR2004 - two lanes or none
        return [(0, rows)]
    keys = stage.rows[stage.across].combine_chunks()
    cuts = sorted({0, rows, *(_end_of_key(keys, rows * lane // count) for lane in range(1, count))})
    return list(pairwise(cuts))


def _end_of_key(keys: Any, place: int) -> int:
    """The first place, from this one on, at which another key begins than stands before it."""
    key = keys[place - 1].as_py()
    return place + bisect_right(range(place, len(keys)), key, key=lambda each: keys[each].as_py())


def _write_lane(writer: Writer, stage: Stage, place: int, ranges: Iterator[Range], over: threading.Event) -> None:
    try:
        for rows in ranges:
            _write_range(writer, stage, place, rows, over)
    except BaseException:
        over.set()
        raise


def _write_range(writer: Writer, stage: Stage, place: int, whole: Range, over: threading.Event) -> None:
    size = writer.habits.chunk
    start, end = whole
    while start < end and not over.is_set():
        writer.part.stop.check()
        rows = stage.rows.slice(start, min(size, end - start))
        try:
            writer.server.write(_chunk(writer, stage, rows, _Place(place, (start, start + rows.num_rows))))
        except LimitError as error:
            if error.code != "limit.memory" or size == 1:
                raise
            size = max(1, size // 2)
            continue
        start += rows.num_rows
        writer.told(stage, rows.num_rows)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a chunk stands in its batch."""

    stage: int
    rows: Range


def _chunk(writer: Writer, stage: Stage, rows: pa.Table, at: _Place) -> Callable[[Work], None]:
    attempts = 0

    def write_chunk(work: Work) -> None:
        nonlocal attempts
        attempts += 1
        # In a transaction of its own: it waits for a commit under way, and must not keep the ledger from other lanes.
        if attempts > 1 and writer.server.write(lambda look: covered(_done(look, writer, at), at.rows)):
            return  # an earlier attempt was committed although its answer was lost
        _look_at_lease(work, writer)
        apply(work, stage, rows, writer.writing)
        _enter(work, writer, at)

    return write_chunk


def _look_at_lease(work: Work, writer: Writer) -> None:
    """Without a lock: it spares work that would be in vain; `_enter` decides."""
    if not work.rows("MATCH (l:Ledger {id: 'ledger', owner: $owner}) RETURN 1", owner=writer.owner):
        raise lease.lost()


def _done(work: Work, writer: Writer, at: _Place) -> list[Range]:
    """Lock the ledger, renew the lease, and give the rows of the stage that are in; StoreBusyError `store.lease`."""
    found = work.rows(
        f"{LOCK} WITH l WHERE l.owner = $owner SET l.expires = {NOW} + $span "
        "WITH l MATCH (e:LedgerEntry {number: $number, state: $pending}) WHERE e.undoing IS NULL "
        "RETURN e.stage, coalesce(e.done, [])",
        owner=writer.owner,
        span=writer.habits.span,
        number=writer.writing.number,
        pending=str(BatchState.PENDING),
    )
    if not found:
        raise lease.lost()
    stage, done = found[0]
    return paired(done) if stage == at.stage else []


def _enter(work: Work, writer: Writer, at: _Place) -> None:
    done = _done(work, writer, at)
    if covered(done, at.rows):
        raise lease.lost()  # somebody else wrote them: this transaction must not
    work.rows(
        "MATCH (e:LedgerEntry {number: $number}) SET e.stage = $stage, e.done = $done",
        number=writer.writing.number,
        stage=at.stage,
        done=flat(joined(done, at.rows)),
    )
