"""Loads with a trained model: registrations that evidence joins are one taxpayer, whatever batches they come in."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph.store.digest import digest
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.options import LoadOptions
from tests.support.batches import KEY
from tests.support.registrations import country, small_model
from tests.support.stores import beside

SIZE, SEED, BATCHES = 1_000, 11, 4
COLUMNS = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that loads use from now on."""
    path = tmp_path / "model.json"
    small_model().write(path)
    monkeypatch.setenv("TAXGRAPH_IDENTITY_MODEL", str(path))
    return path


@cache
def rows() -> list[dict[str, Any]]:
    """Registrations of one source, their own serials as ids."""
    told = country(SIZE, SEED)[0].registrations.to_pylist()
    return [{"id": f"R{place}", **{name: row[name] for name in COLUMNS}} for place, row in enumerate(told)]


def load(store: GraphStore, order: list[int]) -> None:
    parts = [order[place::BATCHES] for place in range(BATCHES)]
    for part in parts:
        frame = pd.DataFrame([rows()[place] for place in part], dtype="object")
        load_frames(store, {"taxpayers": frame}, options=LoadOptions(hmac_key=KEY))


def taxpayers(store: GraphStore) -> int:
    return store.export("Taxpayer").num_rows


def test_evidence_joins_what_numbers_do_not_and_says_so(store: GraphStore, model: Path) -> None:
    assert model.exists()
    load(store, list(range(SIZE)))
    found = store.export("REGISTERS").to_pylist()
    joined = {row["to_id"] for row in found if row["rule"] == "evidence"}
    assert joined
    assert all(sum(row["to_id"] == each for row in found) > 1 for each in joined)
    assert taxpayers(store) < SIZE


def test_the_order_of_batches_does_not_matter(store: GraphStore, model: Path) -> None:
    assert model.exists()
    load(store, shuffled(1))
    with beside() as other:
        load(other, shuffled(2))
        assert digest(other) == digest(store)


def shuffled(seed: int) -> list[int]:
    return random.Random(seed).sample(range(SIZE), SIZE)  # noqa: S311 - a fixed order, no secret


def test_without_a_model_numbers_alone_join(store: GraphStore) -> None:
    load(store, list(range(SIZE)))
    assert {row["rule"] for row in store.export("REGISTERS").to_pylist()} == {"serial and numbers"}
