"""Pattern 8, interest-affiliated trade (利益关联交易): seller and buyer stand under one antecedent.

Definition (the network of Tian et al. 2016), over links that hold and the standing invoices of a currency:

* An *influence arc* leads from a legal representative to the firm, from a holder of a share to the firm held, from who
  controls otherwise to the firm controlled, from a head office to its branch. [D] A share counts from `share` on, which
  is the one of related parties in SAT Announcement 2016 No. 42; one of unknown size counts. [D] Finance officers, tax
  handlers, invoice collectors and agents serve many firms and influence none (what they join is pattern 7).
* Kin, and whoever influences each other in a circle, are one *influence set*.
* A trade arc, all standing invoices from a seller to a buyer, is reported with each of its nearest common antecedents:
  sets from which trails of at most `trail` arcs [D] lead to both ends (`graph.kernels.antecedents`).
* [D] Score: the larger of the arc's share of all the seller's sales and of all the buyer's purchases, since whoever
  lives on affiliates is the first to look at. domain.md names no second threshold: nothing is high.

The anchor is antecedent, seller, buyer and currency. Compiled search, near linear in trade arcs and influence arcs;
invoices are read for reported arcs only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.kernels.antecedents import Antecedents, common_antecedents
from queries.detection.columns import MILLION, grouped, share, summed
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.influence import CONTROLS, HEADS, HOLDS, INFLUENCES, REPRESENTS, Influence, influence
from queries.detection.reach import INVOICES, How, Reach, ended_links
from queries.detection.rules import Rules, rule
from queries.detection.standing import standing_rows

Longs = npt.NDArray[np.int64]
_MEANS = {REPRESENTS: "represents", HOLDS: "holds", CONTROLS: "controls", HEADS: "heads"}
_EN = {
    "represents": "represents",
    "holds": "holds a share of",
    "controls": "controls",
    "heads": "is the head office of",
}
_ZH = {"represents": "任法定代表人", "holds": "持股", "controls": "控制", "heads": "总机构"}


@dataclass(frozen=True, slots=True)
class Affiliation(Rules):
    """Thresholds of pattern 8; domain.md leaves them open."""

    share: int = rule(250_000, "share", en="share held from which it influences", zh="构成关联的持股比例", most=MILLION)
    trail: int = rule(5, "count", en="longest trail from the antecedent", zh="关联路径最大层数", most=20)


@dataclass(frozen=True, slots=True)
class Trade:
    """Standing rows of a currency by pair and time, the key of each, net cents of all rows, sums of each taxpayer."""

    facts: Facts
    currency: str
    rows: Longs
    key: Longs
    net: Longs
    sold: Longs
    bought: Longs

    def between(self, seller: int, buyer: int) -> Longs:
        """Rows of one pair, in time order."""
        key = seller * self.facts.count + buyer
        first, last = np.searchsorted(self.key, [key, key + 1])
        return self.rows[first:last]


def detect(facts: Facts, rules: Affiliation, currency: str) -> Found:
    """Every trade arc under a common antecedent."""
    behind = influence(facts.everywhere, least_share=rules.share)
    trade = _trade(facts, currency)
    seller, buyer = np.divmod(trade.key, max(facts.count, 1))
    judged = facts.judged(seller) | facts.judged(buyer)
    seller, buyer = seller[judged], buyer[judged]
    found = common_antecedents(
        (behind.over, behind.under),
        (behind.kin, behind.other_kin),
        (seller, buyer),
        np.arange(behind.entities.count),
        max_length=rules.trail,
    )
    sets = _sets(found)
    hits = (_hit(trade, behind, _row(found, place, sets)) for place in range(len(found.sellers)))
    return Found(tuple(sorted(hits, key=lambda hit: hit.anchor)), found.cut_by)


def _trade(facts: Facts, currency: str) -> Trade:
    rows, net = standing_rows(facts, currency)
    seller, buyer = facts.book.seller[rows].astype(np.int64), facts.book.buyer[rows].astype(np.int64)
    sold, bought = (summed(ends, net[rows], facts.count) for ends in (seller, buyer))
    key = seller * facts.count + buyer
    order = np.argsort(key, kind="stable")
    return Trade(facts, currency, rows[order], key[order], net, sold, bought)


@dataclass(frozen=True, slots=True)
class Row:
    """One reported arc: its ends, the antecedent's set with its first member first, arcs down to either end."""

    seller: int
    buyer: int
    antecedents: tuple[int, ...]
    to_seller: Longs
    to_buyer: Longs


