"""The composition root of the server: routes over one store. Called by `taxgraph serve` and by tests.

`/graphql` (POST and WebSocket; GET shows GraphiQL in development), `/healthz` (the process lives), `/readyz` (the store
answers and has this release's schema), `/metrics` (for operators), and whatever routers the caller adds. There is no
other port, and no anonymous answer but the two about health.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api.access.authentication import Authentication
from api.access.bearer import bearer_tokens
from api.access.log import AccessLog
from api.access.scopes import ScopeBook
from api.access.tokens import TokenBook
from api.compacting import IdleCompaction
from api.gql.answers import failed
from api.gql.http import graphql_router
from api.gql.schema import make_schema
from api.gql.streams import Streams
from api.gql.work import WorkPool
from api.identity.registers import RegisterBook
from api.loads.jobs import JobBook
from api.loads.uploads import upload_book
from api.metrics import Metrics
from api.operations.tasks import checks_of_desk, kinds_of_tasks
from api.problems import described
from api.projections import ProjectionBook
from api.sealing import DailySealing
from api.service import Service
from api.settings import ApiSettings
from api.watching import metrics_router
from graph.errors import StoreError, TaxgraphError
from graph.model.vocabulary import SCHEMA_VERSION
from graph.settings import trail_settings
from graph.store.port import GraphStore
from queries.work.desk import Desk

SCHEMA_META = "schema_version"


def create_app(
    store: GraphStore,
    *,
    settings: ApiSettings,
    projection_folder: Path | None = None,
    tokens: TokenBook | None = None,
    extra_routers: Sequence[APIRouter] = (),
    on_close: Callable[[], None] | None = None,
) -> FastAPI:
    """The server as an ASGI application.

    Args:
        store: open, with its schema ensured; it stays the caller's to close, after the application has shut down.
        settings: see `ApiSettings`.
        projection_folder: where the projection is kept; None: the store's own default.
        tokens: local API tokens; those of the store by default.
        extra_routers: more routes; they find `request.app.state.service`.
        on_close: called last at shutdown, when no request runs any more.
    """
    service = _service(store, settings, projection_folder, tokens or TokenBook(store))
    schema = make_schema(
        depth=settings.query_depth,
        aliases=settings.query_aliases,
        cost=settings.query_cost,
        tokens=settings.query_tokens,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.close)
        if on_close:
            on_close()

    app = FastAPI(title="taxgraph", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = service
    app.add_exception_handler(TaxgraphError, _refused)
    for router in (graphql_router(service, schema), _health_router(service), metrics_router(service), *extra_routers):
        app.include_router(router)
    return app


def _service(store: GraphStore, settings: ApiSettings, folder: Path | None, tokens: TokenBook) -> Service:
    loads = JobBook(most_waiting=settings.load_queue)
    pool = WorkPool(workers=settings.request_workers, queue=settings.request_queue, seconds=settings.request_seconds)
    return Service(
        store=store,
        settings=settings,
        authentication=Authentication(tokens, bearer_tokens(settings)),
        scopes=ScopeBook(store),
        access_log=AccessLog(store.append_access),
        pool=pool,
        projections=ProjectionBook(store, folder),
        registers=RegisterBook(store),
        loads=loads,
        uploads=upload_book(store.url, settings.upload_folder, most_bytes=4 * settings.upload_bytes),
        streams=Streams(settings.subscriptions),
        arriving=Streams(settings.uploads_at_once, what="uploads"),
        metrics=Metrics(),
        compaction=IdleCompaction(
            store,
            loads,
            lambda: pool.taken,
            most_runs=settings.compact_runs,
            idle_seconds=settings.compact_idle_seconds,
        ),
        sealing=DailySealing(store, trail_settings()),
        desk=_desk(store),
    )


def _desk(store: GraphStore) -> Desk:
    kinds = kinds_of_tasks()
    return Desk(store, kinds, check=checks_of_desk(kinds))


def _health_router(service: Service) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def ready() -> Response:
        try:
            await run_in_threadpool(_check_store, service.store)
        except Exception as error:  # noqa: BLE001 - every fault means the same: not ready
            return JSONResponse({"status": "not ready", "error": described(error)}, status_code=503)
        return JSONResponse({"status": "ready", "schema": SCHEMA_VERSION})

    return router


def _check_store(store: GraphStore) -> None:
    found = store.meta(SCHEMA_META)
    if found != str(SCHEMA_VERSION):
        raise StoreError(
            "The store has another schema version.", code="store.schema", next_step="Run `taxgraph doctor`."
        )


async def _refused(_: Request, error: Exception) -> Response:
    return failed(error).response()
