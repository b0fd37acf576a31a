"""What every route shares: the store, who may ask, the access log, the pool, the projection. Made by `api.app`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from api.access.authentication import Authentication
from api.access.log import AccessLog
from api.access.principals import Principal
from api.access.scopes import ScopeBook
from api.compacting import IdleCompaction
from api.gql.context import Projections
from api.gql.streams import Streams
from api.gql.work import WorkPool
from api.identity.registers import RegisterBook
from api.loads.jobs import JobBook
from api.loads.uploads import UploadBook
from api.metrics import Metrics
from api.sealing import DailySealing
from api.settings import ApiSettings
from graph.store.port import BatchRecord, GraphStore
from queries.work.desk import Desk

LOGGER = logging.getLogger("taxgraph.access")


@dataclass(frozen=True, slots=True)
class Service:
    """One running server. Routes of other modules find it as `request.app.state.service`."""

    store: GraphStore
    settings: ApiSettings
    authentication: Authentication
    scopes: ScopeBook
    access_log: AccessLog
    pool: WorkPool
    projections: Projections
    registers: RegisterBook
    loads: JobBook
    uploads: UploadBook
    streams: Streams
    arriving: Streams  # uploads whose bytes are on their way
    metrics: Metrics
    compaction: IdleCompaction
    sealing: DailySealing
    desk: Desk

    def principal(self, authorization: str | None, ledger: Sequence[BatchRecord]) -> Principal:
        """Who asks, with scope.

        Raises:
            AccessError: `access.token` without a valid token, `access.scope` without anything to see.
        """
        return self.scopes.principal(self.authentication.identity(authorization), ledger)

    def begin_stop(self) -> None:
        """End subscriptions and loads soon, so that the server need not wait for them; answers still go out."""
        self.streams.stop()
        self.compaction.close()
        self.sealing.close()
        self.loads.end_all()

    def close(self) -> None:
        """End loads and running requests, then write the rest of the access log, then delete uploads.

        The store stays open: its opener closes it.
        """
        self.begin_stop()
        ended = self.loads.close(self.settings.stop_seconds)
        self.pool.close()
        self.desk.close()
        if not ended:
            self._interrupt_load()
        if not self.access_log.close():
            LOGGER.error("the store did not take the rest of the access log before the server stopped")
        self.uploads.close()

    def _interrupt_load(self) -> None:
        """End the statement that a load waits for; its transaction is undone, as if it had never begun."""
        interrupt = getattr(self.store, "interrupt", None)
        if interrupt:
            interrupt()
        if not self.loads.close(self.settings.stop_seconds):
            LOGGER.error("a load did not end before the server stopped; its batch is written whole or not at all")
