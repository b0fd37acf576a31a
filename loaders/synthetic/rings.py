"""Planted trade: rings of two to six firms, and the bursts of shells that changed hands. Called by `generate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.text import cents_text, join, padded, pick, text_table, time_text, whole
from loaders.synthetic.trade import DIGITAL_SPECIAL, SECONDS_A_DAY, Trade, draw_kinds, draw_seconds

if TYPE_CHECKING:
    import pyarrow as pa

    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.shells import Shells
    from loaders.synthetic.text import Integers, Text

SHORTEST, LONGEST = 2, 6
SPAN_DAYS = 30
GAP = 0.03
BURST = 12  # invoices of a shell after it changed hands
_BURST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Rings:
    """Planted rings: their invoices in order of ring and place."""

    trade: Trade
    ring: Integers
    place: Integers

    def truth(self, population: Population, numbers: Text) -> pa.Table:
        """The rows of `truth/rings.csv`; `numbers` are those of the ring's invoices, in the order of `trade`."""
        return text_table(
            {
                "ring": join("R", padded(self.ring, 5)),
                "place": whole(self.place + 1),
                "seller": pick(population.number, self.trade.seller),
                "buyer": pick(population.number, self.trade.buyer),
                "invoice": numbers,
                "issued_at": time_text(self.trade.at),
                "net": cents_text(self.trade.net),
            }
        )


def plant_rings(plan: Plan, population: Population) -> Rings:
    """Rings whose invoices follow each other within thirty days, amounts within three per cent of one another."""
    chance = plan.chance("rings")
    length = chance.integers(SHORTEST, min(LONGEST, population.count) + 1, plan.rings)
    ring = np.repeat(np.arange(plan.rings, dtype=np.int64), length)
    first = np.cumsum(length) - length
    place = np.arange(len(ring), dtype=np.int64) - first[ring]
    seller = _members(population, length, first, chance)
    buyer = seller[first[ring] + (place + 1) % length[ring]]
    base = np.exp(chance.normal(np.log(30_000_000), 0.6, plan.rings))[ring]
    net = np.round(base * (1 - GAP * chance.random(len(ring)))).astype(np.int64)
    kind = np.full(len(ring), DIGITAL_SPECIAL, dtype=np.int64)
    return Rings(Trade(_moments(plan, ring, place, length, chance), seller, buyer, net, kind), ring, place)


def _members(population: Population, length: Integers, first: Integers, chance: np.random.Generator) -> Integers:
    """Distinct firms in each ring, registered before the span."""
    old = np.flatnonzero(population.registered < np.median(population.registered) + 1)
    offset = chance.integers(0, len(old), len(length))
    order = chance.permutation(old)
    ring = np.repeat(np.arange(len(length)), length)
    members: Integers = order[(offset[ring] + np.arange(len(ring)) - first[ring]) % len(order)]
    return members


def _moments(plan: Plan, ring: Integers, place: Integers, length: Integers, chance: np.random.Generator) -> Integers:
    """Rising times: each place has its own stretch of the ring's span, so that order never ties."""
    span = np.minimum(chance.integers(8, SPAN_DAYS, len(length)), plan.days - 1)
    start = plan.first_day + (chance.random(len(length)) * (plan.days - span)).astype(np.int64)
    stretch = span * SECONDS_A_DAY // length
    within = (chance.random(len(ring)) * 0.8 * stretch[ring]).astype(np.int64)
    raw = start[ring] * SECONDS_A_DAY + place * stretch[ring] + within
    # Working hours keep the order: a day's seconds are squeezed between 08:30 and 18:30.
    squeezed: Integers = raw // SECONDS_A_DAY * SECONDS_A_DAY + 30_600 + raw % SECONDS_A_DAY * 36_000 // SECONDS_A_DAY
    return squeezed


def plant_bursts(plan: Plan, population: Population, shells: Shells) -> Trade:
    """What changed shells issue in the two months after they changed hands."""
    chance = plan.chance("bursts")
    seller = np.repeat(shells.changed, BURST)
    changed = np.repeat(shells.changed_day, BURST)
    left = np.minimum(_BURST_DAYS, plan.end_day - changed)
    day = changed + (chance.random(len(seller)) * left).astype(np.int64)
    buyer = chance.integers(0, population.count, len(seller))
    buyer = np.where(buyer == seller, (buyer + 1) % population.count, buyer)
    net = np.round(np.exp(chance.normal(np.log(9_500_000), 0.05, len(seller)))).astype(np.int64)
    return Trade(
        at=day * SECONDS_A_DAY + draw_seconds(len(seller), chance),
        seller=seller,
        buyer=buyer,
        net=net,
        kind=draw_kinds(population, seller, buyer, chance),
    )
