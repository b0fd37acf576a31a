"""A real server: started, asked, stopped, killed. Each start takes five to eight seconds."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.neo4j import Neo4jOptions, Neo4jServer, ServerNotReadyError

pytestmark = pytest.mark.neo4j

ROOT = Path(__file__).parents[3]
RUN = (sys.executable, "-m", "tests.support.neo4j", "run", "--heap", "512m", "--")
SMALL = Neo4jOptions(heap_max="512m", page_cache="64m", brief=True)
COUNT_AND_EXIT_7 = """
import os, sys
from neo4j import GraphDatabase
names = ("URI", "USER", "PASSWORD")
uri, user, password = (os.environ["TAXGRAPH_TEST_NEO4J_" + name] for name in names)
with GraphDatabase.driver(uri, auth=(user, password)) as driver:
    print(uri, driver.execute_query("UNWIND range(1, 3) AS n RETURN count(n)").records[0][0])
sys.exit(7)
"""
# Ends with its standard input, so nothing of the test stays behind even when its parent was killed.
SAY_WHERE_AND_WAIT = "import os, sys; print(os.environ['TAXGRAPH_TEST_NEO4J_URI'], flush=True); sys.stdin.read()"


def listens(uri: str) -> bool:
    address = urlsplit(uri)
    try:
        with socket.create_connection((address.hostname, address.port), timeout=1):
            return True
    except OSError:
        return False


def falls_silent(uri: str, *, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while listens(uri):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def waiting_command(homes: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command beside a server, both running, and the server's address; homes are made in ``homes``."""
    with subprocess.Popen(  # noqa: S603 - this Python, our own module
        [*RUN, sys.executable, "-c", SAY_WHERE_AND_WAIT],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(homes)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdout is not None
        yield command, command.stdout.readline().strip()
        command.kill()


def test_what_was_committed_survives_a_kill_and_goes_with_the_home() -> None:
    with Neo4jServer(SMALL) as server:
        with server.connection.driver() as driver:
            driver.execute_query("CREATE (:Probe {number: 1})")
        server.kill()
        assert not listens(server.connection.uri)
        server.start()
        with server.connection.driver() as driver:
            found = driver.execute_query("MATCH (probe:Probe) RETURN probe.number").records
        assert [record[0] for record in found] == [1]
        server.stop()
        assert not listens(server.connection.uri)
    assert not server.home.exists()


def test_a_server_that_cannot_start_says_why_and_leaves_no_home() -> None:
    server = Neo4jServer(Neo4jOptions(heap_initial="64m", heap_max="32m"))

    with pytest.raises(ServerNotReadyError, match="Initial heap size"), server:
        pytest.fail("a server with an impossible heap started")

    assert not server.home.exists()


def test_run_gives_the_command_a_server_and_answers_with_its_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - this Python, our own module
        [*RUN, sys.executable, "-c", COUNT_AND_EXIT_7],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )

    uri, count = done.stdout.split()
    assert (done.returncode, count) == (7, "3")
    assert not listens(uri)
    assert list(tmp_path.iterdir()) == []


def test_run_ends_command_and_server_when_it_is_told_to_end(tmp_path: Path) -> None:
    with waiting_command(tmp_path) as (command, uri):
        command.send_signal(signal.SIGTERM)

        assert command.wait(30) == 128 + signal.SIGTERM
        assert not listens(uri)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux keeps this promise")
def test_no_server_outlives_a_run_that_was_killed(tmp_path: Path) -> None:
    with waiting_command(tmp_path) as (command, uri):
        assert listens(uri)

        command.kill()

        assert falls_silent(uri)
