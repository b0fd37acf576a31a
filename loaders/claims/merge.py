"""Statements of a batch and what the store says → the versions to write. The heart of "claims that disagree".

`merge_type` reads `in_<type>` and leaves in the staging area:

* `out_<type>`: versions to write, in the type's schema;
* rows in `ended` (type and the ends or id of a version that ends without a successor);
* rows in `claims_out` and `claims_ended`; in `conflicts` and `settled` (keys whose conflict, if any, is over);
* `staging.fresh` knows the source rows that brought something new.

Everything is a function of the set of statements, never of their order of arrival: of one source's equal statements
only the first and last date count; the version is merged column by column from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from loaders.claims.plans import Plan, Rule
from loaders.claims.stored import Stored, key_columns
from loaders.staging.engine import Staging

_AS_STATED = (
    "_source AS prov_source, _file AS prov_file, _row AS prov_row, _as_at AS prov_first_at, _as_at AS prov_as_at, "
    "1::BIGINT AS claims"
)
TABLES = (
    "CREATE TABLE ranks (source VARCHAR, rank BIGINT)",
    "CREATE TABLE conflicts (type VARCHAR, subject VARCHAR, columns VARCHAR, source VARCHAR, file VARCHAR, row BIGINT)",
    "CREATE TABLE settled (type VARCHAR, subject VARCHAR)",
    """CREATE TABLE claims_out (id VARCHAR, subject_type VARCHAR, subject VARCHAR, source VARCHAR, first_at TIMESTAMP,
        as_at TIMESTAMP, content VARCHAR, file VARCHAR, row BIGINT)""",
    "CREATE TABLE claims_ended (id VARCHAR)",
    """CREATE TABLE ended (type VARCHAR, id VARCHAR, from_type VARCHAR, from_id VARCHAR, to_type VARCHAR, to_id VARCHAR,
        identity VARCHAR)""",
)


@dataclass(frozen=True, slots=True)
class _Stated:
    """The statements about a type: how many keys, whether any key stands twice, and SQL of equal ones as one."""

    keys: int
    twice: bool
    sql: str


def merge_type(staging: Staging, stored: Stored, plan: Plan) -> int:
    """Merge the statements about one type; see the module. Returns how many distinct facts are stated."""
    stated = _statements(staging, plan)
    current = _current(staging, stored, plan)
    met = current is not None and bool(current.num_rows)
    if not stated.twice and not met:
        _untouched(staging, plan)
        return stated.keys
    staging.run(f"CREATE OR REPLACE TEMP VIEW st AS {stated.sql}")
    take_current(staging, plan, current)
    again = stored.met_before(plan, _met(staging)) if met and stored.later else 0
    if plan.rule is Rule.SMALLEST:
        _smallest(staging, plan)
        return stated.keys - again
    _plain(staging, plan, twice=stated.twice)
    _disputed(staging, stored, plan)
    return stated.keys - again


def _current(staging: Staging, stored: Stored, plan: Plan) -> pa.Table | None:
    """The versions that stand under the keys stated; None without asking where surely none does."""
    if not stored.may_hold(plan.name):
        return None
    if stored.none_seen(plan, lambda column: staging.table(f"SELECT {column} AS id FROM in_{plan.table}")["id"]):
        return None
    return stored.current(plan, _asked_keys(staging, plan))


def _met(staging: Staging) -> pa.Table:
    """Hash and batch of the facts that are stated and stand."""
    return staging.table("SELECT hash(_key) AS hash, batch_from FROM cur SEMI JOIN st USING (_key)")


def _untouched(staging: Staging, plan: Plan) -> None:
    """Every fact is stated once and none is stored: the statements are the versions."""
    staging.run(f"CREATE VIEW out_{plan.table} AS SELECT {_columns(plan.columns)}, {_AS_STATED} FROM in_{plan.table}")
    staging.fresh.mark(staging.table(f"SELECT _rid FROM in_{plan.table} WHERE _counts AND _rid IS NOT NULL")["_rid"])


def _columns(names: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


def _statements(staging: Staging, plan: Plan) -> _Stated:
    table = f"in_{plan.table}"
    keys, rows = _counts(staging, plan, table)
    alone = (
        f"SELECT _key, {_columns(plan.columns)}, _source, _file, _row, _as_at AS _first_at, _as_at, "
        f"CASE WHEN _counts THEN _rid END AS _rid FROM {table}"
    )
    if keys == rows:
        return _Stated(keys, twice=False, sql=alone)
    staging.run(f"CREATE OR REPLACE TEMP TABLE twice AS SELECT _key FROM {table} GROUP BY _key HAVING count(*) > 1")
    grouped = f"SELECT {_grouped(plan)} FROM (FROM {table} SEMI JOIN twice USING (_key)) GROUP BY {_group(plan)}"
    return _Stated(keys, twice=True, sql=f"{alone} ANTI JOIN twice USING (_key) UNION ALL {grouped}")


def _counts(staging: Staging, plan: Plan, table: str) -> tuple[int, int]:
    """How many keys, how many statements. Hashes first: where all differ, so do the keys, and no text is made."""
    hashes, rows = staging.rows(f"SELECT count(DISTINCT hash({_columns(plan.keys)})), count(*) FROM {table}")[0]
    if hashes == rows:
        return rows, rows
    return int(staging.value(f"SELECT count(DISTINCT _key) FROM {table}")), rows


def _group(plan: Plan) -> str:
    if plan.rule is Rule.SMALLEST:
        return "_key"
    dated = ", _as_at" if plan.rule is Rule.POINTS else ""
    said_by = "" if plan.rule is Rule.SHARED else ", _source"
    return f"_key, {_columns(plan.columns)}{said_by}{dated}"


def _source_of(plan: Plan) -> str:
    return "min(_source) AS _source" if plan.rule is Rule.SHARED else "_source"


def _grouped(plan: Plan) -> str:
    place = "arg_min(_file, _rid) AS _file, arg_min(_row, _rid) AS _row"
    dates = "min(_as_at) AS _first_at, max(_as_at) AS _as_at"
    rid = "min(CASE WHEN _counts THEN _rid END) AS _rid"
    if plan.rule is not Rule.SMALLEST:
        return f"_key, {_columns(plan.columns)}, {_source_of(plan)}, {place}, {dates}, {rid}"
    keys = {name: f'any_value("{name}")' for name in plan.keys}
    least = ", ".join(f'{keys.get(name) or _min(name)} AS "{name}"' for name in plan.columns)
    return f"_key, {least}, min(_source) AS _source, {place}, {dates}, {rid}"


def _min(name: str) -> str:
    return f'min("{name}")'


def _asked_keys(staging: Staging, plan: Plan) -> pa.Table:
    return staging.table(f"SELECT DISTINCT {_columns(key_columns(plan))} FROM in_{plan.table}")


def take_current(staging: Staging, plan: Plan, current: pa.Table | None) -> None:
    """`cur`: current versions with their `_key`."""
    staging.take("arrived_current", plan.schema.empty_table() if current is None else current)
    staging.run("DROP TABLE IF EXISTS cur")
    staging.run(f"CREATE TEMP TABLE cur AS SELECT {plan.key_sql}, * FROM arrived_current")


# --- types that keep the smallest value


def _smallest(staging: Staging, plan: Plan) -> None:
    merged = ", ".join(
        f'least(st."{name}", cur."{name}") AS "{name}"' if name in plan.content else f'st."{name}"'
        for name in plan.columns
    )
    changed = " OR ".join(f'least(st."{name}", cur."{name}") IS DISTINCT FROM cur."{name}"' for name in plan.content)
    staging.run(
        f"CREATE TABLE out_{plan.table} AS SELECT {merged}, st._source AS prov_source, st._file AS prov_file, "
        f"st._row AS prov_row, st._first_at AS prov_first_at, st._as_at AS prov_as_at, 1::BIGINT AS claims "
        f"FROM st LEFT JOIN cur USING (_key) WHERE cur._key IS NULL{f' OR {changed}' if changed else ''}"
    )
    staging.fresh.mark(staging.table("SELECT _rid FROM st ANTI JOIN cur USING (_key) WHERE _rid IS NOT NULL")["_rid"])


# --- types whose claims are kept


def _plain(staging: Staging, plan: Plan, *, twice: bool) -> None:
    """Facts that one statement alone is about: the statement is the version."""
    alone = "ANTI JOIN cur USING (_key)" + (" ANTI JOIN disputed USING (_key)" if twice else "")
    if twice:
        staging.run("CREATE OR REPLACE TEMP TABLE disputed AS SELECT _key FROM st GROUP BY _key HAVING count(*) > 1")
    staging.run(
        f"CREATE TABLE out_{plan.table} AS SELECT {_columns(plan.columns)}, CAST(_source AS VARCHAR) AS prov_source, "
        f"CAST(_file AS VARCHAR) AS prov_file, _row AS prov_row, _first_at AS prov_first_at, _as_at AS prov_as_at, "
        f"1::BIGINT AS claims FROM st {alone}"
    )
    staging.fresh.mark(staging.table(f"SELECT _rid FROM st {alone} WHERE _rid IS NOT NULL")["_rid"])


def _disputed(staging: Staging, stored: Stored, plan: Plan) -> None:
    """Facts with several statements, here or in the store."""
    staging.run("CREATE TEMP TABLE IF NOT EXISTS disputed (_key VARCHAR)")
    staging.run(
        f"CREATE OR REPLACE TEMP TABLE rest AS {_as_recorded(plan)} "
        "WHERE _key IN (SELECT _key FROM cur UNION ALL FROM disputed)"
    )
    staging.run("DROP TABLE disputed")
    if not staging.value("SELECT count(*) FROM rest"):
        return
    stored_statements(staging, stored, plan)
    _note_fresh(staging, plan)
    if not _moving(staging, plan):
        return
    _lumps(staging, plan)
    _write_merged(staging, plan)
    _write_claims(staging, plan)
    _write_conflicts(staging, plan)


def _as_recorded(plan: Plan) -> str:
    """The statements, with what was recorded of the facts that stand: stating one again records nothing."""
    if not plan.recorded:
        return "FROM st"
    kept = ", ".join(f'coalesce(cur."{name}", st."{name}") AS "{name}"' for name in plan.recorded)
    return f"SELECT st.* REPLACE ({kept}) FROM st LEFT JOIN cur USING (_key)"


def stored_statements(staging: Staging, stored: Stored, plan: Plan) -> None:
    """`sl`: the statements that the store keeps about these keys, from versions or, where several, from claims."""
    columns = _columns(plan.columns)
    subjects = [row[0] for row in staging.rows(f"SELECT {subject_of('_key')} FROM cur WHERE claims > 1")]
    staging.take("arrived_claims", stored.claims(plan, subjects))
    staging.run("CREATE OR REPLACE TEMP TABLE kept AS FROM arrived_claims WHERE subject_type = ?", [plan.name])
    content = ", ".join(
        f"CAST(kept.content->>'{name}' AS {plan.sql_types[name]}) AS \"{name}\""
        if name in plan.content
        else f'c."{name}"'
        for name in plan.columns
    )
    staging.run(
        f"CREATE OR REPLACE TEMP TABLE sl AS SELECT _key, {columns}, prov_source AS _source, prov_file AS _file, "
        f"prov_row AS _row, prov_first_at AS _first_at, prov_as_at AS _as_at FROM cur WHERE coalesce(claims, 1) <= 1 "
        f"UNION ALL SELECT c._key, {content}, kept.source, kept.prov_file, kept.prov_row, kept.first_at, kept.as_at "
        f"FROM kept JOIN {_one_row_a_key()} c ON {subject_of('c._key')} = kept.subject"
    )


def _one_row_a_key() -> str:
    return "(FROM cur WHERE claims > 1)"


def subject_of(key: str) -> str:
    """SQL of the readable text of a `_key`: its parts with bars between them."""
    return f"replace({key}, chr(31), '|')"


def _same_content(plan: Plan, left: str, right: str) -> str:
    same = [f'{left}."{name}" IS NOT DISTINCT FROM {right}."{name}"' for name in plan.content]
    return " AND ".join([f"{left}._key = {right}._key", *same])


def _note_fresh(staging: Staging, plan: Plan) -> None:
    """A row is fresh if nobody said the same about its key before: not the store, not an earlier row."""
    rows = staging.table(
        f"SELECT min(_rid) AS rid FROM (FROM rest WHERE _rid IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM sl WHERE {_same_content(plan, 'sl', 'rest')}) AND NOT ({_mention(plan)} AND _key IN "
        f"(SELECT _key FROM cur))) GROUP BY _key{''.join(f', {chr(34)}{name}{chr(34)}' for name in plan.content)}"
    )
    staging.fresh.mark(rows["rid"])


def _mention(plan: Plan) -> str:
    """A statement that says nothing but that the thing exists; it gives way to any that says more."""
    if not plan.node:
        return "false"
    return " AND ".join(f'"{name}" IS NULL' for name in plan.content)


def _moving(staging: Staging, plan: Plan) -> bool:
    """`moved`: keys about which the batch says something that the store does not hold yet."""
    covered = (
        "sl._as_at IS NOT DISTINCT FROM rest._as_at"
        if plan.rule is Rule.POINTS
        else "(rest._as_at IS NULL OR (sl._first_at <= rest._first_at AND sl._as_at >= rest._as_at))"
    )
    # A shared claim bears its smallest source.
    said_by = f"sl._source {'<=' if plan.rule is Rule.SHARED else '='} rest._source"
    staging.run(
        "CREATE OR REPLACE TEMP TABLE moved AS SELECT DISTINCT _key FROM rest WHERE NOT EXISTS (SELECT 1 FROM sl "
        f"WHERE {_same_content(plan, 'sl', 'rest')} AND {said_by} AND {covered}) "
        f"AND NOT ({_mention(plan)} AND _key IN (SELECT _key FROM cur))"
    )
    return bool(staging.value("SELECT count(*) FROM moved"))


def _lumps(staging: Staging, plan: Plan) -> None:
    """`lumps`: all statements about the moved keys, each source's equal ones as one with its first and last date."""
    columns = _columns(plan.columns)
    staging.run(
        f"CREATE OR REPLACE TEMP TABLE lumps AS SELECT l.*, coalesce(ranks.rank, 0) AS _rank FROM ("
        f"SELECT _key, {columns}, {_source_of(plan)}, min(_file) AS _file, min(_row) AS _row, "
        f"min(_first_at) AS _first_at, max(_as_at) AS _as_at FROM ("
        f"SELECT _key, {columns}, _source, _file, _row, _first_at, _as_at FROM rest UNION ALL "
        f"SELECT _key, {columns}, _source, _file, _row, _first_at, _as_at FROM sl) "
        f"SEMI JOIN moved USING (_key) GROUP BY {_group(plan)}) l LEFT JOIN ranks ON ranks.source = l._source"
    )
    if plan.node:
        staging.run(
            f"DELETE FROM lumps WHERE {_mention(plan)} AND _key IN "
            f"(SELECT _key FROM lumps WHERE NOT ({_mention(plan)}))"
        )


