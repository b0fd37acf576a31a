"""Which invoices count as trade: neither void, nor red, nor reversed in whole. Shared by the patterns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from queries.detection.facts import Facts

Longs = npt.NDArray[np.int64]


def net_of_reversals(facts: Facts) -> Longs:
    """Net cents of each row of `gross` after its red invoices; 0 for red and void ones, int64[n]."""
    return facts.once("net of reversals", lambda: _net_of_reversals(facts))


def _net_of_reversals(facts: Facts) -> Longs:
    gross = facts.gross
    remaining = np.where(gross.is_red | gross.is_void, 0, gross.net_cents)
    red, blue = facts.reversals
    real = ~gross.is_void[red]
    np.subtract.at(remaining, blue[real], np.abs(gross.net_cents[red[real]]))
    return np.maximum(remaining, 0)


def standing_rows(facts: Facts, currency: str) -> tuple[Longs, Longs]:
    """Rows of `gross` in a currency that stand, between two different taxpayers, in (time, public id) order.

    And the cents that remain of every row of `gross`.
    """
    return facts.once(f"standing in {currency}", lambda: _standing_rows(facts, currency))


def _standing_rows(facts: Facts, currency: str) -> tuple[Longs, Longs]:
    book = facts.book
    remaining = net_of_reversals(facts)
    kept = facts.in_currency(currency) & (remaining > 0) & (book.seller != book.buyer)
    return np.flatnonzero(kept), remaining
