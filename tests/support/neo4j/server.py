"""A real Neo4j Community server in a throw-away home, without a container engine.

Owns the home, the process and the wait for Bolt. Called by fixtures (pytest) and ``__main__`` (command line).
"""

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from tests.support.neo4j.errors import Neo4jSupportError, ServerNotReadyError
from tests.support.neo4j.jars import jars_of
from tests.support.neo4j.java import find_java
from tests.support.neo4j.releases import DEFAULT_VERSION, release_named

_LAUNCH: Final = Path(__file__).with_name("launch.py")
_OPENED_PACKAGES: Final = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_READY_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 30.0
_TAIL_LINES: Final = 40
_NO_HOME: Final = Path()
# Below the ephemeral range of Linux and macOS, so no outgoing connection takes the port first.
_PORTS: Final = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Neo4jConnection:
    """How to reach a server. The password stays out of ``repr`` and so out of test reports."""

    uri: str
    user: str
    password: str = field(repr=False)

    def driver(self) -> Driver:
        """A new official driver; the caller closes it."""
        return GraphDatabase.driver(self.uri, auth=(self.user, self.password))

    def as_environment(self) -> dict[str, str]:
        """The variables by which a child process finds this server."""
        return {
            "TAXGRAPH_TEST_NEO4J_URI": self.uri,
            "TAXGRAPH_TEST_NEO4J_USER": self.user,
            "TAXGRAPH_TEST_NEO4J_PASSWORD": self.password,
        }


@dataclass(frozen=True, slots=True)
class Neo4jOptions:
    """Which release, how much memory (JVM sizes such as ``512m``), and further neo4j.conf settings.

    `brief`: for a server that answers little before it ends or starts anew; Java compiles sooner and less well.
    """

    version: str = DEFAULT_VERSION
    heap_initial: str = "512m"
    heap_max: str = "1g"
    page_cache: str = "512m"
    settings: Mapping[str, str] = field(default_factory=dict)
    brief: bool = False


