"""Pattern 10, time inversion (先销后进): goods sold long before they were bought.

Definition, for a firm and a currency, over gross invoices that are neither void nor reversed in whole:

* Purchases and sales are matched by value, first in first out, sales at cost: with B bought and S sold in all, a sale
  of x costs x * min(1, B / S), so a margin moves nothing. Sales before the firm's first purchase come out of a stock
  that nobody knows and are left out.
* A part of a sale is *inverted* when the purchase that covers it is more than `grace_days` later.
* The firm is reported when the inverted share of the cost sold is above `share`; high above `high_share`.

A kernel passes over all firms and keeps those near the share or above it, linear in the invoices; their figures are
exact integers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from graph.kernels.late_cover import Amounts, Sides, late_cover
from queries.detection.columns import MILLION
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows

Longs = npt.NDArray[np.int64]
_MARGIN, _LESS = 1 - 1e-6, 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Inversion(Rules):
    """Thresholds of domain.md, pattern 10."""

    share: int = rule(150_000, "share", en="inverted share above which a firm is abnormal", zh="先销后进占比(疑点)")
    high_share: int = rule(300_000, "share", en="inverted share above which it is high", zh="先销后进占比(高风险)")
    grace_days: int = rule(7, "days", en="days by which a purchase may follow its sale", zh="允许的滞后天数")
    least_cents: int = rule(10_000_000, "cents", en="least value sold", zh="最低销售额")


def detect(facts: Facts, rules: Inversion, currency: str) -> Found:
    """Every firm that sells what it buys only later."""
    rows, remaining = standing_rows(facts, currency)
    net = np.zeros(len(remaining), np.int64)
    net[rows] = remaining[rows]
    firms = _likely(facts, rules, net)
    firms = firms[facts.judged(firms)]
    hits = (_hit(_trade(facts, currency, firm, net).from_first_purchase(), rules) for firm in firms.tolist())
    return Found(tuple(hit for hit in hits if hit is not None))


def _likely(facts: Facts, rules: Inversion, net: Longs) -> Longs:
    """Firms that may be above the share: a pass in floats, with a margin far above what those err by."""
    book = facts.book
    sides = Sides(book.sold_offset, book.sold_row, book.bought_offset, book.bought_row)
    found = late_cover(sides, Amounts(net, facts.gross.tick, facts.invoice_day), grace=rules.grace_days)
    late, cost, sold = found.T
    return np.flatnonzero((late * MILLION > rules.share * cost * _MARGIN) & (sold * _LESS >= rules.least_cents))


def _trade(facts: Facts, currency: str, firm: int, net: Longs) -> Trade:
    """One firm's rows that count, purchases of a tick first."""
    sold, bought = (facts.book.rows(firm, side) for side in ("sold", "bought"))
    rows = np.concatenate([sold, bought]).astype(np.int64)
    sides = np.repeat([1, 0], [len(sold), len(bought)])
    counts = net[rows] > 0
    rows, sides = rows[counts], sides[counts]
    order = np.lexsort((rows, sides, facts.gross.tick[rows]))
    return Trade(facts, currency, firm, rows[order], sides[order], net[rows[order]])


@dataclass(frozen=True, slots=True)
class Trade:
    """What one firm bought and sold, purchases of a tick first: rows of `gross`, 1 for a sale, net cents."""

    facts: Facts
    currency: str
    firm: int
    rows: Longs
    sold: Longs
    net: Longs

    def from_first_purchase(self) -> Trade:
        """Without the sales before it."""
        first = int(np.argmin(self.sold)) if (self.sold == 0).any() else len(self.sold)
        return replace(self, rows=self.rows[first:], sold=self.sold[first:], net=self.net[first:])


