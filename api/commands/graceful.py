"""The web server, which says when it answers and when it begins to stop. Run by `server`, and by tests."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn


class GracefulServer(uvicorn.Server):
    """Says when it really answers, and when it begins to stop."""

    def __init__(self, config: uvicorn.Config, *, answering: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._answering = answering
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._answering()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell subscriptions to end first: the server waits for every open response."""
        self._stopping()
        await super().shutdown(sockets=sockets)
