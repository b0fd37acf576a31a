"""From trade to documents: lines, tax, voids and reversals, in order of time. Called by `generate`, read by `invoices`.

Everything is numbers: places of firms, cents, seconds. A red invoice has negative amounts and knows its blue one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loaders.synthetic import plan as shares
from loaders.synthetic.industries import INDUSTRIES
from loaders.synthetic.trade import DIGITAL_ORDINARY, DIGITAL_SPECIAL, ORDINARY, PAPER_FORM, SECONDS_A_DAY, SPECIAL

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.population import Population
    from loaders.synthetic.text import Booleans, Floats, Integers
    from loaders.synthetic.trade import Trade

NORMAL, VOID, REVERSED, REVERSED_IN_PART = range(4)
MOST_LINES = 8
_LONGEST_WAIT = 40
WHOLE_SHARE = 0.7
DECLARED_SHARE = 0.5
ONE_PERCENT_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Lines:
    """Invoice lines, those of one invoice together; `first` has one more entry than there are invoices."""

    first: Integers
    net: Integers
    tax: Integers
    goods: Integers
    quantity: Integers

    def of(self, invoices: Integers) -> Lines:
        """Lines of some invoices, in their order."""
        lengths = (self.first[1:] - self.first[:-1])[invoices]
        first = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(first[-1]) - np.repeat(first[:-1], lengths) + np.repeat(self.first[:-1][invoices], lengths)
        return Lines(first, self.net[places], self.tax[places], self.goods[places], self.quantity[places])

    def followed_by(self, other: Lines) -> Lines:
        """Both, this one's first."""
        joined = [np.concatenate([getattr(self, name), getattr(other, name)]) for name in _LINE_VALUES]
        return Lines(np.concatenate([self.first, self.first[-1] + other.first[1:]]), *joined)

    def sums(self, name: str) -> Integers:
        """Totals of one value for each invoice."""
        return np.add.reduceat(getattr(self, name), self.first[:-1])


_LINE_VALUES = ("net", "tax", "goods", "quantity")


@dataclass(frozen=True, slots=True)
class Documents:
    """Invoices in order of time; `blue` is the place of the invoice that a red one reverses, else -1.

    `rate` is in per cent. `origin` leads back to the place in the trade that was given, -1 for red ones. `goods` is the
    industry whose goods are sold, mostly the seller's. Places have 32 bits, kinds, rates, states and goods eight.
    """

    at: Integers
    seller: Integers
    buyer: Integers
    kind: Integers
    rate: Integers
    status: Integers
    blue: Integers
    declared: Booleans
    origin: Integers
    goods: Integers
    lines: Lines

    @property
    def count(self) -> int:
        """How many invoices."""
        return len(self.at)

    @property
    def net(self) -> Integers:
        """Net cents of each invoice."""
        return self.lines.sums("net")

    @property
    def tax(self) -> Integers:
        """Tax cents of each invoice."""
        return self.lines.sums("tax")


@dataclass(frozen=True, slots=True)
class Details:
    """What is fixed about the invoices from place `first` of the trade on; -1 leaves it to chance.

    A `quantity` above nought makes one line. `red_at` is the second of a whole reversal.
    """

    first: int
    goods: Integers
    rate: Integers
    quantity: Integers
    status: Integers
    red_at: Integers

    @property
    def places(self) -> slice:
        """Where these invoices are in the trade."""
        return slice(self.first, self.first + len(self.goods))


def write_out(plan: Plan, population: Population, trade: Trade, *, protected: Integers, details: Details) -> Documents:
    """Documents of the trade with voids and reversals; `protected` places of the trade stay as they are."""
    chance = plan.chance("documents")
    goods = population.industry[trade.seller]
    _settle(goods, details, details.goods)
    rate = _rates(population, trade.seller, goods, chance)
    _settle(rate, details, details.rate)
    quantity = np.zeros(trade.count, dtype=np.int64)
    quantity[details.places] = details.quantity
    lines = _cut(trade.net, rate, quantity, chance)
    status = np.zeros(trade.count, dtype=np.int64)
    status[details.places] = details.status
    free = np.ones(trade.count, dtype=bool)
    free[protected] = False
    voided = _draw_voided(trade, free, chance)
    status[voided] = VOID
    free[voided] = False
    ordered = np.flatnonzero(details.red_at >= 0)
    drawn = _draw_blue(plan, trade, free, max(plan.reds - len(ordered), 0), chance)
    blue = np.concatenate([drawn, details.first + ordered])
    whole = (chance.random(len(blue)) < WHOLE_SHARE) | (np.arange(len(blue)) >= len(drawn))
    status[blue] = np.where(whole, REVERSED, REVERSED_IN_PART)
    red_at = np.concatenate([_red_moments(plan, trade.at[drawn], chance), details.red_at[ordered]])
    lines = lines.followed_by(_reversed(lines.of(blue), whole, chance))
    nothing = np.zeros(len(blue), np.int64)
    return _by_time(
        Documents(
            at=np.concatenate([trade.at, red_at]),
            seller=_joined([trade.seller, trade.seller[blue]], np.int32),
            buyer=_joined([trade.buyer, trade.buyer[blue]], np.int32),
            kind=_joined([trade.kind, trade.kind[blue]], np.int8),
            rate=_joined([rate, rate[blue]], np.int8),
            status=_joined([status, nothing], np.int8),
            blue=_joined([np.full(trade.count, -1), blue], np.int32),
            declared=np.concatenate([np.zeros(trade.count, bool), chance.random(len(blue)) < DECLARED_SHARE]),
            origin=_joined([np.arange(trade.count), nothing - 1], np.int32),
            goods=_joined([goods, goods[blue]], np.int8),
            lines=lines,
        )
    )


