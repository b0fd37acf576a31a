"""Planted cases and near misses of the patterns of domain.md, paragraph 5, a module for each small family.

`generate` asks `fitting` how many cases of each pattern fit, `draw_book` for what they plant, and `patterns.truth` and
`patterns.records` for the tables that follow from it.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from graph.errors import SettingsError
from loaders.synthetic.patterns.book import Book, empty_book
from loaders.synthetic.patterns.cases import Cases, Pattern, draw_cases
from loaders.synthetic.patterns.control import AFFILIATES, FUND_RETURNS, SHARED_CONTROL
from loaders.synthetic.patterns.credit import ABNORMAL_VOUCHERS, REBATES, REVERSALS
from loaders.synthetic.patterns.goods import FARM_PURCHASES, INVERSIONS, PIPELINES, SWITCHES
from loaders.synthetic.patterns.issuing import BURSTS, CHANGED_SHELLS, VIOLENT_ISSUERS
from loaders.synthetic.patterns.officers import OFFICERS
from loaders.synthetic.patterns.rings import MISSING_TRADERS, RINGS

if TYPE_CHECKING:
    from loaders.synthetic.plan import Plan

__all__ = ["PATTERNS", "Book", "Cases", "Pattern", "draw_book", "fitting", "reserved_for", "room_for"]

PATTERNS: tuple[Pattern, ...] = (
    RINGS,
    MISSING_TRADERS,
    VIOLENT_ISSUERS,
    PIPELINES,
    SWITCHES,
    CHANGED_SHELLS,
    SHARED_CONTROL,
    AFFILIATES,
    ABNORMAL_VOUCHERS,
    INVERSIONS,
    BURSTS,
    FARM_PURCHASES,
    REBATES,
    REVERSALS,
    FUND_RETURNS,
    OFFICERS,
)
# A case and a near miss of every pattern.
FIRMS_A_COUNT = 2 * sum(pattern.firms for pattern in PATTERNS)
INVOICES_A_COUNT = 2 * sum(pattern.invoices for pattern in PATTERNS)
LEAST_DAYS = max(pattern.days for pattern in PATTERNS)
_RESERVED_SHARE, _INVOICE_SHARE = 0.3, 0.5
_A_CASE_PER, _LEAST = 2_000, 2


def fitting(*, taxpayers: int, invoices: int, days: int, wanted: int | None) -> int:
    """How many cases (and near misses) of every pattern are planted.

    By default one for 2,000 taxpayers, at least two, but none where the span is too short and never more than fit.

    Raises:
        SettingsError: `settings.synthetic.planted` when `wanted` is negative or does not fit.
    """
    room = min(int(taxpayers * _RESERVED_SHARE) // FIRMS_A_COUNT, int(invoices * _INVOICE_SHARE) // INVOICES_A_COUNT)
    room = room if days >= LEAST_DAYS else 0
    if wanted is None:
        return min(max(_LEAST, taxpayers // _A_CASE_PER), room)
    if 0 <= wanted <= room:
        return wanted
    raise SettingsError(
        f"{wanted} cases of every pattern do not fit into this country",
        code="settings.synthetic.planted",
        next_step=f"ask for --planted 0 to {room}, or for a larger country: a case of every pattern and its near miss "
        f"take {FIRMS_A_COUNT} firms (at most 30 in 100), {INVOICES_A_COUNT} invoices (at most half) and "
        f"{LEAST_DAYS} days",
        planted=wanted,
        room=room,
    )


def room_for(planted: int) -> tuple[int, int]:
    """Taxpayers and invoices of about the smallest country into which so many cases of every pattern fit."""
    return ceil(planted * FIRMS_A_COUNT / _RESERVED_SHARE) + 1, ceil(planted * INVOICES_A_COUNT / _INVOICE_SHARE) + 1


def reserved_for(planted: int) -> int:
    """How many firms so many cases of every pattern take."""
    return planted * FIRMS_A_COUNT


def draw_book(plan: Plan) -> Book:
    """What all patterns plant."""
    book = empty_book(plan)
    number, first = 0, plan.ordinary
    for pattern in PATTERNS if plan.planted else ():
        cases = draw_cases(pattern, plan, number=number, first=first)
        pattern.plant(cases, book)
        number += cases.count
        first += cases.count * pattern.firms
    return book
