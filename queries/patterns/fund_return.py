"""Pattern 15, fund return (资金回流): the price of an invoice comes back to who paid it.

Definition, for a currency, over transfers of it (or of no currency told):

* A *payment* is a transfer that names an invoice known in the currency.
* Its *home* is the payer and all who control it: within `trail` arcs above it, of the same influence as in pattern 8
  (representatives, holders of shares from `share` on, other control, head offices), and their kin [D].
* It comes back when a chain of at most `hops` transfers [D] leads from its payee to its home, each leaving where the
  one before arrived and not before it, the last one at most `return_days` after the payment (inclusive, to the second).
* [D] Each of them is as large as the payment up to `gap`: what stays on the way is the fee of a false invoice. Money
  that comes back in parts is not joined.
* A payment is told with its shortest chain. Score: the share of the payment that came back, at most all of it.

domain.md names no second threshold: nothing is high. The anchor is payer, payee and currency; payments not further
apart than `return_days` are one finding. Linear in payments times the transfers that may follow them in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.store.projecting import DAY
from queries.detection.columns import MILLION, share
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Pattern, Sentences, Story, listed
from queries.detection.influence import INFLUENCES, above, influence
from queries.detection.money import Money, money
from queries.detection.people import Entities
from queries.detection.reach import NAMED_INVOICES, How, Reach, ended_links
from queries.detection.returns import Distance, chains
from queries.detection.rules import Rules, rule

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Returns(Rules):
    """What domain.md, pattern 15, leaves open."""

    return_days: int = rule(30, "days", en="days within which money comes back", zh="资金回流天数", most=3650)
    hops: int = rule(3, "count", en="most transfers on the way back", zh="回流最多转账次数", least=1, most=10)
    gap: int = rule(200_000, "share", en="largest gap between payment and return", zh="回流金额差异率", most=999_999)
    share: int = rule(250_000, "share", en="share held from which it controls", zh="构成控制的持股比例", most=MILLION)
    trail: int = rule(5, "count", en="longest trail of control", zh="控制路径最大层数", most=20)


def detect(facts: Facts, rules: Returns, currency: str) -> Found:
    """Every payment whose money comes back."""
    behind = influence(facts, least_share=rules.share)
    told = money(facts, behind.entities, currency)
    payments = np.unique(told.transfer)
    place, home = above(behind, told.transfers.payer[payments], rules.trail)
    distance = Distance(rules.hops, rules.return_days * DAY, rules.gap)
    found = chains(told.transfers, payments, (payments[place], home), distance)
    hits = (_hit(facts, behind.entities, told, [payment, *chain], currency) for payment, chain in found.items())
    return Found(tuple(sorted(hits, key=lambda hit: (hit.anchor, hit.first_day))))


def _hit(facts: Facts, who: Entities, told: Money, chain: list[int], currency: str) -> Hit:
    """One payment, first in the chain, and its way back."""
    moved = told.transfers
    payer, payee, back = (int(each) for each in (moved.payer[chain[0]], moved.payee[chain[0]], moved.payee[chain[-1]]))
    between = moved.payee[chain[1:-1]].tolist()
    paid, returned = int(moved.cents[chain[0]]), int(moved.cents[chain[-1]])
    ratio = int(share(returned, paid))
    rows, more = listed(told.rows_of(chain[0]))
    members = [who.member(payer, "payer"), who.member(payee, "payee")]
    members += [who.member(each, "between") for each in between]
    members += [who.member(back, "controller")] if back != payer else []
    ticks = moved.tick[[chain[0], chain[-1]]].tolist()
    return Hit(
        anchor=(members[0].id, members[1].id, currency),
        first_day=ticks[0] // DAY,
        last_day=ticks[1] // DAY,
        members=tuple(members),
        evidence={"invoices": facts.gross.invoice[rows]},
        measures={
            "paid_cents": paid,
            "returned_cents": returned,
            "returned_share": ratio,
            "days": (ticks[1] - ticks[0]) // DAY,
            "transfers": len(chain) - 1,
            "invoices": len(rows) + more,
            "currency": currency,
        },
        score=min(ratio, MILLION),
        high=False,
        left_out=more,
    )


def explain(story: Story) -> Sentences:
    """Who paid whom for what, and how much came back to whom by which way."""
    payer, payee = story.one("payer"), story.one("payee")
    between, controllers = story.all("between"), story.all("controller")
    home_en = f"{controllers}, who controls {payer}," if controllers else f"{payer} itself"
    home_zh = f"控制该户的 {controllers}" if controllers else "付款方本身"
    way_en = f" through {between}" if between else " directly"
    way_zh = f"经 {between} 间接" if between else "直接"
    return Sentences(
        en=f"{payer} paid {payee} {story.en['paid_cents']} on {story.first_on} for "
        f"{story.counted('invoices', 'invoice')}, and {story.en['returned_cents']}, {story.en['returned_share']} of "
        f"it, came back to {home_en}{way_en} by {story.counted('transfers', 'transfer')} in {story.en['days']}, by "
        f"{story.last_on}.",
        zh=f"{payer} 于 {story.first_on} 就 {story.zh['invoices']} 份发票向 {payee} 付款 {story.zh['paid_cents']},"
        f"其后 {story.zh['days']}内通过 {story.zh['transfers']} 笔转账{way_zh}回流 {story.zh['returned_cents']}"
        f"(占付款的 {story.zh['returned_share']})至{home_zh},最迟于 {story.last_on} 到账。",
    )


PATTERN = Pattern(
    name="fund_return",
    number=15,
    en="fund return",
    zh="资金回流",
    rules=Returns,
    measures={
        "paid_cents": Measure("cents", "paid for the invoice", "付款金额", ("invoices",)),
        "returned_cents": Measure("cents", "that came back", "回流金额"),
        "returned_share": Measure("share", "share of the payment that came back", "回流占比"),
        "days": Measure("days", "whole days until it came back", "回流天数"),
        "transfers": Measure("count", "transfers on the way back", "回流转账笔数"),
        "invoices": Measure("count", "invoices that the payment names", "付款对应发票份数", ("invoices",)),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "payer": ("who paid", "付款方"),
        "payee": ("who was paid", "收款方"),
        "between": ("through whom the money came back", "中间方"),
        "controller": ("who controls the payer and got the money", "回流至的控制方"),
        "invoices": ("the invoices that were paid", "付款对应的发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda rules: rules.return_days,
    # Chains of transfers; of invoices those alone that a transfer names.
    reach=Reach(
        How.WHOLE,
        reads=(NAMED_INVOICES, "FundTransfer", "PAID_BY", "PAID_TO", "REFERS_TO", "Person", *INFLUENCES),
        world=lambda facts, _rules: ended_links(facts, INFLUENCES),
    ),
)
