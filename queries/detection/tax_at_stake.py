"""Input tax that buyers claimed, by invoice, and tax that firms paid. Shared by patterns that ask what is at stake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.columns import NEVER, longs_of
from queries.detection.facts import ABSENT, Facts, Longs

NOT_CLAIMED = pa.scalar("not_deducted")


class Credits:
    """Claims of input tax and payments of tax. The effective tax where it is told, else the invoice's own."""

    def __init__(self, facts: Facts) -> None:
        links = facts.links("DEDUCTED", "effective_tax_cents", "kind")
        kind: Any = links.table["kind"]
        used = np.asarray(pc.fill_null(pc.not_equal(kind, NOT_CLAIMED), True).to_numpy(), np.bool_)
        rows = np.where(used, facts.rows_of(links.target), ABSENT)
        order = np.argsort(rows, kind="stable")
        order = order[np.searchsorted(rows[order], 0) :]  # invoices that are not there stand first
        self.row = rows[order]
        self.buyer = facts.vertices(links.source)[order]
        told = longs_of(links.table["effective_tax_cents"], NEVER)[order]
        self.tax_cents = np.where(told == NEVER, facts.gross.tax_cents[self.row], told)
        payments = facts.about("TaxPayment", "period_from", "period_to", "paid_on", "amount_cents")
        order = np.argsort(payments.vertex, kind="stable")
        paid_on = payments.days("paid_on")
        start, end = (payments.days(name) for name in ("period_from", "period_to"))
        self._payer = payments.vertex[order]
        self._start, self._end = (np.where(days == NEVER, paid_on, days)[order] for days in (start, end))
        self._cents = payments.longs("amount_cents")[order]

    def of_rows(self, rows: Longs) -> tuple[Longs, Longs]:
        """(buyer, cents) of every claim of these rows of `gross`."""
        first, end = np.searchsorted(self.row, rows), np.searchsorted(self.row, rows, side="right")
        places = np.concatenate([np.arange(a, b) for a, b in zip(first, end, strict=True)] or [np.zeros(0, np.int64)])
        return self.buyer[places], self.tax_cents[places]

    def paid(self, firm: int, first_day: int, last_day: int) -> int:
        """Cents that a firm paid for periods that touch these days (without a period: that it paid then)."""
        start, end = np.searchsorted(self._payer, [firm, firm + 1])
        touched = (self._start[start:end] <= last_day) & (self._end[start:end] >= first_day)
        return int(self._cents[start:end][touched].sum())