def _merged_column(plan: Plan, name: str) -> str:
    """The value of the best claim that has one: latest, of the highest rank, furthest in its life cycle, smallest."""
    if name in plan.keys:
        return f'any_value("{name}") AS "{name}"'
    column, order = plan.life_cycle(name)
    places = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(order))
    place = f'CASE CAST("{column}" AS VARCHAR) {places} ELSE -1 END DESC, ' if order else ""
    return (
        f'first("{name}" ORDER BY _as_at DESC NULLS LAST, _rank DESC, {place}"{name}") '
        f'FILTER ("{name}" IS NOT NULL) AS "{name}"'
    )


def _write_merged(staging: Staging, plan: Plan) -> None:
    best = "ORDER BY _as_at DESC NULLS LAST, _rank DESC, _source, _file, _row"
    columns = ", ".join(_merged_column(plan, name) for name in plan.columns)
    staging.run(
        f"CREATE OR REPLACE TEMP TABLE merged AS SELECT _key, {columns}, first(_source {best}) AS prov_source, "
        f"first(_file {best}) AS prov_file, first(_row {best}) AS prov_row, min(_first_at) AS prov_first_at, "
        f"max(_as_at) AS prov_as_at, count(*) AS claims FROM lumps GROUP BY _key"
    )
    compared = (*plan.columns, "prov_source", "prov_first_at", "prov_as_at", "claims")
    same = " AND ".join(f'm."{name}" IS NOT DISTINCT FROM cur."{name}"' for name in compared)
    staging.run(
        f"INSERT INTO out_{plan.table} SELECT m.* EXCLUDE (_key) FROM merged m WHERE NOT EXISTS "
        f"(SELECT 1 FROM cur WHERE cur._key = m._key AND {same})"
    )
    if not plan.node and len(plan.keys) < len(("from_type", "from_id", "to_type", "to_id")):
        _end_moved_ends(staging, plan)


