"""Patterns 9, 13 and 14 of domain.md, paragraph 5: credits and rebates that should not be. Called by `patterns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loaders.synthetic.documents import NORMAL, REVERSED
from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.book import EXPORT_REBATE, NONE, Book
from loaders.synthetic.patterns.cases import Cases, Pattern
from loaders.synthetic.patterns.goods import flag
from loaders.synthetic.text import day_text, pick, whole
from loaders.synthetic.trade import SECONDS_A_DAY

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

_RATE = 13
_SEED, _CLEAN, _CARRIER, _NEXT, _LAST = range(5)
_BOUNDARY_TAX = limits.ABNORMAL_TAX_CENTS * 7 // 5  # 70,000 yuan of 100,000
_INSIDE, _SHARE, _AMOUNT = range(3)
_BOUNDARIES = np.array([_INSIDE, _SHARE, _INSIDE, _AMOUNT])  # which law's boundary a planted case lies on
SEED_CLASSES = ("1", "2", "3", "4", "5")


def net_for_tax(tax: Integers) -> Integers:
    """The net amount whose tax at thirteen per cent rounds to this."""
    net: Integers = (tax * 100 + _RATE // 2) // _RATE
    return net


def plant_abnormal_vouchers(cases: Cases, book: Book) -> None:
    """A seed's voucher makes its buyer a carrier, whose outputs make the next one.

    Every second planted case lies on a legal boundary: exactly seventy per cent, or one cent above 50,000 yuan. Near
    misses lie one cent on the other side, do not claim the voucher, or have transferred it out already.
    """
    limit = limits.ABNORMAL_TAX_CENTS
    boundary = _BOUNDARIES[cases.variant % len(_BOUNDARIES)]
    dirty = np.select([boundary == _SHARE, boundary == _AMOUNT], [_BOUNDARY_TAX, limit + 1], cases.cents(90_000))
    clean = np.select([boundary == _SHARE, boundary == _AMOUNT], [_BOUNDARY_TAX * 3 // 7, 0], dirty // 9)
    dirty = np.where(cases.fails("share"), _BOUNDARY_TAX, np.where(cases.fails("amount"), limit, dirty))
    clean = np.where(cases.fails("share"), _BOUNDARY_TAX * 3 // 7 + 1, np.where(cases.fails("amount"), 0, clean))
    month = int(book.plan.months[0])
    when = np.full(cases.count, month + 4)
    claimed = np.where(cases.fails("claimed"), NONE, when + 3)
    seed = _sell_taxed(cases, book, (_SEED, _CARRIER), when, dirty, claimed=claimed)
    bought = cases.only(clean > 0)
    _sell_taxed(bought, book, (_CLEAN, _CARRIER), when[clean > 0] + 1, clean[clean > 0])
    _sell_taxed(cases, book, (_CARRIER, _NEXT), when + 8, dirty + clean, claimed=book.plan.months[1] + 5)
    _sell_taxed(cases, book, (_NEXT, _LAST), np.full(cases.count, book.plan.months[1] + 12), dirty + clean)
    given = cases.fails("not_transferred_out")
    _transfer_out(book, cases.firm(_CARRIER)[given], dirty[given], month)
    kinds = [SEED_CLASSES[place % len(SEED_CLASSES)] for place in cases.variant.tolist()]
    county = book.firms.county[cases.firm(_SEED) - book.plan.ordinary]
    flagged_on = int(book.plan.months[1]) + 20
    # An A-grade carrier may ask for verification, which suspends its transfer-out.
    grade = ["A" if place % 3 == 0 else "B" for place in cases.variant.tolist()]
    book.record("credit_grades", firm=cases.firm(_CARRIER), grade=grade)
    book.record("flagged_abnormal", sale=seed[:, 0], county=county, day=flagged_on, seed_class=kinds)
    book.judge(
        cases,
        anchor=cases.firm(_CARRIER),
        members=cases.firm(np.array([_SEED, _CARRIER, _NEXT])),
        period=day_text(np.full(cases.count, month)),
        abnormal_tax_cents=whole(dirty),
        all_tax_cents=whole(dirty + clean),
        second_carrier=cases.firm(_NEXT),
        grade=pa.array(grade, pa.string()),
    )


def _sell_taxed(
    cases: Cases, book: Book, roles: tuple[int, int], day: Integers, tax: Integers, **more: Any
) -> Integers:
    """One invoice of one line with exactly this tax."""
    seller, buyer = cases.firm(roles[0]), cases.firm(roles[1])
    return book.sell(cases, day=day, seller=seller, buyer=buyer, net=net_for_tax(tax), rate=_RATE, quantity=100, **more)


def _transfer_out(book: Book, firms: Integers, cents: Integers, month: int) -> None:
    """Given back within the month in which it was claimed."""
    first = np.full(len(firms), month)
    reason = ["异常凭证"] * len(firms)
    book.record("transfers_out", firm=firms, cents=cents, month=first, day=first + 20, reason=reason)


ABNORMAL_VOUCHERS = Pattern(
    name="abnormal_voucher",
    firms=5,
    invoices=4,
    preconditions=("share", "amount", "claimed", "not_transferred_out"),
    days=120,
    plant=plant_abnormal_vouchers,
)

_ROOT, _SUPPLIER, _EXPORTER = range(3)
_TIMES = (13, 8)  # export value over purchase value: a high and an abnormal one
_HONEST_TIMES = 2


def plant_rebates(cases: Cases, book: Book) -> None:
    """An exporter declares many times what it paid to a supplier who lives on a flagged voucher, and claims rebate."""
    exporter, start = cases.firm(_EXPORTER), cases.start
    paid = cases.cents(200_000)
    root = book.sell(
        cases, day=start + 1, seller=cases.firm(_ROOT), buyer=cases.firm(_SUPPLIER), net=cases.cents(190_000)
    )
    bought = book.sell(cases, day=start + 5, seller=cases.firm(_SUPPLIER), buyer=exporter, net=paid, use=EXPORT_REBATE)
    risky = ~cases.fails("risky_source")
    flag(book, root[risky, 0], cases.firm(_ROOT)[risky], start[risky] + 35, "4")
    times = np.where(cases.fails("value_added"), _HONEST_TIMES, np.array(_TIMES)[cases.variant % 2])
    book.record("customs_declarations", firm=exporter, cents=paid * times, day=start + 15, sale=bought[:, 0])
    claims = ~cases.fails("rebate")
    rebate = (paid * times * _RATE // 100)[claims]
    book.record("rebate_claims", firm=exporter[claims], cents=rebate, day=(start + 25)[claims], sale=bought[claims, 0])
    book.judge(cases, anchor=exporter, members=cases.firm(np.arange(3)), times=whole(times))


REBATES = Pattern(
    name="export_rebate",
    firms=3,
    invoices=2,
    preconditions=("value_added", "risky_source", "rebate"),
    days=45,
    plant=plant_rebates,
)


def plant_reversals(cases: Cases, book: Book) -> None:
    """The buyer claims the credit, the seller reverses a month later, and the buyer gives nothing back."""
    start = cases.start
    reversed_ = ~cases.fails("reversed")
    red_at = (start + 40) * SECONDS_A_DAY + 50_000
    book.sell(
        cases,
        day=start + 1,
        seller=cases.firm(0),
        buyer=cases.firm(1),
        net=cases.cents(250_000),
        claimed=np.where(cases.fails("deducted"), NONE, start + 4),
        status=np.where(reversed_, REVERSED, NORMAL),
        red_at=np.where(reversed_, red_at, NONE),
        kept=(~cases.fails("kept")).astype(np.int64),
    )
    form = pick(["reversed", "standing"], (~reversed_).astype(np.int64))
    book.judge(cases, anchor=cases.firm(0), members=cases.firm(np.arange(2)), blue=form)


REVERSALS = Pattern(
    name="malicious_reversal",
    firms=2,
    invoices=2,
    preconditions=("deducted", "reversed", "kept"),
    days=95,
    plant=plant_reversals,
)
