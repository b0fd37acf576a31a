"""From a register to firms, the whole way: prepared, scored, clustered. Called by whoever holds all registrations."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from loaders.resolve.clusters import Clusters, Links, clusters
from loaders.resolve.columns import pc, shaped
from loaders.resolve.linkage.fields import prepare
from loaders.resolve.linkage.model import Model
from loaders.resolve.linkage.scoring import SAME, Scored, score

DECISIONS = shaped(("left", pa.string()), ("right", pa.string()), ("same", pa.bool_()), ("at", pa.int64()))
NO_DECISIONS = DECISIONS.empty_table()


@dataclass(frozen=True, slots=True)
class Firms:
    """Prepared registrations, what was said of them, and the clusters that follow."""

    fields: pa.Table
    scored: Scored
    clusters: Clusters


def resolve_firms(
    registrations: pa.Table, changes: pa.Table, model: Model, *, decisions: pa.Table = NO_DECISIONS
) -> Firms:
    """Resolve a register; both tables as `linkage.fields.prepare` takes them, decisions as `clusters.Links` does."""
    fields = prepare(registrations, changes)
    scored = score(fields, model)
    return Firms(fields, scored, clusters(scored.identifiers, links_of(scored, decisions)))


def links_of(scored: Scored, decisions: pa.Table = NO_DECISIONS) -> Links:
    """What joins: rules, pairs whose verdict is `same`, and decisions."""
    same = scored.pairs.filter(pc.equal(scored.pairs["verdict"], SAME))
    return Links(scored.rules, same, decisions)
