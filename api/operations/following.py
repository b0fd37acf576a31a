"""An operation that waits its turn, told line by line to the command line that asked for it. Used by `route`.

Lines of JSON: `{"progress": {…}}` (`graph.progress.Progress`) as it goes on, empty ones while nothing changes, and at
the end `{"answer": …}` or `{"error": …}`. When the caller goes away (Ctrl-C), the job is cancelled.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.gql.answers import PRIVATE
from api.loads.jobs import JobBook, LoadJob
from api.loads.latest import Latest
from api.operations.errors import error_json
from api.service import Service
from api.watching import Ending

TYPE: Final = "application/x-ndjson"
_TICK_SECONDS: Final = 1.0


class FollowedJob(StreamingResponse):
    """The lines of one job, and its line in the server's log once it has ended."""

    def __init__(self, service: Service, job: LoadJob, ending: Ending) -> None:
        super().__init__(_lines(service.loads, job.id, ending), media_type=TYPE, headers=PRIVATE)
        self._service = service
        self._job = job
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the lines; a job that nobody follows any more is cancelled."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._service.loads.cancel(self._job.id)
            self._ending.tell(self._service)


async def _lines(jobs: JobBook, job_id: str, ending: Ending) -> AsyncIterator[bytes]:
    latest = Latest()
    with jobs.watching(job_id, latest.tell) as job:
        shown: LoadJob | None = job
        while shown is None or not shown.ended:
            yield _line({"progress": asdict(shown.progress)}) if shown and shown.progress else b"\n"
            shown = await latest.next(_TICK_SECONDS)
    yield _line(_outcome(jobs, job_id, ending))


def _outcome(jobs: JobBook, job_id: str, ending: Ending) -> dict[str, Any]:
    try:
        return {"answer": dict(jobs.result(job_id))}  # it has ended: nothing is waited for
    except Exception as error:  # noqa: BLE001 - whatever ended it, the caller gets the one form of error
        shown = error_json(error)
        ending.code = str(shown["code"])
        return {"error": shown}


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
