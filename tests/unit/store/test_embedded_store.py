"""What only the embedded store has: one owner process, deadlines, and what `kill -9` leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.errors import LimitError, StoreError, TaxgraphError
from graph.store.digest import digest
from graph.store.duckdb_parts.known_ledger import KnownLedger, Lines
from graph.store.duckdb_store import DuckdbStore
from graph.store.owner import owner_path, read_owner
from graph.store.questions import NOW, AsOf, NodePattern, Pattern
from tests.support.small_graph import Draft

ROOT_FOLDER = Path(__file__).parents[3]
HOLD = """
import sys, time
from graph.store.duckdb_store import DuckdbStore
store = DuckdbStore.open(sys.argv[1])
store.ensure_schema()
store.announce("http://127.0.0.1:9", "secret")
print("open", flush=True)
time.sleep(60)
"""
LOAD = """
import sys
from graph.store.duckdb_store import DuckdbStore
from tests.support.small_graph import Draft
store = DuckdbStore.open(sys.argv[1])
store.ensure_schema()
store.write(Draft().firm("A").batch("first"))
graph = Draft()
for n in range(20000):
    graph.firm(f"F{n}")
batch = graph.batch("second")
print("writing", flush=True)
store.write(batch)
print("written", flush=True)
"""


def child(code: str, store: Path) -> subprocess.Popen[str]:
    """A process of its own that runs `code` on a store file."""
    return subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code, str(store)], stdout=subprocess.PIPE, text=True, cwd=ROOT_FOLDER
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def stop(process: subprocess.Popen[str], how: int = signal.SIGKILL) -> None:
    process.send_signal(how)
    process.wait(timeout=30)
    if process.stdout is not None:
        process.stdout.close()


def opened(path: Path, **options: float) -> DuckdbStore:
    store = DuckdbStore.open(path, timeout=options.get("timeout"))
    store.ensure_schema()
    return store


def test_a_second_process_is_refused_with_the_owners_address(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    holder = child(HOLD, path)
    try:
        assert first_line(holder) == "open"
        with pytest.raises(StoreError) as caught:
            DuckdbStore.open(path)
        assert caught.value.code == "store.owned"
        assert caught.value.facts["pid"] == holder.pid
        assert caught.value.facts["address"] == "http://127.0.0.1:9"
    finally:
        stop(holder)
    assert owner_path(path).exists()
    store = opened(path)
    owner = read_owner(path)
    assert owner is not None
    assert owner.pid == os.getpid()
    store.close()
    assert not owner_path(path).exists()


def test_one_process_does_not_open_a_file_twice(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    with pytest.raises(StoreError) as caught:
        DuckdbStore.open(tmp_path / "g.duckdb")
    assert caught.value.code == "store.owned"
    store.close()
    opened(tmp_path / "g.duckdb").close()


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.4])
def test_a_killed_writer_leaves_nothing_or_everything(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "g.duckdb"
    writer = child(LOAD, path)
    assert first_line(writer) == "writing"
    time.sleep(delay)
    stop(writer)
    store = opened(path)
    ids = [record.header.id for record in store.batches()]
    whole = ids == ["first", "second"]
    assert whole or ids == ["first"]
    for name in ("Taxpayer", "Party", "PARTY_OF"):
        assert store.export(name).num_rows == (20_001 if whole else 1)
    store.close()


def slow(store: DuckdbStore, *, times: int = 1) -> None:
    """Ask for every triple of many nodes."""
    for _ in range(times):
        _triples(store)


def _triples(store: DuckdbStore) -> None:
    store.match(Pattern(tuple(NodePattern(name, "Task") for name in "a")))
    names = "abc"
    nodes = tuple(NodePattern(name, "Task") for name in names)
    from graph.store.questions import EdgePattern  # noqa: PLC0415 - only this helper needs it

    edges = (EdgePattern("x", "a", "SPAWNED", "b"), EdgePattern("y", "b", "SPAWNED", "c"))
    store.match(Pattern(nodes, edges, limit=10))


@pytest.fixture
def crowded(tmp_path: Path) -> DuckdbStore:
    """Every task spawned every task: millions of paths."""
    graph = Draft()
    for n in range(150):
        graph.node("Task", f"t{n}")
        for m in range(150):
            graph.link("SPAWNED", f"t{n}", f"t{m}")
    store = opened(tmp_path / "g.duckdb")
    store.write(graph.batch())
    return store


def test_a_read_that_takes_too_long_ends_with_a_limit_error(crowded: DuckdbStore) -> None:
    with crowded.deadline(0.005), pytest.raises(LimitError) as caught:
        slow(crowded)
    assert caught.value.code == "limit.time"
    slow(crowded)
    crowded.close()


def test_running_reads_can_be_interrupted(crowded: DuckdbStore) -> None:
    stopping = threading.Event()

    def interrupt() -> None:
        while not stopping.wait(0.005):
            crowded.interrupt()

    helper = threading.Thread(target=interrupt)
    helper.start()
    try:
        with pytest.raises(LimitError):
            slow(crowded, times=200)  # on a busy machine a question may end before the other thread runs
    finally:
        stopping.set()
        helper.join()
    crowded.close()


def test_closing_ends_what_other_threads_read(crowded: DuckdbStore) -> None:
    ended: list[str] = []
    reading = threading.Event()

    def read() -> None:
        try:
            while True:
                reading.set()
                slow(crowded)
        except TaxgraphError as error:
            ended.append(error.code)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    reading.wait()
    crowded.close()
    for reader in readers:
        reader.join(10)
    assert len(ended) == len(readers)
    assert set(ended) <= {"limit.time", "store.closed", "store.failed"}


def test_readers_see_whole_batches_while_a_writer_writes(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    store.write(Draft().firm("A").batch("b0"))

    def count(_: int) -> tuple[int, int]:
        return store.select("Taxpayer").total, store.export("Party").num_rows

    with ThreadPoolExecutor(3) as pool:
        reads = [pool.submit(count, n) for n in range(20)]
        for n in range(5):
            store.write(Draft().firm(f"B{n}").firm(f"C{n}").batch(f"b{n + 1}"))
        seen = [read.result() for read in reads]
    assert all(taxpayers % 2 == 1 and parties % 2 == 1 for taxpayers, parties in seen)
    assert digest(store)["counts"]["Taxpayer"] == 11
    store.close()


def test_a_store_can_be_read_without_owning_it(tmp_path: Path) -> None:
    path = tmp_path / "g.duckdb"
    store = opened(path)
    store.write(Draft().firm("A").batch())
    store.close()
    reading = DuckdbStore.open(path, read_only=True)
    reading.ensure_schema()
    assert reading.select("Taxpayer").total == 1
    assert not owner_path(path).exists()
    reading.close()


def test_parts_of_a_batch_see_what_the_parts_before_ended_again_after_a_withdrawal(tmp_path: Path) -> None:
    store = opened(tmp_path / "graph.duckdb")
    store.write(Draft().node("Taxpayer", "A", name="first").batch("b1", built_on=()))
    store.write(Draft().node("Taxpayer", "A", name="gone").batch("b2", built_on=(1,)))
    store.withdraw("b2")
    again = Draft().node("Taxpayer", "A", name="second").batch("b3", built_on=(1,))
    with store.open_batch(again.header) as batch:
        batch.add(again)
        assert batch.export("Taxpayer")["name"].to_pylist() == ["second"]
        batch.add(Draft().node("Taxpayer", "A", name="third").batch())
        assert batch.export("Taxpayer")["name"].to_pylist() == ["third"]
        record = batch.commit(again.header)
    assert store.export("Taxpayer")["name"].to_pylist() == ["third"]
    assert record.ends_again == {record.number + 1: 2}
    store.close()


class Watched(KnownLedger):
    """A ledger that looks at the store between the end of a commit and the moment when the writer knows of it."""

    def watch(self, look: Callable[[], object]) -> None:
        self.look = look

    def know(self, lines: Lines | None) -> None:
        self.look()
        super().know(lines)


def test_a_read_as_of_before_a_batch_does_not_see_it_while_it_is_being_committed(tmp_path: Path) -> None:
    store = opened(tmp_path / "g.duckdb")
    first = store.write(Draft().firm("A").batch("first"))
    before, seen = AsOf(recorded=first.committed_at), []
    ledger = Watched(store.ledger.engine)
    ledger.watch(lambda: seen.append([store.select("Taxpayer", as_of=clock).total for clock in (before, NOW)]))
    store.ledger = ledger
    store.write(Draft().firm("B").firm("C").batch("second"))
    store.withdraw("second")
    assert seen == [[1, 3], [1, 1]]
    store.close()
