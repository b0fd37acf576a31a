"""What a trading view is made of, whichever way it was read. Filled by `trading` and `booked`, shown by api."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from queries.results import Cut, PartyRef


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """One calendar month in one currency. `balance_cents` = output - intake; `tax_balance_cents` likewise."""

    month: str  # 2026-03
    currency: str
    output_cents: int
    output_tax_cents: int
    output_invoices: int
    intake_cents: int
    intake_tax_cents: int
    intake_invoices: int
    balance_cents: int
    tax_balance_cents: int


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """An invoice of the taxpayer with the other party; `side` is `sold` or `bought`."""

    id: str
    number: str | None
    side: str
    issued_at: datetime | None
    net_cents: int
    tax_cents: int
    currency: str
    status: str | None
    red: bool
    partner: PartyRef | None


@dataclass(frozen=True, slots=True)
class Partner:
    """Trade with one other party in one currency, red invoices subtracted."""

    party: PartyRef
    currency: str
    sold_cents: int
    sold_invoices: int
    bought_cents: int
    bought_invoices: int


@dataclass(frozen=True, slots=True)
class Trading:
    """Months are exact; `biggest` and `partners` are lists with a bound, and say what they leave out."""

    months: tuple[MonthTotals, ...]
    biggest: tuple[InvoiceItem, ...]
    partners: tuple[Partner, ...]
    cut: tuple[Cut, ...]


def month_totals(month: str, currency: str, sums: tuple[int, int, int, int, int, int]) -> MonthTotals:
    """A month with its balances, from output, its tax and count, then intake, its tax and count."""
    output, output_tax, sold, intake, intake_tax, bought = sums
    balances = (output - intake, output_tax - intake_tax)
    return MonthTotals(month, currency, output, output_tax, sold, intake, intake_tax, bought, *balances)
