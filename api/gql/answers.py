"""Answers as HTTP: results of the schema and errors in the one form that callers know. Used by the routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Response
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionResult

from api.gql.context import RequestContext
from api.gql.limits import too_many_tokens
from api.problems import described, http_status, retry_after
from graph.errors import TaxgraphError

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
    body, status, code = body_of(result), 200, OK
    if result.errors:
        code = str(body["errors"][0]["extensions"]["code"])
        if "data" not in body:
            status = max(_status(error) for error in result.errors)
    return Answer(
        status,
        as_json(body | {"extensions": context.extensions()}),
        code=code,
        operation=context.operation_name or "",
        cost=context.cost,
    )


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """`data` and `errors`; without `data` if nothing was executed."""
    if not result.errors:
        return {"data": result.data}
    errors = [shown_error(error) for error in result.errors]
    if result.data is None and all(error.path is None for error in result.errors):
        return {"errors": errors}
    return {"data": result.data, "errors": errors}


def shown_error(error: GraphQLError) -> dict[str, Any]:
    """An error of the schema with the extensions of `api.problems`."""
    shown = error.formatted
    cause = _cause(error)
    if isinstance(cause, TaxgraphError) or (cause is not None and error.path is not None):
        return {**shown, **described(cause)}
    # The document or its variables are wrong: graphql-core says where, in the caller's own words.
    extensions = {"code": "query.document", "category": "QUERY", "retryable": False}
    return {**shown, "extensions": extensions}


def as_json(body: Mapping[str, Any]) -> bytes:
    """UTF-8, without blanks."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _cause(error: GraphQLError) -> BaseException | None:
    if isinstance(error, GraphQLSyntaxError) and "tokens" in error.message and "Parsing aborted" in error.message:
        return too_many_tokens()
    return error.original_error


def _status(error: GraphQLError) -> int:
    cause = _cause(error)
    return http_status(cause) if isinstance(cause, TaxgraphError) else 400
