"""Batches while they are written: part by part, as a load does, or judged and written at once. A part of the port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from graph.store.port import BatchHeader, BatchRecord, Rows, WriteBatch
from graph.store.questions import Filter, Page


class KnownFacts(Protocol):
    """The verbs by which a load looks at what is there: a store as committed, or as an open batch would leave it."""

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """See `GraphStore.existing`."""

    def select(self, type_name: str, *, where: Sequence[Filter] = (), page: Page | None = None) -> Rows:
        """See `GraphStore.select`."""

    def parties(self) -> pa.Table:
        """See `GraphStore.parties`."""

    def export(self, type_name: str) -> pa.Table:
        """See `GraphStore.export`."""


class OpenBatch(KnownFacts, Protocol):
    """A batch that is written part by part: its own reads see the parts before, readers nothing until `commit`.

    `number`: in the ledger. `known`: the committed batch of the same id or digest, if there is one; nothing can be
    added then. On a server other writers are shut out from the first part on.
    """

    number: int
    known: BatchRecord | None

    def unseen(self, type_name: str, ids: pa.ChunkedArray[Any]) -> bool:
        """True if surely none of these ids has a key of this type; false where that would cost too much to tell."""

    def columns(self, type_name: str, names: Sequence[str]) -> pa.Table:
        """These columns of every visible node of a type, no order promised."""

    def add(self, part: WriteBatch, *, more: bool = True) -> None:
        """Write one part; its header is not looked at. Without `more` it is the only one, and may wait for `commit`."""

    def commit(self, header: BatchHeader) -> BatchRecord:
        """Make everything visible under this header, at once."""


class SmallBatch(Protocol):
    """A batch that is judged and written where nobody else writes: what is read in it stands until it is committed.

    `ledger`: its lines as they stand; equal ones mean that nothing else was written since.
    """

    ledger: tuple[BatchRecord, ...]

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """See `GraphStore.existing`."""

    def write(self, batch: WriteBatch) -> BatchRecord:
        """Write all of it and make it visible. The line stands after those of `ledger` from then on."""