class Neo4jServer:
    """A running server inside ``with Neo4jServer() as server:``; home and data vanish at the end.

    ``stop``, ``kill`` and ``start`` may be called inside the block: the home, ports and password stay.
    Start it on a thread that outlives it: on Linux the server dies with the thread that started it.
    """

    def __init__(self, options: Neo4jOptions | None = None) -> None:
        self.options = options or Neo4jOptions()
        self.release = release_named(self.options.version)
        self.home = _NO_HOME
        self.connection = Neo4jConnection("", "neo4j", secrets.token_hex(16))
        self._java = Path()
        self._library = Path()
        self._bolt_port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._java = find_java(minimum=self.release.minimum_java)
        self._library = jars_of(self.release)
        self.home = Path(tempfile.mkdtemp(prefix="taxgraph-neo4j-"))
        try:
            self._prepare_home()
            self.start()
        except BaseException:  # Ctrl-C too: nothing may stay behind
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start and wait until Bolt answers; raises ServerNotReadyError with the tail of the log."""
        if self._process is not None:
            raise Neo4jSupportError("this Neo4j server runs already: stop it before starting it again")
        self._process = self._spawn()
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """End the server with SIGTERM, after 30 s with SIGKILL. It waits for open drivers."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL); committed data survives in the home."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Kill the server if it still runs and remove its home: nobody reads throw-away data again."""
        try:
            self.kill()
        finally:
            if self.home != _NO_HOME:
                shutil.rmtree(self.home, ignore_errors=True)

    def admin(self, *arguments: str) -> str:
        """What ``neo4j-admin ARGUMENTS`` prints, for example ``("database", "dump", "neo4j", …)``.

        Import, dump and load need the server stopped. Raises Neo4jSupportError when the tool fails.
        """
        done = subprocess.run(  # noqa: S603 - java found on this machine, jars from our own cache
            [*self.admin_command(), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = " ".join(arguments[:2])  # further arguments may be a password
            raise Neo4jSupportError(f"neo4j-admin {words} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def admin_command(self) -> list[str]:
        """The words before the arguments of ``neo4j-admin``, for this home."""
        home = (f"NEO4J_HOME={self.home}", f"NEO4J_CONF={self.home / 'conf'}")
        return ["/usr/bin/env", *home, str(self._java), "-cp", f"{self._library}/*", "org.neo4j.cli.AdminTool"]

    def log_tail(self) -> str:
        """The last 40 lines of each log the server wrote in its home."""
        logs = (self.home / "logs" / name for name in ("console.log", "neo4j.log", "debug.log"))
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
            for log in logs
            if log.is_file()
        )

    def _prepare_home(self) -> None:
        self._bolt_port, http_port = _free_ports()
        self.connection = Neo4jConnection(
            f"neo4j://127.0.0.1:{self._bolt_port}", self.connection.user, self.connection.password
        )
        (self.home / "conf").mkdir()
        (self.home / "logs").mkdir()
        conf = configuration(self.options, bolt_port=self._bolt_port, http_port=http_port)
        (self.home / "conf" / "neo4j.conf").write_text(conf)
        # Before the first start, or the first login is refused with CredentialsExpired.
        self.admin("dbms", "set-initial-password", self.connection.password)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.home / "logs" / "console.log").open("ab") as console:
            return subprocess.Popen(  # noqa: S603 - java found on this machine, jars from our own cache
                [sys.executable, "-I", "-S", _LAUNCH, str(os.getpid()), *self._java_command()],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: the server goes after its drivers are closed
            )

    def _java_command(self) -> list[str]:
        return [
            *(str(self._java), "-cp", f"{self._library}/*", "-XX:+UseG1GC"),
            *(f"-Xms{self.options.heap_initial}", f"-Xmx{self.options.heap_max}"),
            *(("-XX:TieredStopAtLevel=1",) if self.options.brief else ()),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_PACKAGES),
            *("--enable-native-access=ALL-UNNAMED", "-Dio.netty.tryReflectionSetAccessible=true"),
            *("-Dfile.encoding=UTF-8", self.release.main_class),
            *(f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"),
        ]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise self._not_ready(f"ended with exit code {process.returncode} before it answered")
            # The driver warns about a refused connection; a bare socket asks without noise.
            if _listens(self._bolt_port) and _answers(self.connection):
                return
            time.sleep(0.1)
        raise self._not_ready(f"did not answer over Bolt within {_READY_SECONDS:.0f} s")

    def _not_ready(self, what: str) -> ServerNotReadyError:
        return ServerNotReadyError(f"Neo4j {self.release.maven_version} {what}; its logs:\n{self.log_tail()}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass  # too slow to end by itself: the kill below ends it
        finally:
            process.kill()
            process.wait()


def configuration(options: Neo4jOptions, *, bolt_port: int, http_port: int) -> str:
    """The text of neo4j.conf. ``options.settings`` come last and win over ours."""
    settings = {
        "server.bolt.listen_address": f"127.0.0.1:{bolt_port}",
        "server.bolt.advertised_address": f"127.0.0.1:{bolt_port}",  # else routing tables name 7687
        "server.http.listen_address": f"127.0.0.1:{http_port}",
        "server.https.enabled": "false",
        "dbms.usage_report.enabled": "false",
        "server.memory.heap.initial_size": options.heap_initial,
        "server.memory.heap.max_size": options.heap_max,
        "server.memory.pagecache.size": options.page_cache,
        "db.tx_log.preallocate": "false",  # else each of two databases takes 256 MB of disk at once
        # Bolt otherwise waits 5 s for each of two quiet thread pools: a stop takes 0.4 s instead of 10 s.
        "internal.server.bolt.connection_shutdown_wait_time": "0s",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
        **options.settings,
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


@contextmanager
def neo4j_for_tests(
    options: Neo4jOptions | None = None, *, environment: Mapping[str, str] = os.environ
) -> Iterator[Neo4jConnection]:
    """The developer's own server when TAXGRAPH_TEST_NEO4J_URI names one, else a throw-away server."""
    own = connection_from(environment)
    if own is not None:
        yield own
        return
    with Neo4jServer(options) as server:
        yield server.connection


def connection_from(environment: Mapping[str, str]) -> Neo4jConnection | None:
    """The server TAXGRAPH_TEST_NEO4J_URI / _USER / _PASSWORD name, or None without a URI."""
    uri = environment.get("TAXGRAPH_TEST_NEO4J_URI")
    if not uri:
        return None
    password = environment.get("TAXGRAPH_TEST_NEO4J_PASSWORD")
    if not password:
        raise Neo4jSupportError("TAXGRAPH_TEST_NEO4J_URI is set: set TAXGRAPH_TEST_NEO4J_PASSWORD too")
    return Neo4jConnection(uri, environment.get("TAXGRAPH_TEST_NEO4J_USER") or "neo4j", password)


def _free_ports() -> tuple[int, int]:
    # The system's randomness: a seeded one would give two runs at once the same ports.
    free = (port for port in random.SystemRandom().sample(_PORTS, 200) if not _taken(port))
    return next(free), next(free)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _answers(connection: Neo4jConnection) -> bool:
    with connection.driver() as driver:
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError):
            return False
    return True
