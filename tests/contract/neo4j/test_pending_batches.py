"""A load may die at any moment: readers see nothing of it or everything, and the next load puts the store right."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.errors import StoreBusyError
from graph.store.digest import Digest, digest
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from graph.store.port import BatchRecord, WriteBatch
from graph.store.questions import AsOf
from tests.contract.neo4j.mortal import QUICK, Died, Opener
from tests.support.small_graph import Draft
from tests.support.stores import wipe
from tests.support.thorough import tried

pytestmark = pytest.mark.neo4j
_UNDISTURBED: dict[tuple[str, ...], Digest] = {}  # a digest takes a second: each sequence of batches is asked once
DEATHS = tried((1, 5, 10, 2, 3, 4, 6, 7, 8, 9), 3)  # the large batch below takes ten transactions


def small() -> WriteBatch:
    return Draft().firm("A", bureau="11").firm("B").invoice("1", seller="A", buyer="B").batch("small")


def large() -> WriteBatch:
    """Supersedes a firm and an invoice, ends a relationship, adds keys that no row describes."""
    draft = Draft().node("Taxpayer", "A", name="renamed", bureau="12").node("Invoice", "1", **_invoice(5))
    for number in range(2, 6):
        draft.invoice(str(number), seller="A", buyer="C", on=f"2026-02-0{number}")
    return draft.end("BOUGHT_BY", "1", "no:B").batch("large")


def _invoice(net_cents: int) -> dict[str, object]:
    return {
        "issued_at": datetime.fromisoformat("2026-01-10"),
        "net_cents": net_cents,
        "tax_cents": 1,
        "currency": "CNY",
    }


def other() -> WriteBatch:
    return Draft().firm("D").invoice("1", seller="A", net_cents=7).batch("other")


def dead_load(opener: Opener, batch: WriteBatch, death: int) -> Neo4jStore:
    """A store after `small`, in which the load of `batch` died before that transaction."""
    opener(Habits()).write(small())
    mortal = opener(dies_before=death)
    with pytest.raises(Died):
        mortal.write(batch)
    return opener()


def undisturbed(opener: Opener, *batches: WriteBatch) -> Digest:
    """The digest of a store that these batches reached without trouble; the store is emptied again."""
    names = tuple(batch.header.id for batch in batches)
    if names not in _UNDISTURBED:
        store = opener(Habits())
        for batch in batches:
            store.write(batch)
        _UNDISTURBED[names] = digest(store)
        wipe(opener.connection)
        opener().ensure_schema()
    return _UNDISTURBED[names]


def states(store: Neo4jStore) -> list[tuple[int, str]]:
    return [(line.number, line.state) for line in store.batches()]


@pytest.mark.parametrize("death", DEATHS)
def test_readers_see_nothing_of_a_load_that_died(opener: Opener, death: int) -> None:
    before = undisturbed(opener, small())
    store = dead_load(opener, large(), death)
    assert digest(store) == before
    assert store.trade().num_rows == 1
    assert store.search("renamed", ["Taxpayer"]).total == 0
    assert states(store) == [(1, "committed"), (2, "pending")]


@pytest.mark.parametrize("death", DEATHS)
def test_the_same_batch_goes_on_where_it_died(opener: Opener, death: int) -> None:
    after = undisturbed(opener, small(), large())
    store = dead_load(opener, large(), death)
    record = store.write(large())
    assert (record.number, record.state) == (2, "committed")
    assert digest(store) == after
    assert states(store) == [(1, "committed"), (2, "committed")]


@pytest.mark.parametrize("death", DEATHS)
def test_another_batch_undoes_the_dead_one_first(opener: Opener, death: int) -> None:
    after = undisturbed(opener, small(), other())
    store = dead_load(opener, large(), death)
    assert store.write(other()).number == 3
    assert digest(store) == after
    assert states(store) == [(1, "committed"), (2, "undone"), (3, "committed")]


def test_an_undone_batch_can_be_loaded_again(opener: Opener) -> None:
    after = undisturbed(opener, small(), other(), large())
    store = dead_load(opener, large(), 6)
    store.write(other())
    assert store.write(large()).number == 4
    assert digest(store) == after


def test_a_resumed_batch_that_died_again_is_resumed_again(opener: Opener) -> None:
    after = undisturbed(opener, small(), large())
    dead_load(opener, large(), 3)
    with pytest.raises(Died):
        opener(dies_before=3).write(large())
    assert opener().write(large()).number == 2
    assert digest(opener()) == after


def test_a_batch_with_the_same_digest_and_other_rows_is_not_resumed(opener: Opener) -> None:
    store = dead_load(opener, large(), 5)
    changed = Draft().firm("E").batch("changed", digest="digest of large")
    assert store.write(changed).number == 3
    assert states(store)[1] == (2, "undone")
    assert store.fetch("Taxpayer", ["A"])["name"].to_pylist() == ["Firm A"]


def test_a_living_lease_keeps_other_writers_out(opener: Opener) -> None:
    opener().write(small())
    patient = Habits(chunk=3, lease=30.0, wait=5.0)
    with pytest.raises(Died):
        opener(patient, dies_before=4).write(large())
    with pytest.raises(StoreBusyError) as refused:
        opener(Habits(chunk=3, lease=30.0, wait=0.1)).write(other())
    assert refused.value.retryable
    assert states(opener()) == [(1, "committed"), (2, "pending")]


def test_a_writer_whose_lease_was_taken_over_writes_no_more(opener: Opener) -> None:
    """The second writer comes while the first one sleeps longer than its lease."""
    opener().write(small())
    sleeper = opener()
    other_store = opener()
    record: list[BatchRecord] = []
    turns = iter(range(100))
    write = sleeper._server.write  # noqa: SLF001 - the sleep has to fall between two transactions

    def interrupted(work: object) -> object:
        if next(turns) == 4:
            record.append(other_store.write(other()))
        return write(work)  # type: ignore[arg-type]

    sleeper._server.write = interrupted  # type: ignore[method-assign,assignment] # noqa: SLF001 - as above
    with pytest.raises(StoreBusyError) as lost:
        sleeper.write(large())
    assert lost.value.code == "store.lease"
    assert states(opener()) == [(1, "committed"), (2, "undone"), (3, "committed")]


def test_dense_numbers_ascend_with_the_id_and_survive_an_undone_batch(opener: Opener) -> None:
    store = dead_load(opener, large(), 9)
    store.write(other())
    parties = store.parties().sort_by("party_id")
    numbers = pc.cast(parties["party"], pa.int64()).to_numpy().tolist()
    assert numbers == sorted(numbers)
    assert parties["party_id"].to_pylist() == ["no:A", "no:B", "no:C", "no:D"]


def test_a_small_batch_is_one_transaction_and_never_pending(opener: Opener) -> None:
    mortal = opener(Habits(chunk=1_000), dies_before=1)
    assert mortal.write(large()).state == "committed"


def test_the_instants_of_the_ledger_ascend(opener: Opener) -> None:
    store = opener(Habits())
    records = [store.write(Draft().firm(name).batch(name)) for name in "ABCDEF"]
    instants = [record.committed_at for record in records if record.committed_at]
    assert len(set(instants)) == len(records)
    assert instants == sorted(instants)
    just_before = AsOf(recorded=instants[2] - timedelta(microseconds=1))
    assert store.select("Taxpayer", as_of=just_before).table["id"].to_pylist() == ["A", "B"]
    assert QUICK.chunk < Habits().chunk
