"""Ten batches in any order give one graph on either store: ids, claims, identities and issues."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from graph.store.digest import Digest, digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.neo4j_store import Neo4jStore
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions
from tests.support.batches import KEY, Delivery, deliveries
from tests.support.neo4j.server import Neo4jConnection
from tests.support.stores import wipe
from tests.support.thorough import tried

SEED = 3
SHUFFLES = tried(range(5), 1)


@cache
def _in_order() -> Digest:
    return _embedded(deliveries(SEED))


def _shuffled(turn: int) -> list[Delivery]:
    batches = deliveries(SEED)
    return random.Random(turn).sample(batches, len(batches))  # noqa: S311  # a fixed shuffle, no secret


def _loaded(open_empty: Callable[[], GraphStore], batches: Iterable[Delivery]) -> Digest:
    store = open_empty()
    try:
        store.ensure_schema()
        for batch in batches:
            load_frames(store, batch.frames, options=LoadOptions(as_at=batch.as_at, hmac_key=KEY))
        return digest(store)
    finally:
        store.close()


def _embedded(batches: Iterable[Delivery]) -> Digest:
    with TemporaryDirectory() as folder:
        return _loaded(lambda: DuckdbStore.open(Path(folder) / "graph.duckdb"), batches)


@pytest.mark.parametrize("turn", SHUFFLES)
def test_ten_batches_in_another_order_give_the_same_digest(turn: int) -> None:
    assert _embedded(_shuffled(turn)) == _in_order()


@pytest.mark.neo4j
@pytest.mark.parametrize("turn", tried(SHUFFLES, 1))
def test_ten_batches_in_another_order_give_the_same_digest_on_neo4j(turn: int, neo4j_server: Neo4jConnection) -> None:
    wipe(neo4j_server)
    at = neo4j_server
    assert _loaded(lambda: Neo4jStore.open(at.uri, user=at.user, password=at.password), _shuffled(turn)) == _in_order()
