"""Which earlier batches a load met: whose versions it looked at while it decided what to write.

Filled by `Stored` and the few other readers of the store; the ledger keeps it as `built_on`, and a withdrawal asks it.
A load that found nothing under a key did not meet anybody there: without the other batch it would find nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from graph.store.ledger import SYSTEM_BATCH
from graph.store.port import BatchRecord

_COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Met:
    """Ledger numbers that one load met. Types are merged side by side; a set takes numbers from any thread."""

    _numbers: set[int] = field(default_factory=set)
    _types: set[str] = field(default_factory=set)

    def rows(self, table: pa.Table) -> pa.Table:
        """Note the batches that brought these rows of the store (`batch_from`); gives the rows back."""
        numbers: list[Any] = table["batch_from"].unique().to_pylist()
        self._numbers.update(numbers)
        return table

    def batch(self, number: int) -> None:
        """Note one batch."""
        self._numbers.add(number)

    def every(self, types: Iterable[str]) -> None:
        """Note every batch that brought a fact of these types, or does not say what it brought."""
        self._types.update(types)

    def numbers(self, ledger: Sequence[BatchRecord], *, own: int) -> tuple[int, ...]:
        """All of them, in order, without the batch's own number; the system's own batch is no ground that could go."""
        brought = {line.number for line in ledger if line.state == _COMMITTED and self._brought(line)}
        return tuple(sorted((self._numbers | brought) - {SYSTEM_BATCH, own}))

    def _brought(self, line: BatchRecord) -> bool:
        named = line.header.by_type
        return bool(self._types) and (not named or not self._types.isdisjoint(named))
