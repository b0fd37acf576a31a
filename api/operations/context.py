"""What an operation is given: the store, the projection, a place to report progress and reads. Made by its runners."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, AsOf

if TYPE_CHECKING:  # heavy: the kernels are loaded with the first question that needs them
    from collections.abc import Sequence

    from graph.store.projecting import TradeProjection


class Projections(Protocol):
    """Where the trade projection comes from."""

    def open(self, as_of: AsOf, ledger: Sequence[BatchRecord]) -> TradeProjection:
        """The projection as recorded then, caught up with the ledger."""
        ...


@dataclass(frozen=True, slots=True)
class OperationContext:
    """One run of one operation.

    `progress` is told how far the operation is, `stop` ends one that can be cancelled. `subjects` collects whom the
    answer is about, as (type, public id): the runner writes them to the access log.
    """

    store: GraphStore
    projections: Projections
    progress: Tell = silent
    who: str = "unknown"
    stop: Stop = field(default_factory=Stop)
    subjects: set[tuple[str, str]] = field(default_factory=set)

    def projection(self, as_of: AsOf = NOW) -> TradeProjection:
        """The trade projection as recorded then."""
        return self.projections.open(as_of, self.store.batches())

    def saw(self, type_name: str, ids: Iterable[str | None]) -> None:
        """Note that the answer is about these."""
        self.subjects.update((type_name, each) for each in ids if each)
