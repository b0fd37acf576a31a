"""Answers leave at once: small packets do not wait for an acknowledgement."""

from __future__ import annotations

import asyncio
import socket

from api.commands.server import listening
from api.settings import ApiSettings


def test_a_connection_of_the_server_sends_without_delay() -> None:
    delays = asyncio.run(_accepted(listening(ApiSettings(port=0))))
    assert delays == 1


async def _accepted(listener: socket.socket) -> int:
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        found.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    server = await asyncio.start_server(answer, sock=listener)
    async with server:
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        nodelay = await asyncio.wait_for(found, 10)
        writer.close()
    return int(bool(nodelay))
