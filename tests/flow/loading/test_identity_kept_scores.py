"""Batches are weighed against kept scores: whatever the order, and after withdrawals, all is as if weighed at once."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from graph.errors import StoreError
from graph.store.digest import Digest, digest
from graph.store.port import GraphStore
from loaders.frames import load_frames
from loaders.identities import file_beside
from loaders.options import LoadOptions, LoadReport
from loaders.resolve.base import Before
from loaders.resolve.evident import ByEvidence, EvidenceResolver
from loaders.run import PREPARED, load
from tests.support.batches import KEY
from tests.support.registrations import CODES, country, small_model
from tests.support.stores import beside
from tests.support.thorough import tried

SIZE, SEED = 1_000, 23
COLUMNS = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")
Row = dict[str, Any]


class Anew(EvidenceResolver):
    """Weighs, assigns and compares everything, whatever stood before."""

    def weigh(
        self,
        registrations: pa.Table,
        changes: pa.Table,
        decisions: pa.Table,
        *,
        before: Before | None = None,
        beside: Path | None = None,
    ) -> ByEvidence:
        """See `Resolver.weigh`."""
        del before, beside
        return super().weigh(registrations, changes, decisions)


@cache
def rows() -> list[Row]:
    told = country(SIZE, SEED)[0].registrations.to_pylist()
    return [{"id": f"R{place}", **{name: row[name] for name in COLUMNS}} for place, row in enumerate(told)]


class Loads:
    """Registers written to files and loaded, each as a batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, store: GraphStore, batch: Sequence[Row], *, anew: bool = False) -> LoadReport:
        """Load these rows."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / "taxpayers.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, ("id", *COLUMNS))
            writer.writeheader()
            writer.writerows(batch)
        resolver = (Anew if anew else EvidenceResolver)(small_model())
        return load(store, "canonical", [path], options=LoadOptions(hmac_key=KEY), resolver=resolver)


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    return Loads(tmp_path / "register")


def parts(seed: int, count: int) -> list[list[Row]]:
    order = rows()[:]
    random.Random(seed).shuffle(order)  # noqa: S311 - a fixed order, no secret
    return [order[place::count] for place in range(count)]


def found(store: GraphStore, loads: Loads, batches: Sequence[Sequence[Row]], *, anew: bool = False) -> Digest:
    """The digest after these batches."""
    for batch in batches:
        loads.load(store, batch, anew=anew)
    return digest(store)


def elsewhere(loads: Loads, batches: Sequence[Sequence[Row]], *, anew: bool = False) -> Digest:
    """The same in a store of its own."""
    with beside() as other:
        return found(other, loads, batches, anew=anew)


@pytest.mark.parametrize("seed", tried([1, 2], 1))
def test_batches_in_any_order_give_the_graph_of_all_at_once(store: GraphStore, loads: Loads, seed: int) -> None:
    whole = elsewhere(loads, [rows()], anew=True)
    assert whole["counts"]["SCORED"] > 0
    assert found(store, loads, parts(seed, 5)) == whole


def changed(row: Row, place: int) -> Row:
    """The registration as it is said to be later: with the telephone, address or name of another one."""
    other = rows()[(place * 7 + 3) % SIZE]
    name = ("phone", "address", "name", "uscc")[place % 4]
    return {**row, name: other[name]}


def test_registrations_that_change_are_weighed_as_if_everything_was(store: GraphStore, loads: Loads) -> None:
    first, second, third = parts(3, 3)
    later = [changed(row, place) for place, row in enumerate(first[:80])]
    batches = (first, [*second, *later[:40]], [*third, *later[40:]])
    assert found(store, loads, batches) == elsewhere(loads, batches, anew=True)


@pytest.mark.parametrize("done", ["deleted", "cut", "a file of that name", "left alone"])
def test_whatever_becomes_of_the_prepared_rows_the_graph_is_the_same(loads: Loads, done: str) -> None:
    first, second = parts(5, 2)
    whole = elsewhere(loads, [rows()], anew=True)
    with beside() as store:
        loads.load(store, first)
        spoil(file_beside(store.url, PREPARED), done)
        assert found(store, loads, [second]) == whole


def spoil(folder: Path | None, done: str) -> None:
    assert folder is not None
    (kept,) = folder.iterdir()
    if done == "cut":
        kept.write_bytes(kept.read_bytes()[:-100])
    elif done != "left alone":
        shutil.rmtree(folder)
    if done.startswith("a file"):
        folder.write_text("")


def test_a_withdrawal_leaves_what_would_be_there_without_the_batch(store: GraphStore, loads: Loads) -> None:
    first, second, third = parts(4, 3)
    last = [row for row in third if row["id"].endswith("7")]
    without = found(store, loads, (first, second))
    store.withdraw(loads.load(store, third).batch)
    assert digest(store) == without == elsewhere(loads, (first, second))
    assert found(store, loads, [last]) == elsewhere(loads, (first, second, last))


def test_evidence_of_a_shared_value_makes_a_batch_build_on_those_that_bear_it(store: GraphStore, loads: Loads) -> None:
    firm = {"name": "南京恒源商贸有限公司", "legal_representative": "欧阳建国", "phone": "13912345678"}
    empty = dict.fromkeys(COLUMNS)
    client = {**empty, "id": "C1", "name": "南京一号物流有限公司", "phone": firm["phone"]}
    agents = loads.load(store, [client])
    loads.load(store, [{**empty, **firm, "id": "F1", "tax_number": "320102600123456"}])
    with pytest.raises(StoreError, match="Later batches build on this one"):
        store.withdraw(agents.batch)


def test_a_batch_that_shares_nothing_is_not_built_on(store: GraphStore, loads: Loads) -> None:
    empty = dict.fromkeys(COLUMNS)
    first = loads.load(store, [{**empty, "id": "A1", "name": "南京一号物流有限公司", "phone": "13912345678"}])
    loads.load(store, [{**empty, "id": "B1", "name": "苏州恒源商贸有限公司", "phone": "13812345678"}])
    store.withdraw(first.batch)
    assert store.export("Registration").num_rows == 1


def test_a_change_that_says_nothing_of_identity_changes_no_taxpayer(store: GraphStore) -> None:
    options = LoadOptions(hmac_key=KEY)
    load_frames(store, {"taxpayers": pd.DataFrame([{"id": "A1", "tax_number": CODES["A"]}])}, options=options)
    before = digest(store)["counts"]
    change = {"taxpayer": CODES["A"], "item": "scope", "new_value": "more", "changed_on": "2026-01-01"}
    load_frames(store, {"registration_changes": pd.DataFrame([change])}, options=options)
    assert digest(store)["counts"] == {**before, "RegistrationChange": 1, "CHANGED": 1}
