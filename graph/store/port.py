"""The port: everything that queries, loaders and api may ask of a store. Columns in, columns out.

`DuckdbStore` and `Neo4jStore` implement it; `tests/contract` holds one suite for both. Verbs here never return dense
integers, and every read verb takes `as_of` and `scope`; whole columns are in `graph.store.column_port`.

Column conventions of an answer:

* a node row: the type's properties (restricted ones only on request), then `prov_source, prov_file, prov_row,
  prov_first_at, prov_as_at, claims`, then `batch_from` (ledger number).
* a relationship row (`expand`): `key` (the id that was asked), `from_type, from_id, to_type, to_id`, the relationship's
  properties, provenance, `batch_from`, `party` (the party that bears the fact at a Taxpayer end, null elsewhere),
  `hidden` (bool: the far end is out of scope; then its id is opaque, names and party are null), `province` (two-digit
  region of a hidden taxpayer), and `far.<property>` for each asked attribute of the far node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from graph.stopping import Stop
from graph.store.column_port import ColumnPort
from graph.store.questions import NOW, ROOT, AsOf, Direction, Filter, Order, Page, Pattern, Scope
from graph.store.schema_changes import FOLDER

if TYPE_CHECKING:  # they read the ledger's lines, which stand here
    from graph.store.dumping import Dump, Versions
    from graph.store.open_batches import OpenBatch, SmallBatch


def untold(_rows: int) -> None:
    """Rows whose writing nobody watches."""


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What the ledger keeps about a batch. `id` is a public id, `digest` a function of source and file contents.

    `built_on`: ledger numbers of the batches whose versions the load met; None: unknown, so any before it.
    `resolved_by`: rules and model by which the batch resolved identities; None: it resolved none, or does not say.
    """

    id: str
    source: str
    digest: str
    who: str
    started_at: datetime
    files: tuple[str, ...] = ()
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    known: int = 0
    by_type: Mapping[str, int] = field(default_factory=dict)
    built_on: tuple[int, ...] | None = None
    resolved_by: str | None = None


NO_HEADER = BatchHeader("", "", "", "", datetime(1970, 1, 1, tzinfo=UTC))
"""Of parts, whose batch has its own."""


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """New versions by type name, in the Arrow schemas of the vocabulary (`NodeType.schema()` …).

    A row whose key (nodes: id; relationships: ends and identity properties) has a current version supersedes it.
    `ended`: current versions that end without a successor: node tables with `id`, relationship tables with
    `from_type, from_id, to_type, to_id` and the identity properties. Relationship ends may name nodes that no row
    describes (yet): the key is reserved and becomes visible when a node row arrives.

    Text columns may be dictionary-encoded. The mappings may make a table anew each time it is asked for: a store asks
    for each once, and lets it go.

    `told` is called now and then with how many rows were written since it was called last. A request by `stop` ends the
    write with LimitError `limit.cancelled`, unless the batch is committed by then: readers see nothing of it.
    """

    header: BatchHeader
    nodes: Mapping[str, pa.Table] = field(default_factory=dict)
    relationships: Mapping[str, pa.Table] = field(default_factory=dict)
    ended: Mapping[str, pa.Table] = field(default_factory=dict)
    told: Callable[[int], None] = untold
    stop: Stop = field(default_factory=Stop)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A line of the ledger.

    `ends_again`: end numbers that this batch shares with a withdrawn one. A version that carries such a number had been
    ended by the batch of the value, came back by its withdrawal, and was ended again by this batch (docs/adr/0013).
    """

    header: BatchHeader
    number: int
    state: str  # pending, committed, withdrawn, undone
    committed_at: datetime | None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    ends_again: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a select or search: `table`, the exact `total` in this scope, and whether more follow."""

    table: pa.Table
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class Expansion:
    """Relationship rows grouped by asked key in the order asked; `cut` maps a key to how many rows were dropped."""

    table: pa.Table
    cut: Mapping[str, int]

    @property
    def truncated(self) -> bool:
        """True if any key lost rows to `limit_per_node`."""
        return bool(self.cut)


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows of a pattern match; `truncated` if the pattern's limit cut the list."""

    table: pa.Table
    truncated: bool


