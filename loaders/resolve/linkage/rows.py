"""What is weighed: prepared registrations with what only all of them together tell. Called by `scoring` and `training`.

How many firms bear a telephone, an address or a name; how frequent a person's name is, as the model knows it.
"""

from __future__ import annotations

import duckdb

from loaders.resolve.linkage.comparisons import COMPARED, FEW_FIRMS, OWN_FIRMS, USES
from loaders.resolve.linkage.model import Model

# Registrations of one firm count once: a firm may be registered often. (The hash of nothing is not nothing.)
_FIRM = "CASE WHEN {entity} IS NULL THEN hash(row) ELSE hash({entity}) END"


def count_uses(
    connection: duckdb.DuckDBPyConnection, into: str, *, entity: str = "entity", where: str = "true"
) -> None:
    """Make the table `into (field, value, use)`: 1 for values that few firms share, 2 for those that many do.

    The firms are those rows of `f`; `entity` is the column that tells which of them are one.
    """
    counted = " UNION ALL ".join(
        f"SELECT '{name}' AS field, {name} AS value, count(DISTINCT {_FIRM.format(entity=entity)}) AS firms FROM f "
        # Few values are borne by several: equal hashes are looked at, equal values count.
        f"WHERE hash({name}) IN (SELECT hash({name}) FROM f WHERE {where} GROUP BY ALL HAVING count(*) > {OWN_FIRMS}) "
        f"AND {name} IS NOT NULL AND {where} GROUP BY {name}"
        for name in USES
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {into} AS SELECT field, value, CASE WHEN firms > {FEW_FIRMS} THEN 2 ELSE 1 END "
        f"AS use FROM ({counted}) WHERE firms > {OWN_FIRMS}"
    )


def make_rows(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    *,
    compared: tuple[str, ...] = COMPARED,
    uses: tuple[str, ...] = USES,
    where: str = "true",
) -> None:
    """Make the table `weighed` of those rows of `f`, with the `uses` of the table of that name."""
    for column, known in model.frequencies.items():
        connection.execute(f"CREATE OR REPLACE TABLE known_{column} (value VARCHAR, share DOUBLE)")
        if known:
            connection.execute(
                f"INSERT INTO known_{column} SELECT unnest(?), unnest(?)", [list(known), [*known.values()]]
            )
    told = [
        *(f"f.{name}" for name in compared),
        *(f"coalesce(use_{name}.use, 0) AS {name}_use" for name in uses),
        *(
            f"CASE WHEN f.{name} IS NOT NULL THEN coalesce(known_{name}.share, {rare!r}) END AS tf_{name}"
            for name, rare in model.rare.items()
        ),
    ]
    joins = " ".join(
        (
            *(f"LEFT JOIN uses use_{n} ON use_{n}.field = '{n}' AND use_{n}.value = f.{n}" for n in uses),
            *(f"LEFT JOIN known_{n} ON known_{n}.value = f.{n}" for n in model.rare),
        )
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE weighed AS SELECT f.row, {', '.join(told)} FROM f {joins} WHERE {where}"
    )
