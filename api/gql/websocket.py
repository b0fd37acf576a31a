"""Subscriptions over WebSocket: Strawberry's graphql-transport-ws, with our tokens, limits and access log.

The token comes with `connection_init` (`{"Authorization": "Bearer …"}`), because a browser sets no header here, or with
the header of the handshake. Queries and mutations are refused on this line: they have their own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, cast

from fastapi import APIRouter, WebSocket
from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET

from api.gql.faults import dress
from api.gql.questions import MOST_TASK_CHARACTERS, Question
from api.gql.subscribing import Subscriptions
from api.watching import Ending
from graph.errors import LimitError, TaxgraphError

TRY_AGAIN_LATER: Final = 1013  # RFC 6455 registry
NOT_ACCEPTABLE: Final = 4406  # graphql-transport-ws
INIT_WAIT: Final = timedelta(seconds=10)
MOST_OPERATIONS: Final = 10  # of one connection


@dataclass(slots=True)
class Connection:
    """What is known of a connection: headers of its handshake, parameters of its `connection_init`."""

    headers: Mapping[str, str]
    connection_params: Mapping[str, Any] = field(default_factory=dict)

    def question(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> Question:
        """A subscription as a question."""
        given = {str(name).lower(): value for name, value in self.connection_params.items()}
        task = given.get("x-task") or self.headers.get("x-task")
        authorization = given.get("authorization") or self.headers.get("authorization")
        return Question(
            query=query,
            variables=variables,
            operation_name=operation_name,
            authorization=str(authorization) if authorization else None,
            task=str(task)[:MOST_TASK_CHARACTERS] if task else None,
        )


def websocket_router(subscriptions: Subscriptions) -> APIRouter:
    """The WebSocket route of GraphQL."""
    router = APIRouter()

    @router.websocket("/graphql")
    async def subscribe(line: WebSocket) -> None:
        offered = GRAPHQL_TRANSPORT_WS_PROTOCOL in line.scope["subprotocols"]
        await line.accept(subprotocol=GRAPHQL_TRANSPORT_WS_PROTOCOL if offered else None)
        if not offered:
            await line.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        try:
            with subscriptions.service.streams.place():
                await _handler(subscriptions, line).handle()
        except LimitError as full:
            await line.close(TRY_AGAIN_LATER, full.message)
        except WebSocketDisconnect:
            pass

    return router


class _View:
    """What Strawberry's handler asks of the application."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def on_ws_connect(self, context: Connection) -> object:
        """Refuse whoever may not ask, before anything is asked."""
        service = self._subscriptions.service
        question = context.question("", None, None)
        try:
            await service.pool.run(lambda _: service.principal(question.authorization, service.store.batches()))
        except TaxgraphError as error:
            raise ConnectionRejectionError from error
        return UNSET

    @staticmethod
    def decode_json(text: str) -> object:
        """A message; whatever is no object is no message."""
        try:
            message = json.loads(text)
        except RecursionError:
            message = None
        if not isinstance(message, dict):
            raise json.JSONDecodeError("no object", "", 0)
        return message

    @staticmethod
    def encode_json(message: object) -> str:
        """A message as text."""
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=str)


class _Streams:
    """Stands where the handler expects a schema; it asks it for streams only."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def stream(
        self,
        query: str,
        *,
        variable_values: dict[str, Any] | None,
        context_value: Connection,
        operation_name: str | None,
        **_: object,
    ) -> AsyncIterator[Any]:
        """Results of a subscription; what refuses it comes as its first and only result."""
        return self._results(context_value.question(query, variable_values, operation_name))

    async def _results(self, question: Question) -> AsyncGenerator[Any, None]:
        try:
            context = await self._subscriptions.context(question)
        except TaxgraphError as error:
            refused = dress(GraphQLError(error.message, original_error=error))
            yield PreExecutionError(data=None, errors=[refused])
            return
        async with aclosing(self._subscriptions.results(question, context, Ending())) as results:
            async for result in results:
                yield result


class _Handler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's, which trusts the form of a message."""

    async def handle_message(self, message: Any) -> None:
        """A message that the protocol does not know ends the connection."""
        payload = message.get("payload")
        if message.get("type") == "subscribe" and not _is_request(payload, message.get("id")):
            await self.handle_invalid_message("Failed to parse message")
            return
        await super().handle_message(message)


def _is_request(payload: object, key: object) -> bool:
    return (
        isinstance(key, str)
        and isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


def _handler(subscriptions: Subscriptions, line: WebSocket) -> _Handler:
    view = cast("Any", _View(subscriptions))
    return _Handler(
        view=view,
        websocket=ASGIWebSocketAdapter(view, line, line),
        context=Connection(line.headers),
        root_value=None,
        schema=cast("Any", _Streams(subscriptions)),
        connection_init_wait_timeout=INIT_WAIT,
        max_subscriptions_per_connection=MOST_OPERATIONS,
    )
