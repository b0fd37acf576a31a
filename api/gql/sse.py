"""GraphQL over server-sent events, each operation on a connection of its own ("distinct connections mode").

A POST that accepts `text/event-stream` gets `next` events and then one `complete`; comments keep a quiet line open.
Whoever may not ask gets an HTTP error, what is wrong with the document comes in a `next` event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import ExitStack, suppress
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.gql.answers import PRIVATE, as_json, body_of
from api.gql.context import RequestContext
from api.gql.questions import Question
from api.gql.subscribing import Subscriptions
from api.watching import REQUEST_ID, Ending

TYPE: Final = "text/event-stream"
KEEP_ALIVE: Final = b":\n\n"
COMPLETE: Final = b"event: complete\ndata:\n\n"
_HEADERS: Final = PRIVATE | {"X-Accel-Buffering": "no"}  # a proxy that gathers would hold progress back
_closing: set[asyncio.Task[None]] = set()


class _HeldResponse(StreamingResponse):
    """A stream that frees its place when it ends, however it ends."""

    def __init__(self, events: AsyncIterator[bytes], *, held: ExitStack, headers: Mapping[str, str]) -> None:
        super().__init__(events, media_type=TYPE, headers={**_HEADERS, **headers})
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


def wants_events(request: Request) -> bool:
    """Whether the caller accepts a stream of events."""
    kinds = request.headers.get("accept", "").split(",")
    return any(kind.partition(";")[0].strip().lower() == TYPE for kind in kinds)


async def streamed(subscriptions: Subscriptions, question: Question, ending: Ending) -> Response:
    """The stream of a subscription; errors before its first byte are raised."""
    with ExitStack() as until_started:
        until_started.enter_context(subscriptions.service.streams.place())
        context = await subscriptions.context(question)
        held = until_started.pop_all()
    events = _events(subscriptions, question, context, ending)
    return _HeldResponse(events, held=held, headers={REQUEST_ID: ending.id})


def single(body: bytes) -> Response:
    """The one result of a query or mutation as a stream."""
    return StreamingResponse(_parts(_event(body), COMPLETE), media_type=TYPE, headers=_HEADERS)


async def _events(
    subscriptions: Subscriptions, question: Question, context: RequestContext, ending: Ending
) -> AsyncIterator[bytes]:
    source = subscriptions.results(question, context, ending)
    pending: asyncio.Future[Any] = asyncio.ensure_future(_next(source))
    try:
        yield KEEP_ALIVE
        while True:
            done, _ = await asyncio.wait({pending}, timeout=subscriptions.service.settings.heartbeat_seconds)
            if not done:
                yield KEEP_ALIVE
                continue
            result = pending.result()
            if result is None:
                break
            yield _event(as_json(body_of(result)))
            pending = asyncio.ensure_future(_next(source))
        yield COMPLETE
    finally:
        # The caller may have gone, and then nothing can be awaited here any more.
        pending.cancel()
        task = asyncio.ensure_future(_closed(pending, source))
        _closing.add(task)
        task.add_done_callback(_closing.discard)


async def _next(source: AsyncGenerator[Any, None]) -> Any:
    return await anext(source, None)


async def _closed(pending: Awaitable[Any], source: AsyncGenerator[Any, None]) -> None:
    with suppress(asyncio.CancelledError, Exception):
        await pending
    await source.aclose()


async def _parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def _event(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"
