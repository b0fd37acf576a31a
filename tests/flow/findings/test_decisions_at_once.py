"""Two processes decide about one finding at once: one is done, and who saw what stood before it is told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from graph.errors import TaxgraphError
from graph.store.port import GraphStore
from queries.findings.deciding import Decision, decide
from tests.support.neo4j.server import Neo4jConnection
from tests.support.offices import office
from tests.support.stores import StoreFactory, written

DECIDERS = 12


@pytest.mark.neo4j
@pytest.mark.parametrize("store_factory", ["neo4j"], indirect=True)
def test_of_many_who_decide_at_once_one_is_done(store_factory: StoreFactory, neo4j_server: Neo4jConnection) -> None:
    from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded tests run without the driver

    store = written(store_factory(), office().batch())
    other = Neo4jStore.open(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)
    stores = (store, cast("GraphStore", other))

    def decided(number: int) -> str:
        try:
            decide(stores[number % 2], Decision("F", "confirmed", f"reason {number}", seen=1), who=f"d{number}")
        except TaxgraphError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(DECIDERS) as pool:
        outcomes = Counter(pool.map(decided, range(DECIDERS)))
    other.close()
    assert outcomes == {"done": 1, "store.changed": DECIDERS - 1}
    assert len(store.batches()) == 2
