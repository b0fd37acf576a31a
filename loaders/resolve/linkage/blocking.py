"""Candidates: pairs of registrations that share something rare, of which one at least has no organisation code.

Called by `scoring`. What more registrations share than the model's `block` is parted by city; what is still too
large is left out and told of. So pairs grow with registrations, not with their square.
"""

from __future__ import annotations

import duckdb

# What two registrations of one firm, that have no number in common, still share.
BLOCKS = (
    *("sound of the name", "phone", "address", "representative's document"),
    *("representative and start of the name", "representative and trade"),
)
_TOLD = """
    SELECT 0 AS block, hash(sound) AS value, row FROM f WHERE sound IS NOT NULL {which}
    UNION ALL SELECT 0, hash(unnest(former_sounds)), row FROM f WHERE true {which}
    UNION ALL SELECT 1, hash(phone), row FROM f WHERE phone IS NOT NULL {which}
    UNION ALL SELECT 2, hash(address), row FROM f WHERE address IS NOT NULL {which}
    UNION ALL SELECT 3, hash(person_key), row FROM f WHERE person_key IS NOT NULL {which}
    UNION ALL SELECT 4, hash(person || chr(31) || left(stem, 2)), row FROM f WHERE person || stem IS NOT NULL {which}
    UNION ALL SELECT 5, hash(person || chr(31) || trade), row FROM f WHERE person || trade IS NOT NULL {which}
"""
# A value that nobody without a code bears makes no candidates.
_KEYS = f"""
CREATE TABLE keys AS
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT block, value FROM ({_TOLD.format(which="AND (now AND needy OR was AND was_needy)")})
),
told AS (SELECT * FROM ({_TOLD.format(which="")}) SEMI JOIN wanted USING (block, value))
SELECT block, value, row, now, was, needy, was_needy, branch IS NULL AS head, hash("group") AS "group",
    left(region, 4) AS city
FROM told JOIN f USING (row)
"""
# `rows`, `was_rows`: how many there are compared with each other, now and before; 0 where nobody needs it.
_SIZES = """
CREATE TABLE {sizes} AS
SELECT block, value, CASE WHEN needy > 0 THEN borne ELSE 0 END AS rows, needy, first,
    CASE WHEN was_needy > 0 THEN was_borne ELSE 0 END AS was_rows
FROM (
    SELECT block, value, count(*) FILTER (now) AS borne, count(*) FILTER (now AND needy) AS needy,
        min(row) FILTER (now) AS first, count(*) FILTER (was) AS was_borne,
        count(*) FILTER (was AND was_needy) AS was_needy
    FROM {keys} GROUP BY ALL HAVING count(*) > 1
)
"""
_PARTED = """
CREATE TABLE parted AS
SELECT k.* REPLACE (
    hash(k.value, k.city) AS value, k.now AND w.rows > {most} AS now, k.was AND w.was_rows > {most} AS was
)
FROM keys k JOIN whole w USING (block, value) WHERE w.rows > {most} OR w.was_rows > {most}
"""
_BOTH = (("keys", "whole"), ("parted", "parts"))


def make_keys(connection: duckdb.DuckDBPyConnection, most: int) -> None:
    """For registrations of the table `f` make `keys`, `parted` (of too frequent values) and their sizes.

    The table has `row`, `group`, `needy` (without organisation code), what registrations are blocked by, whether a row
    is there `now` and `was` there before, and whether it `was_needy`.
    """
    connection.execute(_KEYS)
    connection.execute(_SIZES.format(sizes="whole", keys="keys"))
    connection.execute(_PARTED.format(most=most))
    connection.execute(_SIZES.format(sizes="parts", keys="parted"))


def crossed(most: int) -> str:
    """Query of the rows in blocks that were too large and no longer are, or the other way round."""
    return " UNION ".join(
        f"SELECT k.row FROM {keys} k JOIN {sizes} s USING (block, value) "
        f"WHERE k.now AND (s.rows > {most}) <> (s.was_rows > {most})"
        for keys, sizes in _BOTH
    )


def make_candidates(connection: duckdb.DuckDBPyConnection, most: int) -> None:
    """Make the table `candidates (l, r)` of distinct pairs with l < r, one of them at least in `affected (row)`.

    Not among them: two registrations that each have a code, that rules join already, or of which one is a branch.
    """
    blocked = " UNION ALL ".join(
        f"SELECT k.* FROM {keys} k JOIN {sizes} s USING (block, value) WHERE k.now AND s.rows BETWEEN 2 AND {most}"
        for keys, sizes in _BOTH
    )
    connection.execute(f"CREATE TABLE blocks AS {blocked}")
    connection.execute(
        """
        CREATE TABLE candidates AS
        SELECT DISTINCT least(a.row, b.row) AS l, greatest(a.row, b.row) AS r
        FROM blocks a JOIN blocks b ON a.block = b.block AND a.value = b.value AND a.head = b.head
            AND a."group" <> b."group" AND (NOT b.needy OR a.row < b.row)
        WHERE a.needy AND (a.row IN (FROM affected) OR b.row IN (FROM affected))
        """
    )


def oversized(most: int) -> str:
    """Query of the blocks that were left out: `block, rows, pairs` not compared, `row` of an example."""
    return (
        "SELECT block, rows, needy * (rows - 1) - needy * (needy - 1) // 2 AS pairs, first AS row "
        f"FROM parts WHERE rows > {most} ORDER BY block, rows DESC, row"
    )
