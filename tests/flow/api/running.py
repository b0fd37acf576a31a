"""The server of `taxgraph serve`, which ends what is open before it waits, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import APIRouter

from api.app import create_app
from api.commands.graceful import GracefulServer
from api.settings import read_settings
from graph.store.port import GraphStore
from tests.support.serving import PATIENT_SECONDS, Server


@contextmanager
def graceful(
    store: GraphStore, *, extra_routers: Sequence[APIRouter] = ()
) -> Iterator[tuple[Server, GracefulServer, threading.Thread]]:
    """A server that a test may stop by `should_exit`."""
    settings = read_settings(request_seconds=PATIENT_SECONDS, heartbeat_seconds=0.2)
    app = create_app(store, settings=settings, extra_routers=extra_routers)
    answering = threading.Event()
    config = uvicorn.Config(app, log_level="warning")
    web = GracefulServer(config, answering=answering.set, stopping=app.state.service.begin_stop)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert answering.wait(30)
            yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", store, app.state.service), web, thread
        finally:
            web.should_exit = True
            thread.join()
