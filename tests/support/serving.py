"""A server for tests: the real application on a free loopback port, asked over real HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.access.principals import Identity, Role
from api.access.tokens import TokenBook
from api.app import create_app
from api.service import Service
from api.settings import ApiSettings, read_settings
from graph.store.port import GraphStore

INVESTIGATOR = frozenset({Role.INVESTIGATOR})
PATIENT_SECONDS = 250  # a kernel that nobody has used yet is compiled during the first request
CLIENT = httpx.Client(timeout=PATIENT_SECONDS + 20)  # one for all: making one costs more than asking
AUDITOR = frozenset({Role.AUDITOR})


@dataclass
class Caller:
    """Somebody with a token (or none) who asks the server."""

    url: str
    token: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """The raw response to a GraphQL request."""
        headers = dict(self.headers)
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        body = {"query": query, "variables": variables}
        return CLIENT.post(f"{self.url}/graphql", json=body, headers=headers)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answered: dict[str, Any] = self.post(query, **variables).json()
        assert "errors" not in answered, answered["errors"]
        data: dict[str, Any] = answered["data"]
        return data

    def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The first error of an answer, with `status`."""
        response = self.post(query, **variables)
        first: dict[str, Any] = response.json()["errors"][0]
        return {"message": first["message"], "status": response.status_code, **first["extensions"]}


@dataclass
class Server:
    """A running server over a store."""

    url: str
    store: GraphStore
    service: Service

    def caller(
        self,
        *,
        bureau: str | None = None,
        roles: frozenset[Role] = INVESTIGATOR,
        name: str = "inspector",
        officer: str | None = None,
    ) -> Caller:
        """Somebody of a bureau, or of the root where none is given."""
        given = roles if bureau is not None else roles | {Role.ROOT}
        token = TokenBook(self.store).create(Identity(name, given, officer, bureau))
        return Caller(self.url, token)

    def anonymous(self) -> Caller:
        """Somebody without a token."""
        return Caller(self.url, None)

    def logged(self) -> list[dict[str, Any]]:
        """The access log so far, oldest first."""
        assert self.service.access_log.flush()
        rows: list[dict[str, Any]] = self.store.select("AccessEvent").table.to_pylist()
        return rows


@contextmanager
def serving(
    store: GraphStore, *, settings: ApiSettings | None = None, projection_folder: Path | None = None
) -> Iterator[Server]:
    """Serve a store until the block ends; everything waiting is written then."""
    app = create_app(
        store, settings=settings or read_settings(request_seconds=PATIENT_SECONDS), projection_folder=projection_folder
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", store, app.state.service)
        finally:
            server.should_exit = True
            thread.join()
