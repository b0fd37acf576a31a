"""From a register to firms, the whole way: prepared, scored, clustered. Called by whoever holds all registrations."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from loaders.resolve.base import Before
from loaders.resolve.clusters import Clusters, Links, clusters
from loaders.resolve.columns import Text, pc
from loaders.resolve.decided import NO_DECISIONS
from loaders.resolve.linkage.fields import prepare
from loaders.resolve.linkage.kept_rows import KeptRows
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import SAME, Former, Scored, score, score_again


@dataclass(frozen=True, slots=True)
class Firms:
    """Prepared registrations, what was said of them, and the clusters that follow."""

    fields: pa.Table
    scored: Scored
    clusters: Clusters


@dataclass(frozen=True, slots=True)
class Again:
    """Firms, and ids of registrations as `linkage.scoring.Again` gives them; None where nothing stood before."""

    firms: Firms
    beside: Text | None = None
    stirred: Text | None = None


def resolve_firms(
    registrations: pa.Table,
    changes: pa.Table,
    model: Model,
    *,
    decisions: pa.Table = NO_DECISIONS,
    kept: KeptRows | None = None,
) -> Firms:
    """Resolve a register; decisions as `decided.DECISIONS`, all else as `linkage.fields.prepare` takes it."""
    fields = prepare(registrations, changes, kept)
    scored = score(fields, model)
    return Firms(fields, scored, clusters(scored.identifiers, links_of(scored, decisions)))


def resolve_again(
    registrations: pa.Table,
    changes: pa.Table,
    model: Model,
    *,
    decisions: pa.Table,
    before: Before,
    kept: KeptRows | None = None,
) -> Again:
    """What `resolve_firms` says, weighed only where a batch changed something.

    Args:
        registrations: all that are there now.
        changes: all that are there now.
        model: by which what stood `before` was weighed.
        decisions: all that stand.
        before: its registrations as `linkage.fields.prepare` takes them.
        kept: rows that were prepared before.
    """
    fields = prepare(registrations, changes, kept)
    ended = prepare(before.registrations, before.changes)
    again = score_again(fields, Former(before.scores, ended, before.fresh), model)
    firms = Firms(fields, again.scored, clusters(again.scored.identifiers, links_of(again.scored, decisions)))
    return Again(firms, again.beside, again.stirred)


def links_of(scored: Scored, decisions: pa.Table = NO_DECISIONS) -> Links:
    """What joins: rules, pairs whose verdict is `same`, and decisions."""
    same = scored.pairs.filter(pc.equal(scored.pairs["verdict"], SAME))
    return Links(scored.rules, same, decisions)
