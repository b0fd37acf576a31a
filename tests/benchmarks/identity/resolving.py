"""Registers of growing size resolved, each in a process of its own: seconds, memory and how right."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq

from graph.kernels.warm import KERNELS
from loaders.resolve.firms import Firms, resolve_firms
from loaders.resolve.linkage.model import Model, read_model
from loaders.synthetic.identities.plan import IdentityPlan
from loaders.synthetic.identities.writing import write_identities
from tests.benchmarks.clock import peak_megabytes, spent
from tests.benchmarks.identity.sizes import MEASURED_SEED, Register
from tests.support.identity_quality import quality


def resolve_growing(size: Register, folder: Path) -> dict[str, float]:
    """Facts of each size, and seconds a registration of the largest over those of the smallest."""
    facts: dict[str, float] = {}
    for registrations in size.registrations:
        register = folder / f"register-{registrations}"
        write_identities(IdentityPlan(registrations, MEASURED_SEED), register)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found = alone.submit(_measured, register).result()
        facts |= {f"growth.{registrations}.{name}": value for name, value in found.items()}
    least, most = size.registrations[0], size.largest
    slow, quick = (facts[f"growth.{count}.seconds"] / count for count in (most, least))
    largest = {f"largest.{name}": facts[f"growth.{most}.{name}"] for name in found}
    return {**facts, **largest, "largest.registrations": most, "linearity": slow / quick}


def _measured(register: Path) -> dict[str, float]:
    for name in ("edits", "affixes"):
        KERNELS[name]()  # compiled by `taxgraph warm`, not by whoever resolves first
    model = read_model()
    resolved, took = spent(lambda: _resolve(register, model))
    peak = peak_megabytes()
    found = quality(resolved.clusters.members, pq.read_table(register / "truth.parquet"))
    return {
        "seconds": took.seconds,
        "cpu_seconds": took.cpu_seconds,
        "peak_megabytes": peak,
        "precision": found.precision,
        "recall": found.recall,
        "alike_precision": found.alike_precision,
        "alike_pairs": found.alike_made,
        "true_pairs": found.true,
        "pairs": resolved.scored.pairs.num_rows,
        "rule_pairs": resolved.scored.rules.num_rows,
        "firms": len(set(resolved.clusters.members["cluster"].to_pylist())),
        "left_out": float(resolved.scored.oversized["pairs"].to_numpy().sum()),
    }


def _resolve(register: Path, model: Model) -> Firms:
    registrations, changes = (pq.read_table(register / f"{name}.parquet") for name in ("registrations", "changes"))
    return resolve_firms(registrations, changes, model)
