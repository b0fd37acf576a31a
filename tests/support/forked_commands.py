"""Commands in processes of their own that need not import everything first: a fork of one that has.

A test that starts `taxgraph` mostly waits for Python to read modules. Here one process imports them all, does nothing
else, and forks for each command: arguments, folder, environment, output, exit code and signals are those of a process.
What a fresh process does before its first module (encodings, locale) is not: `CommandLine` starts one where it matters.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

from api.commands.starting import share_compiled_kernels
from api.leaving import leave

PACKAGES: Final = ("graph", "loaders", "queries", "api")
# The server is started as a process; its modules would only make each fork dearer.
NOT_NEEDED: Final = ("api.gql", "api.app", "api.serving")
_MESSAGE: Final = 1 << 20


class Forker:
    """The process that forks, and the line to it. One for a run of the tests; it ends when this process does."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 - this module
        self._turn = Lock()
        theirs.close()

    @contextmanager
    def free(self) -> Iterator[bool]:
        """Whether nobody else waits for a command, and the turn if so: it runs one at a time."""
        mine = self._turn.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._turn.release()

    def run(
        self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """`taxgraph` with these words, to its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as problems:
            asked = json.dumps([list(words), str(folder), dict(environment)]).encode()
            socket.send_fds(self._line, [asked], [out.fileno(), problems.fileno()])
            code = int(self._line.recv(_MESSAGE))
            return subprocess.CompletedProcess(["taxgraph", *words], code, _text(out), _text(problems))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


@cache
def forker() -> Forker:
    """The one of this process."""
    return Forker()


def _import_all(packages: Iterable[str]) -> None:
    for package in packages:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not found.name.startswith(NOT_NEEDED) and not found.name.endswith("__main__"):
                importlib.import_module(found.name)


def _take_orders(line: socket.socket) -> list[str] | None:
    """Fork for each order; in the fork, its words. None at the end of all orders."""
    while True:
        asked, descriptors, _, _ = socket.recv_fds(line, _MESSAGE, 2)
        if not asked:
            return None
        child = os.fork()
        if not child:
            return _become(json.loads(asked), descriptors, line)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(order: Any, descriptors: Sequence[int], line: socket.socket) -> list[str]:
    words, folder, environment = order
    line.close()
    for descriptor, place in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    return ["taxgraph", *words]


def main() -> None:
    """Import, then fork until the line is closed; a fork becomes the command."""
    line = socket.socket(fileno=int(sys.argv[1]))
    share_compiled_kernels()
    _import_all(PACKAGES)
    gc.freeze()  # a collection would copy every page that the forks share
    words = _take_orders(line)
    if words is None:
        leave(0)
    sys.argv[:] = words
    from api.cli import main as taxgraph  # noqa: PLC0415 - imported long ago, with all others

    taxgraph()


if __name__ == "__main__":
    main()
