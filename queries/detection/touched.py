"""What batches since a snapshot touched: which types changed, and whose facts; whole columns of dense numbers.

A taxpayer is touched by a type when a fact of this type about it was written or ended: as party of the invoice, subject
of the document or end of the link, as they stand now or stood before. Invoices that reverse changed ones, or are
reversed by them, are changed too: what remains of an invoice is read from its reversals.

Batches that were withdrawn since count as well: what they wrote and ended is looked at again, and found as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa

from graph.model.relationships import TAXPAYER_FACTS
from graph.model.vocabulary import ORDINALS, TYPE_SHIFT
from graph.store.questions import Among
from queries.detection.facts import ABSENT, Facts, Flags, Longs
from queries.detection.narrowed import ranges
from queries.detection.reach import INVOICES, NAMED_INVOICES

_HANGS: Mapping[str, str] = {**dict.fromkeys(TAXPAYER_FACTS, "ABOUT"), "RegistrationChange": "CHANGED"}
_NOBODY = np.zeros(0, np.int64)


class Touched:
    """What changed since a batch. Each question reads the store once.

    Args:
        facts: the facts as they stand.
        since: ledger number of the newest batch that was there before.
        known_parties: the largest dense number of a party by then.
    """

    def __init__(self, facts: Facts, since: int, known_parties: int) -> None:
        self._facts = facts
        self._since = since
        self._known_parties = known_parties
        self._changed: dict[str, pa.Table] = {}
        self._vertices: dict[str, Longs] = {}

    def __contains__(self, name: str) -> bool:
        """Whether something of the type changed; of taxpayers, of one that was known before."""
        if name == INVOICES:
            return bool(len(self.invoices))
        if name == NAMED_INVOICES:
            return self._named
        if name == "Taxpayer":
            return bool(len(self.vertices(name)))
        if name in _HANGS:
            return bool(self._rows(name).num_rows or len(self._hung(name)[0]))
        return bool(self._rows(name).num_rows)

    def any(self, names: Iterable[str]) -> bool:
        """Whether something of one of these types changed."""
        return any(name in self for name in names)

    def vertices(self, name: str) -> Longs:
        """Taxpayers that changes of a type touched, ascending; none for types that hang on no taxpayer."""
        if name not in self._vertices:
            self._vertices[name] = self._of(name)
        return self._vertices[name]

    def of_all(self, names: Iterable[str]) -> Longs:
        """Taxpayers that changes of these types touched, ascending."""
        return np.unique(np.concatenate([_NOBODY, *(self.vertices(name) for name in names)]))

    # --- taxpayers themselves

    @cached_property
    def moved(self) -> Longs:
        """Taxpayers that were known and are made of other parties than before, ascending.

        Whoever a moved party belonged to is among them, if it still has a party; so is a party that was none's.
        """
        rows = self._rows("PARTY_OF")
        parties = np.concatenate([_longs(rows, "source"), self._parties_made(np.unique(_longs(rows, "target")))])
        return np.intersect1d(self._facts.vertices(parties), self._known)

    @cached_property
    def _known(self) -> Longs:
        """Vertices with a party that was there before."""
        numbers, vertices = self._facts.parties
        return np.unique(vertices[numbers <= self._known_parties])

    def _parties_made(self, taxpayers: Longs) -> Longs:
        """Parties of taxpayers by dense number, seen or not."""
        if not len(taxpayers):
            return _NOBODY
        return _longs(self._facts.store.link_columns("PARTY_OF", (), among=Among("target", taxpayers)), "source")

    def _registered(self) -> Longs:
        """Known taxpayers whose own row changed."""
        parties = self._parties_made(_longs(self._rows("Taxpayer"), "number"))
        return np.intersect1d(self._facts.vertices(parties), self._known)

    # --- invoices

    @cached_property
    def invoices(self) -> Longs:
        """Dense numbers of invoices that changed, and of those that they reverse or are reversed by, ascending."""
        ends = (("Invoice", "number"), ("SOLD", "target"), ("BOUGHT_BY", "source"))
        both = (("REVERSES", "source"), ("REVERSES", "target"))
        found = np.unique(np.concatenate([_longs(self._rows(name), end) for name, end in (*ends, *both)]))
        red, blue = self._facts.reversed_numbers
        while True:  # of several blue invoices of a red one, which one counts depends on the others
            linked = np.concatenate([red[np.isin(blue, found)], blue[np.isin(red, found)]])
            more = np.union1d(found, linked)
            if len(more) == len(found):
                return found
            found = more

    @cached_property
    def trades(self) -> tuple[Longs, Longs]:
        """Seller and buyer of each changed invoice, vertices, then and now: each seller with each buyer, int64[n]."""
        (sold, sellers), (bought, buyers) = self._ends("SOLD", self.invoices), self._ends("BOUGHT_BY", self.invoices)
        order = np.argsort(bought, kind="stable")
        first, last = (np.searchsorted(bought[order], sold, side) for side in ("left", "right"))
        return np.repeat(sellers, last - first), buyers[order][ranges(first, last)]

    def _ends(self, relationship: str, invoices: Longs) -> tuple[Longs, Longs]:
        """Invoice and vertex at its other end, of each link of these invoices that is there or was ended since."""
        own, other = ("target", "source") if relationship == "SOLD" else ("source", "target")
        now = self._facts.store.link_columns(relationship, (), among=Among(own, invoices))
        both = pa.concat_tables([now, self._rows(relationship)])
        invoice, vertex = _longs(both, own), self._facts.vertices(_longs(both, other))
        kept = np.isin(invoice, invoices) & (vertex != ABSENT)
        return invoice[kept], vertex[kept]

    def _parties_of(self, invoices: Longs) -> Longs:
        return np.concatenate([self._ends(relationship, invoices)[1] for relationship in ("SOLD", "BOUGHT_BY")])

    @property
    def _named(self) -> bool:
        if not len(self.invoices):
            return False
        links = self._facts.store.link_columns("REFERS_TO", (), among=Among("target", self.invoices))
        return bool(_is(_longs(links, "source"), "FundTransfer").any())

    # --- everything else

    def _of(self, name: str) -> Longs:
        if name == INVOICES:
            return np.unique(self._parties_of(self.invoices))
        if name == "Taxpayer":
            return self._registered()
        if name in _HANGS:
            return np.unique(self._hung(name)[1])
        if name in ORDINALS or name == NAMED_INVOICES:
            return _NOBODY
        return self._at_ends(name)

    def _hung(self, name: str) -> tuple[Longs, Longs]:
        """Documents of a type that changed, or hang on others than before, and the vertices they hang on."""
        via = _HANGS[name]
        links = self._facts.store.link_columns(via, (), among=Among("source", _longs(self._rows(name), "number")))
        both = pa.concat_tables([links, self._rows(via)])
        source = _longs(both, "source")
        own = _is(source, name)
        vertices = self._facts.vertices(_longs(both, "target")[own])
        known = vertices != ABSENT
        return source[own][known], vertices[known]

    def _at_ends(self, relationship: str) -> Longs:
        """Taxpayers at the ends of changed links, and the parties of invoices there."""
        rows = self._rows(relationship)
        ends = np.concatenate([_longs(rows, "source"), _longs(rows, "target")])
        vertices = self._facts.vertices(ends)
        invoices = np.unique(ends[_is(ends, "Invoice")])
        return np.unique(np.concatenate([vertices[vertices != ABSENT], self._parties_of(invoices)]))

    def _rows(self, name: str) -> pa.Table:
        if name not in self._changed:
            self._changed[name] = self._facts.store.changed(name, since=self._since)
        return self._changed[name]


def _longs(table: pa.Table, name: str) -> Longs:
    return np.asarray(table[name].to_numpy(), np.int64)


def _is(numbers: Longs, type_name: str) -> Flags:
    return np.asarray(numbers >> TYPE_SHIFT == ORDINALS[type_name], np.bool_)
