"""The links of a store as they were first recorded, checked one by one: what loads and the desk must leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from graph.store.dumping import dumped_kinds
from graph.store.port import BatchRecord, GraphStore
from graph.trail.canonical import canonical, micros
from graph.trail.chain import link_hash

Row = dict[str, Any]


def links_of(store: GraphStore) -> list[Row]:
    """Every link by task and sequence, in the version that recorded it, withdrawn ones too."""
    with store.dumping() as dump:
        versions = [row for batch in dump.versions("TaskEvent") for row in batch.to_pylist()]
    first: dict[tuple[str, int], Row] = {}
    for row in sorted(versions, key=itemgetter("batch_from")):
        first.setdefault((row["task"], row["sequence"]), row)
    return [first[key] for key in sorted(first)]


def whole_chains(store: GraphStore) -> dict[str, int]:
    """How many links each task has; AssertionError where a chain has a gap, a fork or a link that does not fit."""
    found = {}
    for task, links in groupby(links_of(store), key=itemgetter("task")):
        previous = ""
        for place, row in enumerate(links, start=1):
            assert row["sequence"] == place
            assert (row["previous_hash"] or "") == previous
            previous = row["hash"]
            assert previous == link_hash(row["previous_hash"] or "", place, micros(row["recorded_at"]), canonical(row))
            found[task] = place
    return found


def aged(source: GraphStore, target: GraphStore, days: Sequence[str], *, without: Sequence[str] = ()) -> GraphStore:
    """`target`, empty, filled with what `source` holds, as if its batches had been committed at noon of these days.

    `without`: columns of events that hold nothing any more.
    """
    with source.dumping() as dump:
        versions = {kind.name: list(dump.versions(kind.name)) for kind in dumped_kinds()}
        ledger = [line for line in dump.ledger if line.number]
    for name in without:
        versions["TaskEvent"] = [emptied(batch, name) for batch in versions["TaskEvent"]]
    kept = {name: partial(iter, batches) for name, batches in versions.items() if batches}
    target.fill([_on(line, day) for line, day in zip(ledger, days, strict=True)], kept)
    return target


def emptied(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The batch with nothing in a column."""
    place = batch.schema.get_field_index(name)
    return batch.set_column(place, batch.schema.field(name), pa.nulls(batch.num_rows, batch.schema.field(name).type))


def _on(line: BatchRecord, day: str) -> BatchRecord:
    noon = datetime.fromisoformat(f"{day}T12:00:00+08:00").astimezone(UTC)
    gone = noon + timedelta(hours=1) if line.withdrawn_at is not None else None
    return replace(line, committed_at=noon, withdrawn_at=gone)
