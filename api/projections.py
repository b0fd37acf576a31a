"""The trade projection of a server: opened once for each state of the ledger, shared by all requests."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.priority import behind_readers
from graph.errors import TaxgraphError
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, AsOf

if TYPE_CHECKING:  # heavy: the kernels are loaded with the first question that needs them
    from graph.store.projecting import TradeProjection

LOGGER = logging.getLogger("taxgraph.projection")
MOST_PASTS = 2  # a past projection is built in memory at the cost of a rebuild
PastKey = tuple[tuple[tuple[int, str], ...], AsOf]


class ProjectionBook:
    """The projection of one store: the present one, caught up, and a few pasts that somebody is looking at."""

    def __init__(self, store: GraphStore, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()
        self._waiting = threading.Lock()
        self._coming: threading.Thread | None = None
        self._present: TradeProjection | None = None
        self._pasts: OrderedDict[PastKey, TradeProjection] = OrderedDict()

    def ready(self, ledger: Sequence[BatchRecord]) -> TradeProjection | None:
        """The present projection if it is open and holds this ledger; else None, and it is opened meanwhile."""
        present = self._present
        if present is not None and present.batches == _marks(ledger):
            return present
        with self._waiting:
            if self._coming is None or not self._coming.is_alive():
                self._coming = threading.Thread(target=self._prepare, name="projection", daemon=True)
                self._coming.start()
        return None

    def _prepare(self) -> None:
        behind_readers()
        try:
            self.open(NOW, ())
        except TaxgraphError as error:
            LOGGER.warning("the projection cannot be opened: %s", error.code)

    def open(self, as_of: AsOf, ledger: Sequence[BatchRecord]) -> TradeProjection:
        """The projection as of then (NOW: caught up with the store). One thread builds, the others wait."""
        from graph.store.projecting import open_projection  # noqa: PLC0415 - heavy, see above

        with self._lock:
            if as_of == NOW:
                self._present = open_projection(self._store, self._folder, previous=self._present)
                return self._present
            key = (tuple((record.number, record.state) for record in ledger), as_of)
            if key not in self._pasts:
                self._pasts[key] = open_projection(self._store, None, as_of=as_of)
            self._pasts.move_to_end(key)
            while len(self._pasts) > MOST_PASTS:
                self._pasts.popitem(last=False)
            return self._pasts[key]


def _marks(ledger: Sequence[BatchRecord]) -> tuple[str, ...]:
    from graph.store.projecting import marks_of  # noqa: PLC0415 - heavy, see above

    return marks_of(ledger)
