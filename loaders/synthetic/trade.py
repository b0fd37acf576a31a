"""Who sells to whom, when and for how much: the numeric core of the invoices, before lines and reversals.

Sizes follow a power law, supply runs down the tiers, partners repeat and mostly come from the same province, days
follow weekday, month end and season, seconds follow working hours. Called by `generate`; read by `documents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic import plan as shares
from loaders.synthetic.industries import INDUSTRIES, TIERS
from loaders.synthetic.places import counties

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Floats, Integers

SECONDS_A_DAY = 86_400
SAME_PROVINCE_SHARE = 0.72
MORNING_SHARE, EVENING_SHARE = 0.45, 0.04
ROUND_SHARE = 0.12
MONTH_END_DAYS = 5
INVOICES_A_PAIR = 6
# Row: tier of the seller; column: tier of the buyer. Supply runs down the chain; a little runs back.
_TIER_FLOW = np.array(
    [[0.02, 0.60, 0.30, 0.08], [0.02, 0.33, 0.45, 0.20], [0.02, 0.25, 0.28, 0.45], [0.04, 0.26, 0.30, 0.40]]
)
_WEEKDAY = np.array([1.0, 1.02, 1.04, 1.02, 0.98, 0.22, 0.1])  # Monday first
_MONTH = np.array([0.95, 0.6, 1.1, 0.98, 0.98, 1.08, 0.95, 0.95, 1.06, 0.9, 1.05, 1.3])
_MONDAY = 4  # 1970-01-05
DIGITAL_SPECIAL, DIGITAL_ORDINARY, SPECIAL, ORDINARY, PAPER_FORM = range(5)


@dataclass(frozen=True, slots=True)
class Trade:
    """Invoices by place: civil second, seller and buyer (firms), net cents, kind."""

    at: Integers
    seller: Integers
    buyer: Integers
    net: Integers
    kind: Integers

    @property
    def count(self) -> int:
        """How many invoices."""
        return len(self.at)

    def followed_by(self, other: Trade) -> Trade:
        """Both, this one's first."""
        return Trade(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in ("at", "seller", "buyer", "net", "kind")
            )
        )


def draw_trade(plan: Plan, population: Population, *, count: int) -> Trade:
    """So many ordinary invoices."""
    chance = plan.chance("trade")
    sellers, buyers = _draw_pairs(max(count // INVOICES_A_PAIR, 8), population, chance)
    pair = (chance.beta(0.7, 1.3, count) * len(sellers)).astype(np.int64)
    seller, buyer = sellers[pair], buyers[pair]
    day = _draw_days(plan, count, chance)
    # A firm issues nothing before it is registered.
    first = population.registered[seller]
    late = first + (chance.random(count) * np.maximum(plan.end_day - first, 1)).astype(np.int64)
    day = np.where(day < first, np.minimum(late, plan.end_day - 1), day)
    return Trade(
        at=day * SECONDS_A_DAY + draw_seconds(count, chance),
        seller=seller,
        buyer=buyer,
        net=_draw_net(population, seller, chance),
        kind=draw_kinds(population, seller, buyer, chance),
    )


def draw_seconds(count: int, chance: np.random.Generator) -> Integers:
    """Seconds of the day in working hours, with a dip at noon and a few late ones."""
    morning = chance.normal(10.4, 0.9, count)
    afternoon = chance.normal(15.6, 1.2, count)
    late = chance.uniform(18.0, 22.0, count)
    draw = chance.random(count)
    hours = np.where(draw < MORNING_SHARE, morning, np.where(draw < 1 - EVENING_SHARE, afternoon, late))
    return (np.clip(hours, 8.0, 22.5) * 3600).astype(np.int64)


def draw_kinds(population: Population, seller: Integers, buyer: Integers, chance: np.random.Generator) -> Integers:
    """Kinds of invoice: special ones between general taxpayers, digital ones for most."""
    count = len(seller)
    wanted = chance.random(count) < np.where(population.general[buyer], 0.75, 0.05)
    special = wanted & population.general[seller]
    draw = chance.random(count)
    digital = np.where(special, DIGITAL_SPECIAL, DIGITAL_ORDINARY)
    paper = np.where(special, SPECIAL, ORDINARY)
    kind = np.where(draw < shares.DIGITAL_SHARE, digital, paper)
    form = special & (draw > 1 - shares.PAPER_FORM_SHARE * 2)
    return np.where(form, PAPER_FORM, kind)


def _draw_pairs(count: int, population: Population, chance: np.random.Generator) -> tuple[Integers, Integers]:
    """Regular partners, the busiest first in place."""
    tier = np.array([row.tier for row in INDUSTRIES])[population.industry]
    codes = np.array([int(place.province) for place in counties()])
    province = np.unique(codes, return_inverse=True)[1][population.county]
    seller = _weighted(np.cumsum(population.weight), chance.random(count))
    flow = np.cumsum(_TIER_FLOW, axis=1)
    wanted = (chance.random(count)[:, None] > flow[tier[seller]]).sum(axis=1).clip(0, TIERS - 1)
    near = chance.random(count) < SAME_PROVINCE_SHARE
    place = np.where(near, province[seller], chance.integers(0, province.max() + 1, count))
    buyer = _draw_in_cells(province * TIERS + tier, place * TIERS + wanted, population.weight, chance)
    return seller, np.where(buyer == seller, (buyer + 1) % population.count, buyer)


def _draw_in_cells(cell: Integers, wanted: Integers, weight: Floats, chance: np.random.Generator) -> Integers:
    """A firm of each wanted cell, by weight; of any cell where that one is empty."""
    order = np.argsort(cell, kind="stable")
    edges = np.searchsorted(cell[order], np.arange(int(max(cell.max(), wanted.max())) + 2))
    mass = np.concatenate([[0.0], np.cumsum(weight[order])])
    low, high = edges[wanted], edges[wanted + 1]
    empty = low == high
    low, high = np.where(empty, 0, low), np.where(empty, len(cell), high)
    aim = mass[low] + chance.random(len(wanted)) * (mass[high] - mass[low])
    found: Integers = order[np.clip(np.searchsorted(mass, aim, side="right") - 1, low, high - 1)]
    return found


def _weighted(mass: Floats, draw: Floats) -> Integers:
    found: Integers = np.minimum(np.searchsorted(mass, draw * mass[-1], side="right"), len(mass) - 1)
    return found


def _draw_days(plan: Plan, count: int, chance: np.random.Generator) -> Integers:
    days = np.arange(plan.first_day, plan.end_day)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    left = ((months + 1).astype("datetime64[D]").astype(np.int64) - days).astype(np.int64)
    mass = (
        _WEEKDAY[(days - _MONDAY) % 7]
        * _MONTH[months.astype(np.int64) % 12]
        * np.where(left <= MONTH_END_DAYS, 1.5, 1.0)
    )
    return plan.first_day + _weighted(np.cumsum(mass), chance.random(count))


def _draw_net(population: Population, seller: Integers, chance: np.random.Generator) -> Integers:
    typical = np.array([row.typical for row in INDUSTRIES])[population.industry[seller]]
    yuan = typical * np.exp(chance.normal(-0.35, 0.9, len(seller)))
    exact = np.round(yuan * 100).astype(np.int64)
    rounded = np.maximum(exact // 100_000, 1) * 100_000  # whole thousands of yuan
    return np.maximum(np.where(chance.random(len(seller)) < ROUND_SHARE, rounded, exact), 2_000)