def _end_moved_ends(staging: Staging, plan: Plan) -> None:
    """A relationship that can hold only once and now leads elsewhere: the old row ends."""
    identity = [name for name in plan.keys if not name.endswith("_id")]
    kept = ", ".join(f"'{name}': cur.\"{name}\"" for name in identity)
    text = f"CAST(to_json({{{kept}}}) AS VARCHAR)" if kept else "'{}'"
    staging.run(
        f"INSERT INTO ended SELECT ?, NULL, cur.from_type, cur.from_id, cur.to_type, cur.to_id, {text} FROM cur "
        "JOIN merged m USING (_key) WHERE (m.from_id, m.to_id) IS DISTINCT FROM (cur.from_id, cur.to_id)",
        [plan.name],
    )


def _write_claims(staging: Staging, plan: Plan) -> None:
    """Keep every claim of a key that has several; drop those of a key that no longer has."""
    source = "" if plan.rule is Rule.SHARED else "_source, "
    dated = " || chr(31) || coalesce(CAST(_as_at AS VARCHAR), '')" if plan.rule is Rule.POINTS else ""
    staging.run(
        f"CREATE OR REPLACE TEMP TABLE held AS SELECT 'cl' || hash_of(concat_ws(chr(31), '{plan.name}', _key, "
        f"{source}_content){dated}) AS id, '{plan.name}' AS subject_type, {subject_of('_key')} AS subject, "
        f"_source AS source, _first_at AS first_at, _as_at AS as_at, _content AS content, _file AS file, _row AS row "
        f"FROM (SELECT *, {plan.content_json} AS _content FROM lumps) "
        "WHERE _key IN (SELECT _key FROM merged WHERE claims > 1)"
    )
    staging.run(
        "INSERT INTO claims_out FROM held WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.id = held.id "
        "AND kept.source = held.source AND "
        "kept.first_at IS NOT DISTINCT FROM held.first_at AND kept.as_at IS NOT DISTINCT FROM held.as_at)"
    )
    staging.run(
        f"INSERT INTO claims_ended SELECT id FROM kept WHERE subject IN (SELECT {subject_of('_key')} FROM moved) "
        "AND id NOT IN (SELECT id FROM held)"
    )


def _write_conflicts(staging: Staging, plan: Plan) -> None:
    """Columns on which what the sources say last differs. One source replacing its own earlier word is an update."""
    said = ", ".join(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in plan.content)
    staging.run(f"INSERT INTO settled SELECT '{plan.name}', {subject_of('_key')} FROM moved")
    staging.run(
        f"""INSERT INTO conflicts
        WITH said AS (UNPIVOT (SELECT _key, _source, _as_at, {said} FROM lumps) ON {_columns(plan.content)}
            INTO NAME column_name VALUE _said),
        last_said AS (SELECT *, rank() OVER (PARTITION BY _key, _source, column_name ORDER BY _as_at DESC NULLS LAST)
            AS place FROM said),
        differing AS (SELECT _key, column_name FROM last_said WHERE place = 1
            GROUP BY _key, column_name HAVING count(DISTINCT _said) > 1)
        SELECT '{plan.name}', {subject_of("d._key")}, string_agg(column_name, ',' ORDER BY column_name),
            any_value(m.prov_source), any_value(m.prov_file), any_value(m.prov_row)
        FROM differing d JOIN merged m USING (_key) GROUP BY d._key"""
    )
