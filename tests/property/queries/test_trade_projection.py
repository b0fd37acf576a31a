"""A projection that caught up equals one rebuilt from the store, whatever the batches did."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import WriteBatch
from graph.store.projecting import open_projection, rebuild_projection
from tests.support.projections import contents, invoice_batches
from tests.support.thorough import examples


@settings(max_examples=examples(25, 8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(invoice_batches())
def test_a_projection_that_catches_up_equals_a_rebuilt_one(batches: list[WriteBatch]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = DuckdbStore.open(folder / "graph.duckdb")
        store.ensure_schema()
        for batch in batches:
            store.write(batch)
            caught_up = open_projection(store, folder / "kept")
            assert contents(caught_up) == contents(rebuild_projection(store, None))
        store.close()
