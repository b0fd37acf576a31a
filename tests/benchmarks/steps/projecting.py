"""The projection: opened as it is, caught up after a batch, rebuilt from the store."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from graph.arrays.csr import Csr
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, rebuild_projection
from loaders import LoadOptions, load_frames
from tests.benchmarks.clock import peak_megabytes, timed
from tests.benchmarks.country import opened, projected, projection_of, traders
from tests.benchmarks.sizes import KEY, SEED, Size

FIRST_NEW = datetime(2027, 1, 1)  # noqa: DTZ001  # civil time, as invoices carry it


def keep_up(size: Size, folder: Path) -> dict[str, float]:
    """Open, load one more day, catch up, rebuild beside it; both must hold the same edges."""
    store = opened(folder)
    projection, open_seconds = timed(lambda: projected(store, folder))
    _, read_seconds = timed(lambda: _bytes_below(projection_of(folder)))
    frame = new_day(store, projection, size)
    _, batch_seconds = timed(lambda: load_frames(store, {"invoices": frame}, options=LoadOptions(hmac_key=KEY)))
    caught_up, catch_up_seconds = timed(lambda: projected(store, folder))
    rebuilt, rebuild_seconds = timed(lambda: rebuild_projection(store, folder / "rebuilt"))
    _, trade_seconds = timed(store.trade)
    _same(caught_up, rebuilt)
    store.close()
    return {
        "projection.open_seconds": open_seconds,
        "projection.read_seconds": read_seconds,
        "projection.batch_seconds": batch_seconds,
        "projection.new_invoices": len(frame),
        "projection.catch_up_seconds": catch_up_seconds,
        "projection.rebuild_seconds": rebuild_seconds,
        "projection.trade_seconds": trade_seconds,
        "projection.edges": _edges(rebuilt.trade),
        "projection.peak_megabytes": peak_megabytes(),
    }


def new_day(store: GraphStore, projection: TradeProjection, size: Size) -> pd.DataFrame:
    """One more day of invoices between taxpayers that trade already."""
    chance = random.Random(SEED)  # noqa: S311  # fixed data, no secret
    vertices = traders(projection, projection.currencies()[0], size, 1_000)
    firms = store.fetch("Taxpayer", [projection.id(vertex) for vertex in vertices])["tax_number"].to_pylist()
    ends = [chance.sample([firm for firm in firms if firm], 2) for _ in range(size.new_invoices)]
    cents = [chance.randrange(10_000, 10_000_000) for _ in ends]
    return pd.DataFrame(
        {
            "number": [f"27{place:018d}" for place in range(len(ends))],
            "seller": [seller for seller, _ in ends],
            "buyer": [buyer for _, buyer in ends],
            "issued_at": [str(FIRST_NEW + timedelta(seconds=8 * 3_600 + place)) for place in range(len(ends))],
            "net": [f"{each // 100}.{each % 100:02d}" for each in cents],
            "tax": ["0"] * len(ends),
        }
    )


def _bytes_below(folder: Path) -> int:
    return sum(len(file.read_bytes()) for file in sorted(folder.rglob("*.npy")))


def _edges(trade: Mapping[str, Csr]) -> int:
    return sum(len(csr.edges) for csr in trade.values())


def _same(caught_up: TradeProjection, rebuilt: TradeProjection) -> None:
    same = np.array_equal(caught_up.ids, rebuilt.ids) and all(
        np.array_equal(getattr(caught_up.trade[currency].edges, name), getattr(csr.edges, name))
        for currency, csr in rebuilt.trade.items()
        for name in ("seller", "buyer", "tick", "amount_cents", "invoice")
    )
    if not same:
        raise SystemExit("The projection that was caught up is not the one that was rebuilt.")
