"""The tie between a server and the process that started it, with ``sleep`` in the server's place."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.neo4j import launch

PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, sys.argv[1], str(os.getpid()), "/bin/sleep", "60"])
print(child.pid, flush=True)
child.wait()
"""


def is_running(process: int) -> bool:
    """Whether ``process`` still runs; a zombie nobody has collected yet has ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def command_of(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux keeps this promise")
def test_a_server_dies_with_a_parent_that_was_killed() -> None:
    with subprocess.Popen(  # noqa: S603 - this Python, our own script
        [sys.executable, "-c", PARENT, launch.__file__], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert eventually(lambda: command_of(server).startswith(b"/bin/sleep"))

        os.kill(parent.pid, signal.SIGKILL)

        assert eventually(lambda: not is_running(server))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux keeps this promise")
def test_a_server_whose_parent_is_gone_already_does_not_start() -> None:
    nobody = str(os.getpid() + 1)

    done = subprocess.run(  # noqa: S603 - this Python, our own script
        [sys.executable, launch.__file__, nobody, "/bin/echo", "started"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "the parent is gone" in done.stderr
