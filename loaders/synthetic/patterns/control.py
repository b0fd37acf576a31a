"""Patterns 7, 8 and 15 of domain.md, paragraph 5: who stands behind firms and money. Called by `patterns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.book import NONE, REPRESENTATIVE, Book
from loaders.synthetic.patterns.cases import Cases, Pattern
from loaders.synthetic.text import pick
from loaders.synthetic.trade import SECONDS_A_DAY

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

_FIRMS = 5
LINKS = ("representative+phone", "phone+address", "address+role_crossing")
_PERSON_PHONE, _PHONE_ADDRESS, _ADDRESS_ROLE = range(3)


def plant_shared_control(cases: Cases, book: Book) -> None:
    """Three or five firms joined by two kinds of link; a near miss joins two firms, or all by one telephone only."""
    size = np.where(cases.variant % 2 == 0, _FIRMS, limits.CONTROLLED_FIRMS)
    size = np.where(cases.fails("members"), limits.CONTROLLED_FIRMS - 1, size)
    one = cases.fails("kinds")
    form = cases.variant % len(LINKS)
    leader = cases.firm(0) - book.plan.ordinary
    person = book.person(cases.firm(0), REPRESENTATIVE)
    for role in range(1, _FIRMS):
        joined = role < size
        links = {
            "phone": (one | (form != _ADDRESS_ROLE), leader),
            "address": (~one & (form != _PERSON_PHONE), leader),
            "representative": (~one & (form == _PERSON_PHONE), person),
            "finance": (~one & (form == _ADDRESS_ROLE), person),
        }
        for what, (linked, value) in links.items():
            here = joined & linked
            book.set(what, cases.firm(role)[here], value[here])
    place = np.arange(_FIRMS)
    members = np.where(place < size[:, None], cases.firm(place), NONE)
    told = pick([*LINKS, "phone"], np.where(one, len(LINKS), form))
    book.judge(cases, anchor=cases.firm(0), members=members, links=told)


SHARED_CONTROL = Pattern(
    name="shared_control",
    firms=_FIRMS,
    invoices=0,
    preconditions=("members", "kinds"),
    days=30,
    plant=plant_shared_control,
)

_HOLDER, _SELLER, _BUYER, _STRANGER = range(4)
_PERCENT = 60


def plant_affiliates(cases: Cases, book: Book) -> None:
    """A trade between two firms behind both of which stands one: by shares in both, or by a share and a person.

    Where it is a person, the holding firm's representative is also the buyer's. Trails of a near miss are broken on
    the seller's or the buyer's side, or the trade goes to a stranger.
    """
    by_person = cases.variant % 2 == 1
    holder, seller, buyer = (cases.firm(role) for role in (_HOLDER, _SELLER, _BUYER))
    up = ~cases.fails("seller_trail")
    down = ~cases.fails("buyer_trail")
    _hold(book, holder[up], seller[up])
    _hold(book, holder[down & ~by_person], buyer[down & ~by_person])
    person = book.person(holder, REPRESENTATIVE)
    book.set("representative", buyer[down & by_person], person[down & by_person])
    to = np.where(cases.fails("trade"), cases.firm(_STRANGER), buyer)
    book.sell(cases, day=cases.start + 3, seller=seller, buyer=to, net=cases.cents(150_000))
    members = cases.firm(np.array([_HOLDER, _SELLER, _BUYER]))
    told = pick(["shares", "share_and_person"], by_person.astype(np.int64))
    book.judge(cases, anchor=holder, members=members, trail=told)


def _hold(book: Book, holder: Integers, firm: Integers) -> None:
    book.record("shares", holder=holder, firm=firm, percent=np.full(len(firm), _PERCENT))


AFFILIATES = Pattern(
    name="affiliated_trade",
    firms=4,
    invoices=1,
    preconditions=("seller_trail", "buyer_trail", "trade"),
    days=30,
    plant=plant_affiliates,
)

RETURNS = ("direct", "through_another", "to_the_holder")
_PAYEE, _PAYER, _BETWEEN, _OWNER = range(4)
_DIRECT, _THROUGH, _TO_HOLDER = range(3)
_BANK_HOUR = 40_000
_BACK_DAYS, _LATE_DAYS = 12, 45


def plant_fund_returns(cases: Cases, book: Book) -> None:
    """The price of an invoice comes back: straight, through another firm, or to the firm that holds the payer."""
    form, start = cases.variant % len(RETURNS), cases.start
    seller, payer, between, owner = (cases.firm(role) for role in range(4))
    billed = ~cases.fails("invoice")
    some = cases.only(billed)
    net = cases.cents(350_000)
    sales = np.full(cases.count, NONE)
    sales[billed] = book.sell(some, day=some.start + 1, seller=seller[billed], buyer=payer[billed], net=net[billed])[
        :, 0
    ]
    gross = net * 113 // 100
    _transfer(book, (payer, seller), gross, start + 4, sales)
    back = gross * 97 // 100
    away = cases.fails("returned")
    target = np.where(form == _TO_HOLDER, owner, payer)
    # What does not come back goes to a firm that nobody behind the payer holds.
    target = np.where(away, between, target)
    through = (form == _THROUGH) & ~away
    last = start + 4 + np.where(cases.fails("within_30_days"), _LATE_DAYS, _BACK_DAYS)
    _transfer(book, (seller[through], between[through]), back[through], (start + 8)[through])
    _transfer(book, (np.where(through, between, seller), target), back, last)
    held = form == _TO_HOLDER
    book.record("shares", holder=owner[held], firm=payer[held], percent=np.full(int(held.sum()), _PERCENT))
    book.judge(cases, anchor=payer, members=cases.firm(np.arange(4)), form=pick(RETURNS, form))


def _transfer(book: Book, ends: tuple[Integers, Integers], cents: Integers, day: Integers, sale: Any = NONE) -> None:
    at = day * SECONDS_A_DAY + _BANK_HOUR
    book.record("fund_transfers", payer=ends[0], payee=ends[1], cents=cents, at=at, sale=sale)


FUND_RETURNS = Pattern(
    name="fund_return",
    firms=4,
    invoices=1,
    preconditions=("returned", "within_30_days", "invoice"),
    days=60,
    plant=plant_fund_returns,
)
