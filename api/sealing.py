"""Seals the days of the trail while a server runs, each when it is over. Made and stopped by `api.app`'s service."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, date, datetime
from typing import Final

from api.operations.trail import seal_by
from graph.errors import TaxgraphError
from graph.settings import TrailSettings
from graph.store.port import GraphStore
from queries.trail.keys import read_key
from queries.trail.sealing import last_over

LOGGER = logging.getLogger("taxgraph.sealing")
_LOOKS: Final = 60.0  # seconds between two looks at the clock
_AGAIN: Final = 15  # looks after a failure, before it is tried again


class DailySealing:
    """Looks at the clock once a minute, and seals what is over; at once after a start. Several servers may do so."""

    def __init__(self, store: GraphStore, settings: TrailSettings, *, seconds: float = _LOOKS) -> None:
        self._store, self._settings, self._seconds = store, settings, seconds
        self._sealed: date | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        if settings.trail_key_file and settings.trail_roots:
            read_key(settings.trail_key_file)  # a server that could not seal does not start
            self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look no more; a day that is being sealed is sealed whole or not at all."""
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        wait = 0
        while not self._stopping.is_set():
            wait = wait - 1 if wait else self._look()
            self._stopping.wait(self._seconds)

    def _look(self) -> int:
        """Seal if a day is over; how many looks to leave out."""
        last = last_over(datetime.now(UTC), self._settings.trail_zone)
        if last == self._sealed:
            return 0
        try:
            done = seal_by(self._store, self._settings)
        except (TaxgraphError, OSError) as error:
            LOGGER.error("the trail is not sealed: %s", getattr(error, "code", type(error).__name__))  # noqa: TRY400 - its facts may name tasks
            return _AGAIN
        LOGGER.info("sealed %d days of the trail, up to %s", len(done.days), done.last)
        self._sealed = last
        return 0
