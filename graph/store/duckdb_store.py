"""The embedded store: one DuckDB file, one owner process. Built by `store.opening` and by tests.

The verbs are those of `graph.store.port`; their SQL stands in `graph.store.duckdb_parts`. Reads may come from several
threads at once, writes wait for each other, and a batch is one transaction.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import pyarrow as pa

from graph.model.vocabulary import STORED_RELATIONSHIP_TYPES, node_type
from graph.store.conditions import ends_of, stored_relationship
from graph.store.duckdb_parts import asking, columns, compacting, expanding, matching, nodes, upgrading
from graph.store.duckdb_parts.column_verbs import ColumnVerbs
from graph.store.duckdb_parts.compacting import Progress
from graph.store.duckdb_parts.dumping import EmbeddedDump
from graph.store.duckdb_parts.engine import Engine, Reader
from graph.store.duckdb_parts.filling import fill
from graph.store.duckdb_parts.keys import Keys
from graph.store.duckdb_parts.known_ledger import KnownLedger
from graph.store.duckdb_parts.memory import Memory
from graph.store.duckdb_parts.numbering import Numbering
from graph.store.duckdb_parts.open_batch import EmbeddedBatch
from graph.store.duckdb_parts.opening import open_engine
from graph.store.duckdb_parts.points import Looking
from graph.store.duckdb_parts.reending import Reending
from graph.store.duckdb_parts.view import View
from graph.store.duckdb_parts.writing import mark_withdrawn, read_ledger, write_facts, write_ledger
from graph.store.dumping import Versions, check_empty
from graph.store.expansions import question
from graph.store.ledger import (
    SYSTEM_BATCH,
    BatchState,
    SnapshotBook,
    already_committed,
    next_instant,
    next_number,
    snapshot_of,
    to_columns,
)
from graph.store.open_batches import OpenBatch, SmallBatch
from graph.store.owner import Owner, owned_error, remove_owner, write_owner
from graph.store.patterns import checked
from graph.store.port import BatchHeader, BatchRecord, Expansion, Matches, Rows, WriteBatch
from graph.store.questions import NOW, ROOT, AsOf, Direction, Filter, Order, Page, Pattern, Scope
from graph.store.schema_changes import FOLDER as MIGRATIONS
from graph.store.turns import wait_for_turn
from graph.store.withdrawal import check_ground, to_withdraw

_RELATIONSHIPS = frozenset(kind.name for kind in STORED_RELATIONSHIP_TYPES)
_COMMITTED, _WITHDRAWN = BatchState.COMMITTED, BatchState.WITHDRAWN
_SYSTEM_HEADER = BatchHeader("system", "system", "", "system", datetime(1970, 1, 1, tzinfo=UTC))
# Files that this process has open: a second store on one would not see the first one's writer lock.
_OPEN: WeakValueDictionary[Path, DuckdbStore] = WeakValueDictionary()


class DuckdbStore(ColumnVerbs):
    """`GraphStore` on one DuckDB file."""

    def __init__(self, path: Path, engine: Engine, *, read_only: bool) -> None:
        self.url = f"duckdb:///{path}"
        self.path = path
        self.read_only = read_only
        self._engine = engine
        self._memory = Memory()
        self._snapshots = SnapshotBook()
        self._meta: dict[str, str | None] = {}  # only this process writes them
        self._meta_guard = threading.Lock()  # of the dictionary
        self._meta_turn = threading.Lock()  # of those who change it
        self.ledger = KnownLedger(engine)
        self._turn = threading.Lock()  # other processes cannot open the file

    # --- life

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        read_only: bool = False,
        memory_limit: str | None = None,
        threads: int | None = None,
        timeout: float | None = None,
    ) -> DuckdbStore:
        """Open or create the file and own it.

        `timeout`: seconds after which a read ends with LimitError `limit.time`. StoreError `store.owned` if another
        process, or another store of this one, has the file open; `store.path` if it cannot be opened at all.
        """
        place = Path(path).expanduser().resolve()
        if place in _OPEN:
            raise owned_error(place)
        settings = {"memory_limit": memory_limit, "threads": threads}
        engine = open_engine(place, read_only, {k: v for k, v in settings.items() if v is not None}, timeout)
        store = cls(place, engine, read_only=read_only)
        if not read_only:
            write_owner(place, Owner(os.getpid()))
        _OPEN[place] = store
        return store

    def announce(self, address: str, secret: str) -> None:
        """Say where this process serves the store, for the command line of the same user."""
        write_owner(self.path, Owner(os.getpid(), address, secret))

    def ensure_schema(self) -> None:
        """Add what is missing; refuse a file of another schema version."""
        upgrading.ensure(self._engine, read_only=self.read_only)
        self._meta.clear()

    def migrate(self, *, folder: Path = MIGRATIONS) -> list[str]:
        """Bring a file of an earlier schema version up to this release; the names of the migrations that ran."""
        self.ledger.know(None)
        done = upgrading.migrate(self._engine, folder=folder)
        self._meta.clear()
        return done

    def close(self) -> None:
        """Release the file."""
        self._engine.close()
        _OPEN.pop(self.path, None)
        if not self.read_only:
            remove_owner(self.path)

    def interrupt(self) -> None:
        """End every running read with LimitError `limit.time`."""
        self._engine.interrupt()

    def deadline(self, seconds: float) -> AbstractContextManager[None]:
        """Reads of this thread inside the block end after `seconds` each."""
        return self._engine.deadline(seconds)

    def meta(self, name: str) -> str | None:
        """A small stored setting."""
        with self._meta_guard:
            if name not in self._meta:
                self._meta[name] = self._read_meta(name)
            return self._meta[name]

    def _read_meta(self, name: str) -> str | None:
        with self._engine.reading() as reader:
            return upgrading.meta(reader, name)

    def set_meta(self, name: str, value: str) -> None:
        """Store a small setting."""
        with self._meta_turn:
            with self._engine.writing() as writer:
                upgrading.put_meta(writer, name, value)
            with self._meta_guard:  # after the commit: a reader that still saw the old value kept it before
                self._meta[name] = value

    # --- writing

    @contextmanager
    def turn(self, *, seconds: float, waiting: Callable[[], None]) -> Iterator[None]:
        """Be the only load of this process until the block ends."""
        wait_for_turn(lambda: self._turn.acquire(blocking=False), seconds=seconds, waiting=waiting)
        try:
            yield
        finally:
            self._turn.release()

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write a batch in one transaction."""
        with self.open_batch(batch.header) as opened:
            if opened.known:
                return opened.known
            opened.add(batch)
            return opened.commit(batch.header)

    @contextmanager
    def open_batch(self, header: BatchHeader) -> Iterator[OpenBatch]:
        """A batch in one transaction, to be added to part by part."""
        with self._engine.batching() as (reader, commit):
            lines = self.batches()
            check_ground(lines, header)
            yield self._batch(reader, commit, already_committed(lines, header))

    @contextmanager
    def small_batch(self) -> Iterator[SmallBatch]:
        """A batch in one transaction, whose reads see what stands."""
        with self._engine.batching() as (reader, commit):
            yield self._batch(reader, commit, None)

    def _batch(self, reader: Reader, commit: Callable[[], object], known: BatchRecord | None) -> EmbeddedBatch:
        lines = self.ledger.lines()
        before, number = self._snapshots.at(lines, None), next_number(lines)
        reending = Reending(number + 1, before.void)

        def enter(final: BatchHeader, number: int) -> BatchRecord:
            again = reending.ends_again()
            record = BatchRecord(final, number, _COMMITTED, next_instant(lines), ends_again=again)
            write_ledger(reader, to_columns(record))
            self.ledger.commit(commit, (*lines, record))
            return record

        return EmbeddedBatch(reader, number, before, reending=reending, known=known, ledger=lines, commit=enter)

    def withdraw(self, batch_id: str, *, with_later: bool = False, who: str = "unknown") -> list[BatchRecord]:
        """Withdraw a batch, and with `with_later` those that build on it, in one transaction. Waits for a load."""
        with self._engine.batching() as (writer, commit):
            lines = self.batches()
            at, asked = next_instant(lines), to_withdraw(lines, batch_id, with_later=with_later)
            gone = [replace(line, state=_WITHDRAWN, withdrawn_at=at, withdrawn_by=who) for line in asked]
            mark_withdrawn(writer, gone)
            changed = {line.number: line for line in gone}
            self.ledger.commit(commit, tuple(changed.get(line.number, line) for line in lines))
        return gone

    def append_access(self, rows: pa.Table) -> None:
        """Append AccessEvent rows to batch 0."""
        with self._engine.writing() as writer:
            empty = WriteBatch(_SYSTEM_HEADER, nodes={"AccessEvent": rows})
            write_facts(writer, empty, SYSTEM_BATCH, Reending(SYSTEM_BATCH), Keys(writer))

    def batches(self) -> list[BatchRecord]:
        """The ledger."""
        return list(self.ledger.lines())

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Current versions for loaders."""
        with self._looking(NOW, ROOT) as (reader, view):
            if type_name in _RELATIONSHIPS:
                kind, numbering = stored_relationship(type_name), Numbering(Keys(reader))
                return columns.existing_relationships(reader, view, kind, keys, numbering)
            return nodes.existing_nodes(reader, view, node_type(type_name), keys, Keys(reader))

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
        with self._looking(as_of, scope) as (reader, view):
            looking = Looking(reader, self._memory, view)
            return asking.fetch(looking, type_name, ids, restricted=restricted, columns=columns)

    def node_numbers(self, type_name: str, ids: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """Dense numbers of these ids."""
        with self._looking(as_of, ROOT) as (reader, view):
            return asking.node_numbers(Looking(reader, self._memory, view), type_name, ids)

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
        with self._looking(as_of, scope) as (reader, view):
            return asking.expand(Looking(reader, self._memory, view), type_name, ids, asked)

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
        with self._looking(as_of, scope) as (reader, view):
            return expanding.count_related(reader, view, type_name, ids, asked)

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
        with self._looking(as_of, scope) as (reader, view):
            return nodes.select(reader, view, type_name, where=where, order=order, page=page)

    def search(
        self, text: str, types: Sequence[str], *, limit: int = 20, as_of: AsOf = NOW, scope: Scope = ROOT
    ) -> Rows:
        """Typed search, best first."""
        with self._looking(as_of, scope) as (reader, view):
            return nodes.search(reader, view, text, types, limit=limit)

    def match(self, pattern: Pattern, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> Matches:
        """Every embedding of a pattern, up to its limit."""
        meant = checked(pattern)
        with self._looking(as_of, scope) as (reader, view):
            return matching.match(reader, view, meant)

    # --- columns for digests; those for the projection and detection stand in `ColumnVerbs`

    def invoices_at(self, numbers: Sequence[int], columns: Sequence[str], *, as_of: AsOf = NOW) -> pa.Table:
        """Invoices by dense number."""
        with self._looking(as_of, ROOT) as (reader, view):
            return asking.invoices_at(Looking(reader, self._memory, view), numbers, columns)

    def invoice_ids(self, numbers: Iterable[int]) -> pa.Table:
        """Public ids of dense invoice numbers."""
        asked = numbers if isinstance(numbers, np.ndarray) else np.fromiter(numbers, np.int64)
        with self._engine.reading(self.ledger.lines()) as reader:
            return asking.invoice_ids(reader, self._memory, asked)

    def export(self, type_name: str, *, as_of: AsOf = NOW) -> pa.Table:
        """Every visible row of a type."""
        with self._looking(as_of, ROOT) as (reader, view):
            if type_name in _RELATIONSHIPS:
                return columns.export_relationships(reader, view, stored_relationship(type_name))
            return nodes.export_nodes(reader, view, node_type(type_name))

    @contextmanager
    def dumping(self, *, as_of: AsOf = NOW) -> Iterator[EmbeddedDump]:
        """One state of the file, in record batches."""
        with self._engine.reading() as reader:
            lines = read_ledger(reader)
            yield EmbeddedDump(reader, View(snapshot_of(lines, as_of.recorded), as_of, ROOT), lines)

    def fill(self, ledger: Sequence[BatchRecord], versions: Versions) -> None:
        """Fill an empty file in one transaction."""
        with self._engine.batching() as (writer, commit):
            check_empty(self.batches())
            fill(writer, ledger, versions)
            self.ledger.commit(commit, None)

    def runs(self) -> int:
        """Sorted runs of the largest tables."""
        return compacting.runs(self.batches(), self.meta(compacting.COMPACTED))

    def compact(self, *, progress: Progress = compacting.silent) -> int:
        """Sort the runs of every table into one."""
        with self._meta_turn:
            done = compacting.compact(self._engine, self.batches(), progress)
            with self._meta_guard:  # it notes how far it came
                self._meta.clear()
        return done

    @contextmanager
    def _looking(self, as_of: AsOf, scope: Scope) -> Iterator[tuple[Reader, View]]:
        """One consistent state, seen under both clocks and a scope."""
        lines = self.ledger.lines()
        with self._engine.reading(lines) as reader:
            yield reader, View(self._snapshots.at(self.ledger.as_seen(reader, lines), as_of.recorded), as_of, scope)
