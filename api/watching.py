"""How a server is doing: `/metrics` for its operators, and the line and the count of each request that ends.

Called by every route. The figures need a token of an operator or of internal control, as everything here needs one.
"""

from __future__ import annotations

import resource
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.access.principals import Right, check_right
from api.gql.answers import OK, PRIVATE, failed
from api.logs import FACTS, REQUESTS
from api.metrics import CONTENT_TYPE, Gauge
from api.service import Service

REQUEST_ID: Final = "X-Request-Id"
MOST_NAME_CHARACTERS: Final = 64
_STARTED: Final = time.time()


@dataclass(slots=True)
class Ending:
    """What is known of a request when it has ended."""

    kind: str = "refused"
    operation: str = ""
    code: str = OK
    status: int = 200
    cost: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    began: float = field(default_factory=time.monotonic)

    def tell(self, service: Service) -> None:
        """Count it and write its line."""
        seconds = time.monotonic() - self.began
        service.metrics.request(self.kind, self.code, seconds=seconds, cost=self.cost)
        facts = {
            "request": self.id,
            "kind": self.kind,
            "operation": self.operation[:MOST_NAME_CHARACTERS],
            "code": self.code,
            "status": self.status,
            "seconds": round(seconds, 6),
            "cost": self.cost,
        }
        REQUESTS.info("request", extra={FACTS: facts})


def metrics_router(service: Service) -> APIRouter:
    """`/metrics`."""
    router = APIRouter()

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        try:
            text = await run_in_threadpool(_metrics, service, request.headers.get("authorization"))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets the one form of error
            return failed(error).response()
        return Response(text, headers={**PRIVATE, "Content-Type": CONTENT_TYPE})

    return router


def _metrics(service: Service, authorization: str | None) -> str:
    check_right(service.authentication.identity(authorization), Right.METRICS)
    return service.metrics.text(_gauges(service))


def _gauges(service: Service) -> Iterator[Gauge]:
    log = service.access_log
    yield Gauge("taxgraph_requests_in_progress", "Requests that run or wait for a worker.", service.pool.taken)
    yield Gauge("taxgraph_subscriptions_open", "Open connections of subscriptions.", service.streams.open)
    yield Gauge("taxgraph_access_log_waiting", "Lines of the access log that are not written yet.", log.waiting)
    yield Gauge("taxgraph_access_log_written_total", "Lines written since the start.", log.written, "counter")
    states = Counter(job.state.value for job in service.loads.jobs())
    for state, count in sorted(states.items()):
        yield Gauge("taxgraph_loads", "Loads that are remembered, by state.", count, labels={"state": state})
    yield Gauge("process_start_time_seconds", "When this process started.", _STARTED)
    # Kilobytes, but on macOS bytes.
    scale = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    yield Gauge("taxgraph_memory_peak_bytes", "Most memory that this process had.", peak)
