"""The server bounds the memory of one transaction: writes and whole-column reads find a size that fits.

Found with rows of 20 kB in transactions of 8 MB.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.store.digest import digest
from graph.store.neo4j_parts.lease import Habits
from graph.store.port import WriteBatch
from tests.contract.neo4j.mortal import Died, Opener
from tests.support.neo4j.server import Neo4jConnection, Neo4jOptions, Neo4jServer
from tests.support.small_graph import Draft

pytestmark = pytest.mark.neo4j


MANY = 1_000


def long_rows(name: str) -> WriteBatch:
    draft = Draft()
    for number in range(MANY):
        draft.node("Claim", f"{name}{number:04}", subject=name, content="c" * 20_000)
    return draft.batch(name)


@pytest.fixture(scope="module")
def small_server() -> Iterator[Neo4jConnection]:
    with Neo4jServer(Neo4jOptions(settings={"db.memory.transaction.max": "8m"}, brief=True)) as server:
        yield server.connection


def test_batches_of_long_rows_are_written_read_and_undone(small_server: Neo4jConnection) -> None:
    opener = Opener(small_server)
    in_chunks, at_once = opener(Habits(chunk=999)), opener(Habits())
    in_chunks.ensure_schema()
    assert in_chunks.write(long_rows("a")).state == "committed"
    assert at_once.write(long_rows("b")).state == "committed"
    assert digest(at_once)["counts"] == {"Claim": 2 * MANY}
    with pytest.raises(Died):
        opener(Habits(chunk=100, lease=0.1), dies_before=9).write(long_rows("c"))
    assert opener(Habits()).write(Draft().firm("A").batch("other")).number == 4
    assert digest(at_once)["counts"] == {"Claim": 2 * MANY, "Party": 1, "PARTY_OF": 1, "Taxpayer": 1}
    opener.close()
