"""The open batch of a first load: parts are gathered beside the server, which is filled by files at the commit.

One part waits in memory, as the loaders made it. Several are merged in an embedded store that vanishes again, because
a later part may supersede what an earlier one said, and the import tool takes each fact once. Called by
`neo4j_initial`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.neo4j_parts.schema import LEDGER_TYPE
from graph.store.open_batches import OpenBatch
from graph.store.port import BatchHeader, BatchRecord, GraphStore, Rows, WriteBatch
from graph.store.questions import Filter, Page


class FirstBatch:
    """`OpenBatch` on a server that holds nothing.

    Args:
        beside: an empty embedded store, and `parts`, its own open batch.
        write: fills the server.
    """

    def __init__(self, beside: GraphStore, parts: OpenBatch, write: Callable[[WriteBatch], BatchRecord]) -> None:
        self.number = parts.number
        self.known: BatchRecord | None = None
        self._beside = beside
        self._parts = parts
        self._write = write
        self._only: WriteBatch | None = None

    def unseen(self, type_name: str, ids: pa.ChunkedArray[Any]) -> bool:
        """True if surely none of these ids has a key."""
        return self._parts.unseen(type_name, ids)

    def existing(self, type_name: str, keys: pa.Table) -> pa.Table:
        """Versions of the parts before."""
        return self._parts.existing(type_name, keys)

    def select(self, type_name: str, *, where: Sequence[Filter] = (), page: Page | None = None) -> Rows:
        """Node rows of the parts before."""
        return self._parts.select(type_name, where=where, page=page)

    def parties(self) -> pa.Table:
        """Parties of the parts before."""
        return self._parts.parties()

    def export(self, type_name: str) -> pa.Table:
        """Rows of the parts before."""
        return self._parts.export(type_name)

    def columns(self, type_name: str, names: Sequence[str]) -> pa.Table:
        """These columns of the nodes of the parts before."""
        return self._parts.columns(type_name, names)

    def add(self, part: WriteBatch, *, more: bool = True) -> None:
        """Gather a part."""
        if more:
            self._parts.add(part)
        else:
            self._only = part

    def commit(self, header: BatchHeader) -> BatchRecord:
        """Fill the server, and make everything visible there."""
        if self._only is not None:
            return self._write(replace(self._only, header=header))
        self._parts.commit(header)
        nodes = Exported(self._beside, [kind.name for kind in NODE_TYPES if kind.name != LEDGER_TYPE])
        joins = Exported(self._beside, [kind.name for kind in STORED_RELATIONSHIP_TYPES])
        return self._write(WriteBatch(header, nodes=nodes, relationships=joins))


class Exported(Mapping[str, pa.Table]):
    """What a store holds, by type; a table is made when it is asked for."""

    def __init__(self, store: GraphStore, names: Sequence[str]) -> None:
        self._store = store
        self._names = tuple(names)

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(name)
        return self._store.export(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
