"""Executes a question: proves the principal, fixes the state of the ledger, asks the schema, records the read.

Runs whole in one worker thread; called by the routes through the pool.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import strawberry
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.access.log import Read
from api.access.principals import Right
from api.gql.answers import Answer, formatted
from api.gql.context import RequestContext, Watch
from api.gql.questions import Question
from api.gql.work import Deadline
from api.service import Service
from graph.errors import QueryError


def answered(service: Service, schema: strawberry.Schema, question: Question, deadline: Deadline) -> Answer:
    """The answer to a query or a mutation.

    Raises:
        TaxgraphError: whatever ends the request before anything is executed.
    """
    with store_deadline(service, deadline):
        context = context_of(service, question, deadline)
        try:
            result = asyncio.run(_executed(schema, question, context))
        finally:
            record(service, context, question.task)
    return formatted(result, context)


def context_of(
    service: Service, question: Question, deadline: Deadline, *, watch: Watch | None = None
) -> RequestContext:
    """Who asks, and the state of the ledger that answers; AccessError for whoever may not ask."""
    ledger = service.store.batches()
    return RequestContext(
        store=service.store,
        principal=service.principal(question.authorization, ledger),
        ledger=ledger,
        projections=service.projections,
        registers=service.registers,
        loads=service.loads,
        uploads=service.uploads,
        desk=service.desk,
        deadline=deadline,
        operation_name=question.operation_name,
        watch=watch,
    )


def record(service: Service, context: RequestContext, task: str | None) -> None:
    """What was asked and whom it showed goes into the access log before the answer goes out."""
    if context.subjects or context.logged:
        service.access_log.record(
            Read(
                at=datetime.now(tz=UTC),
                principal=context.principal,
                operation=context.operation,
                task=task,
                subjects=frozenset(context.subjects),
            )
        )


def store_deadline(service: Service, deadline: Deadline) -> AbstractContextManager[None]:
    """Reads of this thread end with the request."""
    limited = getattr(service.store, "deadline", None)
    return limited(deadline.remaining()) if limited else nullcontext()


async def _executed(schema: strawberry.Schema, question: Question, context: RequestContext) -> ExecutionResult:
    try:
        return await schema.execute(
            question.query,
            variable_values=question.variables,
            context_value=context,
            operation_name=question.operation_name,
            allowed_operation_types=[OperationType.QUERY, OperationType.MUTATION],
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError):
        raise no_such_operation() from None


def no_such_operation() -> QueryError:
    """The error of a document without the operation that is asked for."""
    return QueryError(
        "The document has no such query or mutation.",
        code="query.document",
        next_step="Send one, and its name as `operationName` where there are several.",
    )


def check_may_load(service: Service, authorization: str | None) -> None:
    """Refuse whoever may not load, before any of its files is read; AccessError."""
    service.principal(authorization, service.store.batches()).demand(Right.LOAD)
