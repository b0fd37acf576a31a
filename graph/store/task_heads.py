"""Where the chains of tasks end: sequence and hash of each task's last link, whether it is seen now or not.

A withdrawn batch hides its events, but they stay links: what is recorded next comes behind them. Read by loads and by
the desk of tasks inside the batch that they write, so that no other batch comes between. Engine-free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from graph.store.ledger import SYSTEM_BATCH, BatchState
from graph.store.open_batches import OpenBatch
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import AsOf, Filter, Op, Page
from graph.trail.chain import Head

EVENT = "TaskEvent"
_COLUMNS = ("task", "sequence", "hash")
_CHUNK = 1000
_MANY = 20_000  # from here on reading all events once is cheaper than asking for them by task
_ALL = Page(limit=1_000_000_000)
_BEFORE = timedelta(microseconds=1)  # instants of the ledger are told to the microsecond


def task_heads(store: GraphStore, batch: OpenBatch, tasks: Sequence[str]) -> dict[str, Head]:
    """The last link of each of these tasks that has any.

    Args:
        store: whose ledger says what was withdrawn.
        batch: being written; its own events count.
        tasks: ids of tasks, each once.
    """
    heads: dict[str, Head] = {}
    lines = [line for line in store.batches() if brought_events(line)] if tasks else []
    for rows in _seen(batch, tasks):
        _further(heads, rows)
    for instant in sorted({line.withdrawn_at for line in lines if line.withdrawn_at is not None}):
        for rows in _hidden(store, tasks, AsOf(recorded=instant - _BEFORE)):
            _further(heads, rows)
    return heads


def brought_events(line: BatchRecord) -> bool:
    """Whether a line of the ledger may have brought events that are links for ever."""
    lasts = line.state in {BatchState.COMMITTED, BatchState.WITHDRAWN} and line.number > SYSTEM_BATCH
    return lasts and (not line.header.by_type or EVENT in line.header.by_type)


def _seen(batch: OpenBatch, tasks: Sequence[str]) -> Iterator[pa.Table]:
    if len(tasks) > _MANY:
        rows = batch.columns(EVENT, _COLUMNS)
        yield rows.filter(pc.is_in(rows["task"], value_set=pa.array(tasks, pa.string())))
        return
    yield from _chunks(tasks, lambda where: batch.select(EVENT, where=where, page=_ALL).table)


def _hidden(store: GraphStore, tasks: Sequence[str], then: AsOf) -> Iterator[pa.Table]:
    yield from _chunks(tasks, lambda where: store.select(EVENT, where=where, page=_ALL, as_of=then).table)


def _chunks(tasks: Sequence[str], ask: Callable[[tuple[Filter, ...]], pa.Table]) -> Iterator[pa.Table]:
    for start in range(0, len(tasks), _CHUNK):
        yield ask((Filter("task", Op.IN, tuple(tasks[start : start + _CHUNK])),))


def _further(heads: dict[str, Head], rows: pa.Table) -> None:
    """Move each task's head on to the furthest of these links; events of earlier releases bear none."""
    for task, sequence, found in zip(*(rows[name].to_pylist() for name in _COLUMNS), strict=True):
        if sequence is not None and sequence > heads.get(task, (0, ""))[0]:
            heads[task] = (sequence, found)