class GraphStore(ColumnPort, Protocol):
    """One graph, two engines."""

    url: str

    # --- life

    def ensure_schema(self) -> None:
        """Add what is missing; StoreError `store.schema` if the stored version is another one."""
        ...

    def migrate(self, *, folder: Path = FOLDER) -> list[str]:
        """Bring a store of an earlier schema version up to this release; see `graph.store.schema_changes`.

        Answers with the names of the migrations that ran. Interrupted, the store is as before or goes on next time.
        """
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...

    def meta(self, name: str) -> str | None:
        """A small stored setting (schema version, fingerprint of the HMAC key …)."""
        ...

    def set_meta(self, name: str, value: str) -> None:
        """Store a small setting."""
        ...

    # --- writing

    def turn(self, *, seconds: float, waiting: Callable[[], None]) -> AbstractContextManager[None]:
        """Be the only load until the block ends: what a load writes follows from what it read before.

        Another load is waited for; `waiting` is called meanwhile, and what it raises ends the wait. Reads and small
        writes need no turn. StoreBusyError `store.busy` after so many seconds.
        """
        ...

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write a batch, all or nothing. The same header id or digest that is already committed writes nothing."""
        ...

    def open_batch(self, header: BatchHeader) -> AbstractContextManager[OpenBatch]:
        """A batch to be added to part by part; leaving the block without `commit` leaves everything as it was.

        Loads wait for each other here; `append_access` and `set_meta` wait for no load.
        """
        ...

    def small_batch(self) -> AbstractContextManager[SmallBatch]:
        """A batch of few rows that depends on what stands now: other writers wait until the block ends.

        Leaving it without `write` leaves everything as it was. StoreBusyError `store.busy` while another process loads.
        """
        ...

    def append_access(self, rows: pa.Table) -> None:
        """Append AccessEvent rows outside any batch (they belong to batch 0, committed for ever)."""
        ...

    def withdraw(self, batch_id: str, *, with_later: bool = False, who: str = "unknown") -> list[BatchRecord]:
        """Withdraw a committed batch on the recorded clock; readers from now on see the graph as if it had not come.

        Later batches that build on it are refused by StoreError `store.built_on`, or withdrawn too with `with_later`,
        all in one step. Answers with the withdrawn lines, newest first. See `graph.store.withdrawal`.
        """
        ...

    def batches(self) -> list[BatchRecord]:
        """The ledger, in order of number."""
        ...

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """For loaders: current versions, full schema (restricted too) plus `batch_from`, unscoped.

        Node types: `keys` has `id`. Relationship types: `keys` has `from_type, from_id` or `to_type, to_id` or all
        four; every current relationship with these ends comes back. Ends are *stored* ends (Party, not Taxpayer).
        """
        ...

    def parties(self, *, as_of: AsOf = NOW) -> pa.Table:
        """Every party, unscoped, ordered by dense number.

        Columns `party` (int64 dense), `party_id`, `taxpayer_id`, `bureau`, `region`; null without a visible PARTY_OF.
        """
        ...

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
        """Node rows of these ids that exist and are in scope, in the order asked, without duplicates.

        `columns`: what is read of them beside the id; all that may be shown by default.

        A Taxpayer id that is a former or alternative id answers with the row of the present taxpayer; the extra
        column `asked` says under which id each row was asked.
        """
        ...

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
        """Relationships of these nodes.

        `attributes` and `columns`: what is read of far nodes (nothing by default) and relationships (all by default).
        `where` and `order` name properties of the relationship, or `far.<property>` of the node at the other end.
        Rows of one key are ordered by `order`, then far id, then identity. Keys out of scope give no rows. A far
        Taxpayer out of scope is a hidden leaf where the near node is an Invoice, and absent elsewhere; other far
        nodes out of scope are absent. Far nodes that no visible row describes are kept (their attributes are null).
        """
        ...

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
        ...

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
        """Node rows of a type in a total order (`order`, then id)."""
        ...

    def search(
        self, text: str, types: Sequence[str], *, limit: int = 20, as_of: AsOf = NOW, scope: Scope = ROOT
    ) -> Rows:
        """Typed search, defined in `graph.store.searching`: columns `type, id, label, score` (int), best first."""
        ...

    def match(self, pattern: Pattern, *, as_of: AsOf = NOW, scope: Scope = ROOT) -> Matches:
        """Every embedding of a pattern, in a total order, up to its limit."""
        ...

    # --- the whole graph, for digests, backups and restores

    def dumping(self, *, as_of: AsOf = NOW) -> AbstractContextManager[Dump]:
        """One state of the store, to be read in record batches while others write."""
        ...

    def fill(self, ledger: Sequence[BatchRecord], versions: Versions) -> None:
        """Fill an empty store with the versions of a dump under their own stamps, all or nothing.

        StoreError `store.not_empty` if it holds batches.
        """
        ...

    def runs(self) -> int:
        """How many sorted runs the tables hold by now; 1 where a store keeps no runs."""
        ...

    def compact(self, *, progress: Callable[[str, int, int], None] = ...) -> int:
        """Sort the runs into one without changing an answer; how many tables were rewritten. Reads go on meanwhile."""
        ...
