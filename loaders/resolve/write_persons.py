"""Records of persons → which are one person: versions of PERSON_OF. Called after every slice that brings persons.

Two documents that a typing error tells apart are one person's if name and date of birth agree; never a name alone. A
pure function of all persons: groups of one name and day of birth are looked at, and in them hashes of documents.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from loaders.claims.plans import Plan, plan_of
from loaders.claims.stored import Stored
from loaders.resolve.columns import made
from loaders.resolve.differences import write_differences
from loaders.resolve.linkage.rules import smallest
from loaders.staging.engine import Staging, node_name

RULE = "document with a slip, name and date of birth"
_CERTAIN = 1_000_000
_TYPES = ("Person", "PersonDocument")


def write_persons(staging: Staging, stored: Stored, *, resolves: bool) -> None:
    """Make `out_r_person_of`. Without `resolves` a later slice does it for this one."""
    stored.unmatched = stored.unmatched or any(_has_rows(staging, plan_of(name)) for name in _TYPES)
    if not (resolves and stored.unmatched):
        return
    stored.unmatched = False
    for name, columns in (("Person", ("id", "name")), ("PersonDocument", ("id", "birth_date"))):
        _known(staging, stored, plan_of(name), columns)
    staging.run(_SUSPECTS)
    _gaps(staging, stored)
    pairs = staging.table(_PAIRS)
    staging.keep("one_person", _joined(pairs))
    plan, person = plan_of("PERSON_OF"), node_name("Person")
    staging.keep(f"out_{plan.table}", plan.schema.empty_table())
    write_differences(
        staging,
        stored,
        plan,
        f"(SELECT {person} AS from_type, record AS from_id, {person} AS to_type, person AS to_id, '{RULE}' AS rule, "
        f"{_CERTAIN}::BIGINT AS score FROM one_person)",
    )
    for name in ("known_n_person", "known_n_person_document", "suspects", "gaps"):
        staging.drop(name)


# Persons of one name and one day of birth, each group by a number.
_SUSPECTS = """
    CREATE TABLE suspects AS
    WITH named AS (
        SELECT id, normal_name(p.name) AS name, d.birth_date FROM known_n_person p JOIN known_n_person_document d
        USING (id) WHERE p.name IS NOT NULL AND d.birth_date IS NOT NULL),
    several AS (SELECT name, birth_date FROM named GROUP BY ALL HAVING count(*) > 1)
    SELECT id, dense_rank() OVER (ORDER BY name, birth_date) AS "group" FROM named SEMI JOIN several
    USING (name, birth_date)"""
_PAIRS = """
    SELECT DISTINCT a.id AS "left", b.id AS "right" FROM gaps a JOIN gaps b
    ON a."group" = b."group" AND a.gap = b.gap AND a.id < b.id ORDER BY ALL"""


def _has_rows(staging: Staging, plan: Plan) -> bool:
    table = f"out_{plan.table}"
    return staging.has(table) and bool(staging.value(f"SELECT count(*) FROM (FROM {table} LIMIT 1)"))


def _known(staging: Staging, stored: Stored, plan: Plan, columns: tuple[str, ...]) -> None:
    """`known_<type>`: these columns of all that will stand after this batch."""
    listed, out = ", ".join(columns), f"out_{plan.table}"
    if not staging.has(out):
        staging.keep(out, plan.schema.empty_table())
    staging.run(f"CREATE TABLE known_{plan.table} AS SELECT {listed} FROM {out}")
    if not stored.may_hold(plan.name):
        return
    staging.take("exported", stored.batch.columns(plan.name, columns))
    staging.run(
        f"INSERT INTO known_{plan.table} SELECT {listed} FROM exported WHERE id NOT IN (SELECT id FROM {out}) "
        f"AND id NOT IN (SELECT id FROM ended WHERE type = '{plan.name}')"
    )
    staging.forget("exported")


def _gaps(staging: Staging, stored: Stored) -> None:
    """`gaps`: every hash of every suspect. The batches that brought them are met."""
    asked = staging.table("SELECT id FROM suspects")
    for name in ("Person", "PERSON_OF"):
        stored.current(plan_of(name), _ends(asked) if name == "PERSON_OF" else asked)
    staging.take("stored_documents", stored.current(plan_of("PersonDocument"), asked))
    staging.run(
        "CREATE TABLE gaps AS SELECT id, \"group\", unnest(string_split(gaps, ' ')) AS gap FROM suspects JOIN ("
        "SELECT id, gaps FROM out_n_person_document UNION ALL SELECT id, gaps FROM stored_documents "
        "WHERE id NOT IN (SELECT id FROM out_n_person_document)) USING (id)"
    )
    staging.forget("stored_documents")


def _ends(asked: pa.Table) -> pa.Table:
    return made({"from_type": pa.array(["Person"] * asked.num_rows, pa.string()), "from_id": asked["id"]})


def _joined(pairs: pa.Table) -> pa.Table:
    """`record, person` of every record that is not the smallest of those that pairs join."""
    ends = pa.concat_arrays([pairs[name].combine_chunks() for name in ("left", "right")])
    ids = ends.unique().sort()
    codes = np.searchsorted(np.array(ids.to_pylist(), object), np.array(ends.to_pylist(), object))
    left, right = codes.reshape(2, -1)
    first = smallest(left, right, len(ids))
    moved = np.flatnonzero(first != np.arange(len(ids)))
    chosen: list[Any] = [pa.array(places) for places in (moved, first[moved])]
    return made(dict(zip(("record", "person"), map(ids.take, chosen), strict=True)))
