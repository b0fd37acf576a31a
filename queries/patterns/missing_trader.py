"""Pattern 2, missing trader (European profile; off unless asked for): sells with tax, pays none, and is gone.

Definition, for a currency, over standing invoices:

* The trader's first sale lies less than `new_days` after its registration, and its sales carry tax.
* What it paid of any tax is at most `paid_share` of that output tax.
* It stops filing: a month with sales was due and is not filed, and the last filing, if any, was made at most
  `stop_days` after the first sale. [D] A month is due on the `due_day` of the following one, once that day has come.
* A buyer sells on, to anybody, on or after the day of the first sale: it is a buffer, its customers are brokers.
  Whoever sold to the trader is a conduit; none is asked for, as supplies from abroad are in no book. When a broker
  sells to a conduit the circle closes (carousel), else the chain is linear.

Score: the unpaid share of the output tax. domain.md names no second threshold: nothing is high. The anchor is taxpayer
and currency. Linear in the invoices; filings, payments and chains are looked at for new traders with tax only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.columns import MILLION, NEVER, day_of, first_day_of, months_of, number_of, share, summed
from queries.detection.facts import Facts
from queries.detection.hits import Found, Hit, Measure, Member, Pattern, Sentences, Story, listed
from queries.detection.reach import INVOICES, How, Reach
from queries.detection.rules import Rules, rule
from queries.detection.shares import least_part
from queries.detection.standing import standing_rows

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MissingTrader(Rules):
    """Thresholds of domain.md, pattern 2."""

    new_days: int = rule(180, "days", en="days after registration in which a trader is new", zh="新办企业天数")
    paid_share: int = rule(
        10_000, "share", en="share of output tax that counts as unpaid", zh="视为未缴的占比", most=MILLION
    )
    stop_days: int = rule(90, "days", en="days after which a trader files no more", zh="停止申报天数")
    due_day: int = rule(
        15, "day", en="day of the following month on which a filing is due", zh="申报截止日", least=1, most=28
    )


@dataclass(frozen=True, slots=True)
class Books:
    """Standing trade of a currency (`stands`: rows of `gross` that do, with what remains), filings, today.

    Filings by vertex: first and last month of each, and the day on which it was made.
    """

    facts: Facts
    currency: str
    stands: npt.NDArray[np.bool_]
    net: Longs
    filer: Longs
    filed_months: tuple[Longs, Longs]
    filed_on: Longs
    today: int

    def rows(self, vertex: int, side: str, since: int = NEVER) -> Longs:
        """Standing rows that a vertex `sold` or `bought` from a day on, by time."""
        rows = self.facts.book.rows(vertex, side).astype(np.int64)
        return rows[self.stands[rows] & (self.facts.invoice_day[rows] >= since)]

    def filed(self, vertex: int) -> tuple[Longs, Longs, Longs]:
        """First and last month of each filing of a vertex, and the day on which it was made."""
        first, last = np.searchsorted(self.filer, [vertex, vertex + 1])
        begins, ends = (months[first:last] for months in self.filed_months)
        return begins, ends, self.filed_on[first:last]


def detect(facts: Facts, rules: MissingTrader, currency: str) -> Found:
    """Every new trader that sells with tax, pays none and stops filing, with a chain behind it."""
    rows, net = standing_rows(facts, currency)
    if not len(rows):
        return Found(())
    traders, tax, paid = _unpaid(facts, rules, currency, rows)
    books = _books(facts, currency, rows, net)
    hits = (_hit(books, rules, *each) for each in zip(traders.tolist(), tax.tolist(), paid.tolist(), strict=True))
    return Found(tuple(sorted((hit for hit in hits if hit is not None), key=lambda hit: hit.anchor)))


def _books(facts: Facts, currency: str, rows: Longs, net: Longs) -> Books:
    stands = np.zeros(len(net), np.bool_)
    stands[rows] = True
    filings = facts.about("Filing", "period_from", "period_to", "filed_on")
    order = np.argsort(filings.vertex, kind="stable").astype(np.int64)
    start, end, on = (filings.days(name)[order] for name in ("period_from", "period_to", "filed_on"))
    begins = np.where(start == NEVER, months_of(on) - 1, months_of(start))
    ends = np.where(end == NEVER, begins, months_of(end))
    today = facts.last_day if facts.as_of.valid is None else number_of(facts.as_of.valid)
    return Books(facts, currency, stands, net, filings.vertex[order], (begins, ends), on, today)


def _unpaid(facts: Facts, rules: MissingTrader, currency: str, rows: Longs) -> tuple[Longs, Longs, Longs]:
    """New sellers whose output tax is unpaid: vertices, output tax, what they paid."""
    seller = facts.book.seller[rows].astype(np.int64)
    sellers, first = np.unique(seller, return_index=True)
    registered = facts.register.registered[sellers]
    young = (registered != NEVER) & (facts.invoice_day[rows[first]] - registered < rules.new_days)
    tax = summed(seller, _tax(facts)[rows], facts.count)
    payments = facts.about("TaxPayment", "amount_cents", "currency")
    told: Any = payments.texts("currency")
    ours = np.asarray(pc.fill_null(pc.equal(told, pa.scalar(currency)), True).to_numpy(), np.bool_)
    paid = summed(payments.vertex[ours], payments.longs("amount_cents")[ours], facts.count)
    unpaid = (tax > 0) & (tax - paid >= least_part(MILLION - rules.paid_share, np.maximum(tax, 0)))
    traders = sellers[young & unpaid[sellers]]
    return traders, tax[traders], paid[traders]


def _tax(facts: Facts) -> Longs:
    """Tax that remains of each row of `gross` after its red invoices."""
    red, blue = facts.reversals
    real = ~facts.gross.is_void[red]
    tax = facts.gross.tax_cents.copy()
    np.subtract.at(tax, blue[real], np.abs(tax[red[real]]))
    return np.maximum(tax, 0)


def _hit(books: Books, rules: MissingTrader, trader: int, tax: int, paid: int) -> Hit | None:
    """The hit of one unpaid new trader, if it is one."""
    sales = books.rows(trader, "sold")
    first = int(books.facts.invoice_day[sales[0]])
    missed, last_filed = _missed(books, rules, trader, sales)
    if not len(missed) or last_filed > first + rules.stop_days:
        return None
    buffers = np.unique(books.facts.book.buyer[sales]).astype(np.int64)
    onward = [books.rows(buffer, "sold", first) for buffer in buffers.tolist()]
    buffers = buffers[[bool(len(rows)) for rows in onward]]
    if not len(buffers):
        return None
    return _told(books, Chain(trader, sales, buffers, np.sort(np.concatenate(onward))), (tax, paid), missed, last_filed)


def _missed(books: Books, rules: MissingTrader, trader: int, sales: Longs) -> tuple[Longs, int]:
    """Months with sales that were due and are not filed, and the day of the last filing."""
    months = np.unique(months_of(books.facts.invoice_day[sales]))
    due = first_day_of(months + 1) + rules.due_day - 1
    begins, ends, on = books.filed(trader)
    filed = ((begins[None, :] <= months[:, None]) & (months[:, None] <= ends[None, :])).any(axis=1)
    return months[(due <= books.today) & ~filed], int(on.max(initial=NEVER))


@dataclass(frozen=True, slots=True)
class Chain:
    """A trader, its sales, its buyers that sell on, and what they sold since, by time."""

    trader: int
    sales: Longs
    buffers: Longs
    onward: Longs


def _told(books: Books, chain: Chain, tax: tuple[int, int], missed: Longs, last_filed: int) -> Hit:
    facts, trader = books.facts, chain.trader
    bought = books.rows(trader, "bought")
    parts = [listed(rows) for rows in (chain.sales, bought, chain.onward)]
    conduits = np.unique(facts.book.seller[bought]).astype(np.int64)
    brokers = np.unique(facts.book.buyer[parts[2][0]]).astype(np.int64)
    first, last = facts.invoice_day[chain.sales[[0, -1]]].tolist()
    back = [books.rows(conduit, "bought", first) for conduit in conduits.tolist()]
    closed = any(np.isin(facts.book.seller[rows], brokers).any() for rows in back)
    unpaid = int(share(tax[0] - tax[1], tax[0]))
    registered = int(facts.register.registered[trader])
    return Hit(
        anchor=(str(facts.ids[trader].as_py()), books.currency),
        first_day=first,
        last_day=last,
        members=_members(facts, trader, conduits, chain.buffers, brokers),
        evidence={
            role: facts.gross.invoice[rows]
            for role, (rows, _) in zip(("sales", "purchases", "onward"), parts, strict=True)
        },
        measures={
            "registered_on": day_of(registered).isoformat(),
            "days_old": first - registered,
            "output_tax_cents": tax[0],
            "paid_cents": tax[1],
            "unpaid_share": unpaid,
            "missed_months": len(missed),
            "first_missed": day_of(first_day_of(missed[:1])[0]).isoformat()[:7],
            "last_filed_on": "" if last_filed == NEVER else day_of(last_filed).isoformat(),
            "buffers": len(chain.buffers),
            "onward_cents": int(books.net[chain.onward].sum()),
            "form": "carousel" if closed else "linear",
            "currency": books.currency,
        },
        score=unpaid,
        high=False,
        left_out=sum(more for _, more in parts),
    )


def _members(facts: Facts, trader: int, conduits: Longs, buffers: Longs, brokers: Longs) -> tuple[Member, ...]:
    roles = (("trader", [trader]), ("conduit", conduits), ("buffer", buffers), ("broker", brokers))
    return tuple(Member("Taxpayer", str(facts.ids[each].as_py()), role) for role, some in roles for each in some)


def explain(story: Story) -> Sentences:
    """Who is new, what it left unpaid, when it stopped filing, and where the goods went on."""
    trader, en, zh = story.one("trader"), story.en, story.zh
    filed, circle = story.raw["last_filed_on"], story.raw["form"] == "carousel"
    filed_en = f"filed last on {filed}" if filed else "never filed"
    filed_zh = f"最后一次申报为 {filed}" if filed else "从未申报"
    circle_en = ", whose customers sold back to its suppliers" if circle else ""
    circle_zh = ",其客户又售回上游,形成闭环" if circle else ""
    return Sentences(
        en=f"{trader}, registered on {en['registered_on']}, first sold {en['days_old']} later, on "
        f"{story.first_on}; of {en['output_tax_cents']} output tax until {story.last_on} it paid {en['paid_cents']} "
        f"({en['unpaid_share']} unpaid), {filed_en} and missed {story.counted('missed_months', 'month')} from "
        f"{en['first_missed']} on; {story.counted('buffers', 'buyer')} sold on for {en['onward_cents']}{circle_en}.",
        zh=f"{trader} 于 {zh['registered_on']} 登记,{zh['days_old']}后({story.first_on})首次销售;截至 "
        f"{story.last_on} 销项税额 {zh['output_tax_cents']},仅缴纳 {zh['paid_cents']}(未缴占 {zh['unpaid_share']}),"
        f"{filed_zh},自 {zh['first_missed']} 起 {zh['missed_months']} 个月未申报;{zh['buffers']} 户购方继续转售 "
        f"{zh['onward_cents']}{circle_zh}。",
    )


PATTERN = Pattern(
    name="missing_trader",
    number=2,
    en="missing trader",
    zh="失踪贸易商",
    rules=MissingTrader,
    measures={
        "registered_on": Measure("text", "day of registration", "登记日期"),
        "days_old": Measure("days", "days from registration to the first sale", "登记至首次销售天数", ("sales",)),
        "output_tax_cents": Measure("cents", "output tax", "销项税额", ("sales",)),
        "paid_cents": Measure("cents", "tax paid", "已缴税额"),
        "unpaid_share": Measure("share", "share of the output tax that is unpaid", "未缴占比"),
        "missed_months": Measure("count", "months with sales that are not filed", "应申报未申报月数", ("sales",)),
        "first_missed": Measure("text", "first of them", "首个未申报月份"),
        "last_filed_on": Measure("text", "day of the last filing", "最后申报日期"),
        "buffers": Measure("count", "buyers that sold on", "继续转售的购方户数", ("onward",)),
        "onward_cents": Measure("cents", "what they sold since", "转售金额", ("onward",)),
        "form": Measure("text", "linear or carousel", "链条形式"),
        "currency": Measure("text", "currency", "币种"),
    },
    roles={
        "trader": ("the missing trader", "失踪贸易商"),
        "conduit": ("who supplied it", "上游供货方"),
        "buffer": ("who bought from it and sold on", "中间转售方"),
        "broker": ("who bought from these", "下游企业"),
        "sales": ("its sales", "销售发票"),
        "purchases": ("its purchases", "购进发票"),
        "onward": ("sales of its buyers since", "购方转售发票"),
    },
    detect=detect,
    explain=explain,
    gap_days=lambda _rules: 36_600,
    # New traders are few, but whether a filing is missed depends on the newest day.
    reach=Reach(How.WHOLE, reads=(INVOICES, "Taxpayer", "TaxPayment", "Filing")),
    off=True,
)
