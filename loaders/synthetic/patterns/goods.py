"""Patterns 4, 5, 10 and 12 of domain.md, paragraph 5: what goes in against what comes out. Called by `patterns`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.industries import INDUSTRIES, MAKER, RAW
from loaders.synthetic.patterns.book import Book, industry
from loaders.synthetic.patterns.cases import Cases, Pattern
from loaders.synthetic.text import whole
from loaders.synthetic.trade import ORDINARY

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

PIPELINE_INDUSTRY = "5191"  # no ordinary firm is in it, so that its tenth percentile is known
_ROOT, _SOURCE, _EXPENSE, _PIPE, _CUSTOMER = range(5)
_CUSTOMERS = 10
_SINK = _CUSTOMER + _CUSTOMERS
_SERVICE = "6110"
_MARKUP = 115
_OUT = 1_000_000  # yuan a month


def plant_pipelines(cases: Cases, book: Book) -> None:
    """In two months a firm passes on what it bought; ten customers of its industry resell with a profit.

    Because the customers pay tax, the industry's tenth percentile of the burden is above the pipeline's nought.
    """
    for role in (_PIPE, *range(_CUSTOMER, _SINK)):
        book.set("industry", cases.firm(role), industry(PIPELINE_INDUSTRY))
    book.set("industry", cases.firm(_EXPENSE), industry(_SERVICE))
    for month in range(2):
        _pass_through(cases, book, month)
    late = cases.only(cases.fails("dwell"))  # the second month's sales come out of the first month's purchases
    _supply(late, book, book.plan.months[2] + 27, 1.01)
    _distribute(late, book, book.plan.months[2] + 25)
    _taint(cases, book)
    members = cases.firm(np.array([_PIPE, _SOURCE]))
    book.judge(cases, anchor=cases.firm(_PIPE), members=members)


def _pass_through(cases: Cases, book: Book, month: int) -> None:
    first = int(book.plan.months[month])
    slow = cases.fails("dwell")
    share = np.where(cases.fails("balance"), 1.25, np.where(cases.fails("burden"), 0.95, 1.01))
    expenses = np.where(cases.fails("expenses"), 0.05, 0.003)
    rate = np.where(cases.fails("burden"), 9, -1)
    _supply(cases, book, first + np.where(slow & (month == 1), 19, 2), share - expenses, rate=rate)
    book.sell(
        cases,
        day=first + 4,
        seller=cases.firm(_EXPENSE),
        buyer=cases.firm(_PIPE),
        net=np.round(cases.cents(_OUT) * expenses),
        rate=13,
    )
    _distribute(cases.only(~slow), book, first + 10)
    if month == 1:
        _distribute(cases.only(slow), book, first + 7)


def _supply(cases: Cases, book: Book, day: Integers | int, share: Integers | float, rate: Integers | int = -1) -> None:
    """Two purchases of the pipeline firm; in a month their sum is `share` of its output."""
    half = np.round(cases.cents(_OUT) * share / 2).astype(np.int64)
    for shift in range(2):
        seller, buyer = cases.firm(_SOURCE), cases.firm(_PIPE)
        when = np.broadcast_to(np.asarray(day) - shift, cases.count)
        goods = industry(PIPELINE_INDUSTRY)
        book.sell(cases, day=when, seller=seller, buyer=buyer, net=half, rate=rate, goods=goods, claimed=when)


def _distribute(cases: Cases, book: Book, day: int) -> None:
    """The output to ten customers, who sell on a week later at most and claim in the same month."""
    customers = cases.firm(_CUSTOMER + np.arange(_CUSTOMERS))
    net = cases.cents(_OUT / _CUSTOMERS)
    when = np.full(cases.count, day)
    book.sell(cases, day=when, seller=cases.firm(_PIPE), buyer=customers, net=net, claimed=when)
    book.sell(cases, day=when + 2, seller=customers, buyer=cases.firm(_SINK), net=net * _MARKUP // 100, evidence=False)


def _taint(cases: Cases, book: Book) -> None:
    """The supplier's own purchase is an abnormal voucher, two hops upstream."""
    day = np.full(cases.count, book.plan.months[0])
    bought = book.sell(
        cases,
        day=day,
        seller=cases.firm(_ROOT),
        buyer=cases.firm(_SOURCE),
        net=cases.cents(3 * _OUT),
        goods=industry(PIPELINE_INDUSTRY),
    )
    bad = ~cases.fails("bad_source")
    flag(book, bought[bad, 0], cases.firm(_ROOT)[bad], day[bad] + 40, "5")


def flag(book: Book, sales: Integers, sellers: Integers, day: Integers, seed_class: str) -> None:
    """Abnormal vouchers, flagged by the seller's bureau."""
    county = book.firms.county[sellers - book.plan.ordinary]
    book.record("flagged_abnormal", sale=sales, county=county, day=day, seed_class=[seed_class] * len(sales))


PIPELINES = Pattern(
    name="pipeline_firm",
    firms=_SINK + 1,
    invoices=70,
    preconditions=("balance", "dwell", "burden", "expenses", "bad_source"),
    days=120,
    plant=plant_pipelines,
)

