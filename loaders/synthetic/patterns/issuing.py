"""Patterns 3, 6 and 11 of domain.md, paragraph 5: firms that issue in a burst. Called by `patterns`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.book import NONE, STATUS_ABNORMAL, STATUS_NORMAL, Book
from loaders.synthetic.patterns.cases import Cases, Pattern
from loaders.synthetic.places import counties
from loaders.synthetic.text import pick
from loaders.synthetic.trade import DIGITAL_SPECIAL, SPECIAL

if TYPE_CHECKING:
    from loaders.synthetic.text import Integers

SIGNS = ("peak_day", "out_of_area", "near_face_cap")
_PEAK, _AREA, _CAP = range(3)
_NO_SIGN = -1
_BUYERS = 5
_DAILY = np.arange(12)  # one invoice on each of twelve days
_PEAK_DAY = 6
_SUPPLIER = _BUYERS + 1
_CAP_NEARNESS = 96


def plant_violent_issuers(cases: Cases, book: Book) -> None:
    """New firms that use up their quota at once, buy nothing, and show one of three signs in turn."""
    issuer, start = cases.firm(0), cases.start
    sign = np.where(cases.fails("sign"), _NO_SIGN, cases.variant % len(SIGNS))
    young = np.where(cases.variant % 2 == 0, limits.FIRST_INVOICE_DAYS_HIGH - 1, limits.FIRST_INVOICE_DAYS - 10)
    book.set("registered", issuer, start - np.where(cases.fails("young"), limits.FIRST_INVOICE_DAYS * 2, young))
    _settle_buyers(cases, book, sign)
    net = cases.cents(96_000)
    kind = np.where(sign == _CAP, SPECIAL, DIGITAL_SPECIAL)
    buyers = cases.firm(1 + _DAILY % _BUYERS)
    book.sell(cases, day=start[:, None] + _DAILY, seller=issuer, buyer=buyers, net=net, kind=kind[:, None])
    peak = cases.only(sign == _PEAK)
    book.sell(
        peak,
        day=(peak.start + _PEAK_DAY)[:, None] + 0 * _DAILY,
        seller=peak.firm(0),
        buyer=peak.firm(1 + _DAILY % _BUYERS),
        net=net[sign == _PEAK],
    )
    count = len(_DAILY) * np.where(sign == _PEAK, 2, 1)
    _grant(cases, book, sign, net, count)
    balanced = cases.only(cases.fails("no_input"))
    book.sell(
        balanced,
        day=balanced.start,
        seller=balanced.firm(_SUPPLIER),
        buyer=balanced.firm(0),
        net=(net * count * 6 // 10)[cases.fails("no_input")],
    )
    book.judge(cases, anchor=issuer, members=issuer[:, None], sign=pick(SIGNS, sign))


def _settle_buyers(cases: Cases, book: Book, sign: Integers) -> None:
    """All in the issuer's county, or four of five in another province."""
    provinces = np.array([int(place.province) for place in counties()])
    home = book.firms.county[cases.firm(0) - book.plan.ordinary]
    away = np.array([np.flatnonzero(provinces != provinces[place])[0] for place in range(len(provinces))])[home]
    for role in range(1, _SUPPLIER + 1):
        far = (sign == _AREA) & (role < _BUYERS)
        book.set("county", cases.firm(role), np.where(far, away, home))


def _grant(cases: Cases, book: Book, sign: Integers, net: Integers, count: Integers) -> None:
    """A quota of which nine tenths are used, or four tenths; a face cap for invoices of the control system."""
    used = np.where(cases.fails("quota"), 40, 90)
    capped = sign == _CAP
    cap = net * 100 // _CAP_NEARNESS + 1
    pieces = -(-count * 100 // used)
    issuer = cases.firm(0)
    book.set("face_cap", issuer, np.where(capped, cap, NONE))
    book.set("quota_count", issuer, np.where(capped, pieces, NONE))
    book.set("quota", issuer, np.where(capped, cap * pieces, net * count * 100 // used))


VIOLENT_ISSUERS = Pattern(
    name="violent_issuing",
    firms=_SUPPLIER + 1,
    invoices=25,
    preconditions=("young", "quota", "no_input", "sign"),
    days=62,
    plant=plant_violent_issuers,
)

ITEMS = ("legal_representative", "address")
_EARLY = np.array([1, 2, 3])
_AWAKE_DAY = 100
_BURST = np.arange(8)
_QUIET_CHANGE_DAY = 30


def plant_changed_shells(cases: Cases, book: Book) -> None:
    """Firms that sleep, change representative or address, and issue at once and much."""
    shell, start = cases.firm(0), cases.start
    by_hand = cases.variant % 2 == 0
    change = start + np.where(cases.fails("within_90_days"), _EARLY[-1] + 1, _AWAKE_DAY)
    change = np.where(cases.fails("surge"), start + _QUIET_CHANGE_DAY, change)
    change = np.where(cases.fails("change"), NONE, change)
    book.set("changed", shell, np.where(by_hand, change, NONE))
    book.set("moved", shell, np.where(by_hand, NONE, change))
    small = cases.cents(10_000)
    book.sell(cases, day=start[:, None] + _EARLY, seller=shell, buyer=cases.firm(1 + _EARLY % 3), net=small)
    loud = cases.only(~cases.fails("surge"))
    book.sell(
        loud,
        day=(loud.start + _AWAKE_DAY + 2)[:, None] + _BURST,
        seller=loud.firm(0),
        buyer=loud.firm(1 + _BURST % 3),
        net=loud.cents(30_000),
    )
    quiet = cases.only(cases.fails("surge"))
    book.sell(
        quiet,
        day=quiet.start + _QUIET_CHANGE_DAY + 5,
        seller=quiet.firm(0),
        buyer=quiet.firm(1),
        net=quiet.cents(5_000),
    )
    book.judge(cases, anchor=shell, members=shell[:, None], item=pick(ITEMS, (~by_hand).astype(np.int64)))


CHANGED_SHELLS = Pattern(
    name="changed_shell",
    firms=4,
    invoices=11,
    preconditions=("change", "within_90_days", "surge"),
    days=115,
    plant=plant_changed_shells,
)

_BEFORE = np.array([1, 7, 13, 19])
_AT_THE_END = np.arange(70, 86, 2)


def plant_bursts(cases: Cases, book: Book) -> None:
    """Firms that issue most of what they ever issue in their last sixty days, stop filing, and half become abnormal."""
    firm, start = cases.firm(0), cases.start
    even = cases.fails("share")
    for days, yuan, calm in ((_BEFORE, 10_000, 60_000), (_AT_THE_END, 30_000, 10_000)):
        net = np.where(even, cases.cents(calm), cases.cents(yuan))
        book.sell(
            cases, day=start[:, None] + days, seller=firm, buyer=cases.firm(1 + np.arange(len(days)) % 2), net=net
        )
    book.set("stops", firm, start + _AT_THE_END[-1])
    book.set("status", firm, np.where(cases.variant % 2 == 1, STATUS_ABNORMAL, STATUS_NORMAL))
    book.judge(cases, anchor=firm, members=firm[:, None])


BURSTS = Pattern(
    name="burst_before_vanishing",
    firms=3,
    invoices=len(_BEFORE) + len(_AT_THE_END),
    preconditions=("share",),
    days=95,
    plant=plant_bursts,
)
