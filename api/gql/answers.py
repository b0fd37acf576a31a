"""Answers as HTTP: results of the schema and errors in the one form that callers know. Used by the routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Response
from strawberry.types import ExecutionResult

from api.gql.context import RequestContext
from api.gql.faults import dress, status_of
from api.problems import described, http_status, retry_after

# Answers are about people; nothing between us and the caller keeps them.
PRIVATE: Final = {"Cache-Control": "no-store"}
UNAUTHORIZED: Final = 401
OK: Final = "ok"


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes and status of a response, and what the server's own log may say of it (nothing about people)."""

    status: int
    body: bytes
    code: str = OK
    kind: str = "refused"
    operation: str = ""
    cost: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, *, extra: Mapping[str, str] | None = None) -> Response:
        """As HTTP."""
        headers = {**PRIVATE, **self.headers, **(extra or {})}
        if self.status == UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(self.body, status_code=self.status, media_type="application/json", headers=headers)


def failed(error: BaseException) -> Answer:
    """The answer to a request that ended before anything was executed."""
    shown = described(error)
    wait = retry_after(error)
    return Answer(
        http_status(error),
        as_json({"errors": [shown]}),
        code=str(shown["extensions"]["code"]),
        headers={"Retry-After": str(wait)} if wait is not None else {},
    )


def formatted(result: ExecutionResult, context: RequestContext) -> Answer:
    """The answer to a request that was executed, or refused by a rule."""
    body, status = body_of(result), 200
    if result.errors and "data" not in body:
        status = max(status_of(error) for error in result.errors)
    return Answer(
        status,
        as_json(body | {"extensions": context.extensions()}),
        code=code_of(result),
        kind=context.kind,
        operation=context.named,
        cost=context.cost,
    )


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """`data` and `errors`; without `data` if nothing was executed."""
    if not result.errors:
        return {"data": result.data}
    errors = [dress(error).formatted for error in result.errors]
    if result.data is None and all(error.path is None for error in result.errors):
        return {"errors": errors}
    return {"data": result.data, "errors": errors}


def code_of(result: ExecutionResult) -> str:
    """The code of the first error, or `ok`."""
    return str((dress(result.errors[0]).extensions or {}).get("code")) if result.errors else OK


def as_json(body: Mapping[str, Any]) -> bytes:
    """UTF-8, without blanks."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()
