"""Every load goes into both stores, each empty at the start; and a shorthand for loading frames."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, load_frames
from tests.support.batches import KEY
from tests.support.rows import Loading, Rows
from tests.support.stores import store, store_factory  # noqa: F401  # fixtures are found by their names


@pytest.fixture
def loading(store: GraphStore) -> Loading:  # noqa: F811  # the fixture above
    """`loading(invoices=[…], as_at=…)` loads one batch of canonical rows."""

    def run(*, as_at: datetime | None = None, options: LoadOptions | None = None, **records: Rows) -> LoadReport:
        frames = {name: pd.DataFrame(rows, dtype="object") for name, rows in records.items()}
        return load_frames(store, frames, options=options or LoadOptions(as_at=as_at, hmac_key=KEY))

    return run
