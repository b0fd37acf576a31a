"""Typed rows → facts of the vocabulary: `rows_<record>` → `in_<type>`, one row a statement.

Called by `loaders.run` after the contracts. A fact table holds `_key` (what identifies it among claims), the columns
of its type, `_source, _file, _row, _as_at`, `_rid` (the source row) and `_counts` (whether it decides if its row is
known).

What only rows state is a view of them: a copy of millions of rows would cost more than it saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from loaders.claims.plans import Plan, Rule, plan_of
from loaders.contracts.columns import NOTHING, Fact, LinkFact, NodeFact, Record
from loaders.staging.engine import NODE_NAMES, Staging
from loaders.staging.mentions import Mentions

_FIRST_PLACE = "arg_min(_file, _rid) AS _file, arg_min(_row, _rid) AS _row, min(_rid) AS _rid, false AS _counts"
# In millions of rows a type's name is an index into a short list.
_SLIM: Mapping[str, str] = {"from_type": NODE_NAMES, "to_type": NODE_NAMES}
_META_TYPES = "_source VARCHAR, _file VARCHAR, _row BIGINT, _as_at TIMESTAMP, _rid BIGINT, _counts BOOLEAN"


def state_facts(staging: Staging, records: Sequence[Record], mentions: Mentions) -> set[str]:
    """State what the rows of these records say, type by type; returns the names of types that have a table.

    `mentions`: what slices before said of things that many rows mention; what these say is added.
    """
    made: set[str] = set()
    stated: dict[str, list[tuple[Record, Fact]]] = {}
    for record in records:
        for fact in (*record.facts, *(_mentioned(record, reference) for reference in record.parties)):
            stated.setdefault(fact.type, []).append((record, fact))
    staging.on_each(lambda name: _state(staging, plan_of(name), stated[name], made, mentions), list(stated))
    return made


def _state(
    staging: Staging, plan: Plan, facts: Sequence[tuple[Record, Fact]], made: set[str], mentions: Mentions
) -> None:
    told = [_rows(plan, record, fact) for record, fact in facts if plan.node and not fact.primary]
    others = [_rows(plan, record, fact, _SLIM) for record, fact in facts if fact.primary or not plan.node]
    stated = f"SELECT {plan.key_sql}, * FROM ({' UNION ALL '.join(others)})"
    if not told:
        staging.run(f"CREATE VIEW in_{plan.table} AS {stated}")
        made.add(plan.name)
        return
    # What many rows mention is stored once with its first place.
    fresh = mentions.fresh(staging, plan, told)
    once = _smallest(plan, fresh) if plan.rule is Rule.SMALLEST else _distinct(plan, fresh)
    staging.run(f"INSERT INTO {fact_table(staging, plan, made)} BY NAME SELECT id AS _key, * FROM ({once})")
    if others:
        staging.run(f"INSERT INTO {fact_table(staging, plan, made)} {stated}")


def fact_table(staging: Staging, plan: Plan, made: set[str]) -> str:
    """The fact table of a type to insert into, created empty when it is first asked for."""
    table = f"in_{plan.table}"
    if plan.name not in made:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in plan.sql_types.items())
        staging.run(f"CREATE TABLE {table} (_key VARCHAR, {columns}, {_META_TYPES})")
        made.add(plan.name)
    elif staging.is_view(table):
        staging.run(f"ALTER VIEW {table} RENAME TO seen_{table}")
        made.discard(plan.name)
        staging.run(f"INSERT INTO {fact_table(staging, plan, made)} FROM seen_{table}")
    return table


def _rows(plan: Plan, record: Record, fact: Fact, types: Mapping[str, str] = NOTHING) -> str:
    """SQL: what the rows of a record state by this fact. `types`: of columns that are not to be the plan's."""
    stated = {**_ends(fact), **fact.values}
    columns = ", ".join(
        f'CAST({stated.get(name, "NULL")} AS {types.get(name, kind)}) AS "{name}"'
        for name, kind in plan.sql_types.items()
    )
    return (
        f"SELECT {columns}, source AS _source, _file, _row, as_at AS _as_at, _rid, {fact.primary} AS _counts "
        f"FROM rows_{record.name} WHERE {fact.when}"
    )


def _smallest(plan: Plan, told: Sequence[str]) -> str:
    """Of all that is said of a thing the smallest value of each column."""
    least = ", ".join(f'min("{name}") AS "{name}"' for name in plan.columns if name != "id")
    return (
        f"SELECT id, {least + ', ' if least else ''}min(_source) AS _source, {_FIRST_PLACE}, "
        f"max(_as_at) AS _as_at FROM ({' UNION ALL '.join(told)}) GROUP BY id"
    )


def _distinct(plan: Plan, told: Sequence[str]) -> str:
    """Equal statements once."""
    columns = ", ".join(f'"{name}"' for name in plan.columns)
    return (
        f"SELECT {columns}, _source, {_FIRST_PLACE}, _as_at FROM ({' UNION ALL '.join(told)}) "
        f"GROUP BY {columns}, _source, _as_at"
    )


def _ends(fact: Fact) -> dict[str, str]:
    if isinstance(fact, NodeFact):
        return {"id": fact.id}
    return _link_ends(fact)


def _link_ends(fact: LinkFact) -> dict[str, str]:
    (from_type, from_id), (to_type, to_id) = fact.source, fact.target
    return {"from_type": from_type, "from_id": from_id, "to_type": to_type, "to_id": to_id}


def _mentioned(record: Record, reference: str) -> NodeFact:
    """The party that a reference names: kind, number as shown, smallest name."""
    party, shown = f'"{reference}_party"', f'"{reference}_shown"'
    numbered = f"starts_with({party}, 'no:')"
    named = ("name", "country", "postcode") if reference in record.named_parties else ()
    values = {
        "kind": f"CASE WHEN {numbered} THEN 'number' ELSE split_part({party}, ':', 1) END",
        "number": f"CASE WHEN {numbered} THEN {shown} END",
        **{part: f'"{reference}_{part}"' for part in named},
    }
    return NodeFact("Party", party, values, when=f"{party} IS NOT NULL", primary=False)


def made_types(made: Iterable[str]) -> tuple[Plan, ...]:
    """Plans of the types that arrived, by name."""
    return tuple(plan_of(name) for name in sorted(made))
