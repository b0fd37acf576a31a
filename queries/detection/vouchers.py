"""Abnormal vouchers spread from seeds to carriers to their outputs, to the fixpoint. Read by the pattern of that name.

Numbers only: firms, special invoices and spans of time (consecutive numbers) in, rounds and carriers out.

* A *cell* is a firm and a span. Its *whole* is all special input tax that the firm claimed in the span, its *abnormal*
  tax that of abnormal invoices, less what the firm transferred out in the span, never below zero.
* A cell is a *carrier* when abnormal * 10^6 >= share * whole and abnormal > amount.
* A carrier makes abnormal every special invoice that its firm issued in the span or later, unless the firm stops.

More abnormal invoices only ever make more carriers, so there is one least fixpoint, whatever the order (Tarski 1955).
Seeds have round 0. Round k are the carriers that invoices of rounds below k make, and what those carriers make
abnormal: the distance from the seed. The *cause* of an invoice is the carrier of its round that made it, of several
spans of its seller the earliest; seed classes pass along causes.

Each invoice, claim and cell is visited once: linear after sorting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.detection.columns import summed
from queries.detection.shares import least_part

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NONE = -1
MOST_CLASSES = 62


@dataclass(frozen=True, slots=True)
class Issued:
    """Special invoices 0..n-1: firm that issued each and the span of issue, int64[n]."""

    seller: Longs
    span: Longs


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts above zero of firms and spans, int64[m]; `invoice`: the invoice claimed, none where it is no claim."""

    firm: Longs
    span: Longs
    cents: Longs
    invoice: Longs


@dataclass(frozen=True, slots=True)
class Limits:
    """Least share in millionths, and cents that the abnormal tax must exceed."""

    share: int
    amount: int


@dataclass(frozen=True, slots=True)
class Carriers:
    """Carriers by firm and span, int64[c]: cents, first round, bits of the seed classes behind them."""

    firm: Longs
    span: Longs
    abnormal: Longs
    whole: Longs
    given_back: Longs
    round: Longs
    classes: Longs


@dataclass(frozen=True, slots=True)
class Spread:
    """The fixpoint: `round` of each invoice (`NONE`: not abnormal), the carrier that caused it, and the carriers."""

    round: Longs
    cause: Longs
    carriers: Carriers


def spread(
    issued: Issued, seeds: tuple[Longs, Longs], claims: Sums, given_back: Sums, limits: Limits, *, stops: Flags
) -> Spread:
    """Every carrier and abnormal invoice.

    Args:
        issued: the special invoices, of firms 0..f-1.
        seeds: invoices that are flagged and the bits of their classes, int64[s]; an invoice may stand twice.
        claims: input tax claimed of special invoices.
        given_back: abnormal vouchers transferred out.
        limits: from when on a firm is a carrier.
        stops: firms whose outputs stay clean, bool[f].
    """
    state = _start(issued, claims, given_back, limits, len(stops))
    fresh = _seed(state, *seeds)
    step = 0
    while len(fresh):
        step += 1
        carriers = _claimed(state, fresh, step)
        fresh = _passed_on(state, carriers[~stops[state.firm[carriers]]], step)
    return _result(state)


@dataclass(frozen=True, slots=True)
class _State:
    """What stays (cells, claims by invoice, outputs by firm and span) and what grows (the last five)."""

    cell_key: Longs
    firm: Longs
    width: int
    base: int
    whole: Longs
    given_back: Longs
    least: Longs
    claim_invoice: Longs
    claim_cell: Longs
    claim_cents: Longs
    output_key: Longs
    output: Longs
    clean_end: Longs
    abnormal: Longs
    cell_round: Longs
    cell_classes: Longs
    invoice_round: Longs
    cause: Longs
    classes: Longs


