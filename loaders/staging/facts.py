"""Typed rows → facts of the vocabulary: `rows_<record>` → `in_<type>`, one row a statement.

Called by `loaders.run` after the contracts. A fact table holds `_key` (what identifies it among claims), the columns
of its type, `_source, _file, _row, _as_at`, `_rid` (the source row) and `_counts` (whether it decides if its row is
known).
"""

from __future__ import annotations

from collections.abc import Iterable

from loaders.claims.plans import Plan, plan_of
from loaders.contracts.columns import Fact, LinkFact, NodeFact, Record
from loaders.staging.engine import Staging

_META_TYPES = "_source VARCHAR, _file VARCHAR, _row BIGINT, _as_at TIMESTAMP, _rid BIGINT, _counts BOOLEAN"


def state_facts(staging: Staging, record: Record, made: set[str]) -> None:
    """Insert what the rows of a record state; `made` collects the names of types that have a table."""
    for fact in record.facts:
        _insert(staging, record, fact, made)
    for reference in record.parties:
        _insert_parties(staging, record, reference, made)


def fact_table(staging: Staging, plan: Plan, made: set[str]) -> str:
    """The fact table of a type, created empty when it is first asked for."""
    if plan.name not in made:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in plan.sql_types.items())
        staging.run(f"CREATE TABLE in_{plan.table} (_key VARCHAR, {columns}, {_META_TYPES})")
        made.add(plan.name)
    return f"in_{plan.table}"


def _insert(staging: Staging, record: Record, fact: Fact, made: set[str]) -> None:
    plan = plan_of(fact.type)
    table = fact_table(staging, plan, made)
    stated = {**_ends(fact), **fact.values}
    columns = ", ".join(
        f'CAST({stated.get(name, "NULL")} AS {kind}) AS "{name}"' for name, kind in plan.sql_types.items()
    )
    rows = (
        f"SELECT {columns}, source AS _source, _file, _row, as_at AS _as_at, _rid, {fact.primary} AS _counts "
        f"FROM rows_{record.name} WHERE {fact.when}"
    )
    if not fact.primary:
        rows = _distinct(plan, rows)
    staging.run(f"INSERT INTO {table} SELECT {plan.key_sql}, * FROM ({rows})")


def _ends(fact: Fact) -> dict[str, str]:
    if isinstance(fact, NodeFact):
        return {"id": fact.id}
    return _link_ends(fact)


def _link_ends(fact: LinkFact) -> dict[str, str]:
    (from_type, from_id), (to_type, to_id) = fact.source, fact.target
    return {"from_type": from_type, "from_id": from_id, "to_type": to_type, "to_id": to_id}


def _distinct(plan: Plan, rows: str) -> str:
    """Equal statements once: what many rows mention is stored once with its first place."""
    columns = ", ".join(f'"{name}"' for name in plan.columns)
    return (
        f"SELECT {columns}, _source, arg_min(_file, _rid) AS _file, arg_min(_row, _rid) AS _row, _as_at, "
        f"min(_rid) AS _rid, any_value(_counts) AS _counts FROM ({rows}) GROUP BY {columns}, _source, _as_at"
    )


def _insert_parties(staging: Staging, record: Record, reference: str, made: set[str]) -> None:
    """The parties that a reference names: kind, number as shown, smallest name."""
    table = fact_table(staging, plan_of("Party"), made)
    party, shown = f'"{reference}_party"', f'"{reference}_shown"'
    named = ("name", "country", "postcode") if reference in record.named_parties else ()
    described = "".join(f'min("{reference}_{part}") AS {part}, ' for part in named)
    staging.run(
        f"""INSERT INTO {table} BY NAME SELECT {party} AS _key, {party} AS id,
        CASE WHEN starts_with({party}, 'no:') THEN 'number' ELSE split_part({party}, ':', 1) END AS kind,
        CASE WHEN starts_with({party}, 'no:') THEN any_value({shown}) END AS number,
        {described}min(source) AS _source, arg_min(_file, _rid) AS _file,
        arg_min(_row, _rid) AS _row, max(as_at) AS _as_at, min(_rid) AS _rid, false AS _counts
        FROM rows_{record.name} WHERE {party} IS NOT NULL GROUP BY {party}"""
    )


def made_types(made: Iterable[str]) -> tuple[Plan, ...]:
    """Plans of the types that arrived, by name."""
    return tuple(plan_of(name) for name in sorted(made))
