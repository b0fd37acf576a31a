"""Pairs of registrations about which a person should decide. A pure function of scores, clusters and decisions.

Called by the resolver that weighs evidence. A pair is in doubt if something would join it and it is not joined: a rule
or weight that hard identifiers contradict, decisions that contradict each other, or evidence that does not suffice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from graph.model.governance import REVIEW_REASONS
from loaders.resolve.base import REVIEWS
from loaders.resolve.clusters import APART, BASES, DECIDED, RULED, Clusters
from loaders.resolve.columns import PAIR, pc, places_of, whole
from loaders.resolve.decided import last_verdicts
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import REVIEW, Scored

CONTRADICT, NAMES_DIFFER, BELOW = "decisions contradict", "names differ", "below the threshold"
_MILLION = 1_000_000
Row = Mapping[str, Any]


def reviews_of(scored: Scored, found: Clusters, decisions: pa.Table, model: Model) -> pa.Table:
    """The pairs in doubt, as `base.Resolved` gives them.

    Args:
        scored: what was said of all registrations.
        found: their clusters.
        decisions: `decided.DECISIONS`; a pair that was decided is in doubt only if decisions contradict each other.
        model: by which the pairs were weighed.
    """
    decided = last_verdicts(decisions)
    chosen: dict[tuple[str, str], Row] = {}
    for row in (*_refused(scored, found), *_ruled_out(scored, found), *_weighed(scored, found, model)):
        pair = row["left"], row["right"]
        kept = chosen.get(pair)
        if (pair not in decided or row["reason"] == CONTRADICT) and (kept is None or _rank(row) < _rank(kept)):
            chosen[pair] = row
    return pa.Table.from_pylist([dict(chosen[pair]) for pair in sorted(chosen)], schema=REVIEWS)


def _rank(row: Row) -> int:
    return REVIEW_REASONS.index(row["reason"])


def _refused(scored: Scored, found: Clusters) -> Iterator[Row]:
    """What clustering would not join."""
    refused = _between(found.refused, found)
    named = scored.rules.filter(pc.is_in(scored.rules["left"], whole(refused, "left")))
    rules = {(row["left"], row["right"]): row["rule"] for row in named.to_pylist()}
    for row in refused.to_pylist():
        decided = row["basis"] == BASES[DECIDED]
        rule = rules.get((row["left"], row["right"])) if row["basis"] == BASES[RULED] else None
        yield row | {"rule": rule, "reason": CONTRADICT if decided and row["reason"] == APART else row["reason"]}


def _ruled_out(scored: Scored, found: Clusters) -> Iterator[Row]:
    """What a rule would join and another one keeps apart."""
    for row in _between(scored.refused, found).to_pylist():
        yield row | {"weight": None}


def _weighed(scored: Scored, found: Clusters, model: Model) -> Iterator[Row]:
    """Evidence that does not suffice, of pairs that nothing else joined."""
    link = round(model.link * _MILLION)
    pairs = scored.pairs.filter(pc.equal(scored.pairs["verdict"], REVIEW))
    for row in _between(pairs, found).to_pylist():
        yield row | {"rule": None, "reason": NAMES_DIFFER if row["weight"] >= link else BELOW}


def _between(pairs: pa.Table, found: Clusters) -> pa.Table:
    """The pairs whose ends are in two clusters."""
    ids, cluster = whole(found.members, "id"), whole(found.members, "cluster")
    left, right = map(cluster.take, places_of(ids, *(whole(pairs, name) for name in ("left", "right"))))
    return pairs.filter(pc.not_equal(left, right)).sort_by(PAIR)
