"""The facts of some taxpayers: what a search of those that a batch touched reads instead of everything.

Vertices, days of the oldest and newest invoice, register and party numbers are those of the whole. Of the invoices
there are all that one of the chosen taxpayers sold or bought, and those that reverse them or are reversed by them; so
what is known of a chosen taxpayer is complete, and of anybody else it is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.store.questions import Among
from graph.store.trade_book import TradeBook, trade_book
from queries.detection.facts import Facts, Flags, Links, Longs, Register, Texts
from queries.detection.groups import DECLARED

_MANY = 10  # from a tenth of all rows on, a pass over all is faster than picking them
_BY_INVOICE = {"DEDUCTED": "target", "LISTS": "source"}
_BY_TAXPAYER = frozenset({"ABOUT", "CHANGED", *DECLARED})


class NarrowFacts(Facts):
    """Facts of the taxpayers in `chosen`.

    Links: claims and lines of the invoices that are here; documents, changes and declared shares, branches and control
    of the chosen taxpayers. Every other relationship is read in whole.

    Args:
        whole: the facts of everybody.
        chosen: vertices whose facts are complete, ascending, each once.
    """

    def __init__(self, whole: Facts, chosen: Longs) -> None:
        super().__init__(whole.store, whole.projection, as_of=whole.as_of)
        self._whole = whole
        self._chosen = chosen

    @property
    def everywhere(self) -> Facts:
        """The facts of all taxpayers."""
        return self._whole

    @property
    def party_rows(self) -> pa.Table:
        """Every party."""
        return self._whole.party_rows

    @property
    def parties(self) -> tuple[Longs, Longs]:
        """Dense party numbers and the vertex of each."""
        return self._whole.parties

    @property
    def ids(self) -> Texts:
        """Public id of each vertex."""
        return self._whole.ids

    @property
    def register(self) -> Register:
        """Taxpayers by vertex."""
        return self._whole.register

    @property
    def reversed_numbers(self) -> tuple[Longs, Longs]:
        """Dense numbers of each red invoice and of its blue one."""
        return self._whole.reversed_numbers

    @property
    def first_day(self) -> int:
        """Day of the oldest invoice of anybody."""
        return self._whole.first_day

    @property
    def last_day(self) -> int:
        """Day of the newest invoice of anybody."""
        return self._whole.last_day

    @cached_property
    def book(self) -> TradeBook:
        """The invoices of the chosen taxpayers."""
        book = self._whole.book
        rows = rows_around(book, self._chosen)
        rows = np.union1d(rows, _reversing(book, rows, self.reversed_numbers))
        ends = (side[rows] for side in (book.seller, book.buyer))
        seller, buyer = (np.ascontiguousarray(side) for side in ends)
        return trade_book(book.gross.take(rows), seller=seller, buyer=buyer, resolved=book.resolved, odd=book.odd)

    def _invoice_column(self, name: str) -> pa.Table:
        return self.store.node_columns("Invoice", (name,), numbers=np.sort(self.gross.invoice), as_of=self.as_of)

    def _link_columns(self, relationship: str, names: Sequence[str]) -> pa.Table:
        if relationship in _BY_INVOICE:
            among = Among(_BY_INVOICE[relationship], np.sort(self.gross.invoice))
        elif relationship in _BY_TAXPAYER:
            numbers, vertices = self.parties
            among = Among("target", numbers[np.isin(vertices, self._chosen)])
        else:
            among = Among()
        return self.store.link_columns(relationship, names, among=among, as_of=self.as_of)

    def _document_columns(self, type_name: str, names: Sequence[str], links: Links) -> pa.Table:
        return self.store.node_columns(type_name, names, numbers=np.unique(links.source), as_of=self.as_of)


def facts_around(facts: Facts, vertices: Longs, *, and_partners: bool = False) -> Facts:
    """Facts that are complete for these vertices (`and_partners`: and for who trades with them).

    They are narrowed to them, or all facts where that is too great a part of them.
    """
    if not _worth(facts, vertices):
        return facts
    near = with_partners(facts.book, vertices) if and_partners else vertices
    if not _worth(facts, near):
        return facts
    name = f"around {hashlib.sha256(near.tobytes()).hexdigest()}"
    return facts.once(name, lambda: NarrowFacts(facts, near))


def _worth(facts: Facts, vertices: Longs) -> bool:
    return _sides(facts.book, vertices) * facts.worth <= len(facts.gross)


def _sides(book: TradeBook, vertices: Longs) -> int:
    """How many sales and purchases these vertices have."""
    return sum(
        int((offset[vertices + 1] - offset[vertices]).sum()) for offset in (book.sold_offset, book.bought_offset)
    )


def rows_around(book: TradeBook, vertices: Longs) -> Longs:
    """Rows of `gross` that one of these vertices sold or bought, ascending."""
    if _sides(book, vertices) * _MANY > len(book.seller):
        chosen = _flags(len(book.resolved), vertices)
        return np.flatnonzero(chosen[book.seller] | chosen[book.buyer])
    sides = ((book.sold_offset, book.sold_row), (book.bought_offset, book.bought_row))
    found = [np.asarray(row[ranges(offset[vertices], offset[vertices + 1])], np.int64) for offset, row in sides]
    return np.unique(np.concatenate(found))


def with_partners(book: TradeBook, vertices: Longs) -> Longs:
    """These vertices and everybody who ever sold to or bought from one of them, as invoices stand now; ascending."""
    rows = rows_around(book, vertices)
    found = _flags(len(book.resolved), vertices)
    for side in (book.seller, book.buyer):
        found[side[rows]] = True
    return np.flatnonzero(found)


def _flags(count: int, vertices: Longs) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[vertices] = True
    return flags


def _reversing(book: TradeBook, rows: Longs, pairs: tuple[Longs, Longs]) -> Longs:
    """Rows that reverse these or are reversed by them."""
    here = book.gross.invoice[rows]
    red, blue = pairs
    linked = np.unique(np.concatenate([red[np.isin(blue, here)], blue[np.isin(red, here)]]))
    missing = np.setdiff1d(linked, here)
    return np.flatnonzero(np.isin(book.gross.invoice, missing)) if len(missing) else missing


def ranges(first: npt.NDArray[np.integer], last: npt.NDArray[np.integer]) -> Longs:
    """All numbers first..last-1 of each pair, one range behind the other."""
    sizes = (last - first).astype(np.int64)
    return np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
