"""`taxgraph serve` as a process of its own, which a test may kill."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.command_line import SERVING, CommandLine


@contextmanager
def server_process(line: CommandLine) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, and its address; killed at the end if it still runs."""
    server = line.start_server()
    try:
        assert server.stdout is not None
        for told in server.stdout:
            if found := SERVING.search(told):
                break
        else:
            raise AssertionError("the server said no address")
        # A pipe that nobody reads is full in the end, and the server waits for it.
        threading.Thread(target=deque, args=(server.stdout, 0), daemon=True).start()
        yield server, found.group(1)
    finally:
        server.kill()
        server.wait()
