"""The pairs of a register that are one taxpayer or were compared, in strata; and a sample of them to be labelled.

Pairs that were never compared, and are not joined, are no part of it: there are as many as registrations squared.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from loaders.resolve.columns import made, pc, whole
from loaders.resolve.linkage.database import arrow, opened
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import Scored

BANDS = (-10, -5, 0, 5, 10, 15, 20)  # bits; what weighs less was compared in vain and is left out
RULE, REFUSED, OTHERS = "rule", "refused", "through others"
_MILLION = 1_000_000


def band_names() -> tuple[str, ...]:
    """Names of the bands, the lightest first."""
    between = [f"{low:+d} to {high:+d} bits" for low, high in pairwise(BANDS)]
    return (*between, f"{BANDS[-1]:+d} bits and more")


BASES = (RULE, *reversed(band_names()), OTHERS, REFUSED)


def wide(model: Model) -> Model:
    """The same model, but pairs are kept from the lightest band on."""
    return model.with_thresholds(link=model.link, review=min(model.review, float(BANDS[0])))


def population(members: pa.Table, scored: Scored) -> pa.Table:
    """Every pair that is one taxpayer or was compared.

    Args:
        members: `id, taxpayer` of every registration.
        scored: by the `wide` model.

    Returns:
        `left, right` (ids, left < right), `joined` (bool: one taxpayer), `basis` (one of `BASES`), by left and right.
    """
    cases = " ".join(
        f"WHEN weight >= {low * _MILLION} THEN '{name}'"
        for low, name in reversed(list(zip(BANDS, band_names(), strict=True)))
    )
    tables = {name: getattr(scored, name).select(["left", "right"]) for name in ("rules", "refused")}
    with opened(members=members, pairs=scored.pairs.select(["left", "right", "weight"]), **tables) as connection:
        return arrow(
            connection,
            f"""
            WITH told AS (
                SELECT "left", "right", 0 AS place, NULL AS weight FROM rules
                UNION ALL SELECT "left", "right", 1, NULL FROM refused
                UNION ALL SELECT "left", "right", 2, weight FROM pairs
                UNION ALL SELECT a.id, b.id, 3, NULL FROM members a JOIN members b
                    ON a.taxpayer = b.taxpayer AND a.id < b.id),
            best AS (
                SELECT "left", "right", min(place) AS place, max(weight) AS weight FROM told GROUP BY ALL)
            SELECT t."left", t."right", a.taxpayer = b.taxpayer AS joined,
                CASE place WHEN 0 THEN '{RULE}' WHEN 1 THEN '{REFUSED}' WHEN 3 THEN '{OTHERS}'
                ELSE CASE {cases} END END AS basis
            FROM best t JOIN members a ON a.id = t."left" JOIN members b ON b.id = t."right"
            WHERE place <> 2 OR weight >= {BANDS[0] * _MILLION} OR a.taxpayer = b.taxpayer
            ORDER BY ALL
            """,
        )


def drawn(pairs: pa.Table, *, count: int, seed: str) -> pa.Table:
    """A sample of so many pairs of all strata (`allotted`), in an order that tells nothing.

    The draw is a function of the seed and the pairs alone: those of the smallest hashes. A larger sample of the same
    pairs contains a smaller one.

    Args:
        pairs: `population`.
        count: how many; all pairs if there are fewer.
        seed: any text.

    Returns:
        `left, right`.
    """
    strata = pairs.group_by(["joined", "basis"]).aggregate([([], "count_all")])
    strata = strata.sort_by([("joined", "ascending"), ("basis", "ascending")])
    shares = allotted(whole(strata, "count_all").to_numpy().tolist(), count)
    chosen = strata.append_column("most", pa.array(shares, pa.int64()))
    with opened(pairs=pairs, strata=chosen.select(["joined", "basis", "most"])) as connection:
        hashed = f'sha256(concat_ws(chr(31), \'{seed.encode().hex()}\', "left", "right"))'
        return arrow(
            connection,
            f'SELECT "left", "right" FROM (SELECT p.*, most, {hashed} AS place FROM pairs p '
            "JOIN strata USING (joined, basis)) "
            "QUALIFY row_number() OVER (PARTITION BY joined, basis ORDER BY place) <= most ORDER BY place",
        )


def allotted(sizes: Sequence[int], count: int) -> list[int]:
    """How many to draw of each stratum: one, then by the square root of its size (power allocation, Bankier 1988).

    What small strata hold decides recall, what large ones hold precision. One at a time is given (divisors of Adams),
    so a larger sample takes from no stratum.
    """
    shares = [0] * len(sizes)
    due = [(-math.inf, place) for place, size in enumerate(sizes) if size]
    for _ in range(min(count, sum(sizes))):
        _, place = heapq.heappop(due)
        shares[place] += 1
        if shares[place] < sizes[place]:
            heapq.heappush(due, (-math.sqrt(sizes[place]) / shares[place], place))
    return shares


def strata(pairs: pa.Table) -> pa.Table:
    """`joined, basis, pairs` of a population."""
    counted = pairs.group_by(["joined", "basis"]).aggregate([([], "count_all")])
    return made({"joined": counted["joined"], "basis": counted["basis"], "pairs": counted["count_all"]}).sort_by(
        [("joined", "descending"), ("basis", "ascending")]
    )


def joined_pairs(pairs: pa.Table) -> int:
    """How many pairs of a population are one taxpayer."""
    return int(pc.sum(pairs["joined"]).as_py() or 0)
