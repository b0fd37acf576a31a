"""Records of persons → which are one person: versions of PERSON_OF. Called after every slice that brings persons.

Two documents that a typing error tells apart are one person's if name and date of birth agree. A record without a
document is the person of that name and date of birth with whom it shares a telephone, an address or a firm. A name
alone joins nobody. A pure function of all persons: groups of one name and day of birth, and what is in these.
"""

from __future__ import annotations

import pyarrow as pa

from loaders.claims.plans import Plan, plan_of
from loaders.claims.stored import Stored
from loaders.contracts.parties import ROLES
from loaders.resolve.columns import made
from loaders.resolve.differences import write_differences
from loaders.resolve.persons.together import together
from loaders.staging.engine import Staging, node_name

_CERTAIN = 1_000_000
_TYPES = ("Person", "PersonDocument")
# What persons share. An agent's firms are his clients: they tell nothing.
_SHARED = ("USES", "HOLDS_SHARE", "CONTROLS", *(f"{role.upper()}_OF" for role in ROLES))


def write_persons(staging: Staging, stored: Stored, *, resolves: bool) -> None:
    """Make `out_r_person_of`. Without `resolves` a later slice does it for this one."""
    stored.unmatched = stored.unmatched or any(
        _has_rows(staging, plan_of(name), where) for names, where in _MATTERS for name in names
    )
    if not (resolves and stored.unmatched):
        return
    stored.unmatched = False
    for name, columns in (("Person", ("id", "name")), ("PersonDocument", ("id", "birth_date"))):
        _known(staging, stored, plan_of(name), columns)
    staging.run(_SUSPECTS)
    _gaps(staging, stored)
    _share(staging, stored)
    documented = staging.table("SELECT DISTINCT id FROM gaps")["id"]
    staging.keep("one_person", together(staging.table(_SLIPS), staging.table(_COMPANIONS), documented))
    plan, person = plan_of("PERSON_OF"), node_name("Person")
    staging.keep(f"out_{plan.table}", plan.schema.empty_table())
    write_differences(
        staging,
        stored,
        plan,
        f"(SELECT {person} AS from_type, record AS from_id, {person} AS to_type, person AS to_id, rule, "
        f"{_CERTAIN}::BIGINT AS score FROM one_person)",
    )
    for name in ("known_n_person", "known_n_person_document", "suspects", "gaps", "in_common"):
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
_SLIPS = """
    SELECT DISTINCT a.id AS "left", b.id AS "right" FROM gaps a JOIN gaps b
    ON a."group" = b."group" AND a.gap = b.gap AND a.id < b.id ORDER BY ALL"""
# Those who may be one with a record that names no document. The first of January stands for a day that nobody knows.
_UNDOCUMENTED = """
    SELECT id, "group" FROM suspects JOIN known_n_person_document USING (id)
    WHERE strftime(birth_date, '%m-%d') <> '01-01' AND "group" IN (
        SELECT "group" FROM suspects WHERE id NOT IN (SELECT id FROM gaps))"""
_COMPANIONS = """
    SELECT DISTINCT a.id AS "left", b.id AS "right" FROM in_common a JOIN in_common b
    ON a."group" = b."group" AND a.value = b.value AND a.id < b.id
    WHERE a.id NOT IN (SELECT id FROM gaps) OR b.id NOT IN (SELECT id FROM gaps) ORDER BY ALL"""
_MATTERS = ((_TYPES, "true"), (_SHARED, "from_type = 'Person'"))


def _has_rows(staging: Staging, plan: Plan, where: str) -> bool:
    table = f"out_{plan.table}"
    return staging.has(table) and bool(staging.value(f"SELECT count(*) FROM (FROM {table} WHERE {where} LIMIT 1)"))


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


def _share(staging: Staging, stored: Stored) -> None:
    """`in_common`: contacts and firms of all who may be one with somebody without a document. Their batches are met."""
    asked = staging.table(_UNDOCUMENTED)
    staging.keep("asked", asked)
    staging.run('CREATE TABLE in_common (id VARCHAR, "group" BIGINT, value VARCHAR)')
    for name in _SHARED if asked.num_rows else ():
        plan = plan_of(name)
        staging.take("stood", stored.current(plan, _ends(asked)))
        ends = "from_type, from_id, to_type, to_id"
        now = f"SELECT {ends} FROM stood EXCEPT SELECT {ends} FROM ended WHERE type = '{name}'"
        if staging.has(f"out_{plan.table}"):
            now = f"{now} UNION SELECT {ends} FROM out_{plan.table}"
        staging.run(
            "INSERT INTO in_common SELECT a.id, a.\"group\", n.to_type || ':' || n.to_id "
            f"FROM asked a JOIN ({now}) n ON n.from_type = 'Person' AND n.from_id = a.id"
        )
        staging.forget("stood")
    staging.drop("asked")
