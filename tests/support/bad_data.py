"""Bad data and who has to put them right: an organisation, and loads of canonical rows. For tests of data quality."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from graph.store.port import GraphStore
from loaders import LoadOptions, LoadReport, load_frames
from tests.support.batches import KEY
from tests.support.rows import Rows
from tests.support.small_graph import Draft, day


def organisation() -> Draft:
    """Bureau 11 with its institution grid g0 (chief-0); g1 (chief-1, clerk-1) under it; g2 with nobody."""
    draft = Draft().node("Bureau", "11", name="City", level=3)
    for grid, kind in (("g0", "institution"), ("g1", "region"), ("g2", "region")):
        draft.node("Grid", grid, name=grid, kind=kind).link("UNDER", grid, "11")
    draft.link("PART_OF", "Grid:g1", "Grid:g0")
    for officer, grid, role in (("chief-0", "g0", "网格长"), ("chief-1", "g1", "网格长"), ("clerk-1", "g1", "网格员")):
        tags = "征收管理" if role == "网格员" else ""
        draft.node("Officer", officer, name=officer, expertise=tags)
        draft.link("WORKS_IN", officer, grid, role=role, valid_from=day("2020-01-01"))
    return draft


def load_rows(store: GraphStore, *, as_at: datetime | None = None, **records: Rows) -> LoadReport:
    """One batch of canonical rows."""
    frames = {name: pd.DataFrame(rows, dtype="object") for name, rows in records.items()}
    return load_frames(store, frames, options=LoadOptions(as_at=as_at, hmac_key=KEY))


def lines(*amounts: str) -> Rows:
    """Lines of the invoice that `tests.support.rows.invoice` makes, over 100.00."""
    return [
        {"invoice_number": "00000001", "line": place, "name": "tea", "amount": amount}
        for place, amount in enumerate(amounts, start=1)
    ]
