"""What a batch has said already of things that many rows mention. Called by `loaders.staging.facts`.

An invoice names two parties and its lines a commodity each; after a few slices hardly any of these statements is new.
One that is known would change nothing: of what is said of such a thing the smallest value counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from graph.arrays.key_set import PairSet
from loaders.claims.plans import Plan
from loaders.staging.engine import Staging

_REPEATED = frozenset({"Party", "Commodity"})


@dataclass(slots=True)
class Mentions:
    """The statements of the slices before, by type: pairs of hashes of all that is said."""

    stated: dict[str, PairSet] = field(default_factory=dict)

    def fresh(self, staging: Staging, plan: Plan, told: list[str]) -> list[str]:
        """SQL of those rows of each select in `told` that say what no slice before has said."""
        if plan.name not in _REPEATED:
            return told
        before = self.stated.setdefault(plan.name, PairSet())
        hashed = [_hashes(staging, plan, rows) for rows in told]
        found = [
            _unknown(staging, before, f"fresh_{plan.table}_{place}", rows, hashes)
            for place, (rows, hashes) in enumerate(zip(told, hashed, strict=True))
        ]
        for hashes in hashed:
            before.add(*_pairs(hashes))
        return found


def _hashes(staging: Staging, plan: Plan, rows: str) -> pa.Table:
    """Row number and two hashes of what each row says: of the values, and of one text of them."""
    columns = ", ".join(f'"{name}"' for name in plan.columns)
    return staging.table(
        f"SELECT _rid, hash({columns})::UBIGINT AS first, hash(concat_ws(chr(31), {columns}))::UBIGINT AS second "
        f"FROM ({rows})"
    )


def _pairs(hashes: pa.Table) -> tuple[Any, Any]:
    first, second = (np.asarray(hashes[name].to_numpy(), np.uint64).view(np.int64) for name in ("first", "second"))
    return first, second


def _unknown(staging: Staging, before: PairSet, name: str, rows: str, hashes: pa.Table) -> str:
    if not len(before):
        return rows
    fresh = before.known(*_pairs(hashes)) == 0
    if fresh.all():
        return rows
    rids: Any = hashes["_rid"].filter(pa.array(fresh))
    staging.take(name, pa.table({"_rid": rids}))
    return f"SELECT * FROM ({rows}) WHERE _rid IN (FROM {name})"
