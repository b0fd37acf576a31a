"""Special invoices, the input tax claimed of them, what was transferred out, flags and credit grades, as numbers.

Read by the abnormal-voucher pattern. Special invoices are numbered in (time, public id) order; spans are blocks of so
many calendar months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.columns import NEVER, day_numbers, months_of, number_of
from queries.detection.facts import ABSENT, Facts, Texts
from queries.detection.people import holding_links
from queries.detection.vouchers import MOST_CLASSES, Issued, Sums

Longs = npt.NDArray[np.int64]
UNKNOWN_CLASS = "unknown"
_SPECIAL = "special"
_NOT_CLAIMED = "not_deducted"


@dataclass(frozen=True, slots=True)
class Specials:
    """Blue special invoices that are not void: their rows of `gross`, and the number of each row (`ABSENT`: none)."""

    facts: Facts
    currency: str
    row: Longs
    number: Longs

    def of(self, invoices: Longs) -> Longs:
        """Number of each dense invoice, int64; `ABSENT` where it is no special one of the currency."""
        rows = self.facts.rows_of(invoices)
        return np.where(rows >= 0, self.number[rows], ABSENT) if len(self.number) else rows


def specials(facts: Facts, currency: str) -> Specials:
    """The special invoices of a currency whose seller is known."""
    kind = facts.invoice_kind
    names: Any = kind.dictionary
    indices: Any = kind.indices
    ends = np.append(np.asarray(pc.ends_with(names, _SPECIAL).to_numpy(zero_copy_only=False), np.bool_), False)
    codes = np.asarray(pc.fill_null(indices, len(names)).to_numpy(zero_copy_only=False), np.int64)
    blue = ~facts.gross.is_red & ~facts.gross.is_void & (facts.book.seller >= 0)
    row = np.flatnonzero(ends[codes] & blue & facts.in_currency(currency))
    number = np.full(len(facts.gross), ABSENT, np.int64)
    number[row] = np.arange(len(row))
    return Specials(facts, currency, row, number)


def issued(special: Specials, months: int) -> Issued:
    """Who issued each special invoice in which span."""
    facts = special.facts
    span = months_of(facts.invoice_day[special.row]) // months
    return Issued(facts.book.seller[special.row].astype(np.int64), span)


def claims(special: Specials, months: int) -> Sums:
    """Input tax claimed of special invoices, for deduction or export rebate, by claimant and span of the claim.

    The effective tax where it is told, else the invoice's own. A claim without period counts in the month of its day.
    """
    facts = special.facts
    links = facts.links("DEDUCTED", "period", "claimed_on", "effective_tax_cents", "kind")
    firm, invoice = facts.vertices(links.source), special.of(links.target)
    period, day = day_numbers(links.table["period"]), day_numbers(links.table["claimed_on"])
    when = np.where(period == NEVER, day, period)
    told: Any = links.table["effective_tax_cents"]
    own = np.append(facts.gross.tax_cents[special.row], 0)[invoice]
    tax = np.where(np.asarray(pc.is_valid(told).to_numpy(), np.bool_), pc.fill_null(told, 0).to_numpy(), own)
    kind: Any = links.table["kind"]
    used = np.asarray(pc.fill_null(pc.not_equal(kind, pa.scalar(_NOT_CLAIMED)), True).to_numpy(), np.bool_)
    kept = used & (firm >= 0) & (invoice >= 0) & (tax > 0) & (when != NEVER)
    if facts.as_of.valid is not None:
        kept &= day <= number_of(facts.as_of.valid)
    return Sums(firm[kept], months_of(when[kept]) // months, tax[kept].astype(np.int64), invoice[kept])


def given_back(special: Specials, months: int, reason: str) -> Sums:
    """Input tax transferred out for a reason that holds this word, by firm and span of the period (else of booking)."""
    names = ("period_from", "booked_on", "reason", "amount_cents", "currency")
    out = special.facts.about("InputTransferOut", *names)
    period = out.days("period_from")
    when = np.where(period == NEVER, out.days("booked_on"), period)
    told: Any = out.texts("reason")
    because = np.asarray(pc.fill_null(pc.match_substring(told, reason), False).to_numpy(), np.bool_)
    currency: Any = out.texts("currency")
    ours = np.asarray(pc.fill_null(pc.equal(currency, pa.scalar(special.currency)), True).to_numpy(), np.bool_)
    cents = out.longs("amount_cents")
    kept = because & ours & (cents > 0) & (when != NEVER)
    span = months_of(when[kept]) // months
    return Sums(out.vertex[kept], span, cents[kept], np.full(len(span), ABSENT, np.int64))


@dataclass(frozen=True, slots=True)
class Seeds:
    """Flagged special invoices and the bit of the class of each, int64[s]; names of the bits."""

    invoice: Longs
    classes: Longs
    names: tuple[str, ...]

    def named(self, bits: int) -> tuple[str, ...]:
        """Names of the classes in a set of bits."""
        return tuple(name for place, name in enumerate(self.names) if bits >> place & 1)


def seeds(special: Specials) -> Seeds:
    """Vouchers that a bureau flags as abnormal and that are not lifted. Classes above the 62nd count as the last."""
    links = holding_links(special.facts, "FLAGGED_ABNORMAL", "seed_class")
    column: Any = links.table["seed_class"]
    told: Any = pc.fill_null(column, UNKNOWN_CLASS)
    names = sorted({str(name) for name in pc.unique(told).to_pylist()})[:MOST_CLASSES]
    found: Any = pc.index_in(told, value_set=pa.array(names, pa.string()))
    place = pc.fill_null(found, MOST_CLASSES - 1)
    invoice = special.of(links.target)
    known = invoice >= 0
    bits = np.int64(1) << np.asarray(place.to_numpy(), np.int64)
    return Seeds(invoice[known], bits[known], tuple(names))


@dataclass(frozen=True, slots=True)
class Grades:
    """Newest credit grade of each vertex that has one: vertices ascending, int64[g], and their grades."""

    firm: Longs
    grade: Texts

    def of(self, firm: int) -> str:
        """Grade of a vertex, empty where it has none."""
        place = int(np.searchsorted(self.firm, firm))
        return str(self.grade[place].as_py()) if place < len(self.firm) and self.firm[place] == firm else ""

    def having(self, grade: str) -> Longs:
        """Vertices with this grade."""
        told: Any = self.grade
        return self.firm[np.asarray(pc.equal(told, pa.scalar(grade)).to_numpy(zero_copy_only=False), np.bool_)]


def credit_grades(facts: Facts) -> Grades:
    """The grades that hold: of the last year graded, then the last day."""
    grades = facts.about("CreditGrade", "year", "grade", "graded_on")
    told: Any = grades.texts("grade").combine_chunks()
    rows = np.flatnonzero(np.asarray(pc.is_valid(told).to_numpy(zero_copy_only=False), np.bool_))
    newest = rows[np.lexsort((grades.days("graded_on")[rows], grades.longs("year")[rows]))][::-1]
    firm, first = np.unique(grades.vertex[newest], return_index=True)
    return Grades(firm, told.take(pa.array(newest[first])))
