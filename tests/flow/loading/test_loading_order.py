"""Ten batches in any order give one graph: ids, claims, identities and issues."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from graph.store.digest import Digest, digest
from graph.store.duckdb_store import DuckdbStore
from loaders.frames import load_frames
from loaders.options import LoadOptions
from tests.support.batches import KEY, Delivery, deliveries


def _loaded(path: Path, batches: list[Delivery]) -> Digest:
    store = DuckdbStore.open(path)
    try:
        store.ensure_schema()
        for batch in batches:
            load_frames(store, batch.frames, options=LoadOptions(as_at=batch.as_at, hmac_key=KEY))
        return digest(store)
    finally:
        store.close()


@pytest.mark.parametrize("seed", [3])
def test_ten_batches_in_shuffled_orders_give_equal_digests(tmp_path: Path, seed: int) -> None:
    batches = deliveries(seed)
    expected = _loaded(tmp_path / "in_order.duckdb", batches)
    for turn in range(4):
        shuffled = random.Random(turn).sample(batches, len(batches))  # noqa: S311  # a fixed shuffle, no secret
        assert _loaded(tmp_path / f"turn_{turn}.duckdb", shuffled) == expected, f"seed {seed}, shuffle {turn}"
