"""Subscriptions, whatever carries them: who asks, the stream of results, its line in the access log.

Called by `sse` and `websocket`. The document is parsed and its results are made on the server's loop: a subscription's
document is short, its resolvers read nothing. Tokens and the log cost time, so that happens in the pool.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, cast

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType as Allowed

from api.gql.answers import code_of
from api.gql.context import RequestContext
from api.gql.executing import context_of, record
from api.gql.faults import gave_up
from api.gql.questions import Question
from api.gql.work import Deadline
from api.service import Service
from api.watching import Ending
from graph.errors import LimitError

MOST_CHARACTERS: Final = 8192
MOST_WORDS: Final = 250


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscriptions of one server."""

    service: Service
    schema: strawberry.Schema

    async def context(self, question: Question) -> RequestContext:
        """Who asks. AccessError for whoever may not; LimitError `limit.document` for a long document."""
        _check_length(question)
        checked = time.monotonic()

        async def may_go_on() -> None:
            nonlocal checked
            self.service.streams.check()
            if time.monotonic() - checked >= self.service.settings.heartbeat_seconds:
                await self.service.pool.run(lambda _: self.service.authentication.identity(question.authorization))
                checked = time.monotonic()

        return await self.service.pool.run(
            lambda deadline: context_of(self.service, question, deadline, watch=may_go_on)
        )

    async def results(
        self, question: Question, context: RequestContext, ending: Ending
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Results until the subscription ends; the first one goes out when the access log has taken the line."""
        source = await self.schema.stream(
            question.query,
            variable_values=question.variables,
            context_value=context,
            operation_name=question.operation_name,
            allowed_operation_types=(Allowed.SUBSCRIPTION,),
        )
        logged = False
        try:
            async with aclosing(cast("AsyncGenerator[Any, None]", source)) as found:
                async for result in found:
                    if not logged:
                        await asyncio.to_thread(record, self.service, context, question.task)
                        logged = True
                    ending.code = code_of(result)
                    yield result
        finally:
            ending.kind, ending.operation, ending.cost = "subscription", context.named, context.cost
            ending.tell(self.service)


def _check_length(question: Question) -> None:
    """The document is checked and answered on the server's loop, so it must be checked in no time."""
    too_long = len(question.query) > MOST_CHARACTERS
    try:
        parse(question.query[:MOST_CHARACTERS], max_tokens=MOST_WORDS, no_location=True)
    except GraphQLError as error:
        too_long = too_long or gave_up(error)  # other faults are told by the schema
    except RecursionError:
        too_long = True
    if too_long:
        raise LimitError(
            f"The document of a subscription has at most {MOST_WORDS} words and signs.",
            code="limit.document",
            next_step="Ask for fewer fields.",
        )


def is_subscription(question: Question, deadline: Deadline, *, tokens: int) -> bool:
    """Whether the operation that is asked for is a subscription; False for what cannot be parsed."""
    deadline.remaining()
    try:
        document = parse(question.query, max_tokens=tokens, no_location=True)
    except (GraphQLError, RecursionError):
        return False
    return any(
        isinstance(each, OperationDefinitionNode)
        and each.operation is OperationType.SUBSCRIPTION
        and (question.operation_name is None or (each.name is not None and each.name.value == question.operation_name))
        for each in document.definitions
    )
