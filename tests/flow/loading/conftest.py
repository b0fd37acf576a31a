"""A fresh embedded store for each test, and a shorthand for loading frames into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from graph.store.duckdb_store import DuckdbStore
from loaders import LoadOptions, LoadReport, load_frames
from tests.support.batches import KEY
from tests.support.rows import Loading, Rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckdbStore]:
    made = DuckdbStore.open(tmp_path / "graph.duckdb")
    made.ensure_schema()
    yield made
    made.close()


@pytest.fixture
def loading(store: DuckdbStore) -> Loading:
    """`loading(invoices=[…], as_at=…)` loads one batch of canonical rows."""

    def run(*, as_at: datetime | None = None, options: LoadOptions | None = None, **records: Rows) -> LoadReport:
        frames = {name: pd.DataFrame(rows, dtype="object") for name, rows in records.items()}
        return load_frames(store, frames, options=options or LoadOptions(as_at=as_at, hmac_key=KEY))

    return run
