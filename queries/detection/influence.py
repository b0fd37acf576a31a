"""Who influences whom: representatives, holders of shares, controllers and kin as arcs over entities.

Read by interest-affiliated trade and fund return. Entities are numbered as in `queries.detection.people`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from queries.detection.columns import MILLION
from queries.detection.facts import Facts, Links
from queries.detection.people import Entities, entities, holding_links

Longs = npt.NDArray[np.int64]
REPRESENTS, HOLDS, CONTROLS, HEADS = range(4)
INFLUENCES = ("LEGAL_REPRESENTATIVE_OF", "HOLDS_SHARE", "CONTROLS", "BRANCH_OF", "RELATED_TO")
_RATIOS = ("ratio", "ratio_max", "ratio_min")


@dataclass(frozen=True, slots=True)
class Influence:
    """Arcs from antecedent `over` to influenced `under` by `means`, int64[a], distinct and in this order; kin, [k]."""

    entities: Entities
    over: Longs
    under: Longs
    means: Longs
    kin: Longs
    other_kin: Longs


def influence(facts: Facts, *, least_share: int) -> Influence:
    """All influence that holds.

    Args:
        facts: the facts.
        least_share: millionths from which a share influences; one of unknown size always does.
    """
    who = entities(facts)
    parts = [
        _arcs(who, holding_links(facts, "LEGAL_REPRESENTATIVE_OF"), REPRESENTS),
        _arcs(who, _large(holding_links(facts, "HOLDS_SHARE", *_RATIOS), least_share), HOLDS),
        _arcs(who, holding_links(facts, "CONTROLS"), CONTROLS),
        _arcs(who, holding_links(facts, "BRANCH_OF"), HEADS)[[1, 0, 2]],
    ]
    over, under, means = np.unique(np.concatenate(parts, axis=1), axis=1)
    kin = _arcs(who, holding_links(facts, "RELATED_TO"), 0)
    return Influence(who, over, under, means, kin[0], kin[1])


def _large(links: Links, least_share: int) -> Links:
    columns: list[Any] = [links.table[name] for name in _RATIOS]
    ratio = pc.fill_null(pc.coalesce(*columns), MILLION)
    return links.take(np.asarray(ratio.to_numpy(), np.int64) >= least_share)


def _arcs(who: Entities, links: Links, means: int) -> Longs:
    """Rows over, under, means of links whose two ends are known and not the same: int64[3, n]."""
    over, under = who.of(links.source), who.of(links.target)
    kept = (over >= 0) & (under >= 0) & (over != under)
    return np.stack([over[kept], under[kept], np.full(int(kept.sum()), means, np.int64)])


def above(behind: Influence, starts: Longs, steps: int) -> tuple[Longs, Longs]:
    """Rows (place in `starts`, entity) of the starts themselves and of all within so many steps above, distinct.

    Kin count as a step both ways.
    """
    over = np.concatenate([behind.over, behind.kin, behind.other_kin])
    under = np.concatenate([behind.under, behind.other_kin, behind.kin])
    order = np.argsort(under, kind="stable")
    over, under = over[order], under[order]
    width = behind.entities.count + 1
    known = fresh = np.arange(len(starts)) * width + starts
    for _ in range(steps):
        place, entity = fresh // width, fresh % width
        first, last = (np.searchsorted(under, entity, side) for side in ("left", "right"))
        sizes = last - first
        rows = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
        fresh = np.setdiff1d(np.repeat(place, sizes) * width + over[rows], known)
        if not len(fresh):
            break
        known = np.union1d(known, fresh)
    return known // width, known % width
