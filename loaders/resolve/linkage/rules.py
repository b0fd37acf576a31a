"""Certain rules: a number, a recorded change of number, or one organisation code makes registrations one firm.

Called by `scoring` before anything is weighed. Head office and branch stay apart whatever number they bear, and so do
two organisation codes that no recorded change joins: such pairs are refused and listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from loaders.resolve.columns import Text, made, pc, whole
from loaders.resolve.linkage.database import arrow, opened
from loaders.resolve.linkage.numbers import organisation_codes

RULES = ("same number", "recorded change of number", "same organisation code", "organisation code in an old number")
REFUSALS = ("two organisation codes", "branch and head office")


@dataclass(frozen=True, slots=True)
class Certain:
    """What rules alone say of n prepared registrations.

    Attributes:
        legal: text [n], the organisation code by which each is a legal person, of several joined by recorded changes
            the smallest; null without one.
        entity: text [n], `legal`, or where that is null the one of those that rules join it with; null if unknown.
        first: int64 [n], the first place of those that rules join each with.
        pairs: `left, right` (ids, left < right), `rule` (one of `RULES`): enough pairs to join what rules join.
        refused: `left, right, rule, reason` (one of `REFUSALS`): what a rule would join and may not.
    """

    legal: Text
    entity: Text
    first: np.ndarray
    pairs: pa.Table
    refused: pa.Table


def certain(fields: pa.Table) -> Certain:
    """Apply the rules to prepared registrations in order of their ids; ids are unique."""
    legal = _legal(fields)
    numbered = fields.select(["id", "numbers", "former_numbers", "organisation", "old_codes", "branch"])
    rows = numbered.append_column("legal", legal).append_column("row", pa.array(np.arange(fields.num_rows)))
    with opened(f=rows) as connection:
        for statement in (_TOKENS, _SHARED, _STARS):
            connection.execute(statement)
        kept = arrow(
            connection, "SELECT l, r, min(rule) AS rule FROM stars WHERE reason = 0 GROUP BY ALL ORDER BY l, r"
        )
        refused = arrow(
            connection,
            "SELECT l, r, min(rule) AS rule, reason FROM stars WHERE reason > 0 GROUP BY ALL ORDER BY l, r, reason",
        )
    ids = whole(fields, "id")
    first = smallest(kept["l"].to_numpy(), kept["r"].to_numpy(), len(ids))
    return Certain(
        legal=legal,
        entity=_entities(legal, first),
        first=first,
        pairs=_told(ids, kept),
        refused=_told(ids, refused).append_column(
            "reason", pa.array(REFUSALS).take(pc.subtract(refused["reason"].combine_chunks(), 1))
        ),
    )


# Kind 0 are numbers: of two registrations that share one, it is a change's where it is not both's own.
_TOKENS = """
CREATE TABLE tokens AS
SELECT row, 0 AS kind, 0 AS rule, unnest(numbers) AS value FROM f
UNION ALL SELECT row, 0, 1, unnest(former_numbers) FROM f
UNION ALL SELECT row, 1, 2, organisation FROM f WHERE organisation IS NOT NULL
UNION ALL SELECT row, 2, 3, unnest(old_codes) FROM f
"""
# Most values are somebody's own; equal hashes are looked at, equal values count.
_SHARED = """
CREATE TABLE shared AS SELECT kind, hash(value) AS value FROM tokens GROUP BY ALL HAVING count(*) > 1
"""
# Of each value one registration is joined with all others that bear it: the first one of its own branch, and the first
# one of all, which tells of branches that bear the head office's number.
_STARS = """
CREATE TABLE stars AS
WITH borne AS (
    SELECT t.*, f.branch, f.legal,
        first_value(t.row) OVER whole AS head, first_value(f.branch) OVER whole AS head_branch,
        first_value(t.row) OVER part AS first, first_value(t.rule) OVER part AS first_rule,
        first_value(f.legal) OVER part AS first_legal, count(*) OVER whole AS bearers
    FROM tokens t JOIN f ON f.row = t.row SEMI JOIN shared s ON s.kind = t.kind AND s.value = hash(t.value)
    WINDOW whole AS (PARTITION BY t.kind, t.value ORDER BY t.row),
        part AS (PARTITION BY t.kind, t.value, f.branch ORDER BY t.row)
)
SELECT first AS l, row AS r, greatest(rule, first_rule) AS rule,
    CASE WHEN legal <> first_legal THEN 1 ELSE 0 END AS reason
FROM borne WHERE row > first
UNION ALL
SELECT head, row, rule, 2 FROM borne WHERE row = first AND row > head AND branch IS DISTINCT FROM head_branch
"""


def _legal(fields: pa.Table) -> Text:
    """Organisation codes, those that a recorded change of number joins replaced by their smallest."""
    own = whole(fields, "organisation")
    former = whole(fields, "former_numbers")
    rows = pc.list_parent_indices(former)
    ends = made({"a": own.take(rows), "b": organisation_codes(former.flatten())}).drop_null()
    if not ends.num_rows:
        return own
    codes = pc.unique(pa.concat_arrays([whole(ends, "a"), whole(ends, "b")])).sort()
    left, right = (pc.index_in(whole(ends, name), codes).to_numpy() for name in ("a", "b"))
    first = smallest(left, right, len(codes))
    place = pc.index_in(own, codes)
    return pc.coalesce(codes.take(pa.array(first).take(place)), own)


def _entities(legal: Text, first: np.ndarray) -> Text:
    """Of each group that rules join the one code that it has; its members' own where it has several."""
    count = len(legal)
    joined = np.flatnonzero(np.bincount(first, minlength=count)[first] > 1)
    codes = legal.take(pa.array(joined))
    rank = pc.rank(codes, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    coded = pc.is_valid(codes).to_numpy(zero_copy_only=False)
    least, most, bearer = np.full(count, count + 1), np.full(count, -1), np.full(count, -1)
    group = first[joined]
    np.minimum.at(least, group[coded], rank[coded])
    np.maximum.at(most, group[coded], rank[coded])
    bearer[group[coded]] = joined[coded]
    place = np.where(least[group] == most[group], bearer[group], -1)
    found = pc.coalesce(codes, legal.take(pa.array(place, mask=place < 0)))
    mask = np.zeros(count, np.bool_)
    mask[joined] = True
    return pc.replace_with_mask(legal, pa.array(mask), found)


def smallest(left: np.ndarray, right: np.ndarray, count: int) -> np.ndarray:
    """For each of `count` vertices the smallest vertex of its component."""
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    component = connected_components(graph, directed=False)[1]
    first = np.full(int(component.max()) + 1 if count else 0, count)
    np.minimum.at(first, component, np.arange(count))
    found: np.ndarray = first[component]
    return found


def _told(ids: Text, pairs: pa.Table) -> pa.Table:
    rule = pa.array(RULES).take(pairs["rule"].combine_chunks())
    return pa.table(
        {"left": ids.take(pairs["l"].combine_chunks()), "right": ids.take(pairs["r"].combine_chunks()), "rule": rule}
    )
