"""A loader that `kill -9` ends leaves a store that shows nothing of it, and that the same load completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from graph.store.digest import digest
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.lease import Habits
from graph.store.port import WriteBatch
from tests.contract.neo4j.mortal import Opener
from tests.support.neo4j.server import Neo4jConnection
from tests.support.small_graph import Draft

pytestmark = pytest.mark.neo4j
HABITS = Habits(chunk=20, lease=0.5, wait=20.0)
LOADER = """
import os
from graph.store.neo4j_store import Neo4jStore
from tests.contract.neo4j.test_killed_loader import HABITS, large
where = {name: os.environ["TAXGRAPH_TEST_NEO4J_" + name] for name in ("URI", "USER", "PASSWORD")}
Neo4jStore.open(where["URI"], user=where["USER"], password=where["PASSWORD"], habits=HABITS).write(large())
"""


def large() -> WriteBatch:
    draft = Draft()
    for number in range(400):
        draft.invoice(f"{number:04}", seller="A", buyer="B")
    return draft.batch("large")


@pytest.mark.parametrize("chunks", [1, 17, 33])
def test_a_killed_loader_leaves_nothing_and_its_batch_goes_on(
    opener: Opener, server: Server, neo4j_server: Neo4jConnection, chunks: int
) -> None:
    opener().write(Draft().firm("A").firm("B").batch("small"))
    loader = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
        [sys.executable, "-c", LOADER], env={**os.environ, **neo4j_server.as_environment()}
    )
    wait_for_progress(server, chunks)
    loader.send_signal(signal.SIGKILL)
    loader.wait()
    store = opener(HABITS)
    states = [line.state for line in store.batches()]
    if states[1] == "pending":
        assert "Invoice" not in digest(store)["counts"]
    record = store.write(large())
    assert (record.number, record.state) == (2, "committed")
    assert digest(store)["counts"]["SOLD"] == 400
    assert store.trade().num_rows == 400


def wait_for_progress(server: Server, chunks: int) -> None:
    """Until the second batch stands at that chunk: twenty of nodes, then twenty for each relationship."""
    deadline = time.monotonic() + 60
    place = "MATCH (e:LedgerEntry {number: 2}) RETURN coalesce(e.stage, 100) * 20 + coalesce(e.done[1], 0) / 20"
    while time.monotonic() < deadline:
        found = server.rows(place)
        if found and found[0][0] >= chunks:
            return
        time.sleep(0.01)
    raise TimeoutError
