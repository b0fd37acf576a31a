"""A restore in chunks of any size gives the graph that it was told, with its past."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from graph.store.digest import digest
from graph.store.duckdb_parts.engine import Engine
from graph.store.duckdb_parts.filling import fill
from graph.store.duckdb_store import DuckdbStore
from graph.store.dumping import Versions, dumped_kinds
from graph.store.port import BatchRecord
from graph.store.questions import AsOf
from tests.support.stores import written
from tests.support.thorough import tried
from tests.support.two_cities import two_cities
from tests.support.withdrawing import history, play


def opened(path: Path) -> DuckdbStore:
    store = DuckdbStore.open(path)
    store.ensure_schema()
    return store


def told(store: DuckdbStore) -> Versions:
    """Every version, in batches of one row each."""
    with store.dumping() as dump:
        tables = {kind.name: list(dump.versions(kind.name)) for kind in dumped_kinds()}
    rows = {name: [row for each in batches for row in one_by_one(each)] for name, batches in tables.items() if batches}
    return {name: partial(iter, batches) for name, batches in rows.items()}


def one_by_one(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    return [batch.slice(place, 1) for place in range(batch.num_rows)]


def pasts(store: DuckdbStore, lines: list[BatchRecord]) -> list[object]:
    return [digest(store, as_of=AsOf(recorded=line.committed_at)) for line in lines]


@pytest.mark.parametrize("chunk", tried([7, 1, 1000], 1))
def test_chunks_of_any_size_give_the_same_graph(tmp_path: Path, chunk: int) -> None:
    source, place = opened(tmp_path / "source.duckdb"), tmp_path / "target.duckdb"
    written(source, two_cities())
    for _ in play(source, history(5)):
        pass
    lines = source.batches()
    opened(place).close()
    engine = Engine.open(place, read_only=False, settings={}, timeout=None)
    with engine.batching() as (writer, commit):
        fill(writer, lines, told(source), chunk=chunk)
        commit()
    engine.close()
    again = DuckdbStore.open(place)
    assert digest(again) == digest(source)
    assert pasts(again, lines) == pasts(source, lines)
    source.close()
    again.close()
