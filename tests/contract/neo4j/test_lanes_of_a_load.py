"""Several connections write one load: nothing is written twice, nothing is missing, whatever is lost on the way."""

from __future__ import annotations

import pytest

from graph.store.digest import Digest, digest
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.lease import Habits
from graph.store.port import WriteBatch
from tests.contract.neo4j.mortal import Died, Opener
from tests.support.small_graph import Draft
from tests.support.stores import wipe
from tests.support.thorough import tried

pytestmark = pytest.mark.neo4j
LANES = Habits(chunk=3, lease=0.2, wait=5.0, lanes=3)
INVOICES = 24


def trade() -> WriteBatch:
    """Sellers and buyers of which each has several invoices."""
    draft = Draft()
    for number in range(INVOICES):
        draft.invoice(f"{number:04}", seller=f"S{number % 5}", buyer=f"B{number % 4}")
    return draft.batch("trade")


@pytest.fixture
def undisturbed(opener: Opener) -> Digest:
    """The digest of the graph that one transaction makes; the store is emptied again."""
    store = opener(Habits())
    store.write(trade())
    found = digest(store)
    wipe(opener.connection)
    opener().ensure_schema()
    return found


def test_lanes_write_the_graph_of_one_transaction(opener: Opener, undisturbed: Digest) -> None:
    store = opener(LANES)
    store.write(trade())
    assert digest(store) == undisturbed


def test_an_answer_that_is_lost_writes_no_chunk_twice(opener: Opener, undisturbed: Digest) -> None:
    store = opener.forgetful(LANES)
    store.write(trade())
    assert digest(store) == undisturbed


@pytest.mark.parametrize("death", tried(range(14, 26, 2), 2))
def test_a_writer_with_other_lanes_goes_on_where_one_died(opener: Opener, undisturbed: Digest, death: int) -> None:
    with pytest.raises(Died):
        opener(LANES, dies_before=death).write(trade())
    store = opener(Habits(chunk=5, lease=0.2, wait=5.0, lanes=2))
    assert store.write(trade()).number == 1
    assert digest(store) == undisturbed


def test_progress_is_kept_as_ranges_of_the_lanes(opener: Opener, server: Server) -> None:
    with pytest.raises(Died):
        opener(LANES, dies_before=16).write(trade())
    done = server.rows("MATCH (e:LedgerEntry {number: 1}) RETURN e.done")[0][0]
    assert len(done) > 2
    assert done == sorted(done)
