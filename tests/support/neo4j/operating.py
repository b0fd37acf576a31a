"""An operator's commands around a test server: stop, start and import, as settings name them.

The server lives and dies with the process that started it, so the commands (``ask``) only ask that process.
"""

import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

from tests.support.neo4j.errors import Neo4jSupportError
from tests.support.neo4j.server import Neo4jServer

_ASK: Final = Path(__file__).with_name("ask.py")


@contextmanager
def operated(server: Neo4jServer) -> Iterator[dict[str, str]]:
    """The settings of taxgraph by which ``load --initial`` stops, fills and starts this server, as variables.

    Ask before a server stops that its drivers are closed: it waits for them.
    """
    address = server.home / "operator.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        Thread(target=_answer_all, args=(server, listening), daemon=True).start()
        try:
            yield {
                "TAXGRAPH_NEO4J_ADMIN": shlex.join(server.admin_command()),
                "TAXGRAPH_NEO4J_STOP": shlex.join([sys.executable, "-I", str(_ASK), str(address), "stop"]),
                "TAXGRAPH_NEO4J_START": shlex.join([sys.executable, "-I", str(_ASK), str(address), "start"]),
            }
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # ends the waiting accept
            address.unlink()


def _answer_all(server: Neo4jServer, listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):  # whoever asked may be dead by now
                word = connection.makefile(encoding="utf-8").readline().strip()
                connection.sendall(f"{_answer(server, word)}\n".encode())
    Event().wait()  # a server ends with the thread that started it


def _answer(server: Neo4jServer, word: str) -> str:
    try:
        {"stop": server.stop, "start": server.start}[word]()
    except Neo4jSupportError as error:
        return str(error).partition("\n")[0]
    return "done"