def _hit(trade: Trade, rules: Inversion) -> Hit | None:
    """The hit of one firm, if it is one."""
    bought_cents, sold_cents = (int(trade.net[trade.sold == side].sum()) for side in (0, 1))
    cost = min(bought_cents, sold_cents)
    if sold_cents < rules.least_cents or not cost:
        return None
    parts = matched(trade.net, trade.sold, trade.facts.invoice_day[trade.rows])
    late = parts[parts[:, 2] > rules.grace_days]
    inverted = int(late[:, 3].sum())
    if inverted * MILLION <= rules.share * cost:
        return None
    return _told(trade, rules, late, inverted, cost)


def matched(net: Longs, sold: Longs, day: Longs) -> Longs:
    """Parts of sales with the purchases that cover them: rows (sale, purchase, days later, cents), places in `net`.

    Costs are exact: sales are scaled by the whole firm's sums, so the last place a line reaches is the same for both.
    """
    sales, buys = np.flatnonzero(sold == 1), np.flatnonzero(sold == 0)
    out, into = np.cumsum(net[sales]), np.cumsum(net[buys])
    if len(out) and out[-1] > into[-1]:
        scaled = [int(value) * int(into[-1]) // int(out[-1]) for value in out.tolist()]
        out = np.array(scaled, np.int64)
    into = np.minimum(into, out[-1]) if len(out) else into
    cuts = np.unique(np.concatenate([out, into]))
    cuts = cuts[cuts > 0]
    sizes = np.diff(cuts, prepend=0)
    sale = sales[np.searchsorted(out, cuts)]
    buy = buys[np.searchsorted(into, cuts)]
    return np.stack([sale, buy, day[buy] - day[sale], sizes], axis=1)


def _told(trade: Trade, rules: Inversion, late: Longs, inverted: int, cost: int) -> Hit:
    facts = trade.facts
    sales, later_buys = np.unique(trade.rows[late[:, 0]]), np.unique(trade.rows[late[:, 1]])
    (listed_sales, more), (listed_buys, yet_more) = listed(sales), listed(later_buys)
    days = facts.invoice_day[np.concatenate([sales, later_buys])]
    share = inverted * MILLION // cost
    taxpayer = str(facts.ids[trade.firm].as_py())
    return Hit(
        anchor=(taxpayer, trade.currency),
        first_day=int(days.min()),
        last_day=int(days.max()),
        members=(Member("Taxpayer", taxpayer, "trader"),),
        evidence={
            "sales": facts.gross.invoice[listed_sales],
            "later_purchases": facts.gross.invoice[listed_buys],
        },
        measures={"inverted_share": share, "inverted_cents": inverted, "cost_cents": cost, "currency": trade.currency},
        score=share,
        high=inverted * MILLION > rules.high_share * cost,
        left_out=more + yet_more,
    )


def explain(story: Story) -> Sentences:
    """Who sold how much before buying it."""
    firm = story.one("trader")
    return Sentences(
        en=f"{firm} sold goods of {story.en['inverted_cents']} at cost before buying them, "
        f"{story.en['inverted_share']} of the {story.en['cost_cents']} it sold, "
        f"between {story.first_on} and {story.last_on}.",
        zh=f"{firm} 在 {story.first_on} 至 {story.last_on} 期间先销后进 {story.zh['inverted_cents']}(按成本计),"
        f"占销售成本 {story.zh['cost_cents']} 的 {story.zh['inverted_share']}。",
    )


PATTERN = Pattern(
    name="time_inversion",
    number=10,
    en="sold before bought",
    zh="先销后进",
    rules=Inversion,
    measures={
        "inverted_share": Measure("share", "share of the cost sold", "占销售成本", ("sales", "later_purchases")),
        "inverted_cents": Measure("cents", "sold before it was bought", "先销后进金额", ("sales", "later_purchases")),
        "cost_cents": Measure("cents", "cost sold in all", "销售成本"),
    },
    roles={
        "trader": ("the firm", "企业"),
        "sales": ("sales before the purchase", "先开具的销售发票"),
        "later_purchases": ("the purchases that cover them", "其后取得的进项发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 365,
    reach=Reach(How.OWN, reads=(INVOICES,), subjects=("trader",)),
)
