"""The generated country of a run, and where its store and its bare tables lie. Used by all steps."""

from __future__ import annotations

import random
from pathlib import Path

from graph.store.opening import open_store
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, open_projection
from tests.benchmarks.sizes import SEED, Size


def files_of(folder: Path) -> Path:
    """The exports."""
    return folder / "country"


def bare_file(folder: Path) -> Path:
    """The peer's database: the same files as plain tables."""
    return folder / "bare.duckdb"


def projection_of(folder: Path) -> Path:
    """The projection of the loaded store."""
    return folder / "projection"


def opened(folder: Path, *, create: bool = False) -> GraphStore:
    """The run's embedded store."""
    return open_store(f"duckdb:///{folder / 'country.duckdb'}", create=create, timeout=600)


def projected(store: GraphStore, folder: Path) -> TradeProjection:
    """Its projection, kept in the run's folder."""
    return open_projection(store, projection_of(folder))


def traders(projection: TradeProjection, currency: str, size: Size, count: int) -> list[int]:
    """`count` vertices that sell, drawn evenly from all that do; the same for the same country."""
    csr = projection.trade[currency]
    selling = [vertex for vertex in range(csr.vertex_count) if len(csr.sales(vertex))]
    chance = random.Random(SEED + len(size.name))  # noqa: S311  # a fixed sample, no secret
    return chance.sample(selling, min(count, len(selling)))
