"""Snapshots of one registration → what changed between them. Called by `loaders.run` after registrations are merged.

The inferred changes are a function of the set of dated snapshots: where one arrives between two others, the change
that its neighbours seemed to show ends and two others take its place.
"""

from __future__ import annotations

from loaders.claims.plans import plan_of
from loaders.staging.engine import Staging
from loaders.staging.facts import fact_table

_ITEMS = (
    "name",
    "tax_number",
    "uscc",
    "legal_representative",
    "address",
    "industry",
    "status",
    "bureau",
    "region",
    "vat_status",
)


def infer_changes(staging: Staging, made: set[str]) -> None:
    """State the RegistrationChange facts of the registrations that moved, and end those that no longer hold.

    Reads `lumps` (all statements about them, now), `sl` (before) and `moved`, as `merge_type` left them.
    """
    if not staging.has("lumps"):
        return
    staging.run(f"CREATE TEMP TABLE changes_now AS {_changes('lumps')}")
    staging.run(f"CREATE TEMP TABLE changes_before AS {_changes('(FROM sl SEMI JOIN moved USING (_key))')}")
    change = fact_table(staging, plan_of("RegistrationChange"), made)
    changed = fact_table(staging, plan_of("CHANGED"), made)
    meta = "_source, _file, _row, NULL AS _as_at, NULL AS _rid, false AS _counts"
    staging.run(
        f"INSERT INTO {change} BY NAME SELECT id AS _key, id, registration, item, old_value, new_value, changed_on, "
        f"{meta} FROM changes_now"
    )
    ends = "'RegistrationChange' AS from_type, id AS from_id, 'Party' AS to_type, 'serial:' || registration AS to_id"
    staging.run(
        f"INSERT INTO {changed} BY NAME SELECT concat_ws(chr(31), from_type, from_id, to_type, to_id) AS _key, * "
        f"FROM (SELECT {ends}, {meta} FROM changes_now)"
    )
    gone = "changes_before WHERE id NOT IN (SELECT id FROM changes_now)"
    staging.run(f"INSERT INTO ended (type, id) SELECT 'RegistrationChange', id FROM {gone}")
    staging.run(f"INSERT INTO ended (type, from_type, from_id, to_type, to_id) SELECT 'CHANGED', {ends} FROM {gone}")


def _changes(statements: str) -> str:
    """Neighbouring snapshots that differ in an item; two that disagree on one day count with the smaller value."""
    items = ", ".join(_ITEMS)
    said = ", ".join(f"CAST({item} AS VARCHAR) AS {item}" for item in _ITEMS)
    return f"""
        WITH said AS (UNPIVOT (SELECT _key, _source, _file, _row, _as_at, {said} FROM {statements}
            WHERE _as_at IS NOT NULL) ON {items} INTO NAME item VALUE said),
        one AS (SELECT _key, _source, _as_at, item, min(said) AS said, min(_file) AS _file, min(_row) AS _row
            FROM said GROUP BY _key, _source, _as_at, item),
        pairs AS (SELECT *, lag(said) OVER (PARTITION BY _key, _source, item ORDER BY _as_at) AS before FROM one)
        SELECT 'inferred:' || hash_of(concat_ws(chr(31), _key, item, _as_at::DATE, said)) AS id,
            any_value(_key) AS registration, any_value(item) AS item, min(before) AS old_value,
            any_value(said) AS new_value, any_value(_as_at::DATE) AS changed_on, any_value(_source) AS _source,
            min(_file) AS _file, min(_row) AS _row
        FROM pairs WHERE before IS NOT NULL AND before <> said GROUP BY 1"""
