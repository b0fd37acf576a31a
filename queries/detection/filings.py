"""Filings by firm and month: which months were filed, and the burden of tax of an industry. Shared by the patterns.

A month is *due* when the day of filing has passed by the newest invoice known. VAT alone is read: other taxes have
periods and rates of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION, NEVER, first_day_of, grouped, months_of, share
from queries.detection.facts import Documents, Facts
from queries.detection.words import UNTOLD, codes_of, places_in, says

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
VAT = ("增值税", "VAT")
_MONTH_BITS = 20


@dataclass(frozen=True, slots=True)
class Filed:
    """Months of firms that a VAT filing covers, each once: `key` ascends, as `months_key` gives it."""

    key: Longs

    def covers(self, firm: npt.ArrayLike, month: npt.ArrayLike) -> Flags:
        """Whether a filing covers the month of each firm."""
        wanted = months_key(firm, month)
        if not len(self.key):
            return np.zeros(wanted.shape, np.bool_)
        place = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.asarray(self.key[place] == wanted)

    def any(self, firm: npt.ArrayLike) -> Flags:
        """Whether each firm ever filed."""
        firms = np.asarray(firm, np.int64)
        first = np.searchsorted(self.key, months_key(firms, np.zeros_like(firms)))
        return np.asarray(np.searchsorted(self.key, months_key(firms + 1, np.zeros_like(firms))) > first)


@dataclass(frozen=True, slots=True)
class Burdens:
    """Filings of one month with sales: firm, month, burden of tax in millionths of sales; by firm and month, int64."""

    firm: Longs
    month: Longs
    burden: Longs


def months_key(firm: npt.ArrayLike, month: npt.ArrayLike) -> Longs:
    """One number for a firm and a month."""
    return (np.asarray(firm, np.int64) << _MONTH_BITS) + np.asarray(month, np.int64)


def is_due(facts: Facts, month: npt.ArrayLike, filing_days: int) -> Flags:
    """Whether the months ended at least so many days before the newest invoice."""
    return np.asarray(first_day_of(np.asarray(month, np.int64) + 1) - 1 + filing_days <= facts.last_day)


def filed_months(facts: Facts) -> Filed:
    """Every month that a VAT filing covers, whatever the length of its period."""
    papers, kept = _vat(facts)
    first, last = (months_of(papers.days(name)[kept]) for name in ("period_from", "period_to"))
    last = np.maximum(first, np.where(papers.days("period_to")[kept] == NEVER, first, last))
    length = last - first + 1
    place = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    return Filed(np.unique(months_key(np.repeat(papers.vertex[kept], length), np.repeat(first, length) + place)))


def burdens(facts: Facts, currency: str) -> Burdens:
    """The newest VAT filing of each firm and month that declares sales: tax payable in millionths of them."""
    papers, kept = _vat(facts)
    first, last = (months_of(papers.days(name)) for name in ("period_from", "period_to"))
    sales = papers.longs("sales_cents")
    same = says(papers.texts("currency"), currency)
    rows = kept[(same & (first == last) & (sales > 0))[kept]]
    key = months_key(papers.vertex, first)
    rows = rows[np.lexsort((papers.number[rows], papers.days("filed_on")[rows], key[rows]))]
    newest = rows[np.append(key[rows][1:] != key[rows][:-1], True)[: len(rows)]]
    payable = np.maximum(papers.longs("payable_cents"), 0)
    return Burdens(papers.vertex[newest], first[newest], share(payable[newest], sales[newest]))


def _vat(facts: Facts) -> tuple[Documents, Longs]:
    """All filings, and the rows of VAT ones with a period."""
    names = ("tax_kind", "period_from", "period_to", "filed_on", "sales_cents", "payable_cents", "currency")
    papers = facts.about("Filing", *names)
    kind = papers.texts("tax_kind")
    vat = (codes_of(kind) == UNTOLD) | (places_in(kind, VAT) != UNTOLD)
    return papers, np.flatnonzero(vat & (papers.days("period_from") != NEVER))


def below_baseline(facts: Facts, found: Burdens, *, part: int, least_peers: int) -> tuple[Flags, Longs]:
    """Which burdens lie below that quantile (millionths) of industry and month, and the quantile, rounded down.

    Quantiles lie on the line between the two nearest of the n firms that filed sales: place part * (n - 1), as usual.
    Months of fewer than `least_peers` firms have none: nobody lies below, and the quantile is 0.
    """
    code = codes_of(facts.register.industry)[found.firm]
    known = np.flatnonzero(code != UNTOLD)
    groups, order, starts = grouped(months_key(code[known], found.month[known]))
    rows = known[order]
    rows = rows[np.lexsort((found.burden[rows], np.repeat(np.arange(len(groups)), np.diff(starts))))]
    count = np.diff(starts)
    place = part * (count - 1)
    low = starts[:-1] + place // MILLION
    high = np.minimum(low + 1, starts[1:] - 1)
    values = found.burden[rows]
    line = values[low] * (MILLION - place % MILLION) + values[high] * (place % MILLION) if len(rows) else count
    line = np.where(count >= least_peers, line, 0)
    below, quantile = np.zeros(len(found.firm), np.bool_), np.zeros(len(found.firm), np.int64)
    own = np.repeat(line, count)
    below[rows] = values * MILLION < own
    quantile[rows] = own // MILLION
    return below, quantile
