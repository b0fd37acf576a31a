"""Weights from data whose hard identifiers tell which registrations are one firm. Called by a command, never by a load.

m: how registrations with one organisation code compare; u: how those with two codes do, drawn at random. A level that
was not seen counts half a pair, so no agreement is worth more than was looked for; one that neither saw says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from loaders.resolve.columns import made
from loaders.resolve.linkage.comparisons import COMPARISONS, Comparison
from loaders.resolve.linkage.database import opened
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.rows import count_uses, make_rows
from loaders.resolve.linkage.rules import certain
from loaders.resolve.linkage.weighing import weighed

# Chosen on a generated country of another seed than any that is measured; see docs/adr/0019.
LINK, REVIEW = 1.0, 6.0
_FREQUENT = 2_000  # names of persons whose frequency is kept
_MOST_OF_A_FIRM = 20  # registrations of one firm that tell of it


def train(fields: pa.Table, *, seed: int, pairs: int = 4_000_000, link: float = LINK, review: float = REVIEW) -> Model:
    """A model from prepared registrations; the same arguments give the same model.

    Args:
        fields: prepared registrations; those with a social credit code teach, the others only count as bearers.
        seed: of the pairs of two firms.
        pairs: so many pairs of two firms are looked at.
        link: threshold of the model.
        review: threshold of the model.
    """
    fields = fields.sort_by("id")
    entity = certain(fields).entity
    rows = fields.append_column("entity", entity).append_column("row", pa.array(np.arange(fields.num_rows)))
    with opened(f=rows) as connection:
        frequencies, rare = frequent_values(connection, ("person",))
        blank = blank_model(COMPARISONS, frequencies, rare, link=link, review=review)
        count_uses(connection, "uses")
        make_rows(connection, blank)
        connection.execute(_ONE_FIRM)
        same = count_levels(weighed(connection, blank), COMPARISONS)
        _draw_two_firms(connection, fields.num_rows, seed, pairs)
        other = count_levels(weighed(connection, blank), COMPARISONS)
        coded = len(entity) - entity.null_count
    one, two = (int(sum(counts["name"])) for counts in (same, other))
    return Model(
        prior=(one + 0.5) / max(coded * (coded - 1) / 2, 1),
        levels=level_shares(COMPARISONS, same, other),
        frequencies=frequencies,
        rare=rare,
        link=link,
        review=review,
        trained={"registrations": fields.num_rows, "pairs_of_one_firm": one, "pairs_of_two_firms": two},
    )


_ONE_FIRM = f"""
CREATE OR REPLACE TABLE candidates AS
WITH firms AS (
    SELECT row, entity, branch FROM f WHERE entity IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY entity ORDER BY row) <= {_MOST_OF_A_FIRM}
)
SELECT a.row AS l, b.row AS r FROM firms a JOIN firms b ON a.entity = b.entity AND a.row < b.row
    AND a.branch IS NOT DISTINCT FROM b.branch
"""


def _draw_two_firms(connection: duckdb.DuckDBPyConnection, count: int, seed: int, pairs: int) -> None:
    chance = np.random.default_rng(seed)
    drawn = made({name: chance.integers(0, max(count, 1), pairs) for name in ("l", "r")})
    connection.register("drawn", drawn)
    connection.execute(
        "CREATE OR REPLACE TABLE candidates AS SELECT DISTINCT least(l, r) AS l, greatest(l, r) AS r FROM drawn "
        "JOIN f a ON a.row = l JOIN f b ON b.row = r WHERE a.entity <> b.entity"
    )
    connection.unregister("drawn")


def count_levels(table: pa.Table, comparisons: tuple[Comparison, ...]) -> dict[str, np.ndarray]:
    """How many weighed pairs are at each level of each field, from the strongest down."""
    found = {}
    for comparison in comparisons:
        gamma = table[f"gamma_{comparison.field}"].to_numpy().astype(np.int64)
        found[comparison.field] = np.bincount(gamma[gamma >= 0], minlength=len(comparison.levels))[::-1]
    return found


def level_shares(
    comparisons: tuple[Comparison, ...], same: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]
) -> dict[str, dict[str, tuple[float, float]]]:
    """The m and u of each level from the counts of pairs of one and of two."""
    return {one.field: _shares(one, same[one.field], other[one.field]) for one in comparisons}


def _shares(comparison: Comparison, same: np.ndarray, other: np.ndarray) -> dict[str, tuple[float, float]]:
    m, u = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (same, other))
    u = np.where(same + other == 0, m, u)
    return {level.name: (float(m[k]), float(u[k])) for k, level in enumerate(comparison.levels)}


def frequent_values(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Shares of the frequent values of each column of `f`, and the share that any other value counts with."""
    frequencies = {}
    for name in columns:
        counted = connection.sql(
            f"SELECT {name}, count(*) FROM f WHERE {name} IS NOT NULL GROUP BY {name} "
            f"ORDER BY count(*) DESC, {name} LIMIT {_FREQUENT}"
        ).fetchall()
        (total,) = connection.sql(f"SELECT count({name}) FROM f").fetchall()[0]
        frequencies[name] = {str(value): count / total for value, count in counted if count > 1}
    return frequencies, {name: min(shares.values(), default=1.0) for name, shares in frequencies.items()}


def blank_model(
    comparisons: tuple[Comparison, ...],
    frequencies: Mapping[str, Mapping[str, float]],
    rare: Mapping[str, float],
    *,
    link: float,
    review: float,
) -> Model:
    """A model by which pairs are compared and not yet weighed: one half says nothing."""
    levels = {one.field: {level.name: (0.5, 0.5) for level in one.levels} for one in comparisons}
    return Model(prior=0.5, levels=levels, frequencies=frequencies, rare=rare, link=link, review=review)
