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

SIZE, SEED, BATCHES, TEN = 1_000, 11, 4, 10
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


@cache
def changes() -> dict[int, list[dict[str, Any]]]:
    """Recorded changes by place of the registration."""
    drawn = country(SIZE, SEED)[0]
    place_of = {row["id"]: place for place, row in enumerate(drawn.registrations.to_pylist())}
    found: dict[int, list[dict[str, Any]]] = {}
    for number, row in enumerate(drawn.changes.to_pylist()):
        place = place_of[row["registration"]]
        told = {name: row[name] for name in ("item", "old_value", "new_value")}
        change = {"id": f"C{number}", "registration": f"R{place}", "changed_on": "2024-01-01", **told}
        found.setdefault(place, []).append(change)
    return found


def load(store: GraphStore, order: list[int]) -> None:
    for part in (order[place::BATCHES] for place in range(BATCHES)):
        load_rows(store, part)


def load_rows(store: GraphStore, part: list[int]) -> None:
    """One batch of these registrations and their changes."""
    told = [change for place in part for change in changes().get(place, ())]
    frames = {"taxpayers": pd.DataFrame([rows()[place] for place in part], dtype="object")}
    frames |= {"registration_changes": pd.DataFrame(told, dtype="object")} if told else {}
    load_frames(store, frames, options=LoadOptions(hmac_key=KEY))


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


def test_ten_shuffled_batches_give_identical_clusters_and_ids_and_every_id_ever_given_resolves(
    store: GraphStore, model: Path
) -> None:
    assert model.exists()
    order, ever = shuffled(1), set[str]()
    for part in range(TEN):
        load_rows(store, order[part::TEN])
        ever |= identifiers(store)
    present = identifiers(store)
    assert len(ever) > len(present)
    known = store.fetch("Taxpayer", sorted(ever))
    assert set(known["asked"].to_pylist()) == ever
    assert set(known["id"].to_pylist()) == present
    with beside() as other:
        load_rows(other, shuffled(2))
        assert digest(other) == digest(store)
        assert owners(other) == owners(store)


def identifiers(store: GraphStore) -> set[str]:
    """Present ids of taxpayers."""
    return {str(key) for key in store.export("Taxpayer")["id"].to_pylist()}


def owners(store: GraphStore) -> dict[str, str]:
    """By registration its taxpayer."""
    return {row["from_id"]: row["to_id"] for row in store.export("REGISTERS").to_pylist()}


def shuffled(seed: int) -> list[int]:
    return random.Random(seed).sample(range(SIZE), SIZE)  # noqa: S311 - a fixed order, no secret


def test_without_a_model_numbers_alone_join(store: GraphStore) -> None:
    load(store, list(range(SIZE)))
    assert {row["rule"] for row in store.export("REGISTERS").to_pylist()} == {"serial and numbers"}
