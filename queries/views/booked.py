"""What a taxpayer sold and bought, from the projection's book: months, sums and ranks are worked out on columns.

Called by `trading`, and equal to what it reads from the store. Where the book cannot tell (a taxpayer that has invoices
with one party only or with several sellers, nodes that a task opened), the answer is None and the store is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection
from graph.store.questions import AsOf, Scope
from graph.store.trade_book import TradeBook
from queries.limits import Limits
from queries.reading import Row, names, rows
from queries.results import Cut, PartyRef
from queries.views.trade_items import InvoiceItem, MonthTotals, Partner, Trading, month_totals

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
SIDES = ("sold", "bought")
SHOWN = ("number", "issued_at", "net_cents", "tax_cents", "currency", "status", "red")  # of an invoice
MOST_CURRENCIES = 1 << 15  # places are int16


@dataclass(frozen=True, slots=True)
class _Reading:
    """One question: the columns, the projection and who asks."""

    store: GraphStore
    projection: TradeProjection
    book: TradeBook
    as_of: AsOf
    scope: Scope

    def visible(self, vertex: int) -> bool:
        """Is this taxpayer in scope?"""
        bureaus = self.scope.bureaus
        return bureaus is None or bytes(self.projection.bureaus[vertex]).decode() in bureaus - {""}

    def party(self, vertex: int, name: str | None = None) -> PartyRef:
        """The taxpayer at a vertex as the scope shows it."""
        key = self.projection.id(vertex)
        if self.visible(vertex):
            return PartyRef(key, name)
        return PartyRef(self.scope.opaque(key), None, hidden=True, province=self.projection.province(vertex))

    def named(self, vertices: Iterable[int]) -> dict[int, PartyRef]:
        """The taxpayers at these vertices with their names."""
        wanted = sorted(set(vertices))
        seen = {vertex: self.projection.id(vertex) for vertex in wanted if self.visible(vertex)}
        known = names(self.store, "Taxpayer", seen.values(), as_of=self.as_of, scope=self.scope)
        return {vertex: self.party(vertex, known.get(seen.get(vertex, ""))) for vertex in wanted}


def booked_trading(
    store: GraphStore,
    projection: TradeProjection,
    taxpayer: str,
    *,
    as_of: AsOf,
    scope: Scope,
    limits: Limits,
    top: int,
) -> Trading | None:
    """The trading view of a present public id, or None where the book cannot answer."""
    book, vertex = projection.book, projection.vertex(taxpayer)
    if book is None or vertex is None or book.odd[vertex] or not book.resolved[vertex] or scope.opened:
        return None
    reading = _Reading(store, projection, book, as_of, scope)
    if not reading.visible(vertex):
        return None
    sides = {side: _counting(book, book.rows(vertex, side), as_of.valid) for side in SIDES}
    biggest = _biggest(reading, sides, top)
    if biggest is None:
        return None
    newest = {side: _newest(book, own, limits.per_node) for side, own in sides.items()}
    partners, count = _partners(reading, newest, top)
    ends = [vertex for _, _, vertex in biggest if book.resolved[vertex]]
    parties = reading.named([*ends, *(vertex for vertex, _, _ in partners)])
    dropped = sum(max(0, len(own) - limits.per_node) for own in sides.values())
    cut = (Cut("partner_invoices", "per_node", dropped),) if dropped else ()
    more = (Cut("partners", "top", count - top),) if count > top else ()
    return Trading(
        months=_months(book, sides),
        biggest=tuple(_item(row, way, parties.get(vertex)) for row, way, vertex in biggest),
        partners=tuple(Partner(parties[vertex], currency, *total) for vertex, currency, total in partners),
        cut=(*cut, *more),
    )


def _counting(book: TradeBook, own: Ints, day: date | None) -> Ints:
    """Rows that are not void and had happened by the end of the day."""
    if day is not None:
        end = np.datetime64(day + timedelta(days=1), "s").astype(np.int64)
        own = own[: np.searchsorted(book.gross.tick[own], end)]
    return own[~book.gross.is_void[own]]


def _months(book: TradeBook, sides: Mapping[str, Ints]) -> tuple[MonthTotals, ...]:
    sums: dict[tuple[str, str], list[int]] = {}
    for place, own in enumerate(sides.values()):
        month = book.gross.tick[own].astype("M8[s]").astype("M8[M]").astype(np.int64)
        keys, totals = _summed(month * MOST_CURRENCIES + book.gross.currency[own], _amounts(book, own))
        for key, total in zip(keys.tolist(), totals, strict=True):
            name = str(np.datetime64(key // MOST_CURRENCIES, "M"))
            currency = book.gross.currencies[key % MOST_CURRENCIES]
            sums.setdefault((name, currency), [0] * 6)[3 * place : 3 * place + 3] = total
    return tuple(month_totals(*key, (a, b, c, d, e, f)) for key, (a, b, c, d, e, f) in sorted(sums.items()))


def _amounts(book: TradeBook, own: Ints) -> Sequence[Longs]:
    return book.gross.net_cents[own], book.gross.tax_cents[own], np.ones(len(own), np.int64)


def _summed(keys: Longs, columns: Sequence[Longs]) -> tuple[Longs, list[list[int]]]:
    """Distinct keys ascending, and the sum of each column for each key."""
    if not len(keys):
        return keys, []
    order = np.argsort(keys, kind="stable")
    distinct, starts = np.unique(keys[order], return_index=True)
    totals = np.stack([np.add.reduceat(column[order], starts) for column in columns], axis=1)
    return distinct, totals.tolist()


def _newest(book: TradeBook, own: Ints, most: int) -> Ints:
    """The newest rows; of those that share the oldest tick among them, the first by id."""
    if len(own) <= most:
        return own
    tick = book.gross.tick[own]
    oldest = tick[len(own) - most]
    after, first = int(np.searchsorted(tick, oldest, "right")), int(np.searchsorted(tick, oldest))
    return np.concatenate([own[after:], own[first : first + most - (len(own) - after)]])


def _biggest(reading: _Reading, sides: Mapping[str, Ints], top: int) -> list[tuple[Row, str, int]] | None:
    """The biggest blue invoices by net amount, then id and side: row, side and the vertex of the other party.

    None if the store shows one of them no more.
    """
    book = reading.book
    own = np.concatenate([*sides.values()])
    side = np.repeat(np.arange(len(SIDES)), [len(each) for each in sides.values()])
    blue = ~book.gross.is_red[own]
    own, side = own[blue], side[blue]
    kept = _at_least_as_big(book.gross.net_cents[own], top)
    own, side = own[kept], side[kept]
    # What the taxpayer sold or bought is in the scope that shows the taxpayer.
    found = rows(reading.store.invoices_at(book.gross.invoice[own].tolist(), SHOWN, as_of=reading.as_of))
    if len(found) < len(own):
        return None
    net, ways = book.gross.net_cents[own].tolist(), (SIDES[place] for place in side)
    ranked = sorted(zip((-each for each in net), (row["id"] for row in found), ways, range(len(own)), strict=True))
    return [(found[place], way, int(book.others(way)[own[place]])) for _, _, way, place in ranked[:top]]


def _at_least_as_big(values: Longs, top: int) -> npt.NDArray[np.bool_]:
    """Which values are among the `top` largest, ties of the last one included."""
    if len(values) <= top:
        return np.ones(len(values), np.bool_)
    return np.asarray(values >= np.partition(values, -top)[-top])


def _item(row: Mapping[str, Any], side: str, partner: PartyRef | None) -> InvoiceItem:
    return InvoiceItem(
        id=str(row["id"]),
        number=row["number"],
        side=side,
        issued_at=row["issued_at"],
        net_cents=row["net_cents"],
        tax_cents=row["tax_cents"] or 0,
        currency=row["currency"],
        status=row["status"],
        red=bool(row["red"]),
        partner=partner,
    )


def _partners(reading: _Reading, sides: Mapping[str, Ints], top: int) -> tuple[list[tuple[int, str, list[int]]], int]:
    """The `top` partners by turnover (absolute cents), then currency and id: vertex, currency, sums; and how many."""
    book = reading.book
    sums: dict[int, list[int]] = {}
    for place, (side, own) in enumerate(sides.items()):
        named = own[book.resolved[book.others(side)[own]]]
        other = book.others(side)[named].astype(np.int64)
        net, _, one = _amounts(book, named)
        keys, totals = _summed(other * MOST_CURRENCIES + book.gross.currency[named], (net, one))
        for key, total in zip(keys.tolist(), totals, strict=True):
            sums.setdefault(key, [0] * 4)[2 * place : 2 * place + 2] = total
    turnover = np.array([abs(sold) + abs(bought) for sold, _, bought, _ in sums.values()], np.int64)
    kept = _at_least_as_big(turnover, top)
    found = [(key, total) for (key, total), keep in zip(sums.items(), kept.tolist(), strict=True) if keep]
    ranked = sorted(
        (
            -abs(total[0]) - abs(total[2]),
            book.gross.currencies[key % MOST_CURRENCIES],
            reading.party(vertex).id,
            vertex,
            total,
        )
        for key, total in found
        for vertex in (key // MOST_CURRENCIES,)
    )[:top]
    return [(vertex, currency, total) for _, currency, _, vertex, total in ranked], len(sums)
