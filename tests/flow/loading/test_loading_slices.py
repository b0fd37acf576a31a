"""A load in many small slices is the load in one: equal digest, counts, rejects and issues, on either store."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest

from graph.store.digest import digest
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, rejects_of
from loaders.run import load
from loaders.synthetic.generate import Format, generate
from tests.support.batches import KEY, deliveries
from tests.support.stores import StoreFactory
from tests.support.thorough import tried

Shown = tuple[str, dict[str, object], list[dict[str, object]]]


def written(folder: Path, seed: int) -> None:
    """Some deliveries of the small world as the canonical tables of one load, repetitions and all."""
    found = deliveries(seed, count=4)
    for name in sorted({name for each in found for name in each.frames}):
        frames = [each.frames[name] for each in found if name in each.frames]
        pd.concat(frames, ignore_index=True).to_csv(folder / f"{name}.csv", index=False)


def loaded(store: GraphStore, source: str, folder: Path, slice_rows: int) -> Shown:
    report = load(store, source, [folder], options=LoadOptions(hmac_key=KEY, slice_rows=slice_rows))
    return digest(store)["digest"], plain(report), rejects_of(store, report.batch).to_pylist()


def plain(report: LoadReport) -> dict[str, object]:
    return replace(report, seconds=0.0).as_json()


@cache
def at_once(source: str, folder: Path) -> Shown:
    with TemporaryDirectory() as place:
        store = DuckdbStore.open(Path(place) / "graph.duckdb")
        store.ensure_schema()
        shown = loaded(store, source, folder, 1_000_000)
        store.close()
    return shown


@pytest.mark.parametrize(("seed", "slice_rows"), tried([(2, 1), (1, 4), (0, 17), (2, 17), (3, 4)], 1))
def test_slices_of_any_size_give_what_one_gives(tmp_path: Path, seed: int, slice_rows: int) -> None:
    written(tmp_path, seed)
    with TemporaryDirectory() as place:
        store = DuckdbStore.open(Path(place) / "graph.duckdb")
        store.ensure_schema()
        assert loaded(store, "canonical", tmp_path, slice_rows) == at_once("canonical", tmp_path)
        store.close()


def test_invoices_are_numbered_in_order_of_id(tmp_path: Path) -> None:
    """The staging area keeps no order, so any other would differ from load to load."""
    generate(tmp_path / "country", taxpayers=60, invoices=300, days=60, seed=4, format="csv")
    store = DuckdbStore.open(tmp_path / "graph.duckdb")
    store.ensure_schema()
    load(store, "auto", [tmp_path / "country"], options=LoadOptions(hmac_key=KEY))
    numbers: list[Any] = store.trade()["invoice"].to_pylist()
    ids: list[Any] = store.invoice_ids(sorted(numbers))["id"].to_pylist()
    store.close()
    assert len(ids) > 200
    assert ids == sorted(ids)


@pytest.mark.parametrize("written_as", tried(["csv", "parquet"], 1))
def test_a_generated_country_in_slices_is_the_same_country(
    store_factory: StoreFactory, tmp_path: Path, written_as: Format
) -> None:
    generate(tmp_path / "country", taxpayers=60, invoices=300, days=60, seed=4, format=written_as)
    assert loaded(store_factory(), "auto", tmp_path / "country", 120) == at_once("auto", tmp_path / "country")