def _sets(found: Antecedents) -> dict[int, tuple[int, ...]]:
    """Members of each reported influence set, by its first one."""
    inside = np.flatnonzero(np.isin(found.set_of, found.antecedents))
    firsts, order, starts = grouped(found.set_of[inside])
    members = inside[order].tolist()
    spans = zip(firsts.tolist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    return {first: tuple(members[start:end]) for first, start, end in spans}


def _row(found: Antecedents, place: int, sets: dict[int, tuple[int, ...]]) -> Row:
    return Row(
        int(found.sellers[place]),
        int(found.buyers[place]),
        sets[int(found.antecedents[place])],
        found.seller_trails[found.seller_offsets[place] : found.seller_offsets[place + 1]],
        found.buyer_trails[found.buyer_offsets[place] : found.buyer_offsets[place + 1]],
    )


def _hit(trade: Trade, behind: Influence, row: Row) -> Hit:
    rows = trade.between(row.seller, row.buyer)
    kept, more = listed(rows)
    cents = int(trade.net[rows].sum())
    parts = share([cents, cents], [trade.sold[row.seller], trade.bought[row.buyer]]).tolist()
    members = _members(behind, row)
    days = trade.facts.invoice_day[rows]
    ends = [behind.entities.member(each, "").id for each in (row.antecedents[0], row.seller, row.buyer)]
    return Hit(
        anchor=(*ends, trade.currency),
        first_day=int(days.min()),
        last_day=int(days.max()),
        members=members,
        evidence={"trades": trade.facts.gross.invoice[kept]},
        measures={
            "trades": len(rows),
            "net_cents": cents,
            "sold_share": parts[0],
            "bought_share": parts[1],
            "seller_steps": len(row.to_seller),
            "buyer_steps": len(row.to_buyer),
            "seller_trail": _means(behind, row.to_seller),
            "buyer_trail": _means(behind, row.to_buyer),
            "currency": trade.currency,
        },
        score=max(parts),
        high=False,
        left_out=more,
    )


def _means(behind: Influence, trail: Longs) -> str:
    """What the arcs of a trail are, from the antecedent down."""
    return ",".join(_MEANS[means] for means in behind.means[trail].tolist())


def _members(behind: Influence, row: Row) -> tuple[Member, ...]:
    """Both ends, the antecedent's set, and who stands between."""
    who = behind.entities
    found = [who.member(row.seller, "seller"), who.member(row.buyer, "buyer")]
    found += [who.member(each, "antecedent") for each in row.antecedents]
    for trail, end, role in ((row.to_seller, row.seller, "above_seller"), (row.to_buyer, row.buyer, "above_buyer")):
        found += [who.member(each, role) for each in behind.under[trail].tolist() if each != end]
    return tuple(dict.fromkeys(found))


def explain(story: Story) -> Sentences:
    """Who stands behind both ends of which trade, and how."""
    seller, buyer, antecedent = (story.one(role) for role in ("seller", "buyer", "antecedent"))
    en, zh = (_trails(story, words) for words in (_EN, _ZH))
    return Sentences(
        en=f"{seller} sold {story.counted('trades', 'time')} to {buyer} for {story.en['net_cents']} between "
        f"{story.first_on} and {story.last_on}, {story.en['sold_share']} of its sales and {story.en['bought_share']} "
        f"of what {buyer} bought; {antecedent} stands behind both: behind the seller in "
        f"{story.counted('seller_steps', 'step')} ({en[0]}), behind the buyer in {story.en['buyer_steps']} ({en[1]}).",
        zh=f"{seller} 在 {story.first_on} 至 {story.last_on} 期间向 {buyer} 销售 {story.zh['trades']} 次,共 "
        f"{story.zh['net_cents']},占其销售的 {story.zh['sold_share']}、占对方购进的 {story.zh['bought_share']};"
        f"双方均受 {antecedent} 影响:对销方 {story.zh['seller_steps']} 层({zh[0]}),"
        f"对购方 {story.zh['buyer_steps']} 层({zh[1]})。",
    )


def _trails(story: Story, words: dict[str, str]) -> tuple[str, str]:
    """The means of both trails in words; a trail without steps ends inside the set itself."""
    itself = "is one with it" if words is _EN else "同一利益主体"
    told = (str(story.raw[name]) for name in ("seller_trail", "buyer_trail"))
    one, other = (" → ".join(words[each] for each in text.split(",")) if text else itself for text in told)
    return one, other


PATTERN = Pattern(
    name="affiliated_trade",
    number=8,
    en="interest-affiliated trade",
    zh="利益关联交易",
    rules=Affiliation,
    measures={
        "trades": Measure("count", "invoices", "发票份数", ("trades",)),
        "net_cents": Measure("cents", "net amount traded", "交易金额", ("trades",)),
        "sold_share": Measure("share", "share of the seller's sales", "占销方销售比例"),
        "bought_share": Measure("share", "share of the buyer's purchases", "占购方购进比例"),
        "seller_steps": Measure("count", "steps from the antecedent to the seller", "至销方层数"),
        "buyer_steps": Measure("count", "steps from the antecedent to the buyer", "至购方层数"),
        "seller_trail": Measure("text", "means of influence down to the seller", "至销方的影响方式"),
        "buyer_trail": Measure("text", "means of influence down to the buyer", "至购方的影响方式"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "seller": ("the seller", "销方"),
        "buyer": ("the buyer", "购方"),
        "antecedent": ("who stands behind both", "共同利益主体"),
        "above_seller": ("between the antecedent and the seller", "销方路径上的主体"),
        "above_buyer": ("between the antecedent and the buyer", "购方路径上的主体"),
        "trades": ("the invoices between them", "双方交易发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 36_600,
    # Who stands behind whom is read of everybody; shares of sales and purchases are those of the two ends.
    reach=Reach(
        How.PAIRS,
        reads=(INVOICES,),
        wholly=("Person", *INFLUENCES),
        subjects=("seller", "buyer"),
        world=lambda facts, _rules: ended_links(facts, INFLUENCES),
    ),
)