def _draw_voided(trade: Trade, free: Booleans, chance: np.random.Generator) -> Integers:
    """Voids exist only among tax-control invoices."""
    paper = free & ((trade.kind == SPECIAL) | (trade.kind == ORDINARY))
    return np.flatnonzero(paper & (chance.random(trade.count) < shares.VOID_SHARE / (1 - shares.DIGITAL_SHARE)))


def _red_moments(plan: Plan, blue_at: Integers, chance: np.random.Generator) -> Integers:
    wait = (1 + chance.integers(0, _LONGEST_WAIT, len(blue_at))) * SECONDS_A_DAY
    moments: Integers = np.maximum(np.minimum(blue_at + wait, plan.end_day * SECONDS_A_DAY - 1), blue_at)
    return moments


def _joined(parts: list[Integers], kind: type[np.signedinteger[Any]]) -> Integers:
    """One after another, in as few bytes as the values need: there are ten million of each."""
    return np.concatenate(parts, dtype=kind, casting="same_kind")


def _settle(values: Integers, details: Details, fixed: Integers) -> None:
    part = values[details.places]
    part[fixed >= 0] = fixed[fixed >= 0]


def _rates(population: Population, seller: Integers, goods: Integers, chance: np.random.Generator) -> Integers:
    """Per cent: that of the goods for general taxpayers; one, sometimes three, for small-scale ones."""
    general = np.array([row.rate for row in INDUSTRIES])[goods]
    small = np.where(chance.random(len(seller)) < ONE_PERCENT_SHARE, 1, 3)
    return np.where(population.general[seller], general, small)


def _cut(net: Integers, rate: Integers, given: Integers, chance: np.random.Generator) -> Lines:
    """Two lines on average; what is left by rounding down goes to the last one."""
    count = 1 + np.minimum(chance.poisson(1.0, len(net)), MOST_LINES - 1)
    count[given > 0] = 1
    first = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(np.arange(len(net)), count)
    share = 0.2 + chance.random(len(owner))
    total = np.add.reduceat(share, first[:-1])
    cut = np.floor(net[owner] * share / total[owner]).astype(np.int64)
    cut[first[1:] - 1] += net - np.add.reduceat(cut, first[:-1])
    tax = (cut * rate[owner] + 50) // 100
    quantity = 1 + (chance.random(len(owner)) ** 3 * 400).astype(np.int64)
    quantity[first[:-1][given > 0]] = given[given > 0]
    goods = chance.integers(0, 2, len(owner)).astype(np.int8)
    return Lines(first, cut, tax, goods, quantity.astype(np.int32))


def _draw_blue(plan: Plan, trade: Trade, free: Booleans, reds: int, chance: np.random.Generator) -> Integers:
    early = free & (trade.at < (plan.end_day - 1) * SECONDS_A_DAY)
    drawn = chance.permutation(np.flatnonzero(early))
    return np.sort(drawn[:reds])


def _reversed(lines: Lines, whole: Booleans, chance: np.random.Generator) -> Lines:
    """Lines of red invoices: all of them negative, or a part of the first one."""
    lengths = np.where(whole, lines.first[1:] - lines.first[:-1], 1)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    first = np.concatenate([[0], np.cumsum(lengths)])
    places = lines.first[:-1][owner] + np.arange(first[-1]) - first[:-1][owner]
    part = np.where(whole, 1.0, 0.2 + 0.6 * chance.random(len(whole)))[owner]
    net, tax = (_part(values[places], part) for values in (lines.net, lines.tax))
    quantity = np.maximum(np.round(lines.quantity[places] * part), 1).astype(np.int32)
    return Lines(first, -net, -tax, lines.goods[places], -quantity)


def _part(cents: Integers, part: Floats) -> Integers:
    return np.where(part == 1.0, cents, np.round(cents * part).astype(np.int64))


def _by_time(documents: Documents) -> Documents:
    order = np.argsort(documents.at, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    blue = documents.blue[order]
    return Documents(
        at=documents.at[order],
        seller=documents.seller[order],
        buyer=documents.buyer[order],
        kind=documents.kind[order],
        rate=documents.rate[order],
        status=documents.status[order],
        blue=np.where(blue < 0, -1, rank[blue]).astype(np.int32),
        declared=documents.declared[order],
        origin=documents.origin[order],
        goods=documents.goods[order],
        lines=documents.lines.of(order),
    )


def is_special(kind: Integers) -> Booleans:
    """Whether invoices of these kinds let the buyer deduct."""
    return np.isin(kind, (DIGITAL_SPECIAL, SPECIAL, PAPER_FORM))


def is_digital(kind: Integers) -> Booleans:
    """Whether invoices of these kinds bear a 20-digit number alone."""
    return np.isin(kind, (DIGITAL_SPECIAL, DIGITAL_ORDINARY))
