"""The ledger that a store remembers is the ledger of the server, whoever changed it meanwhile."""

from __future__ import annotations

import pytest

from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from tests.contract.neo4j.mortal import Died, Opener
from tests.support.small_graph import Draft
from tests.support.stores import wipe

pytestmark = pytest.mark.neo4j


def firms(name: str, count: int = 1) -> Draft:
    """So many firms."""
    draft = Draft()
    for number in range(count):
        draft.firm(f"{name}{number}")
    return draft


def agree(store: Neo4jStore, opener: Opener) -> list[str]:
    """The states of the ledger as this store tells it, which is what one says that reads it for the first time."""
    assert store.batches() == opener().batches()
    return [str(line.state) for line in store.batches()]


def test_what_others_commit_leave_half_undo_and_withdraw_is_known(opener: Opener) -> None:
    store, other = opener(), opener(Habits(lease=0.1))
    assert agree(store, opener) == []
    for name in "AB":
        other.write(firms(name).batch(name))
    assert agree(store, opener) == ["committed"] * 2
    with pytest.raises(Died):
        opener(dies_before=3).write(firms("C", 9).batch("C"))
    assert agree(store, opener) == ["committed", "committed", "pending"]
    other.write(firms("D").batch("D"))  # undoes what died
    assert agree(store, opener) == ["committed", "committed", "undone", "committed"]
    other.withdraw("A", who="somebody", with_later=True)
    assert agree(store, opener).count("withdrawn") > 0


def test_a_half_written_batch_that_is_resumed_is_known_as_committed(opener: Opener) -> None:
    store, batch = opener(), firms("C", 9).batch("C")
    opener(Habits()).write(firms("A").batch("A"))
    with pytest.raises(Died):
        opener(dies_before=3).write(batch)
    assert agree(store, opener) == ["committed", "pending"]
    opener().write(batch)
    assert agree(store, opener) == ["committed", "committed"]


@pytest.mark.parametrize("others", [1, 3])
def test_another_database_in_its_place_is_read_anew(opener: Opener, server: Server, others: int) -> None:
    store = opener()
    for name in "AB":
        store.write(firms(name).batch(name))
    assert agree(store, opener) == ["committed"] * 2
    wipe(opener.connection)
    opener().ensure_schema()
    for name in "XYZ"[:others]:
        opener(Habits()).write(firms(name).batch(name))
    assert [line.header.id for line in store.batches()] == list("XYZ"[:others])
    assert agree(store, opener) == ["committed"] * others


def test_a_database_that_was_put_back_to_before_a_withdrawal_is_read_anew(opener: Opener, server: Server) -> None:
    store = opener()
    for name in "AB":
        store.write(firms(name).batch(name))
    before = store.batches()
    store.withdraw("A", with_later=True)
    assert agree(store, opener) != ["committed"] * 2
    server.alter(
        "MATCH (l:Ledger {id: 'ledger'}), (e:LedgerEntry {state: 'withdrawn'}) "
        "SET e.state = 'committed', l.committed_at = $last REMOVE e.withdrawn_at, e.withdrawn_by",
        last=before[-1].committed_at,
    )
    assert store.batches() == before