_COAL, _PHONES, _METAL = "5162", "5177", "3311"
_LOTS = np.arange(4)


def plant_switches(cases: Cases, book: Book) -> None:
    """Coal in, telephones out of a trading firm; a near miss sells coal, or is a maker whose inputs explain it."""
    maker = cases.fails("unexplained")
    switch = cases.firm(2)
    for role in (0, 1):
        book.set("industry", cases.firm(role), industry(_COAL))
    book.set("industry", switch, industry(_COAL))
    book.set("industry", switch[maker], industry(_METAL))
    lot = cases.cents(200_000)
    coal = industry("0610")
    for role in (0, 1):
        day = cases.start[:, None] + 3 * role + _LOTS
        book.sell(cases, day=day, seller=cases.firm(role), buyer=cases.firm(role + 1), net=lot, goods=coal)
    # Lots that stay coal: three of four in a near miss, none or one in a planted case.
    same = np.where(cases.fails("mismatch"), 3, cases.variant % 2)
    other = np.where(maker, industry(_METAL), industry(_PHONES))
    goods = np.where(same[:, None] > _LOTS, coal, other[:, None])
    goods = np.where(maker[:, None], other[:, None], goods)
    net = np.round(lot * 1.05)
    book.sell(cases, day=cases.start[:, None] + 8 + _LOTS, seller=switch, buyer=cases.firm(3), net=net, goods=goods)
    book.judge(cases, anchor=switch, members=cases.firm(np.arange(4)), kept_lots=whole(same))


def bill_rows() -> list[tuple[str, str, str]]:
    """Industry, product and inputs of every making industry: raw materials and goods of its own kind."""
    raw = sorted({row.commodity for row in INDUSTRIES if row.tier == RAW})
    return [(row.code, row.commodity, ",".join([*raw, row.commodity])) for row in INDUSTRIES if row.tier == MAKER]


SWITCHES = Pattern(
    name="commodity_switch",
    firms=4,
    invoices=12,
    preconditions=("mismatch", "unexplained"),
    days=30,
    plant=plant_switches,
)

_INVERTED = (0.40, 0.20)  # a high and an abnormal one
_HARMLESS = 0.08


def plant_inversions(cases: Cases, book: Book) -> None:
    """All is sold on the tenth day; a part of it is bought a month later."""
    later = np.where(cases.fails("share"), _HARMLESS, np.array(_INVERTED)[cases.variant % 2])
    value = cases.cents(500_000)
    supplier, trader = cases.firm(0), cases.firm(1)
    after = np.round(value * later).astype(np.int64)
    book.sell(cases, day=cases.start + 1, seller=supplier, buyer=trader, net=value - after)
    book.sell(cases, day=cases.start + 10, seller=trader, buyer=cases.firm(2), net=value)
    book.sell(cases, day=cases.start + 40, seller=supplier, buyer=trader, net=after)
    book.judge(cases, anchor=trader, members=trader[:, None], inverted=whole(np.round(later * 100).astype(np.int64)))


INVERSIONS = Pattern(
    name="time_inversion", firms=3, invoices=3, preconditions=("share",), days=50, plant=plant_inversions
)

_FARM_GOODS, _PROCESSOR = "0141", "1310"
_SMALL = np.arange(12)
_LARGE = np.arange(4)
_PRICE_CENTS = 400


def plant_farm_purchases(cases: Cases, book: Book) -> None:
    """Purchases that the buyer issues himself: just below ten thousand, one great farmer, always the same price."""
    firm, start = cases.firm(0), cases.start
    book.set("industry", firm, industry(_PROCESSOR))
    for role in (1, 2):
        book.set("general", cases.firm(role), values=False)
        book.set("industry", cases.firm(role), industry(_FARM_GOODS))
    yuan = np.where(cases.fails("face"), 7_000, 9_400) + 30.0 * _SMALL[:, None]
    many = np.round(yuan.T * 100).astype(np.int64)
    _purchase(cases, book, 2, start[:, None] + _SMALL, many)
    big = np.where(cases.fails("farmer"), cases.cents(300_000), cases.cents(1_800_000))
    _purchase(cases, book, 1, start[:, None] + 14 + _LARGE, np.tile(big[:, None], len(_LARGE)))
    book.judge(cases, anchor=firm, members=cases.firm(np.arange(3)), farmer=cases.firm(1))


def _purchase(cases: Cases, book: Book, role: int, day: Integers, net: Integers) -> None:
    """Quantities such that prices swing around four yuan by the share."""
    swing = np.where(cases.fails("price"), 0.2, 0.001)
    price = _PRICE_CENTS * (1 + swing[:, None] * np.where(np.arange(net.shape[1]) % 2 == 0, 1, -1))
    quantity = np.round(net / price)
    book.sell(
        cases,
        day=day,
        seller=cases.firm(role),
        buyer=cases.firm(0),
        net=net,
        quantity=quantity,
        kind=ORDINARY,
        goods=industry(_FARM_GOODS),
    )


FARM_PURCHASES = Pattern(
    name="farm_purchase",
    firms=3,
    invoices=len(_SMALL) + len(_LARGE),
    preconditions=("face", "farmer", "price"),
    days=30,
    plant=plant_farm_purchases,
)
