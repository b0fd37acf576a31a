"""Sorting the runs of an embedded file: nothing changes but the order, reads go on, and a kill leaves a whole store."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from api.compacting import IdleCompaction
from api.loads.jobs import JobBook
from graph.model.vocabulary import relationship_type
from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore, WriteBatch
from graph.store.questions import Direction
from tests.support.small_graph import Draft, header

ROWS = 130_000  # more than a row group, below which disorder costs nothing
COMPACT = """
import sys
from graph.store.duckdb_store import DuckdbStore
store = DuckdbStore.open(sys.argv[1])
print("ready", flush=True)
store.compact()
print("done", flush=True)
"""


def sales(name: str, first: int) -> WriteBatch:
    """Every second invoice of a range, each sold by one of a hundred parties: a run that overlaps its neighbour."""
    numbers = np.arange(first, first + 2 * ROWS, 2)
    columns = {
        "from_type": pa.array(["Party"] * ROWS),
        "from_id": pa.array([f"no:{number % 97}" for number in numbers]),
        "to_type": pa.array(["Invoice"] * ROWS),
        "to_id": pa.array([f"{number:08d}" for number in numbers]),
    }
    schema = relationship_type("SOLD").schema()
    filled = {f.name: columns.get(f.name, pa.nulls(ROWS, f.type)) for f in schema}
    return WriteBatch(header(name, built_on=()), relationships={"SOLD": pa.table(filled).cast(schema)})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of three runs, one of them withdrawn."""
    path = tmp_path_factory.mktemp("runs") / "runs.duckdb"
    store = DuckdbStore.open(path)
    store.ensure_schema()
    store.write(Draft().firm("1").firm("2").invoice("00000002", seller="1", buyer="2").batch("firms", built_on=()))
    store.write(sales("odd", 1))
    store.write(sales("even", 2))
    store.write(Draft().node("Taxpayer", "1", name="gone").batch("gone", built_on=()))
    store.withdraw("gone")
    store.close()
    return path


@pytest.fixture
def store(runs: Path, tmp_path: Path) -> Iterator[GraphStore]:
    """A copy of that file, open."""
    path = tmp_path / "runs.duckdb"
    shutil.copy(runs, path)
    opened = DuckdbStore.open(path)
    yield cast("GraphStore", opened)
    opened.close()


def answers(store: GraphStore) -> list[object]:
    """What a few questions are answered."""
    sold = store.expand("Taxpayer", ["1", "2"], "SOLD", Direction.OUT).table
    back = store.expand("Invoice", ["00000002", "00000003"], "SOLD", Direction.IN).table
    return [sold.to_pylist(), back.to_pylist(), store.select("Taxpayer").table.to_pylist(), store.trade().to_pylist()]


def test_answers_and_digest_are_the_same_after_it(store: GraphStore) -> None:
    before, asked, ledger = digest(store), answers(store), store.batches()
    assert store.runs() == 4
    assert store.compact() == 2, "SOLD and its pairs by target"
    assert (store.runs(), store.compact()) == (1, 0)
    assert (digest(store), answers(store), store.batches()) == (before, asked, ledger)


def test_a_read_that_began_before_it_ends_with_what_it_began_with(store: GraphStore) -> None:
    with store.dumping() as dump:
        batches = dump.versions("SOLD")
        count = next(batches).num_rows
        store.compact()
        count += sum(batch.num_rows for batch in batches)
    assert count == 2 * ROWS + 1


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_a_kill_in_the_middle_leaves_the_old_or_the_new(runs: Path, tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "killed.duckdb"
    shutil.copy(runs, path)
    words = [sys.executable, "-c", COMPACT, str(path)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, encoding="utf-8")  # noqa: S603 - our own program
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    opened, whole = DuckdbStore.open(path), DuckdbStore.open(_copy(runs, tmp_path))
    try:
        opened.ensure_schema()
        assert digest(opened) == digest(whole)
        assert answers(opened) == answers(whole)
        opened.compact()
        assert digest(opened) == digest(whole)
    finally:
        opened.close()
        whole.close()


def _copy(runs: Path, folder: Path) -> Path:
    return Path(shutil.copy(runs, folder / "whole.duckdb"))


def test_an_idle_owner_compacts_by_itself_and_a_busy_one_does_not(store: GraphStore) -> None:
    loads, taken = JobBook(), [1]
    compaction = IdleCompaction(store, loads, lambda: taken[0], most_runs=2, idle_seconds=0.04)
    try:
        time.sleep(0.5)
        assert loads.jobs() == ()
        taken[0] = 0
        deadline = time.monotonic() + 60
        while not loads.jobs() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert loads.result(loads.jobs()[-1].id) == {"tables": 2}
        assert store.runs() == 1
    finally:
        compaction.close()
        loads.close()
