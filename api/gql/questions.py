"""A request as it comes over HTTP: its body, bounded, as a GraphQL question. Called by the routes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fastapi import Request

from graph.errors import LimitError, QueryError

T = TypeVar("T")
MOST_TASK_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A GraphQL request as it came. `task` is the purpose that the caller states (header X-Task)."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    authorization: str | None
    task: str | None = field(default=None)


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        LimitError: `limit.body` as soon as it is longer than `most` bytes.
    """
    body = bytearray()
    async for chunk in bounded(request, most):
        body += chunk
    return bytes(body)


async def bounded(request: Request, most: int) -> AsyncIterator[bytes]:
    """The chunks of a body; LimitError `limit.body` before the one that makes it too long, or by what is announced."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise _too_long(most)
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > most:
            raise _too_long(most)
        yield chunk


async def read_question(request: Request, most: int) -> Question:
    """The question of a JSON body; QueryError `query.body` if it is none."""
    body = await read_body(request, most)
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    return question_of(parsed, request)


def question_of(parsed: object, request: Request) -> Question:
    """What a parsed body and the headers ask."""
    asked = parsed if isinstance(parsed, dict) else {}
    query, variables = asked.get("query"), asked.get("variables")
    if not isinstance(query, str) or not query.strip() or not isinstance(variables, dict | None):
        raise QueryError(
            "The body is not a GraphQL request.",
            code="query.body",
            next_step='Send JSON: {"query": "…", "variables": {…}, "operationName": "…"}.',
        )
    name, task = asked.get("operationName"), request.headers.get("x-task")
    return Question(
        query=query,
        variables=variables,
        operation_name=name if isinstance(name, str) else None,
        authorization=request.headers.get("authorization"),
        task=task[:MOST_TASK_CHARACTERS] if task else None,
    )


async def in_time(arriving: Awaitable[T], seconds: float) -> T:
    """What arrives; LimitError `limit.arrival` if it takes longer than that."""
    try:
        return await asyncio.wait_for(arriving, seconds)
    except TimeoutError:
        raise LimitError(
            "The request did not arrive in time.",
            code="limit.arrival",
            next_step="Send it faster, or in smaller parts.",
        ) from None


async def gone(request: Request) -> None:
    """Ends when the caller goes away. Only for a request whose body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _too_long(most: int) -> LimitError:
    return LimitError(
        f"The request is larger than {most} bytes.", code="limit.body", next_step="Send a shorter document."
    )
