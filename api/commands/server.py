"""Runs the server over a store until it is told to stop. Called by `taxgraph serve`."""

from __future__ import annotations

import gc
import secrets
import signal
import socket
from collections.abc import Mapping
from contextlib import closing
from types import FrameType
from typing import Any, Final, NoReturn, Protocol, cast

import uvicorn

from api.access.tokens import TokenBook
from api.app import create_app
from api.commands.graceful import GracefulServer
from api.commands.session import Session
from api.commands.showing import console, text
from api.logs import start_logging
from api.operations.route import operations_router
from api.settings import ApiSettings, read_settings
from graph.errors import SettingsError
from graph.store.opening import is_embedded, open_store
from graph.store.port import GraphStore
from graph.store.projecting import projection_folder

EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never listened on by default


class _Announces(Protocol):
    """The part of the embedded store that names a server."""

    def announce(self, address: str, secret: str) -> None: ...


def run_server(session: Session, given: Mapping[str, Any]) -> None:
    """Serve the session's store until SIGINT or SIGTERM, then close it.

    Args:
        session: which store.
        given: settings from the command line; they go before the environment.

    Raises:
        SettingsError: `settings.port` if nothing can listen there.
    """
    settings = read_settings(**given)
    start_logging()
    with closing(open_store(session.store_url(), create=False, timeout=settings.request_seconds)) as store:
        listener = listening(settings)
        _run(store, settings, listener)


def _run(store: GraphStore, settings: ApiSettings, listener: socket.socket) -> None:
    secret, tokens = secrets.token_urlsafe(32), TokenBook(store)
    address = _address(settings.host, listener.getsockname()[1])
    embedded = is_embedded(store.url)
    app = create_app(
        store,
        settings=settings,
        projection_folder=projection_folder(store.url),
        tokens=tokens,
        extra_routers=[operations_router(secret)] if embedded else [],
    )

    def answering() -> None:
        if embedded:
            cast("_Announces", store).announce(address, secret)
        _greet(address, tokens.ensure_local(), development=settings.development)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=settings.body_bytes,
        ws_ping_interval=settings.heartbeat_seconds,
        timeout_graceful_shutdown=int(settings.request_seconds) + 5,
    )
    _settle_the_collector()
    # uvicorn raises the signal again when it has ended; the store must be closed after that.
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        GracefulServer(config, answering=answering, stopping=app.state.service.begin_stop).run(sockets=[listener])
    except KeyboardInterrupt:
        console().print("Stopped.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _settle_the_collector() -> None:
    """What is loaded by now stays: answers do not wait while the collector of garbage walks over it again and again.

    An answer makes some thousands of objects, nearly all freed by their counts alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def listening(settings: ApiSettings) -> socket.socket:
    """A socket at the address of the settings; SettingsError `settings.port` if it is taken or not ours.

    It is named TCP, or asyncio would not know that answers may leave at once: each waited 40 ms for an acknowledgement.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The server cannot listen there: {error.strerror or type(error).__name__}.",
            code="settings.port",
            next_step="Choose another --port, or --port 0 for any free one.",
            host=settings.host,
            port=settings.port,
        ) from None
    return listener


def _address(host: str, port: int) -> str:
    """Where this machine reaches the server."""
    if host in EVERYWHERE:
        return f"http://127.0.0.1:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _greet(address: str, token: str | None, *, development: bool) -> None:
    out = console()
    out.print(text(f"GraphQL at {address}/graphql{' (GraphiQL in a browser)' if development else ''}"), soft_wrap=True)
    if token is not None:
        out.print(text("Token of this store, shown this one time: keep it."), soft_wrap=True)
        out.print(text(f"Authorization: Bearer {token}"), soft_wrap=True)
    out.file.flush()
