"""A batch of registrations through a load into a store that holds the largest register, as `taxgraph load` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.store.opening import open_store
from loaders.options import LoadOptions
from loaders.resolve.evident import EvidenceResolver
from loaders.resolve.linkage.model import read_model
from loaders.run import load
from loaders.synthetic.identities.draw import Identities, identities
from loaders.synthetic.identities.plan import IdentityPlan
from tests.benchmarks.clock import Spent, peak_megabytes, spent
from tests.benchmarks.identity.sizes import MEASURED_SEED, Register

_KEY = b"a key of benchmarks, for nobody's"
_TOLD = ("tax_number", "uscc", "name", "region", "legal_representative", "address", "phone", "registered_on")


def load_a_batch(size: Register, folder: Path) -> dict[str, float]:
    """Facts of the first load and of the batch; the folder takes files and store."""
    drawn = identities(IdentityPlan(size.largest + size.batch, MEASURED_SEED))
    order = np.random.default_rng(MEASURED_SEED).permutation(size.largest + size.batch)
    first, batch = folder / "load-first", folder / "load-batch"
    _write(drawn, order[size.batch :], first)
    _write(drawn, order[: size.batch], batch)
    resolver = EvidenceResolver(read_model())
    store = open_store(f"duckdb:///{folder / 'load.duckdb'}", create=True)

    def loaded(files: Path) -> Spent:
        options = LoadOptions(hmac_key=_KEY)
        return spent(lambda: load(store, "canonical", [files], options=options, resolver=resolver))[1]

    try:
        whole, more = loaded(first), loaded(batch)
    finally:
        store.close()
    return {**whole.facts("load"), **more.facts("load_batch"), "load.peak_megabytes": peak_megabytes()}


def _write(drawn: Identities, places: Any, folder: Path) -> None:
    """These registrations and their recorded changes as canonical files."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = drawn.registrations.take(pa.array(np.sort(places)))
    told: dict[str, Any] = {name: chosen[name] for name in _TOLD}
    pq.write_table(pa.table({**_key(chosen["id"], "source_id"), **told}), folder / "registrations.parquet")
    own = drawn.changes.filter(pc.is_in(drawn.changes["registration"], chosen["id"].combine_chunks()))
    said: dict[str, Any] = {name: own[name] for name in ("item", "old_value", "new_value", "changed_on")}
    changes = pa.table({**_key(own["registration"], "registration"), **said})
    pq.write_table(changes, folder / "registration_changes.parquet")


def _key(ids: Any, name: str) -> dict[str, Any]:
    """Source and the source's own serial."""
    parts = pc.split_pattern(ids, ":", max_splits=1)
    return {"source": pc.list_element(parts, 0), name: pc.list_element(parts, 1)}
