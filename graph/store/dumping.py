"""What a backup reads and a restore writes: every version of every fact with its stamps, in record batches.

A `Dump` is one state of a store, however long it is read and whatever is loaded meanwhile. Engine-free; both stores
give one, both are filled from its versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from graph.errors import StoreError
from graph.model.types import NodeType, RelationshipType
from graph.model.vocabulary import NODE_TYPES, STORED_RELATIONSHIP_TYPES
from graph.store.ledger import SYSTEM_BATCH, BatchState
from graph.store.port import BatchRecord

LEDGER_TYPE = "Batch"  # kept by each store in its own form
ACCESS_TYPE = "AccessEvent"
STAMPS = pa.schema([pa.field("batch_from", pa.int64()), pa.field("batch_to", pa.int64())])
Kind = NodeType | RelationshipType
# The versions of a type by its name; each call begins anew.
Versions = Mapping[str, Callable[[], Iterator[pa.RecordBatch]]]


class Dump(Protocol):
    """One state of a store."""

    @property
    def ledger(self) -> Sequence[BatchRecord]:
        """The ledger of this state."""
        ...

    def visible(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """The rows that `GraphStore.export` gives."""
        ...

    def versions(self, type_name: str) -> Iterator[pa.RecordBatch]:
        """Every version that counts at some instant: full schema, `batch_from`, `batch_to` (null: never ended).

        Versions of one key come in ascending order of `batch_from`.
        """
        ...


def dumped_kinds() -> list[Kind]:
    """The types of a dump: nodes before relationships, without the ledger."""
    return [*(kind for kind in NODE_TYPES if kind.name != LEDGER_TYPE), *STORED_RELATIONSHIP_TYPES]


def stamped(kind: Kind) -> pa.Schema:
    """Schema of a type's versions."""
    return pa.schema([*kind.schema(), *STAMPS])


def lasting(ledger: Sequence[BatchRecord]) -> frozenset[int]:
    """Numbers of the batches that count at some instant."""
    lasts = (BatchState.COMMITTED, BatchState.WITHDRAWN)
    return frozenset(line.number for line in ledger if line.state in lasts) | {SYSTEM_BATCH}


def check_empty(ledger: Sequence[BatchRecord]) -> None:
    """Refuse to fill a store that holds batches; StoreError `store.not_empty`."""
    if any(line.number > SYSTEM_BATCH for line in ledger):
        raise StoreError(
            "The store already holds batches.",
            code="store.not_empty",
            next_step="Restore into a new file or an empty database.",
        )
