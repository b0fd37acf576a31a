"""GraphQL over HTTP: one route, POST only. Reads a request, has it executed in a worker thread, writes the answer.

The server's loop moves bytes; whatever costs time happens in the pool.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import strawberry
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from strawberry.http.ides import get_graphql_ide_html

from api.gql.answers import Answer, failed
from api.gql.executing import answered, check_may_load
from api.gql.multipart import FileLimits, brings_files, question_with_files
from api.gql.questions import Question, gone, in_time, read_question
from api.gql.sse import single, streamed, wants_events
from api.gql.subscribing import Subscriptions, is_subscription
from api.gql.websocket import websocket_router
from api.service import Service
from api.watching import REQUEST_ID, Ending


def graphql_router(service: Service, schema: strawberry.Schema) -> APIRouter:
    """The route of GraphQL, and in development a page to try it on."""
    router, subscriptions = APIRouter(), Subscriptions(service, schema)
    router.include_router(websocket_router(subscriptions))

    @router.post("/graphql")
    async def ask(request: Request) -> Response:
        ending = Ending()
        if wants_events(request) and not brings_files(request):
            return await _asked_for_events(subscriptions, request, ending)
        answer = await _asked(service, schema, request)
        return _told(service, answer, ending).response(extra={REQUEST_ID: ending.id})

    if service.settings.development:

        @router.get("/graphql")
        async def try_out() -> Response:
            return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))

    return router


async def _asked(service: Service, schema: strawberry.Schema, request: Request) -> Answer:
    try:
        if brings_files(request):
            return await _asked_with_files(service, schema, request)
        question = await _question(service, request)
        return await _answer(service, schema, question, request)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets the one form of error
        return failed(error)


async def _asked_for_events(subscriptions: Subscriptions, request: Request, ending: Ending) -> Response:
    service, tokens = subscriptions.service, subscriptions.service.settings.query_tokens
    try:
        question = await _question(service, request)
        if await service.pool.run(lambda deadline: is_subscription(question, deadline, tokens=tokens)):
            return await streamed(subscriptions, question, ending)
        answer = await _answer(service, subscriptions.schema, question, request)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets the one form of error
        return _told(service, failed(error), ending).response(extra={REQUEST_ID: ending.id})
    return single(_told(service, answer, ending).body)


def _told(service: Service, answer: Answer, ending: Ending) -> Answer:
    """The answer, once it is counted and its line is written."""
    ending.kind, ending.operation, ending.code = answer.kind, answer.operation, answer.code
    ending.status, ending.cost = answer.status, answer.cost
    ending.tell(service)
    return answer


async def _asked_with_files(service: Service, schema: strawberry.Schema, request: Request) -> Answer:
    authorization, settings = request.headers.get("authorization"), service.settings
    await service.pool.run(lambda _: check_may_load(service, authorization))
    limits = FileLimits(settings.upload_bytes, settings.upload_files, settings.body_bytes)
    with service.arriving.place():
        async with AsyncExitStack() as files:
            arriving = files.enter_async_context(question_with_files(request, limits))
            question = await in_time(arriving, settings.upload_seconds)
            return await _answer(service, schema, question, request)


async def _question(service: Service, request: Request) -> Question:
    """The question of a body that must arrive within the time of a request."""
    return await in_time(read_question(request, service.settings.body_bytes), service.settings.request_seconds)


async def _answer(service: Service, schema: strawberry.Schema, question: Question, request: Request) -> Answer:
    return await service.pool.run(
        lambda deadline: answered(service, schema, question, deadline), gone=lambda: gone(request)
    )
