"""Operations over HTTP for the command line of the same user, while a server owns the embedded file.

`POST /operate/{name}` with the secret of the owner's note (mode 0600, so who can read it may open the file anyway).
Added to the server by `taxgraph serve`; called by `api.operations.remote`.
"""

from __future__ import annotations

import hmac
import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.gql.questions import read_body
from api.loads.patience import patiently
from api.operations.context import OperationContext
from api.operations.errors import error_json
from api.operations.following import FollowedJob
from api.operations.local import is_logged, read_of
from api.operations.registry import OPERATIONS, Answer, operation_named, perform
from api.problems import http_status
from api.service import Service
from api.watching import Ending
from graph.errors import AccessError, QueryError
from graph.progress import Tell, silent
from graph.stopping import Stop

SECRET_HEADER: Final = "x-owner-secret"  # noqa: S105 - the name of a header
MOST_BYTES: Final = 4 * 1024 * 1024  # a load may name many files
PRIVATE: Final = {"Cache-Control": "no-store"}


def operations_router(secret: str) -> APIRouter:
    """The route, open to whoever knows the secret of this run."""
    router = APIRouter()

    @router.post("/operate/{name}")
    async def operate(name: str, request: Request) -> Response:
        ending, service = Ending(kind="operation"), request.app.state.service
        try:
            _check_secret(request, secret)
            body = _body(await read_body(request, MOST_BYTES))
            ending.operation = name if name in OPERATIONS else ""
            if operation_named(name).queues:
                return _followed(service, name, body, ending)
            answered, ending.status = {"answer": await run_in_threadpool(_performed, service, name, body)}, 200
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets the one form of error
            answered, ending.status = {"error": error_json(error)}, http_status(error)
            ending.code = str(answered["error"]["code"])
        ending.tell(service)
        return _response(answered, ending.status)

    return router


def _check_secret(request: Request, secret: str) -> None:
    given = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise AccessError(
            "This is not the secret of the process that owns the store.",
            code="access.owner",
            next_step="Run the command as the user who started the server.",
        )


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("parameters"), dict):
        raise QueryError(
            "The body is not an operation's parameters.",
            code="query.body",
            next_step="Use a command line of the same release as the server.",
        )
    return body


def _performed(service: Service, name: str, body: dict[str, Any]) -> Answer:
    return _done(service, name, body["parameters"], _Caller(_who(body)))


def _followed(service: Service, name: str, body: dict[str, Any], ending: Ending) -> Response:
    """What brings data in waits its turn with the loads of the API."""
    parameters: dict[str, Any] = body["parameters"]
    names, who = parameters.get("paths"), _who(body)
    job = service.loads.submit(
        lambda tell, stop: _done(service, name, parameters, _Caller(who, tell, stop)),
        source=str(parameters.get("source", name)),
        files=tuple(PurePath(str(path)).name for path in names) if isinstance(names, list) else (),
        who=f"local:{who}",
    )
    return FollowedJob(service, job, ending)


def _who(body: dict[str, Any]) -> str:
    return str(body.get("who") or "unknown")[:100]


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who asks, who is told how far it is, and what ends it."""

    who: str
    tell: Tell = silent
    stop: Stop = field(default_factory=Stop)


def _done(service: Service, name: str, parameters: dict[str, Any], caller: _Caller) -> Answer:
    operation, store = operation_named(name), service.store
    context = OperationContext(store, service.projections, caller.tell, caller.who, caller.stop)
    with patiently(store) if operation.patient else nullcontext():
        answer = perform(name, context, parameters)
    if is_logged(context, name):
        service.access_log.record(read_of(context, name, answer))
    return answer


def _response(body: dict[str, Any], status: int) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status_code=status, media_type="application/json", headers=PRIVATE)
