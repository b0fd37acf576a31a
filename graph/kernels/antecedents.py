"""Trade between two vertices that one antecedent influences. Called by the pattern of interest-affiliated trade.

Definitions (domain.md, pattern 8; the network of Tian et al. 2016, lowest common ancestors of Bender et al. 2005):

* Vertices are persons and taxpayers. An *influence arc* leads from an antecedent to whom it influences (a role, a
  share); a *kin edge* has no direction.
* An *influence set* is a strongly connected component of the influence arcs together with the kin edges in both
  directions. Its rank is the smallest rank of its members. Set A influences set B directly when an arc leads from a
  member of A to one of B; this graph has no cycles.
* A *trail* from A to a vertex has at most L of these steps and ends in the vertex's set; it has none if that set is A.
* A *trade arc* is a pair of seller and buyer, not equal, with at least one trade edge. A *common antecedent* of it is
  a set with trails to both ends. It is *nearest* when it influences no other common antecedent directly. So its
  shortest trails to both ends have only the antecedent in common. When L is large enough, these are the lowest common
  ancestors. If both ends are in one set, that set is the only nearest one.
* Each trade arc is reported with each of its nearest common antecedents and a shortest trail to either end, of equal
  ones the one with the smallest ranks, place by place from the antecedent; a step is given by the smallest number of
  an influence arc that makes it.

For each seller the sets above it are climbed once, for each of its trade arcs those above the buyer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.budget import REASONS, stop_after
from graph.kernels.checks import as_ints, require
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.influence import Climb, Sets, climb, influence_sets, nearest_common, new_climb
from graph.kernels.shapes import with_room
from graph.kernels.sorting import group_offsets, group_order

if TYPE_CHECKING:
    import numpy.typing as npt

SELLER, BUYER, TRADES, ANTECEDENT, SELLER_STEPS, BUYER_STEPS = range(6)


@dataclass(frozen=True, slots=True)
class Antecedents:
    """One row a trade arc and nearest common antecedent, by ranks of seller, buyer and antecedent.

    Row r has the steps from the antecedent to the seller seller_trails[seller_offsets[r]:seller_offsets[r + 1]], as
    numbers of influence arcs, and those to the buyer likewise.
    """

    sellers: Longs
    buyers: Longs
    trades: Longs
    """Trade edges of the arc."""
    antecedents: Longs
    """Of each set, the member with the smallest rank."""
    seller_offsets: Longs
    seller_trails: Longs
    buyer_offsets: Longs
    buyer_trails: Longs
    set_of: Longs
    """[v] of each vertex, the member with the smallest rank of its influence set."""
    truncated: bool
    """True: trade arcs were left out; the rows that are here are complete."""
    cut_by: str
    """"time", "memory" (max_rows) or empty."""
    arcs_done: int
    """Trade arcs searched, of `arcs_total`."""
    arcs_total: int
    max_length: int


class TradeArcs(NamedTuple):
    """Distinct pairs of seller and buyer, by their numbers."""

    seller: Ints
    buyer: Ints
    trades: Ints


@kernel
def _trade_arcs(seller: Ints, buyer: Ints, vertices: int) -> TradeArcs:
    order = group_order(buyer, group_offsets(buyer, vertices))
    order = order[group_order(seller[order], group_offsets(seller, vertices))]
    arcs = TradeArcs(np.empty(len(order), np.int32), np.empty(len(order), np.int32), np.zeros(len(order), np.int32))
    count = 0
    for edge in order:
        if seller[edge] == buyer[edge]:
            continue
        if count == 0 or arcs.seller[count - 1] != seller[edge] or arcs.buyer[count - 1] != buyer[edge]:
            arcs.seller[count] = seller[edge]
            arcs.buyer[count] = buyer[edge]
            count += 1
        arcs.trades[count - 1] += 1
    return TradeArcs(arcs.seller[:count].copy(), arcs.buyer[:count].copy(), arcs.trades[:count].copy())


@kernel
def _walk_down(to: Climb, antecedent: int, steps: Longs, used: int) -> tuple[Longs, int]:
    """Add the arcs of the trail down from the antecedent: (steps int64[n, 1], how many)."""
    own = antecedent
    while to.hops[own] > 0:
        steps = with_room(steps, used)
        steps[used, 0] = to.arc[own]
        used += 1
        own = to.below[own]
    return steps, used


@kernel
def _search(
    arcs: TradeArcs, sets: Sets, max_length: int, max_rows: int, stop: Longs, done: Longs
) -> tuple[Longs, Longs, Longs]:
    """(rows int64[r, 6], steps to the sellers, steps to the buyers); done[0] = trade arcs searched."""
    from_seller = new_climb(len(sets.first))
    from_buyer = new_climb(len(sets.first))
    covered = np.zeros(len(sets.first), np.int64)
    common = np.empty(len(sets.first), np.int32)
    rows = np.empty((16, 6), np.int64)
    to_sellers = np.empty((16, 1), np.int64)
    to_buyers = np.empty((16, 1), np.int64)
    found = 0
    sold = 0
    bought = 0
    for arc in range(len(arcs.seller)):
        if stop[0] != 0:
            break
        if arc == 0 or arcs.seller[arc - 1] != arcs.seller[arc]:
            climb(sets, sets.of_vertex[arcs.seller[arc]], max_length, from_seller)
        climb(sets, sets.of_vertex[arcs.buyer[arc]], max_length, from_buyer)
        for place in range(nearest_common(sets, from_seller, from_buyer, covered, common)):
            rows = with_room(rows, found)
            rows[found, SELLER] = arcs.seller[arc]
            rows[found, BUYER] = arcs.buyer[arc]
            rows[found, TRADES] = arcs.trades[arc]
            rows[found, ANTECEDENT] = sets.first[common[place]]
            rows[found, SELLER_STEPS] = sold
            rows[found, BUYER_STEPS] = bought
            to_sellers, sold = _walk_down(from_seller, common[place], to_sellers, sold)
            to_buyers, bought = _walk_down(from_buyer, common[place], to_buyers, bought)
            rows[found, SELLER_STEPS] = sold - rows[found, SELLER_STEPS]
            rows[found, BUYER_STEPS] = bought - rows[found, BUYER_STEPS]
            found += 1
        done[0] += 1
        if found >= max_rows:
            stop[0] = 2
    return rows[:found].copy(), to_sellers[:sold, 0].copy(), to_buyers[:bought, 0].copy()


def _in_order(lengths: Longs, steps: Longs, order: Longs) -> tuple[Longs, Longs]:
    """(offsets, steps) of runs of these lengths put into a new order."""
    starts = np.cumsum(lengths) - lengths
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[order])])
    places = np.repeat(starts[order] - offsets[:-1], lengths[order]) + np.arange(offsets[-1])
    return offsets, steps[places]


def _pairs(one: npt.ArrayLike, other: npt.ArrayLike, names: tuple[str, str], vertices: int) -> tuple[Ints, Ints]:
    """Two ends of each edge.

    Raises:
        ValueError: for vertices out of range or columns of two lengths.
    """
    first, second = as_ints(one, below=vertices, name=names[0]), as_ints(other, below=vertices, name=names[1])
    require(condition=len(first) == len(second), message=f"{names[0]} and {names[1]} must be of one length")
    return first, second


class _Found(NamedTuple):
    """What a search found, in no order."""

    rows: Longs
    to_sellers: Longs
    to_buyers: Longs
    set_of: Longs


def _result(found: _Found, rank: Longs, *, cut_by: str, arcs: tuple[int, int], max_length: int) -> Antecedents:
    """The rows in order, with their trails; `arcs` = (done, in all)."""
    rows = found.rows
    order = np.lexsort((rank[rows[:, ANTECEDENT]], rank[rows[:, BUYER]], rank[rows[:, SELLER]]))
    seller_offsets, seller_trails = _in_order(rows[:, SELLER_STEPS], found.to_sellers, order)
    buyer_offsets, buyer_trails = _in_order(rows[:, BUYER_STEPS], found.to_buyers, order)
    return Antecedents(
        sellers=rows[order, SELLER],
        buyers=rows[order, BUYER],
        trades=rows[order, TRADES],
        antecedents=rows[order, ANTECEDENT],
        seller_offsets=seller_offsets,
        seller_trails=seller_trails,
        buyer_offsets=buyer_offsets,
        buyer_trails=buyer_trails,
        set_of=found.set_of,
        truncated=bool(cut_by),
        cut_by=cut_by,
        arcs_done=arcs[0],
        arcs_total=arcs[1],
        max_length=max_length,
    )


def common_antecedents(
    influence: tuple[npt.ArrayLike, npt.ArrayLike],
    kin: tuple[npt.ArrayLike, npt.ArrayLike],
    trade: tuple[npt.ArrayLike, npt.ArrayLike],
    rank: npt.ArrayLike,
    *,
    max_length: int,
    max_rows: int = 5_000_000,
    budget_seconds: float | None = None,
    stop: Longs | None = None,
) -> Antecedents:
    """Trade arcs whose two ends have a common antecedent, with the nearest ones and both trails.

    Args:
        influence: antecedent and influenced of each influence arc, 0..v-1, [a] each.
        kin: both ends of each kin edge, [k] each.
        trade: seller and buyer of each trade edge, [n] each; parallel ones are one arc, self-loops are ignored.
        rank: place of each vertex by public id, [v], distinct.
        max_length: most steps of a trail, 0 or more.
        max_rows: most rows held in memory; reaching it stops cleanly.
        budget_seconds: stop cleanly after this time and say so.
        stop: int64[1], set to 1 by the caller to stop cleanly.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    require(condition=max_length >= 0, message=f"max_length must be 0 or more steps, not {max_length}")
    ranks = np.ascontiguousarray(rank, dtype=np.int64)
    over, under = _pairs(*influence, ("antecedent", "influenced"), len(ranks))
    one, other = _pairs(*kin, ("kin", "other kin"), len(ranks))
    seller, buyer = _pairs(*trade, ("seller", "buyer"), len(ranks))
    done = np.zeros(1, np.int64)
    with stop_after(budget_seconds, stop) as flag:
        sets = influence_sets(over, under, one, other, ranks)
        arcs = _trade_arcs(seller, buyer, len(ranks))
        rows, to_sellers, to_buyers = _search(arcs, sets, max_length, max_rows, flag, done)
        cut_by = REASONS[int(flag[0])] if done[0] < len(arcs.seller) else ""
    found = _Found(rows, to_sellers, to_buyers, sets.first[sets.of_vertex].astype(np.int64))
    return _result(found, ranks, cut_by=cut_by, arcs=(int(done[0]), len(arcs.seller)), max_length=max_length)
