"""Identities as Parquet files: `registrations`, `changes` and `truth`. Called by benchmarks and tests."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from loaders.synthetic.identities.draw import identities
from loaders.synthetic.identities.plan import IdentityPlan

FILES = ("registrations", "changes", "truth")


def write_identities(plan: IdentityPlan, folder: Path) -> dict[str, Path]:
    """Write the files of a plan into the folder; the same plan gives the same rows."""
    folder.mkdir(parents=True, exist_ok=True)
    made = identities(plan)
    paths = {name: folder / f"{name}.parquet" for name in FILES}
    for name, path in paths.items():
        pq.write_table(getattr(made, name), path)
    return paths
