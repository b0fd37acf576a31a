"""DataFrames → the same pipeline as files, by way of canonical text. For notebooks and tests."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore
from graph.store.turns import nothing
from loaders.contracts.records import record_named
from loaders.ledger import committed_before, identify, known_report
from loaders.options import LoadOptions, LoadReport
from loaders.pace import Pace, in_turn
from loaders.readers.tables import ROW
from loaders.run import Load, run_load, source_ranks
from loaders.slicing.plan import Slice, Slices
from loaders.sources.base import CanonicalTable, with_place
from loaders.sources.canonical import CanonicalSource
from loaders.staging.intake import Arrival


def load_frames(
    store: GraphStore,
    frames: Mapping[str, pd.DataFrame],
    *,
    options: LoadOptions | None = None,
    progress: Tell = silent,
    stop: Stop | None = None,
    first: Callable[[], None] = nothing,
) -> LoadReport:
    """Load DataFrames as one batch of the canonical source; see `loaders.run.load`.

    Args:
        store: where to.
        frames: record name (`invoices`, `taxpayers`, …) → its rows, columns named as in the vocabulary.
        options: as for files.
        progress: as for files.
        stop: as for files.
        first: called when the load has its turn, before anything else; what it raises ends the load.

    Raises:
        DataError: a name is no canonical record, or more rows are refused than allowed.
    """
    chosen, pace = options or LoadOptions(), Pace(progress, stop)
    with in_turn(store, chosen, pace):
        first()
        return _load(store, frames, chosen, pace)


def _load(store: GraphStore, frames: Mapping[str, pd.DataFrame], chosen: LoadOptions, pace: Pace) -> LoadReport:
    started = time.monotonic()
    tables = {name: _as_text(frames[name]) for name in sorted(frames)}
    ledger = store.batches()
    digests = [_digest(name, table) for name, table in tables.items()]
    identity = identify([CanonicalSource()], digests, chosen.as_at, ledger)
    known = committed_before(identity, ledger)
    if known is not None:
        return known_report(known, seconds=time.monotonic() - started)
    arrivals = [
        Arrival("canonical", CanonicalTable(record_named(name).name, with_place(table, name), name=name))
        for name, table in tables.items()
    ]
    job = Load(store, chosen, identity, ledger, tuple(tables), source_ranks(), started, pace)
    return run_load(job, Slices(iter([Slice(arrivals, ())]), 1))


def _as_text(frame: pd.DataFrame) -> pa.Table:
    """The frame's columns as text with `_row` (1-based)."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    columns: dict[str, Any] = {str(name): _text(table.column(place)) for place, name in enumerate(table.column_names)}
    columns[ROW] = pa.array(range(1, table.num_rows + 1), pa.int64())
    return pa.table(columns)


def _text(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        return _time_text(column)
    if pa.types.is_floating(column.type):
        return _float_text(column)
    return column.cast(pa.string())


def _time_text(column: Any) -> Any:
    """Midnights all through are dates: pandas has no date type of its own."""
    if column.type.tz is not None:
        return pc.strftime(pc.cast(column, pa.timestamp("us", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")
    days = pc.cast(pc.floor_temporal(column, unit="day"), column.type)
    dated = pc.all(pc.equal(column, days)).as_py()
    return (
        pc.cast(column, pa.date32()).cast(pa.string())
        if dated
        else pc.cast(column, pa.timestamp("us")).cast(pa.string())
    )


def _float_text(column: Any) -> Any:
    """The shortest decimal text of each number (`repr`); a missing number stays missing."""
    finite = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return pc.replace_substring_regex(finite.cast(pa.string()), r"\.0$", "")


def _digest(name: str, table: pa.Table) -> str:
    digest = hashlib.sha256(name.encode())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()
