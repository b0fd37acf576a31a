"""The verbs of the embedded store that give whole columns to the projection and to detection. A base of the store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import pyarrow as pa

from graph.model.vocabulary import node_type
from graph.store.conditions import stored_relationship
from graph.store.duckdb_parts import columns, dense
from graph.store.duckdb_parts.engine import Reader
from graph.store.duckdb_parts.view import View
from graph.store.questions import EVERY_LINK, NOW, ROOT, Among, AsOf, Longs, Scope


class ColumnVerbs:
    """Unscoped columns; what they see is `_looking`'s."""

    def _looking(self, as_of: AsOf, scope: Scope) -> AbstractContextManager[tuple[Reader, View]]:
        """One consistent state, seen under both clocks and a scope."""
        raise NotImplementedError

    def parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Every party with its taxpayer."""
        with self._looking(as_of, ROOT) as (reader, view):
            return columns.parties(reader, view)

    def trade(self, *, since: int | None = None, as_of: AsOf = NOW) -> pa.Table:
        """Invoice columns for the projection."""
        with self._looking(as_of, ROOT) as (reader, view):
            return columns.trade(reader, view, since)

    def odd_parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Parties whose invoices `trade` does not show in whole."""
        with self._looking(as_of, ROOT) as (reader, view):
            return columns.odd_parties(reader, view)

    def reversals(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Dense red and blue invoices."""
        with self._looking(as_of, ROOT) as (reader, view):
            return columns.reversals(reader, view)

    def node_columns(
        self, type_name: str, names: Sequence[str], *, numbers: Longs | None = None, as_of: AsOf = NOW
    ) -> pa.Table:
        """Dense numbers and properties of visible nodes."""
        with self._looking(as_of, ROOT) as (reader, view):
            return dense.node_columns(reader, view, node_type(type_name), names, numbers)

    def link_columns(
        self, relationship: str, names: Sequence[str], *, among: Among = EVERY_LINK, as_of: AsOf = NOW
    ) -> pa.Table:
        """Dense ends and properties of visible relationships."""
        with self._looking(as_of, ROOT) as (reader, view):
            return dense.link_columns(reader, view, stored_relationship(relationship), names, among)

    def links_at(self, relationships: Sequence[str], numbers: Longs, *, as_of: AsOf = NOW) -> pa.Table:
        """Links of several types at these nodes, in either direction."""
        with self._looking(as_of, ROOT) as (reader, view):
            return dense.links_at(reader, view, [stored_relationship(name) for name in relationships], numbers)

    def memberships(self, end: str, ids: Sequence[str]) -> pa.Table:
        """Every version of PARTY_OF at these parties or taxpayers."""
        with self._looking(NOW, ROOT) as (reader, _):
            return dense.memberships(reader, end, ids)

    def changed(self, name: str, *, since: int) -> pa.Table:
        """Dense numbers of what later batches wrote or ended."""
        with self._looking(NOW, ROOT) as (reader, _):
            return dense.changed(reader, name, since)
