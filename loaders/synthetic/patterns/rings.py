"""Patterns 1 and 2 of domain.md, paragraph 5: ring and mutual invoicing, missing trader. Called by `patterns`."""

from __future__ import annotations

from typing import Any

import numpy as np

from loaders.synthetic.documents import NORMAL, REVERSED
from loaders.synthetic.patterns import thresholds as limits
from loaders.synthetic.patterns.book import NONE, Book, industry
from loaders.synthetic.patterns.cases import Cases, Pattern
from loaders.synthetic.text import pick, whole
from loaders.synthetic.trade import DIGITAL_ORDINARY, SECONDS_A_DAY

_OUTSIDER = limits.RING_LONGEST + 1
_LENGTHS = np.arange(2, limits.RING_LONGEST + 1)
_STEP_DAYS = 4
_GAPS = (0.02, 0.08)  # a high and an abnormal one
_WIDE_GAP = 0.25
_LATE_DAYS = limits.RING_WINDOW_DAYS + 5
_ROUNDS = np.array([2, 32, 62])  # days of the missing trader's sales
_STOP_DAY = 62


def plant_rings(cases: Cases, book: Book) -> None:
    """Rings of two to five firms; a near miss is open, too long in time or members, uneven, or loses an invoice."""
    length = _LENGTHS[cases.variant % len(_LENGTHS)]
    length = np.where(cases.fails("length"), limits.RING_LONGEST + 1, length)
    place = np.arange(limits.RING_LONGEST + 1)[None, :]
    last = place == length[:, None] - 1
    day = cases.start[:, None] + place * _STEP_DAYS
    day = np.where(last & cases.fails("window")[:, None], cases.start[:, None] + _LATE_DAYS, day)
    buyer = np.where(last, np.where(cases.fails("closed"), _OUTSIDER, 0)[:, None], place + 1)
    gap = np.where(cases.fails("gap"), _WIDE_GAP, np.array(_GAPS)[cases.variant % 2])
    net = np.round(cases.cents(300_000)[:, None] * (1 - gap[:, None] * place / (length[:, None] - 1)))
    reversed_ = last & cases.fails("net")[:, None]
    for role in range(limits.RING_LONGEST + 1):
        here = cases.only(role < length)
        part = (role < length, role)
        book.sell(
            here,
            day=day[part],
            seller=here.firm(role),
            buyer=here.first + buyer[part],
            net=net[part].astype(np.int64),
            status=np.where(reversed_[part], REVERSED, NORMAL),
            red_at=np.where(reversed_[part], (day[part] + 2) * SECONDS_A_DAY + 60_000, NONE),
        )
    members = np.where(place < length[:, None], cases.firm(0)[:, None] + place, NONE)
    span = day[np.arange(cases.count), length - 1] - cases.start
    book.judge(cases, anchor=cases.firm(0), members=members, ring=True, length=whole(length), span_days=whole(span))


RINGS = Pattern(
    name="ring_invoicing",
    firms=_OUTSIDER + 1,
    invoices=limits.RING_LONGEST + 2,
    preconditions=("closed", "window", "gap", "net", "length"),
    days=_LATE_DAYS + 5,
    plant=plant_rings,
)

_CONDUIT, _MISSING, _BUFFER, _BROKER = range(4)


def plant_missing_traders(cases: Cases, book: Book) -> None:
    """Conduit to missing trader to buffer to broker; every second one closes the circle (carousel)."""
    trader, start = cases.firm(_MISSING), cases.start
    book.set("registered", trader, start - np.where(cases.fails("new"), limits.NEW_TRADER_DAYS * 2, 20))
    book.set("pays", trader, cases.fails("unpaid"))
    book.set("stops", trader, np.where(cases.fails("stops_filing"), NONE, start + _STOP_DAY))
    for role in range(4):
        book.set("industry", cases.firm(role), industry("5177"))
    _hop(cases, book, _CONDUIT, _MISSING, 1.0, kind=DIGITAL_ORDINARY, rate=0)
    _hop(cases, book, _MISSING, _BUFFER, 0.97)
    _hop(cases.only(~cases.fails("chain")), book, _BUFFER, _BROKER, 1.0)
    circle = ~cases.fails("chain") & (cases.variant % 2 == 1)
    _hop(cases.only(circle), book, _BROKER, _CONDUIT, 1.02, kind=DIGITAL_ORDINARY, rate=0)
    book.judge(
        cases,
        anchor=trader,
        members=cases.firm(np.arange(4)),
        form=pick(["linear", "carousel"], circle.astype(np.int64)),
    )


def _hop(cases: Cases, book: Book, seller: int, buyer: int, factor: float, **more: Any) -> None:
    book.sell(
        cases,
        day=cases.start[:, None] + _ROUNDS + 2 * seller,
        seller=cases.firm(seller),
        buyer=cases.firm(buyer),
        net=cases.cents(400_000 * factor),
        **more,
    )


MISSING_TRADERS = Pattern(
    name="missing_trader",
    firms=4,
    invoices=12,
    preconditions=("new", "unpaid", "stops_filing", "chain"),
    days=115,
    plant=plant_missing_traders,
)
