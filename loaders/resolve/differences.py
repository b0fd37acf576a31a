"""What identity resolution wants to stand, against what stands: only changes are written. Called by `write`'s parts."""

from __future__ import annotations

import pyarrow as pa

from loaders.claims.plans import Plan
from loaders.claims.stored import Stored
from loaders.staging.engine import RESOLVED, Staging


def write_differences(
    staging: Staging, stored: Stored, plan: Plan, wanted: str, standing: pa.Table | None = None
) -> None:
    """Write rows of the query `wanted` that are new or differ from the store's; end those that it does not name.

    `standing`: the store's rows that `wanted` may take the place of; by default all of the type.
    """
    columns = ", ".join(f'w."{name}"' for name in plan.columns)
    if not stored.may_hold(plan.name):
        staging.run(f"DROP TABLE out_{plan.table}")
        staging.run(f"CREATE VIEW out_{plan.table} AS SELECT {columns}, {RESOLVED} FROM {wanted} w")
        return
    staging.take("exported", stored.batch.export(plan.name) if standing is None else standing)
    keys = ("id",) if plan.node else ("from_type", "from_id", "to_type", "to_id")
    same = " AND ".join(f'w."{name}" IS NOT DISTINCT FROM b."{name}"' for name in plan.columns)
    staging.run(
        f"INSERT INTO out_{plan.table} BY NAME SELECT {columns}, {RESOLVED} FROM {wanted} w "
        f"WHERE NOT EXISTS (SELECT 1 FROM exported b WHERE {same})"
    )
    match = " AND ".join(f"w.{name} = b.{name}" for name in keys)
    staging.run(
        f"INSERT INTO ended (type, {', '.join(keys)}) SELECT '{plan.name}', {', '.join(f'b.{k}' for k in keys)} "
        f"FROM exported b WHERE NOT EXISTS (SELECT 1 FROM {wanted} w WHERE {match})"
    )
    staging.forget("exported")
