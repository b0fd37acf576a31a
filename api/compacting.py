"""Compacts the store while its server has nothing else to do. Made and stopped by `api.app`'s service.

It queues among the loads, so it never runs beside one, and whoever looks at the loads sees it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from api.loads.jobs import JobBook
from graph.errors import TaxgraphError
from graph.progress import Tell
from graph.stopping import Stop
from graph.store.port import GraphStore

LOGGER = logging.getLogger("taxgraph.compacting")
SOURCE: Final = "compact"
WHO: Final = "system"


class IdleCompaction:
    """Looks now and then whether the server idles and the tables hold many runs.

    Args:
        store: what is compacted.
        loads: the queue that it stands in.
        taken: how many requests run or wait.
        most_runs: from how many sorted runs on it is worth it; 0: never.
        idle_seconds: how long nothing must have happened before.
    """

    def __init__(
        self,
        store: GraphStore,
        loads: JobBook,
        taken: Callable[[], int],
        *,
        most_runs: int,
        idle_seconds: float,
    ) -> None:
        self._store, self._loads, self._taken = store, loads, taken
        self._most_runs, self._idle_seconds = most_runs, idle_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="compacting", daemon=True)
        if most_runs:
            self._thread.start()

    def close(self) -> None:
        """Look no more; what is queued ends with the loads."""
        self._stopping.set()
        if self._most_runs:
            self._thread.join()

    def _run(self) -> None:
        since = time.monotonic()
        while not self._stopping.wait(min(self._idle_seconds / 4, 15.0)):
            if self._busy():
                since = time.monotonic()
            elif time.monotonic() - since >= self._idle_seconds:
                since = time.monotonic()
                self._queue()

    def _busy(self) -> bool:
        return self._taken() > 0 or any(not job.ended for job in self._loads.jobs())

    def _compact(self, tell: Tell, stop: Stop) -> dict[str, int]:
        def progress(step: str, done: int, total: int) -> None:
            stop.check()
            tell(step, done, total)

        return {"tables": self._store.compact(progress=progress)}

    def _queue(self) -> None:
        try:
            if self._store.runs() >= self._most_runs:
                self._loads.submit(
                    self._compact,
                    source=SOURCE,
                    files=(),
                    who=WHO,
                )
        except TaxgraphError as error:
            LOGGER.warning("the store is not compacted now: %s", error.code)
