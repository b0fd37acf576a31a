"""Random histories of loads and withdrawals on the embedded store: after each step, what a replay of the rest gives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.store.digest import Digest, digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.ledger import last_instant
from graph.store.port import GraphStore, WriteBatch
from graph.store.questions import AsOf
from tests.support.stores import written
from tests.support.thorough import examples
from tests.support.withdrawing import history, play, surviving


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("store") / "empty.duckdb"
    store = DuckdbStore.open(path)
    store.ensure_schema()
    store.close()
    return path


@contextmanager
def copied(empty: Path, name: str) -> Iterator[GraphStore]:
    """An empty store of that name."""
    path = empty.with_name(name)
    shutil.copy(empty, path)
    store = DuckdbStore.open(path)
    try:
        yield cast("GraphStore", store)
    finally:
        store.close()
        path.unlink()


def replay(empty: Path, batches: list[WriteBatch]) -> Digest:
    """The digest of a store in which the others never came."""
    with copied(empty, "replay.duckdb") as store:
        return digest(written(store, *batches))


@settings(max_examples=examples(3, 1), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_every_step_equals_the_replay_and_every_past_stays_as_it_was(empty_file: Path, seed: int) -> None:
    then = []
    with copied(empty_file, "history.duckdb") as store:
        for taken in play(store, history(seed)):
            found = digest(store)
            assert found == replay(empty_file, surviving(taken)), len(taken)
            then.append((last_instant(store.batches()), found))
        for at, found in then:
            assert digest(store, as_of=AsOf(recorded=at)) == found, at
