"""A bad source upstream: which firms live on a voucher that a bureau flagged as abnormal. Shared by two patterns.

A firm is reached in one hop if it bought by a flagged invoice that stands, in h + 1 hops if it bought from a firm
reached in h. Trade in every currency counts, time does not: what is upstream of a supplier taints all it sells [D].
A flag that was lifted by the newest day known no longer counts. One vectorised pass over the invoices a hop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import NEVER, day_numbers, number_of
from queries.detection.facts import Facts
from queries.detection.standing import net_of_reversals

Longs = npt.NDArray[np.int64]
CLEAN = 0


@dataclass(frozen=True, slots=True)
class Tainted:
    """`hops` to the nearest flagged invoice of each vertex, 0 for none; `via`: the earliest row it comes by, or -1."""

    hops: Longs
    via: Longs

    def path(self, facts: Facts, vertex: int) -> Longs:
        """Rows of `gross` from the flagged invoice down to the purchase of this vertex; empty if it is clean."""
        rows: list[int] = []
        at = vertex
        for _ in range(int(self.hops[vertex])):
            rows.append(int(self.via[at]))
            at = int(facts.book.seller[rows[-1]])
        return np.array(rows[::-1], np.int64)


def tainted(facts: Facts, most_hops: int) -> Tainted:
    """Every firm with a flagged invoice at most so many hops upstream."""
    seller, buyer = facts.book.seller, facts.book.buyer
    standing = np.flatnonzero((net_of_reversals(facts) > 0) & (seller != buyer))
    found = Tainted(np.zeros(facts.count, np.int64), np.full(facts.count, -1, np.int64))
    arriving = standing[np.isin(standing, flagged_rows(facts))]
    for hop in range(1, most_hops + 1):
        arriving = arriving[found.hops[buyer[arriving]] == CLEAN][::-1]
        found.via[buyer[arriving]] = arriving  # of several rows the last one written stays: the earliest
        found.hops[buyer[arriving]] = hop
        if hop < most_hops:
            arriving = standing[found.hops[seller[standing]] == hop]
    return found


def flagged_rows(facts: Facts) -> Longs:
    """Rows of `gross` under a flag that is in force, ascending."""
    links = facts.links("FLAGGED_ABNORMAL", "valid_from", "valid_to")
    today = facts.last_day if facts.as_of.valid is None else number_of(facts.as_of.valid)
    until = day_numbers(links.table["valid_to"])
    rows = facts.rows_of(links.target[(until == NEVER) | (until > today)])
    return np.unique(rows[rows >= 0])
