"""The server store: Neo4j 5.26 and later, by address. Built by `store.opening` and by tests.

The verbs are those of `graph.store.port`; their Cypher stands in `graph.store.neo4j_parts`. Any number of processes
may read and write one server at once: a ledger in the store gives batches their numbers and admits one writer.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pyarrow as pa

from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import ends_of, stored_relationship
from graph.store.dumping import Versions
from graph.store.expansions import question
from graph.store.gross import numbered
from graph.store.ledger import snapshot_of
from graph.store.neo4j_parts import (
    access_rows,
    columns,
    dense,
    expanding,
    filling,
    finding,
    matching,
    nodes,
    schema,
    turns,
    withdrawing,
    writing,
)
from graph.store.neo4j_parts.connection import Server
from graph.store.neo4j_parts.dumping import ServerDump
from graph.store.neo4j_parts.known_ledger import KnownLedger
from graph.store.neo4j_parts.lease import Habits
from graph.store.neo4j_parts.open_batch import ServerBatch
from graph.store.neo4j_parts.small_batch import small_batch
from graph.store.neo4j_parts.snapshots import lines, snapshot
from graph.store.neo4j_parts.view import View
from graph.store.open_batches import OpenBatch, SmallBatch
from graph.store.patterns import checked
from graph.store.port import BatchHeader, BatchRecord, Expansion, Matches, Rows, WriteBatch
from graph.store.questions import (
    EVERY_LINK,
    NOW,
    ROOT,
    Among,
    AsOf,
    Direction,
    Filter,
    Longs,
    Order,
    Page,
    Pattern,
    Scope,
)
from graph.store.schema_changes import FOLDER as MIGRATIONS
from graph.store.turns import wait_for_turn

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)


class Neo4jStore:
    """`GraphStore` on a Neo4j server."""

    def __init__(self, server: Server, habits: Habits) -> None:
        self.url = server.address
        self._server = server
        self._habits = habits
        self._owner = str(uuid.uuid4())
        self._ledger = KnownLedger()
        self._writing = threading.Lock()
        self._turn = threading.Lock()  # among the threads of this process, who share one owner

    def __repr__(self) -> str:
        return f"Neo4jStore({self.url!r})"

    @property
    def server(self) -> Server:
        """Its connections."""
        return self._server

    # --- life

    @classmethod
    def open(
        cls,
        url: str,
        *,
        user: str,
        password: str,
        database: str | None = None,
        timeout: float = 60.0,
        habits: Habits | None = None,
    ) -> Neo4jStore:
        """Connect to a server; nothing is sent before the first verb.

        Args:
            url: `neo4j://` (routing: reads go to replicas), `neo4j+s://`, `bolt://` …, without user or password.
            user: user name.
            password: its password; it is in no repr and no error.
            database: name of the database; the user's own by default.
            timeout: seconds after which the server ends a read, LimitError `limit.time`.
            habits: chunk size, lease and patience of writes.
        """
        return cls(Server(url, user, password, database=database, timeout=timeout), habits or Habits())

    def ensure_schema(self) -> None:
        """Create what is missing; refuse a store of another schema version."""
        schema.ensure(self._server)

    def migrate(self, *, folder: Path = MIGRATIONS) -> list[str]:
        """Bring a store of an earlier schema version up to this release; the names of the migrations that ran."""
        with self._writing:
            return schema.migrate(self._server, folder=folder)

    def close(self) -> None:
        """Give the connections back."""
        self._server.close()

    def meta(self, name: str) -> str | None:
        """A small stored setting."""
        return schema.meta(self._server, name)

    def set_meta(self, name: str, value: str) -> None:
        """Store a small setting."""
        schema.set_meta(self._server, name, value)

    # --- writing

    @contextmanager
    def turn(self, *, seconds: float, waiting: Callable[[], None]) -> Iterator[None]:
        """Be the only load on this server until the block ends; a loader that died loses its turn with its lease."""
        lease = self._habits.lease

        def taken() -> bool:
            if not self._turn.acquire(blocking=False):
                return False
            mine = False
            try:
                mine = turns.take(self._server, self._owner, lease)
            finally:
                if not mine:
                    self._turn.release()
            return mine

        wait_for_turn(taken, seconds=seconds, waiting=waiting)
        try:
            with turns.kept(self._server, self._owner, lease):
                yield
        finally:
            self._turn.release()

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write a batch, all or nothing. StoreBusyError `store.busy` while another process loads."""
        if self._turn.locked():
            turns.renew(self._server, self._owner, self._habits.lease)
        with self._writing:
            return writing.write(self._server, batch, self._owner, self._habits)

    @contextmanager
    def open_batch(self, header: BatchHeader) -> Iterator[OpenBatch]:
        """A batch to be added to part by part."""
        with (
            self._writing,
            closing(ServerBatch(self._server, header, self._owner, self._habits, self._ledger)) as batch,
        ):
            yield batch

    @contextmanager
    def small_batch(self) -> Iterator[SmallBatch]:
        """A batch in one transaction that holds the ledger's lock."""
        with (
            self._writing,
            closing(small_batch(self._server, self._owner, self._habits, self._ledger)) as batch,
        ):
            yield batch

    def withdraw(self, batch_id: str, *, with_later: bool = False, who: str = "unknown") -> list[BatchRecord]:
        """Withdraw a batch, and with `with_later` those that build on it, in one transaction."""
        with self._writing:
            return withdrawing.withdraw(self._server, batch_id, with_later=with_later, who=who)

    def append_access(self, rows: pa.Table) -> None:
        """Append AccessEvent rows to batch 0; loads do not hold it up."""
        access_rows.append_access(self._server, rows)

    def batches(self) -> list[BatchRecord]:
        """The ledger."""
        return list(self._ledger.lines(self._server.rows))

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Current versions for loaders."""
        view = self._view(NOW, ROOT)
        if type_name in _RELATIONSHIPS:
            return columns.existing_relationships(self._server, view, stored_relationship(type_name), keys)
        return nodes.existing_nodes(self._server, view, node_type(type_name), keys)

    def parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Every party with its taxpayer."""
        return columns.parties(self._server, self._view(as_of, ROOT))

    # --- asking

    def fetch(
        self,
        type_name: str,
        ids: Sequence[str],
        *,
        columns: Sequence[str] | None = None,
        as_of: AsOf = NOW,
        scope: Scope = ROOT,
        restricted: bool = False,
    ) -> pa.Table:
        """Node rows of these ids, in the order asked."""
        found = nodes.fetch(self._server, self._view(as_of, scope), type_name, ids, restricted=restricted)
        return found if columns is None else nodes.with_columns(found, columns)

    def expand(
        self,
        type_name: str,
        ids: Sequence[str],
        relationship: str,
        direction: Direction,
        *,
        where: Sequence[Filter] = (),
        order: Sequence[Order] = (),
        attributes: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        limit_per_node: int | None = None,
        as_of: AsOf = NOW,
        scope: Scope = ROOT,
    ) -> Expansion:
        """Relationships of these nodes."""
        ends = ends_of(type_name, relationship, direction)
        asked = question(ends, where=where, order=order, attributes=attributes, columns=columns, limit=limit_per_node)
        return expanding.expand(self._server, self._view(as_of, scope), type_name, ids, asked)

    def count_related(
        self,
        type_name: str,
        ids: Sequence[str],
        relationship: str,
        direction: Direction,
        *,
        as_of: AsOf = NOW,
        scope: Scope = ROOT,
    ) -> Mapping[str, int]:
        """How many rows `expand` would give for each id without a limit."""
        asked = question(ends_of(type_name, relationship, direction))
        return expanding.count_related(self._server, self._view(as_of, scope), type_name, ids, asked)

    def select(
        self,
        type_name: str,
        *,
        where: Sequence[Filter] = (),
        order: Sequence[Order] = (),
        page: Page | None = None,
        as_of: AsOf = NOW,
        scope: Scope = ROOT,
    ) -> Rows:
        """Node rows of a type in a total order."""
        return nodes.select(self._server, self._view(as_of, scope), type_name, where=where, order=order, page=page)

    def search(
        self, text: str, types: Sequence[str], *, limit: int = 20, as_of: AsOf = NOW, scope: Scope = ROOT
    ) -> Rows:
        """Typed search, best first."""
        return finding.search(self._server, self._view(as_of, scope), text, types, limit=limit)

    def match(self, pattern: Pattern, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> Matches:
        """Every embedding of a pattern, up to its limit."""
        return matching.match(self._server, self._view(as_of, scope), checked(pattern))

    # --- columns for the projection and for digests

    def trade(self, *, since: int | None = None, as_of: AsOf = NOW) -> pa.Table:
        """Invoice columns for the projection."""
        return columns.trade(self._server, self._view(as_of, ROOT), since)

    def odd_parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Parties whose invoices `trade` does not show in whole."""
        return columns.odd_parties(self._server, self._view(as_of, ROOT))

    def reversals(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Dense red and blue invoices."""
        return columns.reversals(self._server, self._view(as_of, ROOT))

    def invoices_at(self, numbers: Sequence[int], columns: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """Invoices by dense number."""
        fetch = partial(self.fetch, "Invoice", columns=columns, as_of=as_of)
        return numbered(self.invoice_ids(numbers), fetch)

    def invoice_ids(self, numbers: Iterable[int]) -> pa.Table:
        """Public ids of dense invoice numbers."""
        return columns.invoice_ids(self._server, self._view(NOW, ROOT), numbers)

    def node_columns(
        self, type_name: str, names: Sequence[str], *, numbers: Longs | None = None, as_of: AsOf = NOW
    ) -> pa.Table:
        """Dense numbers and properties of visible nodes."""
        return dense.node_columns(self._server, self._view(as_of, ROOT), node_type(type_name), names, numbers)

    def node_numbers(self, type_name: str, ids: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """Dense numbers of these ids."""
        return dense.node_numbers(self._server, self._view(as_of, ROOT), node_type(type_name), ids)

    def link_columns(
        self, relationship: str, names: Sequence[str], *, among: Among = EVERY_LINK, as_of: AsOf = NOW
    ) -> pa.Table:
        """Dense ends and properties of visible relationships."""
        return dense.link_columns(
            self._server, self._view(as_of, ROOT), stored_relationship(relationship), names, among
        )

    def links_at(self, relationships: Sequence[str], numbers: Longs, *, as_of: AsOf = NOW) -> pa.Table:
        """Links of several types at these nodes, in either direction."""
        kinds = [stored_relationship(name) for name in relationships]
        return dense.links_at(self._server, self._view(as_of, ROOT), kinds, numbers)

    def memberships(self, end: str, ids: Sequence[str]) -> pa.Table:
        """Every version of PARTY_OF at these parties or taxpayers."""
        return dense.memberships(self._server, self._view(NOW, ROOT), end, ids)

    def changed(self, name: str, *, since: int) -> pa.Table:
        """Dense numbers of what later batches wrote or ended."""
        return dense.changed(self._server, self._view(NOW, ROOT), name, since)

    def export(self, type_name: str, *, as_of: AsOf = NOW) -> pa.Table:
        """Every visible row of a type."""
        view = self._view(as_of, ROOT)
        if type_name in _RELATIONSHIPS:
            return columns.export_relationships(self._server, view, stored_relationship(type_name))
        return columns.export_nodes(self._server, view, node_type(type_name))

    @contextmanager
    def dumping(self, *, as_of: AsOf = NOW) -> Iterator[ServerDump]:
        """One state of the server, in record batches."""
        known = lines(self._server.rows)
        yield ServerDump(self._server, View.of(snapshot_of(known, as_of.recorded), as_of, ROOT), known)

    def fill(self, ledger: Sequence[BatchRecord], versions: Versions) -> None:
        """Fill an empty server; nothing counts before the end."""
        with self._writing:
            filling.fill(self._server, ledger, versions, self._owner, self._habits)

    def runs(self) -> int:
        """A server keeps no sorted runs."""
        return 1

    def compact(self, *, progress: Callable[[str, int, int], None] | None = None) -> int:
        """Nothing to do: the server finds relationships by its own records."""
        del progress
        return 0

    def _view(self, as_of: AsOf, scope: Scope) -> View:
        """One fixed snapshot, seen under both clocks and a scope."""
        return View.of(snapshot(self._server.rows, as_of.recorded), as_of, scope)
