"""Weights from data whose hard identifiers tell which registrations are one firm. Called by a command, never by a load.

m: how registrations with one organisation code compare; u: how those with two codes do, drawn at random. A level that
was not seen counts half a pair, so no agreement is worth more than was looked for; one that neither saw says nothing.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from loaders.resolve.columns import made
from loaders.resolve.linkage.comparisons import COMPARISONS
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
        frequencies, rare = _frequencies(connection)
        blank = _blank(frequencies, rare, link=link, review=review)
        count_uses(connection, "f", "uses")
        make_rows(connection, blank)
        connection.execute(_ONE_FIRM)
        same = _counts(weighed(connection, blank))
        _draw_two_firms(connection, fields.num_rows, seed, pairs)
        other = _counts(weighed(connection, blank))
        coded = len(entity) - entity.null_count
    one, two = (int(sum(counts["name"])) for counts in (same, other))
    return Model(
        prior=(one + 0.5) / max(coded * (coded - 1) / 2, 1),
        levels={
            comparison.field: _levels(comparison.levels, same[comparison.field], other[comparison.field])
            for comparison in COMPARISONS
        },
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


def _counts(table: pa.Table) -> dict[str, np.ndarray]:
    """How many pairs are at each level of each field, from the strongest down."""
    found = {}
    for comparison in COMPARISONS:
        gamma = table[f"gamma_{comparison.field}"].to_numpy().astype(np.int64)
        known = gamma[gamma >= 0]
        found[comparison.field] = np.bincount(known, minlength=len(comparison.levels))[::-1]
    return found


def _levels(levels: Any, same: np.ndarray, other: np.ndarray) -> dict[str, tuple[float, float]]:
    m, u = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (same, other))
    unseen = (same + other) == 0
    return {
        level.name: (float(m[place]), float((m if unseen[place] else u)[place])) for place, level in enumerate(levels)
    }


def _frequencies(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Shares of the frequent names of persons, and the share that any other counts with."""
    counted = connection.sql(
        "SELECT person, count(*) FROM f WHERE person IS NOT NULL GROUP BY person "
        f"ORDER BY count(*) DESC, person LIMIT {_FREQUENT}"
    ).fetchall()
    (total,) = connection.sql("SELECT count(person) FROM f").fetchall()[0]
    shares = {str(name): count / total for name, count in counted if count > 1}
    return {"person": shares}, {"person": min(shares.values(), default=1.0)}


def _blank(frequencies: Any, rare: Any, *, link: float, review: float) -> Model:
    """Only its comparisons are used: one half says nothing."""
    levels = {one.field: {level.name: (0.5, 0.5) for level in one.levels} for one in COMPARISONS}
    return Model(prior=0.5, levels=levels, frequencies=frequencies, rare=rare, link=link, review=review)
