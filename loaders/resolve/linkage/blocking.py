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
    SELECT 0 AS block, hash(sound) AS value, row FROM {rows} WHERE sound IS NOT NULL {which}
    UNION ALL SELECT 0, hash(unnest(former_sounds)), row FROM {rows} WHERE true {which}
    UNION ALL SELECT 1, hash(phone), row FROM {rows} WHERE phone IS NOT NULL {which}
    UNION ALL SELECT 2, hash(address), row FROM {rows} WHERE address IS NOT NULL {which}
    UNION ALL SELECT 3, hash(person_key), row FROM {rows} WHERE person_key IS NOT NULL {which}
    UNION ALL SELECT 4, hash(person || chr(31) || left(stem, 2)), row FROM {rows}
        WHERE person || stem IS NOT NULL {which}
    UNION ALL SELECT 5, hash(person || chr(31) || trade), row FROM {rows} WHERE person || trade IS NOT NULL {which}
"""
# A value that nobody without a code bears makes no candidates.
_KEYS = """
CREATE OR REPLACE TABLE {rows}_keys AS
WITH wanted AS MATERIALIZED (SELECT DISTINCT block, value FROM ({needy})),
told AS (SELECT * FROM ({all}) SEMI JOIN wanted USING (block, value))
SELECT block, value, row, f.needy, f.branch IS NULL AS head, hash(f."group") AS "group", left(f.region, 4) AS city
FROM told JOIN {rows} f USING (row)
"""
_SIZES = """
CREATE OR REPLACE TABLE {rows}_{sizes} AS
SELECT block, value, count(*) AS rows, count(*) FILTER (needy) AS needy, min(row) AS first
FROM {rows}_{keys} GROUP BY ALL HAVING count(*) > 1 AND count(*) FILTER (needy) > 0
"""
_PARTED = """
CREATE OR REPLACE TABLE {rows}_parted AS
SELECT k.* REPLACE (hash(k.value, k.city) AS value) FROM {rows}_keys k JOIN {rows}_whole w USING (block, value)
WHERE w.rows > {most}
"""


def make_keys(connection: duckdb.DuckDBPyConnection, rows: str, most: int) -> None:
    """For registrations of the table `rows` make `…_keys`, `…_parted` (of too frequent values) and their sizes.

    The table has `row`, `group`, `needy` (without organisation code), and what registrations are blocked by.
    """
    needy, everybody = _TOLD.format(rows=rows, which="AND needy"), _TOLD.format(rows=rows, which="")
    connection.execute(_KEYS.format(rows=rows, needy=needy, all=everybody))
    connection.execute(_SIZES.format(rows=rows, sizes="whole", keys="keys"))
    connection.execute(_PARTED.format(rows=rows, most=most))
    connection.execute(_SIZES.format(rows=rows, sizes="parts", keys="parted"))


def crossed(rows: str, former: str, most: int) -> str:
    """Query of the rows in blocks that were too large and no longer are, or the other way round."""
    return " UNION ".join(
        f"SELECT k.row FROM {rows}_{keys} k LEFT JOIN {rows}_{sizes} n USING (block, value) "
        f"LEFT JOIN {former}_{sizes} o USING (block, value) "
        f"WHERE (coalesce(n.rows, 0) > {most}) <> (coalesce(o.rows, 0) > {most})"
        for keys, sizes in (("keys", "whole"), ("parted", "parts"))
    )


def make_candidates(connection: duckdb.DuckDBPyConnection, rows: str, most: int) -> None:
    """Make the table `candidates (l, r)` of distinct pairs with l < r, one of them at least in `affected (row)`.

    Not among them: two registrations that each have a code, that rules join already, or of which one is a branch.
    """
    blocked = " UNION ALL ".join(
        f"SELECT k.* FROM {rows}_{keys} k JOIN {rows}_{sizes} s USING (block, value) WHERE s.rows <= {most}"
        for keys, sizes in (("keys", "whole"), ("parted", "parts"))
    )
    connection.execute(f"CREATE OR REPLACE TABLE blocks AS {blocked}")
    connection.execute(
        """
        CREATE OR REPLACE TABLE candidates AS
        SELECT DISTINCT least(a.row, b.row) AS l, greatest(a.row, b.row) AS r
        FROM blocks a JOIN blocks b ON a.block = b.block AND a.value = b.value AND a.head = b.head
            AND a."group" <> b."group" AND (NOT b.needy OR a.row < b.row)
        WHERE a.needy AND (a.row IN (FROM affected) OR b.row IN (FROM affected))
        """
    )


def oversized(rows: str, most: int) -> str:
    """Query of the blocks that were left out: `block, rows, pairs` not compared, `row` of an example."""
    return (
        "SELECT block, rows, needy * (rows - 1) - needy * (needy - 1) // 2 AS pairs, first AS row "
        f"FROM {rows}_parts WHERE rows > {most} ORDER BY block, rows DESC, row"
    )
