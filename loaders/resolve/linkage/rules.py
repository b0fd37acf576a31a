"""Certain rules: a number, a recorded change of number, or one organisation code makes registrations one firm.

Called by `scoring` before anything is weighed. Head office and branch stay apart whatever number they bear, and so do
two organisation codes that no recorded change joins: such pairs are refused and listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        found: int64 [k, 2], places of all of these pairs: what shares a value is connected by them.
        joins: `row, a, b`: organisation codes that a recorded change joins, and the place of the registration it is of.
    """

    legal: Text
    entity: Text
    first: np.ndarray
    pairs: pa.Table
    refused: pa.Table
    found: np.ndarray
    joins: pa.Table


@dataclass(frozen=True, slots=True)
class Touched:
    """Registrations of before a batch about which rules may say something else than now, in order of ids.

    Attributes:
        fields: prepared.
        place: int64, where each stands among the present ones; -1 for those that are gone or no longer so.
        told: what rules said of them.
    """

    fields: pa.Table
    place: np.ndarray
    told: Certain


def certain(fields: pa.Table) -> Certain:
    """Apply the rules to prepared registrations in order of their ids; ids are unique."""
    joins = _joins(fields)
    return _certain(fields, _legal(whole(fields, "organisation"), joins), joins)


def certain_before(fields: pa.Table, told: Certain, stands: np.ndarray, ended: pa.Table) -> Touched:
    """What rules said before a batch, where they may say something else now.

    Rules say of a registration what those connected with it by values tell, so only what the batch is connected with
    is looked at, and whoever bears an organisation code that changes join otherwise now.

    Args:
        fields: prepared registrations of now, in order of ids.
        told: what rules say of them.
        stands: bool [n], which of them were there before as they are.
        ended: prepared registrations of before that are gone or no longer so.
    """
    own, former = whole(fields, "organisation"), _joins(ended)
    joins = pa.concat_tables([told.joins.filter(pa.array(stands[told.joins["row"].to_numpy()])), former])
    legal = _legal(own, joins)
    other = pc.fill_null(pc.not_equal(legal, told.legal), False).to_numpy(zero_copy_only=False)
    seeds = np.concatenate([np.flatnonzero(~stands | other), _bearers(fields, ended)])
    first = smallest(told.found[:, 0], told.found[:, 1], fields.num_rows)
    marked = np.zeros(fields.num_rows, np.bool_)
    marked[first[seeds]] = True
    places = np.flatnonzero(marked[first] & stands)
    chosen: Any = pa.array(places)
    part = pa.concat_tables([fields.take(chosen), ended])
    legal = pa.concat_arrays([legal.take(chosen), _legal(whole(ended, "organisation"), joins)])
    order: Any = pc.sort_indices(whole(part, "id"))
    place = np.concatenate([places, np.full(ended.num_rows, -1)])[order.to_numpy()]
    part = part.take(order).combine_chunks()
    return Touched(part, place, _certain(part, legal.take(order), joins))


def _bearers(fields: pa.Table, ended: pa.Table) -> np.ndarray:
    """Places of those that share a value with one that ended."""
    if not ended.num_rows:
        return np.zeros(0, np.int64)
    with opened(f=_numbered(fields), e=_numbered(ended)) as connection:
        now, before = (_TOLD.format(source=source) for source in "fe")
        answer = arrow(connection, f"SELECT DISTINCT row FROM ({now}) SEMI JOIN ({before}) USING (kind, value)")
    return np.asarray(whole(answer, "row").to_numpy(), np.int64)


def _numbered(fields: pa.Table) -> pa.Table:
    rows = fields.select(["id", "numbers", "former_numbers", "organisation", "old_codes", "branch"])
    return rows.append_column("row", pa.array(np.arange(fields.num_rows)))


def _certain(fields: pa.Table, legal: Text, joins: pa.Table) -> Certain:
    with opened(f=_numbered(fields).append_column("legal", legal)) as connection:
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
        found=np.concatenate([np.stack([side[end].to_numpy() for end in "lr"], axis=1) for side in (kept, refused)]),
        joins=joins,
    )


# Kind 0 are numbers: of two registrations that share one, it is a change's where it is not both's own.
_TOLD = """
SELECT row, 0 AS kind, 0 AS rule, unnest(numbers) AS value FROM {source}
UNION ALL SELECT row, 0, 1, unnest(former_numbers) FROM {source}
UNION ALL SELECT row, 1, 2, organisation FROM {source} WHERE organisation IS NOT NULL
UNION ALL SELECT row, 2, 3, unnest(old_codes) FROM {source}
"""
_TOKENS = f"CREATE TABLE tokens AS {_TOLD.format(source='f')}"
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


def _joins(fields: pa.Table) -> pa.Table:
    """`Certain.joins`."""
    own, former = whole(fields, "organisation"), whole(fields, "former_numbers")
    rows = pc.list_parent_indices(former).cast(pa.int64())
    return made({"row": rows, "a": own.take(rows), "b": organisation_codes(former.flatten())}).drop_null()


def _legal(own: Text, joins: pa.Table) -> Text:
    """Organisation codes, those that a recorded change of number joins replaced by their smallest."""
    if not joins.num_rows:
        return own
    codes = pc.unique(pa.concat_arrays([whole(joins, "a"), whole(joins, "b")])).sort()
    left, right = (pc.index_in(whole(joins, name), codes).to_numpy() for name in ("a", "b"))
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
