"""A load under another model resolves everything anew and says so; the ledger tells by what each load resolved."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph.errors import StoreError
from graph.store.digest import digest
from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, load_frames
from tests.support.batches import KEY
from tests.support.registrations import country, small_model
from tests.support.stores import beside

SIZE, SEED = 1_000, 12
COLUMNS = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")
INVOICE = {"number": "00000001", "seller": "X1", "buyer": "X2", "issued_at": "2026-01-05", "net": "100", "tax": "0"}


@cache
def rows() -> list[dict[str, Any]]:
    told = country(SIZE, SEED)[0].registrations.to_pylist()
    return [{"id": f"R{place}", **{name: row[name] for name in COLUMNS}} for place, row in enumerate(told)]


class Models:
    """Models by name that the next load uses, each in a file of its own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, patch

    def use(self, link: float) -> str:
        """Use a model with this threshold; its digest."""
        path = self._folder / f"{link}.json"
        model = small_model().with_thresholds(link=link, review=min(link, 0.0))
        model.write(path)
        self._patch.setenv("TAXGRAPH_IDENTITY_MODEL", str(path))
        return f"kept scores of model {model.digest}"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.delenv("TAXGRAPH_IDENTITY_MODEL", raising=False)
    return Models(tmp_path, monkeypatch)


def load(store: GraphStore, part: slice) -> LoadReport:
    frame = pd.DataFrame(rows()[part], dtype="object")
    return load_frames(store, {"taxpayers": frame}, options=LoadOptions(hmac_key=KEY))


def load_invoice(store: GraphStore) -> LoadReport:
    return load_frames(store, {"invoices": pd.DataFrame([INVOICE])}, options=LoadOptions(hmac_key=KEY))


def by_evidence(store: GraphStore) -> int:
    return sum(row["rule"] == "evidence" for row in store.export("REGISTERS").to_pylist())


def test_the_ledger_says_by_what_each_load_resolved(store: GraphStore, models: Models) -> None:
    assert load(store, slice(0, 100)).resolved_by == "numbers"
    version = models.use(1.0)
    load(store, slice(100, 200))
    load_invoice(store)
    assert [line.header.resolved_by for line in store.batches() if line.number > 0] == ["numbers", version, None]


def test_a_load_of_invoices_alone_under_another_model_resolves_everything_anew(
    store: GraphStore, models: Models
) -> None:
    load(store, slice(0, SIZE))
    assert by_evidence(store) == 0
    version = models.use(1.0)
    report = load_invoice(store)
    assert (report.resolved_by, report.resolved_anew) == (version, True)
    assert by_evidence(store) > 0
    with beside() as straight:
        assert not load(straight, slice(0, SIZE)).resolved_anew
        load_invoice(straight)
        assert digest(straight) == digest(store)


def test_loads_under_one_model_say_nothing_and_another_threshold_is_another_model(
    store: GraphStore, models: Models
) -> None:
    models.use(1.0)
    assert not load(store, slice(0, 200)).resolved_anew
    assert not load(store, slice(200, 300)).resolved_anew
    models.use(60.0)
    assert load(store, slice(300, SIZE)).resolved_anew
    assert by_evidence(store) == 0


def test_the_load_that_changed_the_model_goes_with_all_that_came_after_it(store: GraphStore, models: Models) -> None:
    load(store, slice(0, 300))
    before = digest(store)
    models.use(1.0)
    changer = load_invoice(store).batch
    load_alone(store, "Z1")  # which has nothing to do with what came before
    with pytest.raises(StoreError, match="build on this one"):
        store.withdraw(changer)
    assert len(store.withdraw(changer, with_later=True)) == 2
    assert digest(store) == before
    assert load_invoice(store).resolved_anew


def test_what_was_resolved_before_the_model_changed_does_not_go_alone(store: GraphStore, models: Models) -> None:
    first = load_alone(store, "Z1").batch
    load_alone(store, "Z2")
    models.use(1.0)
    load_invoice(store)
    with pytest.raises(StoreError, match="build on this one"):
        store.withdraw(first)


def load_alone(store: GraphStore, key: str) -> LoadReport:
    row = {"id": key, "name": key, "tax_number": f"N{key}"}
    return load_frames(store, {"taxpayers": pd.DataFrame([row])}, options=LoadOptions(hmac_key=KEY))
