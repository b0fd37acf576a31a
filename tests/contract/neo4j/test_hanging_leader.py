"""Who holds the ledger and hangs loses it after a while; small batches of one process let those of others through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from graph.errors import StoreBusyError
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_store import Neo4jStore
from tests.contract.neo4j.mortal import Opener
from tests.support.small_graph import Draft
from tests.support.turns import gone_before, small_batches_without_end

pytestmark = pytest.mark.neo4j
IMPATIENT, PATIENT = Habits(wait=3.0), Habits(wait=60.0)


def renamed(store: Neo4jStore, batch_id: str) -> str:
    """Write a small batch; its id, or why it was not."""
    try:
        with store.small_batch() as batch:
            return batch.write(Draft().firm("A", name=batch_id).batch(batch_id)).header.id
    except StoreBusyError as error:
        return error.code


def test_a_leader_that_hangs_loses_its_batch_and_those_who_wait_go_on(opener: Opener) -> None:
    hanging, impatient, patient = opener(IMPATIENT), opener(IMPATIENT), opener(PATIENT)
    hanging.write(Draft().firm("A").batch("b0"))
    with ThreadPoolExecutor(3) as pool, hanging.small_batch() as batch:
        waiting = [pool.submit(renamed, store, "waited") for store in (impatient, patient)]
        loading = pool.submit(opener(PATIENT).write, Draft().firm("B").batch("loaded"))
        assert (waiting[0].result(30), waiting[1].result(30), loading.result(30).state) == (
            "store.busy",
            "waited",
            "committed",
        )
        for _ in range(2):  # the first refusal ends it, and what is asked of it then is refused alike
            with pytest.raises(StoreBusyError, match="silent for too long"):
                batch.existing("Taxpayer", pa.table({"id": ["A"]}))
        with pytest.raises(StoreBusyError) as refused:
            batch.write(Draft().firm("A", name="late").batch("late"))
    assert refused.value.code == "store.lease"
    assert {line.header.id for line in patient.batches()} == {"b0", "waited", "loaded"}


def test_another_process_has_its_turn_among_small_batches_without_end(opener: Opener) -> None:
    busy, other = opener(PATIENT), opener(PATIENT)
    busy.write(Draft().firm("A").firm("B").batch("b0"))
    with small_batches_without_end(busy) as made:
        assert max(gone_before(other, made, writes=5)) < 50
