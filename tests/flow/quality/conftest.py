"""What is wrong is loaded into both stores, each empty at the start, beside who has to put it right."""

from __future__ import annotations

from datetime import datetime

import pytest

from graph.store.port import GraphStore
from loaders import LoadReport
from tests.support.bad_data import load_rows, organisation
from tests.support.rows import Loading, Rows, taxpayer
from tests.support.stores import store, store_factory, written  # noqa: F401  # fixtures are found by their names


@pytest.fixture
def loading(store: GraphStore) -> Loading:  # noqa: F811  # the fixture above
    """Loads canonical rows; firm A stands in grid g1 of bureau 11, firm B in no grid of any bureau."""
    written(store, organisation().batch("organisation"))

    def run(*, as_at: datetime | None = None, **records: Rows) -> LoadReport:
        return load_rows(store, as_at=as_at, **records)

    run(taxpayers=[taxpayer(tax_number="A", bureau="11")], in_grid=[{"taxpayer": "A", "grid": "g1"}])
    return run
