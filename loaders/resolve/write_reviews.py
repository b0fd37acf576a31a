"""Pairs in doubt → versions of IdentityReview. Called by `write` after resolution.

What is in doubt now is open; what was and no longer is was settled by a decision, or is gone. Only changes are written,
so that every state stays on the recorded clock and the withdrawal of a load takes back what it said.
"""

from __future__ import annotations

import pyarrow as pa

from loaders.claims.plans import plan_of
from loaders.claims.stored import Stored
from loaders.resolve.decided import last_verdicts
from loaders.staging.engine import RESOLVED, Staging, node_name

_COLUMNS = ("id", "left", "right", "reason", "rule", "weight", "state", "verdict")


def write_reviews(staging: Staging, stored: Stored, found: pa.Table, decisions: pa.Table) -> None:
    """Make `out_n_identity_review` and `out_r_reviews`.

    Args:
        staging: where they are made.
        stored: what stands before.
        found: `base.REVIEWS`, what is in doubt now.
        decisions: `decided.DECISIONS`, all that stand.
    """
    plan = plan_of("IdentityReview")
    held = stored.may_hold(plan.name)
    if not held and not found.num_rows:
        return
    staging.keep("doubts", found)
    staging.take("reviews_before", stored.batch.export(plan.name) if held else plan.schema.empty_table())
    staging.keep("verdicts", _verdicts(decisions))
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    staging.run(f"CREATE TABLE reviews_now ({columns}) AS {_NOW}")
    staging.run(
        f"CREATE TABLE out_{plan.table} AS SELECT *, {RESOLVED} FROM "
        f"(SELECT {columns} FROM reviews_now EXCEPT SELECT {columns} FROM reviews_before)"
    )
    ends = " UNION ALL ".join(
        f"SELECT {node_name(plan.name)} AS from_type, id AS from_id, {node_name('Registration')} AS to_type, "
        f'"{end}" AS to_id, {RESOLVED} FROM out_{plan.table} WHERE id NOT IN (SELECT id FROM reviews_before)'
        for end in ("left", "right")
    )
    staging.run(f"CREATE TABLE out_{plan_of('REVIEWS').table} AS {ends}")
    _note_ground(staging, stored)
    staging.forget("reviews_before")
    for name in ("doubts", "verdicts", "reviews_now"):
        staging.drop(name)


# What is gone stays so until it is in doubt again.
_NOW = """
    WITH doubted AS (SELECT 'rv' || hash_of(concat_ws(chr(31), "left", "right")) AS id, * FROM doubts)
    SELECT id, "left", "right", reason, rule, weight, 'open', NULL FROM doubted
    UNION ALL
    SELECT b.id, b."left", b."right", b.reason, b.rule, b.weight,
        CASE WHEN v.verdict IS NULL THEN 'gone' ELSE 'settled' END, v.verdict
    FROM reviews_before b LEFT JOIN verdicts v ON v."left" = b."left" AND v."right" = b."right"
    WHERE b.state <> 'gone' AND b.id NOT IN (SELECT id FROM doubted)"""


def _verdicts(decisions: pa.Table) -> pa.Table:
    said = last_verdicts(decisions)
    columns = ([left for left, _ in said], [right for _, right in said], [*said.values()])
    return pa.table({n: pa.array(v, pa.string()) for n, v in zip(("left", "right", "verdict"), columns, strict=True)})


def _note_ground(staging: Staging, stored: Stored) -> None:
    """Meet the batches that brought the registrations of what is written, and what it replaces."""
    if stored.alone:
        return
    out = f"out_{plan_of('IdentityReview').table}"
    asked = {
        "IdentityReview": f"SELECT id FROM {out}",
        "Registration": f'SELECT "left" AS id FROM {out} UNION SELECT "right" FROM {out}',
    }
    for name, statement in asked.items():
        stored.current(plan_of(name), staging.table(statement))
