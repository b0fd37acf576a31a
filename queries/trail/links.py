"""Every link of every task's chain as it was first recorded, withdrawn ones too. Read by `rows` and `sealing`.

A link is the first version that bears its task and sequence; later versions (the same event told again by another
file) change nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from graph.model.organisation import TaskEvent
from graph.store.dumping import Dump
from graph.store.port import BatchRecord, GraphStore
from graph.trail.canonical import micros

_STANDS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a store.

    Attributes:
        table: the asked columns of the first version of each link, by task, then sequence; with `day` (text, ISO: when
            the batch was committed, in civil time), `batch` (its id) and `withdrawn_at` (int64 microseconds, null: it
            stands).
        latest: the asked columns of the last version of those links that have several; the same order.
        unchained: events that no release chained.
    """

    table: pa.Table
    latest: pa.Table
    unchained: int


def recorded_links(store: GraphStore, columns: Sequence[str], *, zone: str) -> Links:
    """Read the links.

    Args:
        store: either.
        columns: of `TaskEvent`; `task` and `sequence` come first anyway.
        zone: IANA name; where the authority's days begin.
    """
    names = list(dict.fromkeys(("task", "sequence", *columns)))
    with store.dumping() as dump:
        lines = {line.number: line for line in dump.ledger}
        versions = list(_versions(dump, [*names, "batch_from"]))
    table = pa.Table.from_batches(versions) if versions else _nothing(names)
    chained = table.filter(table["sequence"].is_valid())
    ordered = chained.sort_by([(name, "ascending") for name in ("task", "sequence", "batch_from")])
    firsts = _firsts(ordered)
    found = _dated(ordered.take(firsts), lines, zone)
    withdrawn = _withdrawn(ordered["batch_from"].to_numpy(), firsts, lines)
    lasts = np.append(firsts[1:], ordered.num_rows) - 1 if len(firsts) else firsts
    return Links(
        table=found.append_column("withdrawn_at", pa.array(withdrawn, pa.int64(), mask=withdrawn == _STANDS)),
        latest=ordered.take(lasts[lasts != firsts]).select(names),
        unchained=table.num_rows - chained.num_rows,
    )


def _versions(dump: Dump, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for batch in dump.versions(TaskEvent.__node__.name):
        yield batch.select(names)


def _nothing(names: Sequence[str]) -> pa.Table:
    schema = TaskEvent.__node__.schema()
    return pa.schema([*(schema.field(name) for name in names), pa.field("batch_from", pa.int64())]).empty_table()


def _firsts(ordered: pa.Table) -> Any:
    """Places of the first version of each task and sequence (int64)."""
    if not ordered.num_rows:
        return np.zeros(0, np.int64)
    task = ordered["task"].combine_chunks().dictionary_encode().indices.to_numpy()
    sequence = ordered["sequence"].to_numpy()
    fresh = np.ones(ordered.num_rows, bool)
    fresh[1:] = (task[1:] != task[:-1]) | (sequence[1:] != sequence[:-1])
    return np.flatnonzero(fresh)


def _dated(table: pa.Table, lines: dict[int, BatchRecord], zone: str) -> pa.Table:
    """With the day and the id of the batch that recorded each link."""
    civil = ZoneInfo(zone)
    numbers: list[Any] = table["batch_from"].to_pylist()
    days = {
        number: line.committed_at.astimezone(civil).date().isoformat()
        for number, line in lines.items()
        if line.committed_at is not None
    }
    found = table.drop_columns(["batch_from"])
    found = found.append_column("day", pa.array([days[number] for number in numbers], pa.string()))
    return found.append_column("batch", pa.array([lines[number].header.id for number in numbers], pa.string()))


def _withdrawn(numbers: Any, firsts: Any, lines: dict[int, BatchRecord]) -> Any:
    """When the last batch that told each link was withdrawn (int64 microseconds); `_STANDS` while one is not."""
    if not len(firsts):
        return np.zeros(0, np.int64)
    instants = {
        number: _STANDS if line.withdrawn_at is None else micros(line.withdrawn_at) for number, line in lines.items()
    }
    told = np.array([instants[number] for number in numbers.tolist()], np.int64)
    return np.maximum.reduceat(told, firsts)
