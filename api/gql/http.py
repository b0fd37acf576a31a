"""GraphQL over HTTP: one route, POST only. Reads a request, runs it in a worker thread, writes the answer.

The worker proves the principal, fixes the state of the ledger, executes, records the read and formats the answer; the
server's loop moves bytes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import strawberry
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from graphql import GraphQLError
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.access.log import Read
from api.gql.context import RequestContext
from api.gql.work import Deadline
from api.problems import described, http_status
from api.service import Service
from graph.errors import LimitError, QueryError, TaxgraphError

MOST_TASK_CHARACTERS = 200
PRIVATE = {"Cache-Control": "no-store"}  # answers are about people; nothing between us and the caller keeps them


@dataclass(frozen=True, slots=True)
class Question:
    """A GraphQL request as it came."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    authorization: str | None
    task: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes and status of a response."""

    status: int
    body: bytes

    def response(self) -> Response:
        """As HTTP."""
        headers = PRIVATE | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})  # noqa: PLR2004 - RFC 6750
        return Response(self.body, status_code=self.status, media_type="application/json", headers=headers)


def graphql_router(service: Service, schema: strawberry.Schema) -> APIRouter:
    """The route of GraphQL, and in development a page to try it on."""
    router = APIRouter()

    @router.post("/graphql")
    async def ask(request: Request) -> Response:
        try:
            question = await _question(request, service.settings.body_bytes)
            answer = await service.pool.run(lambda deadline: _answered(service, schema, question, deadline))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets the one form of error
            answer = failed(error)
        return answer.response()

    if service.settings.development:

        @router.get("/graphql")
        async def try_out() -> Response:
            return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))

    return router


def failed(error: BaseException) -> Answer:
    """The answer to a request that ended before anything was executed."""
    return Answer(http_status(error), _json({"errors": [described(error)]}))


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        LimitError: `limit.body` as soon as it is longer than `most` bytes.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise LimitError(
                f"The request is larger than {most} bytes.", code="limit.body", next_step="Send a shorter document."
            )
    return bytes(body)


async def _question(request: Request, most: int) -> Question:
    body = await read_body(request, most)
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    query = parsed.get("query") if isinstance(parsed, dict) else None
    variables = parsed.get("variables") if isinstance(parsed, dict) else None
    if not isinstance(query, str) or not query.strip() or not isinstance(variables, dict | None):
        raise QueryError(
            "The body is not a GraphQL request.",
            code="query.body",
            next_step='Send JSON: {"query": "…", "variables": {…}, "operationName": "…"}.',
        )
    name, task = parsed.get("operationName"), request.headers.get("x-task")
    return Question(
        query=query,
        variables=variables,
        operation_name=name if isinstance(name, str) else None,
        authorization=request.headers.get("authorization"),
        task=task[:MOST_TASK_CHARACTERS] if task else None,
    )


def _answered(service: Service, schema: strawberry.Schema, question: Question, deadline: Deadline) -> Answer:
    with _store_deadline(service, deadline):
        ledger = service.store.batches()
        principal = service.principal(question.authorization, ledger)
        context = RequestContext(
            store=service.store,
            principal=principal,
            ledger=ledger,
            projections=service.projections,
            deadline=deadline,
            operation_name=question.operation_name,
        )
        try:
            result = asyncio.run(_executed(schema, question, context))
        finally:
            _record(service, context, question)
    return _formatted(result, context)


async def _executed(schema: strawberry.Schema, question: Question, context: RequestContext) -> ExecutionResult:
    try:
        return await schema.execute(
            question.query,
            variable_values=question.variables,
            context_value=context,
            operation_name=question.operation_name,
            allowed_operation_types=[OperationType.QUERY],
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError):
        raise QueryError(
            "The document has no such query.",
            code="query.document",
            next_step="Send a query, and its name as `operationName` where there are several.",
        ) from None


def _record(service: Service, context: RequestContext, question: Question) -> None:
    if context.subjects:
        service.access_log.record(
            Read(
                at=datetime.now(tz=UTC),
                principal=context.principal,
                operation=context.operation,
                task=question.task,
                subjects=frozenset(context.subjects),
            )
        )


def _formatted(result: ExecutionResult, context: RequestContext) -> Answer:
    body: dict[str, Any] = {"data": result.data}
    status = 200
    if result.errors:
        body["errors"] = [_error(error) for error in result.errors]
        if result.data is None and all(error.path is None for error in result.errors):
            del body["data"]  # nothing was executed
            status = max(_status(error) for error in result.errors)
    return Answer(status, _json(body | {"extensions": context.extensions()}))


def _error(error: GraphQLError) -> dict[str, Any]:
    shown = error.formatted
    cause = error.original_error
    if isinstance(cause, TaxgraphError) or (cause is not None and error.path is not None):
        return {**shown, **described(cause)}
    # The document or its variables are wrong: graphql-core says where, in the caller's own words.
    extensions = {"code": "query.document", "category": "QUERY", "retryable": False}
    return {**shown, "extensions": extensions}


def _status(error: GraphQLError) -> int:
    return http_status(error.original_error) if isinstance(error.original_error, TaxgraphError) else 400


def _store_deadline(service: Service, deadline: Deadline) -> AbstractContextManager[None]:
    limited = getattr(service.store, "deadline", None)
    return limited(deadline.remaining()) if limited else nullcontext()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()
