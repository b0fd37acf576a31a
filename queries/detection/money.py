"""Transfers of money as numbers: who paid whom what and when, and for which invoices. Read by fund return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from queries.detection.facts import ABSENT, Facts
from queries.detection.people import Entities, Numbered
from queries.detection.returns import Transfers

Longs = npt.NDArray[np.int64]
_SECOND = pa.timestamp("s")


@dataclass(frozen=True, slots=True)
class Money:
    """Transfers of a currency in (tick, public id) order, and the invoices they name: transfer and row of `gross`."""

    transfers: Transfers
    transfer: Longs
    row: Longs

    def rows_of(self, transfer: int) -> Longs:
        """Rows of `gross` that a transfer names, ascending."""
        first, last = np.searchsorted(self.transfer, [transfer, transfer + 1])
        return self.row[first:last]


def money(facts: Facts, who: Entities, currency: str) -> Money:
    """All transfers of a currency (or of none told) with a known payer, payee, amount above nought and time."""
    names = ("id", "amount_cents", "currency", "transferred_at")
    table = facts.store.node_columns("FundTransfer", names, as_of=facts.as_of)
    number = np.asarray(table["number"].to_numpy(), np.int64)
    payer, payee = (_end(facts, who, number, name) for name in ("PAID_BY", "PAID_TO"))
    told: Any = table["currency"]
    at: Any = table["transferred_at"]
    amount: Any = table["amount_cents"]
    cents = np.asarray(pc.fill_null(amount, 0).to_numpy(), np.int64)
    ours = np.asarray(pc.fill_null(pc.equal(told, pa.scalar(currency)), True).to_numpy(), np.bool_)
    kept = np.flatnonzero(
        ours & (payer >= 0) & (payee >= 0) & (payer != payee) & (cents > 0) & np.asarray(pc.is_valid(at).to_numpy())
    )
    ticks: Any = pc.fill_null(pc.floor_temporal(at, unit="second").cast(_SECOND).cast(pa.int64()), 0)
    tick = np.asarray(ticks.to_numpy(), np.int64)
    ids: Any = table["id"]
    by_id = np.empty(len(number), np.int64)
    by_id[np.asarray(pc.sort_indices(ids).to_numpy(), np.int64)] = np.arange(len(number))
    kept = kept[np.lexsort((by_id[kept], tick[kept]))]
    place = np.full(len(number), ABSENT, np.int64)
    place[kept] = np.arange(len(kept))
    named = _invoices(facts, Numbered(number, place, ids), currency)
    return Money(Transfers(payer[kept], payee[kept], tick[kept], cents[kept]), *named)


def _end(facts: Facts, who: Entities, number: Longs, relationship: str) -> Longs:
    """Entity at one end of each transfer; `ABSENT` where nobody is told. Of several the first stands."""
    links = facts.links(relationship)
    found = np.full(len(number), ABSENT, np.int64)
    if len(number) and len(links):
        place = Numbered(number, np.arange(len(number)), pa.nulls(0)).of(links.source)
        known = np.flatnonzero(place >= 0)[::-1]
        found[place[known]] = who.of(links.target)[known]
    return found


def _invoices(facts: Facts, transfers: Numbered, currency: str) -> tuple[Longs, Longs]:
    """Rows (transfer, row of `gross`) of the named invoices that are known in the currency, distinct and ascending."""
    links = facts.links("REFERS_TO")
    links = links.take(links.sources("FundTransfer"))
    transfer, row = transfers.of(links.source), facts.rows_of(links.target)
    known = (transfer >= 0) & (row >= 0)
    transfer, row = transfer[known], row[known]
    ours = facts.in_currency(currency)[row]
    pairs = np.unique(np.stack([transfer[ours], row[ours]]), axis=1)
    return pairs[0], pairs[1]
