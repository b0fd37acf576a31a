"""The port's whole columns: what the projection, detection and identity read of a store, unscoped, by dense number.

A part of `graph.store.port.GraphStore`. Dense numbers are the store's own: they never appear in an answer to a caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import pyarrow as pa

from graph.store.questions import EVERY_LINK, NOW, Among, AsOf, Longs


class ColumnPort(Protocol):
    """Columns in one state; `as_of` says which."""

    def trade(self, *, since: int | None = None, as_of: AsOf = NOW) -> pa.Table:
        """Invoice columns for the projection, unscoped.

        Columns `invoice` (int64 dense), `seller`, `buyer` (int64 dense parties), `tick` (int64 seconds of civil time
        since 1970), `net_cents`, `tax_cents`, `currency`, `red`, `void` (bool), `precision`, `several` (bool: another
        party sold or bought it too). Invoices that lack a seller or a buyer are left out. `since`: only invoices
        touched by batches above that number (a version of theirs, their SOLD or BOUGHT_BY, or a REVERSES at either
        end was written or ended since).
        """
        ...

    def odd_parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """`party` (int64 dense, ascending): sellers and buyers of invoices that `trade` cannot show in whole.

        These lack a seller, a buyer, an amount or a time, or have several sellers or buyers. Unscoped.
        """
        ...

    def reversals(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Unscoped: `red`, `blue` (int64 dense invoices) of every current REVERSES."""
        ...

    def invoices_at(self, numbers: Sequence[int], columns: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """`invoice` (dense), `id` and `columns` of those invoices that are there, unscoped, in the order given."""
        ...

    def invoice_ids(self, numbers: Iterable[int]) -> pa.Table:
        """`invoice` (dense), `id`: public ids of dense invoice numbers, in the order given."""
        ...

    def node_columns(
        self, type_name: str, names: Sequence[str], *, numbers: Longs | None = None, as_of: AsOf = NOW
    ) -> pa.Table:
        """`number` (int64 dense) and these properties (`id` too) of every visible node, unscoped, by number.

        For detection. A dense number is the type's ordinal in its upper bits and a count; it never reaches an answer.
        `numbers`: only of these, each once.
        """
        ...

    def node_numbers(self, type_name: str, ids: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """`number` (int64 dense) and `id` of these nodes that are visible, unscoped, by number.

        Where walks by dense number begin. A former id of a taxpayer is none.
        """
        ...

    def link_columns(
        self, relationship: str, names: Sequence[str], *, among: Among = EVERY_LINK, as_of: AsOf = NOW
    ) -> pa.Table:
        """`source`, `target` (int64 dense numbers of the stored ends) and these properties, unscoped.

        Every visible relationship (`among`: of some ends, or that fit filters), by source, target and what of its
        identity is asked. A Taxpayer end is the party that bears the fact.
        """
        ...

    def links_at(self, relationships: Sequence[str], numbers: Longs, *, as_of: AsOf = NOW) -> pa.Table:
        """`relationship`, `source`, `target` (int64 dense): visible links of these types with an end among `numbers`.

        Unscoped, each pair of ends of a type once, in that order: a step of a walk along several types, both ways.
        """
        ...

    def changed(self, name: str, *, since: int) -> pa.Table:
        """What batches above `since` wrote or ended, whether it is seen now or not; unscoped, distinct, ascending.

        Of a node type `number`, of a relationship `source` and `target`, all int64 dense. For detection.
        """
        ...

    def memberships(self, end: str, ids: Sequence[str]) -> pa.Table:
        """Every version of PARTY_OF, seen now or not, at these ids of an `end`: "party" or "taxpayer".

        `party`, `taxpayer` (public ids), `rule`, `score`, `batch_from`, `batch_to` (null: it stands), in that order;
        unscoped. Which of them counted when follows from the ledger (`graph.store.ledger.snapshot_of`).
        """
        ...

    def export(self, type_name: str, *, as_of: AsOf = NOW) -> pa.Table:
        """Every visible row of a node or relationship type.

        Full schema (restricted too), stored ends, unscoped, no order promised. `dumping` reads what may be large.
        """
        ...
