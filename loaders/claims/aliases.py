"""Two names of one thing, in the batch or the store → one key. Called by `loaders.run` before the merge.

An invoice on paper may carry a second, digital number: facts under either are facts about the one invoice. Where facts
already stand under the other number when the alias arrives, they are ended there and stated again under the key. A
person known by a source's id and, in the same batch, by a document is one person.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES
from loaders.claims.merge import stored_statements, subject_of, take_current
from loaders.claims.plans import Plan, plan_of
from loaders.claims.stored import Stored
from loaders.staging.engine import Staging
from loaders.staging.facts import fact_table, made_types

_INVOICE = "Invoice"
_ENDS = ("from", "to")


def follow_aliases(staging: Staging, stored: Stored, made: set[str]) -> None:
    """Write the canonical key wherever a fact names an alias; move what the store holds under one."""
    staging.run("CREATE TABLE aliases (type VARCHAR, old VARCHAR, new VARCHAR)")
    _persons(staging, stored)
    if "InvoiceAlias" in made:
        staging.run("INSERT INTO aliases SELECT 'Invoice', id, min(invoice) FROM in_n_invoice_alias GROUP BY id")
    if staging.value("SELECT count(*) FROM aliases WHERE type = 'Invoice'"):
        _move_stored(staging, stored, made)
    if stored.may_hold("InvoiceAlias"):
        _known_aliases(staging, stored, made)
    if staging.value("SELECT count(*) FROM aliases"):
        types = {row[0] for row in staging.rows("SELECT DISTINCT type FROM aliases")}
        for plan in made_types(made):
            if types & _named_types(plan):
                _rewrite(staging, plan)


def _persons(staging: Staging, stored: Stored) -> None:
    """Those of the slice with the registers hold for all slices of the batch."""
    if stored.persons is not None:
        staging.take("persons_before", stored.persons)
        staging.run("INSERT INTO aliases FROM persons_before")
    if staging.has("rows_persons"):
        staging.run(
            "INSERT INTO aliases SELECT 'Person', person_by_source(source, own_id), min(person_key) "
            "FROM rows_persons WHERE own_id IS NOT NULL AND document_number IS NOT NULL GROUP BY ALL"
        )
        stored.persons = staging.table("FROM aliases")


def _known_aliases(staging: Staging, stored: Stored, made: set[str]) -> None:
    """Aliases of the store among the invoices that this batch names."""
    named = _invoice_keys(made)
    if all(stored.batch.unseen("InvoiceAlias", staging.table(ids)["id"]) for ids in named):
        return
    asked = staging.table(f"SELECT DISTINCT id FROM ({' UNION ALL '.join(named)})")
    staging.take("aliases_before", stored.current(plan_of("InvoiceAlias"), asked))
    staging.run(
        "INSERT INTO aliases SELECT 'Invoice', id, invoice FROM aliases_before "
        "WHERE id NOT IN (SELECT old FROM aliases WHERE type = 'Invoice')"
    )


def _invoice_keys(made: set[str]) -> list[str]:
    """SQL of the invoice keys in every fact that names an invoice."""
    found = []
    for plan in made_types(made):
        if plan.name == _INVOICE:
            found.append(f"SELECT id FROM in_{plan.table}")
        elif not plan.node:
            found.extend(
                f"SELECT {end}_id AS id FROM in_{plan.table} WHERE {end}_type = 'Invoice'"
                for end in _invoice_ends(plan.name)
            )
    return found


def _named_types(plan: Plan) -> set[str]:
    """The node types that a fact of this type may name."""
    if plan.node:
        return {plan.name}
    kind = next(each for each in STORED_RELATIONSHIP_TYPES if each.name == plan.name)
    return {*kind.stored_sources(), *kind.stored_targets()}


def _invoice_ends(name: str) -> tuple[str, ...]:
    kind = next(each for each in STORED_RELATIONSHIP_TYPES if each.name == name)
    ends = {"from": kind.stored_sources(), "to": kind.stored_targets()}
    return tuple(end for end in _ENDS if _INVOICE in ends[end])


def _rewrite(staging: Staging, plan: Plan) -> None:
    """Put the canonical key into the fact table of one type and identify its facts anew."""
    table = f"in_{plan.table}"
    if staging.is_view(table):
        _rewrite_view(staging, plan, table)
        return
    if plan.node:
        # The alias is no number of the invoice's own: it gives way to code and number of the paper form.
        own = ", code = NULL, number = NULL" if plan.name == _INVOICE else ""
        staging.run(
            f"UPDATE {table} SET id = a.new, _key = a.new{own} FROM aliases a WHERE a.type = ? AND a.old = {table}.id",
            [plan.name],
        )
        return
    for end in _ENDS:
        staging.run(
            f"UPDATE {table} SET {end}_id = a.new FROM aliases a "
            f"WHERE a.type = {table}.{end}_type AND a.old = {table}.{end}_id"
        )
    key = plan.key_sql.removesuffix(" AS _key")
    staging.run(f"UPDATE {table} SET _key = {key} WHERE _key IS DISTINCT FROM {key}")


def _rewrite_view(staging: Staging, plan: Plan, table: str) -> None:
    """As `_rewrite`, where the facts are a view: an alias leads to one key, so no row is found twice."""
    staging.run(f"ALTER VIEW {table} RENAME TO stated_{table}")
    if plan.node:
        own = ", CASE WHEN a.old IS NULL THEN {0} END AS {0}"
        dropped = own.format("code") + own.format("number") if plan.name == _INVOICE else ""
        replaced = f"coalesce(a.new, s.id) AS id{dropped}"
        joins = f"LEFT JOIN aliases a ON a.type = '{plan.name}' AND a.old = s.id"
    else:
        replaced = ", ".join(f"coalesce({end}_alias.new, s.{end}_id) AS {end}_id" for end in _ENDS)
        joins = " ".join(
            f"LEFT JOIN aliases {end}_alias ON {end}_alias.type = s.{end}_type AND {end}_alias.old = s.{end}_id"
            for end in _ENDS
        )
    facts = f"SELECT s.* EXCLUDE (_key) REPLACE ({replaced}) FROM stated_{table} s {joins}"
    staging.run(f"CREATE VIEW {table} AS SELECT {plan.key_sql}, * FROM ({facts})")


# --- facts that the store holds under an alias


def _move_stored(staging: Staging, stored: Stored, made: set[str]) -> None:
    """End what stands under the aliases of this batch, and state it again; `_rewrite` then gives it its key."""
    asked = staging.table("SELECT DISTINCT old AS id FROM aliases WHERE type = 'Invoice'")
    _move(staging, stored, made, plan_of(_INVOICE), stored.current(plan_of(_INVOICE), asked))
    for kind in STORED_RELATIONSHIP_TYPES:
        ends = _invoice_ends(kind.name)
        if not ends or not stored.may_hold(kind.name):
            continue
        plan = plan_of(kind.name)
        found = [stored.current(plan, _as_end(asked, end)) for end in ends]
        # A row with both ends asked for is found twice.
        rows = pa.concat_tables(found) if len(found) == 1 else _distinct(staging, pa.concat_tables(found))
        _move(staging, stored, made, plan, rows)


def _as_end(asked: pa.Table, end: str) -> pa.Table:
    kind = pa.array([_INVOICE] * asked.num_rows, pa.string())
    columns: dict[str, Any] = {f"{end}_type": kind, f"{end}_id": asked.column("id")}
    return pa.table(columns)


def _distinct(staging: Staging, rows: pa.Table) -> pa.Table:
    staging.take("found_twice", rows)
    return staging.table("SELECT DISTINCT * FROM found_twice").select(rows.column_names)


def _move(staging: Staging, stored: Stored, made: set[str], plan: Plan, rows: pa.Table) -> None:
    if not rows.num_rows:
        return
    stored.move(plan, rows)
    take_current(staging, plan, rows)
    stored_statements(staging, stored, plan)
    table = fact_table(staging, plan, made)
    columns = ", ".join(f'"{name}"' for name in plan.columns)
    stated = f"_key, {columns}, _source, _file, _row"
    staging.run(
        f"INSERT INTO {table} BY NAME SELECT {stated}, _first_at AS _as_at, NULL AS _rid, false AS _counts FROM sl "
        f"UNION ALL BY NAME SELECT {stated}, _as_at, NULL AS _rid, false AS _counts FROM sl "
        "WHERE _as_at IS DISTINCT FROM _first_at"
    )
    _end_all(staging, plan)


def _end_all(staging: Staging, plan: Plan) -> None:
    """The versions, claims and conflicts that stood under the alias."""
    if plan.node:
        staging.run(f"INSERT INTO ended (type, id) SELECT '{plan.name}', id FROM cur")
    else:
        kept = ", ".join(f"'{name}': \"{name}\"" for name in plan.identity)
        identity = f"CAST(to_json({{{kept}}}) AS VARCHAR)" if kept else "'{}'"
        ends = "from_type, from_id, to_type, to_id"
        staging.run(f"INSERT INTO ended (type, {ends}, identity) SELECT '{plan.name}', {ends}, {identity} FROM cur")
    staging.run(f"INSERT INTO claims_ended SELECT id FROM kept WHERE subject IN (SELECT {subject_of('_key')} FROM cur)")
    staging.run(f"INSERT INTO settled SELECT '{plan.name}', {subject_of('_key')} FROM cur WHERE claims > 1")
