"""A batch that is written part by part, as a load sees it. Implemented by both stores; a part of the port."""

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
    added then. `steady`: what was read before the first part was added is what stood when other writers were shut out.
    """

    number: int
    known: BatchRecord | None
    steady: bool

    def unseen(self, type_name: str, ids: pa.ChunkedArray[Any]) -> bool:
        """True if surely none of these ids has a key of this type; false where that would cost too much to tell."""

    def columns(self, type_name: str, names: Sequence[str]) -> pa.Table:
        """These columns of every visible node of a type, no order promised."""

    def add(self, part: WriteBatch, *, more: bool = True) -> None:
        """Write one part; its header is not looked at. Without `more` it is the only one, and may wait for `commit`."""

    def commit(self, header: BatchHeader) -> BatchRecord:
        """Make everything visible under this header, at once."""