def _start(issued: Issued, claims: Sums, given_back: Sums, limits: Limits, firms: int) -> _State:
    spans = np.concatenate([issued.span, claims.span, given_back.span])
    base = int(spans.min()) if len(spans) else 0
    width = int(spans.max()) - base + 1 if len(spans) else 1
    cells, cell = np.unique(claims.firm * width + claims.span - base, return_inverse=True)
    whole = summed(cell.astype(np.int64), claims.cents, len(cells))
    back = _by_cell(given_back.firm * width + given_back.span - base, given_back.cents, cells)
    order = np.argsort(claims.invoice, kind="stable")
    key = issued.seller * width + issued.span - base
    output = np.argsort(key, kind="stable").astype(np.int64)
    return _State(
        cell_key=cells,
        firm=cells // width,
        width=width,
        base=base,
        whole=whole,
        given_back=back,
        least=back + np.maximum(least_part(limits.share, whole), limits.amount + 1),
        claim_invoice=claims.invoice[order],
        claim_cell=cell[order].astype(np.int64),
        claim_cents=claims.cents[order],
        output_key=key[output],
        output=output,
        clean_end=np.searchsorted(key[output], (np.arange(firms) + 1) * width).astype(np.int64),
        abnormal=np.zeros(len(cells), np.int64),
        cell_round=np.full(len(cells), NONE, np.int64),
        cell_classes=np.zeros(len(cells), np.int64),
        invoice_round=np.full(len(key), NONE, np.int64),
        cause=np.full(len(key), NONE, np.int64),
        classes=np.zeros(len(key), np.int64),
    )


def _by_cell(keys: Longs, cents: Longs, cells: Longs) -> Longs:
    """Sums of keys that are cells."""
    if not len(cells):
        return np.zeros(0, np.int64)
    place = np.minimum(np.searchsorted(cells, keys), len(cells) - 1)
    known = cells[place] == keys
    return summed(place[known].astype(np.int64), cents[known], len(cells))


def _seed(state: _State, invoices: Longs, classes: Longs) -> Longs:
    np.bitwise_or.at(state.classes, invoices, classes)
    state.invoice_round[invoices] = 0
    return np.unique(invoices)


def _claimed(state: _State, fresh: Longs, step: int) -> Longs:
    """Add claims of newly abnormal invoices; the cells that become carriers by them."""
    first, last = (np.searchsorted(state.claim_invoice, fresh, side) for side in ("left", "right"))
    row = _ranges(first, last)
    cell = state.claim_cell[row]
    np.add.at(state.abnormal, cell, state.claim_cents[row])
    np.bitwise_or.at(state.cell_classes, cell, state.classes[state.claim_invoice[row]])
    touched = np.unique(cell)
    new: Longs = touched[(state.abnormal[touched] >= state.least[touched]) & (state.cell_round[touched] == NONE)]
    state.cell_round[new] = step
    return new


def _passed_on(state: _State, carriers: Longs, step: int) -> Longs:
    """Make abnormal what these cells' firms issued from their spans on; the invoices that were clean until now."""
    firm = state.firm[carriers]
    earliest = np.ones(len(carriers), np.bool_)  # cells ascend by firm and span
    earliest[1:] = firm[1:] != firm[:-1]
    cells, firm = carriers[earliest], firm[earliest]
    first = np.searchsorted(state.output_key, state.cell_key[cells])
    last = state.clean_end[firm]
    state.clean_end[firm] = np.minimum(first, last)
    place = _ranges(first, np.maximum(first, last))
    cause = np.repeat(cells, np.maximum(last - first, 0))
    invoice: Longs = state.output[place]
    clean = state.invoice_round[invoice] == NONE
    invoice, cause = invoice[clean], cause[clean]
    state.invoice_round[invoice] = step
    state.cause[invoice] = cause
    state.classes[invoice] = state.cell_classes[cause]
    return invoice


def _ranges(first: Longs, last: Longs) -> Longs:
    """All numbers first..last-1 of each pair, one range behind the other."""
    sizes = last - first
    starts = np.cumsum(sizes) - sizes
    places: Longs = np.repeat(first - starts, sizes) + np.arange(int(sizes.sum()), dtype=np.int64)
    return places


def _result(state: _State) -> Spread:
    cells = np.flatnonzero(state.cell_round != NONE)
    number = np.full(len(state.cell_key), NONE, np.int64)
    number[cells] = np.arange(len(cells))
    caused = state.cause >= 0
    carriers = Carriers(
        firm=state.firm[cells],
        span=state.cell_key[cells] % state.width + state.base,
        abnormal=state.abnormal[cells] - state.given_back[cells],
        whole=state.whole[cells],
        given_back=state.given_back[cells],
        round=state.cell_round[cells],
        classes=state.cell_classes[cells],
    )
    cause = np.where(caused, number[state.cause] if len(number) else NONE, NONE)
    return Spread(state.invoice_round, cause, carriers)
