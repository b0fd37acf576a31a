"""``python -m tests.support.neo4j run --version 5.26 -- CMD ARGS…``: a command beside a throw-away server.

Called by .ci/run, the Makefile and the demo. ``fetch`` fills the cache of jars ahead of time.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final

from tests.support.neo4j.errors import Neo4jSupportError
from tests.support.neo4j.jars import jars_of
from tests.support.neo4j.releases import DEFAULT_VERSION, RELEASES, release_named
from tests.support.neo4j.server import Neo4jOptions, Neo4jServer

_NO_SERVER: Final = 70  # EX_SOFTWARE of sysexits.h: told apart from the command's own 1 and 2
_NO_COMMAND: Final = 127  # as a shell answers
_GRACE_SECONDS: Final = 10.0


class _Signalled(BaseException):
    """A signal to end; like KeyboardInterrupt it passes ``except Exception``."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: the command's own, 128 + n after signal n, 70 when no server could be provided."""
    chosen = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_signalled)
    try:
        return _fetch(chosen) if chosen.action == "fetch" else _run(chosen)
    except Neo4jSupportError as error:
        sys.stderr.write(f"error: {error}\n")
        return _NO_SERVER
    except _Signalled as signalled:
        return 128 + signalled.number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.support.neo4j", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    fetch = actions.add_parser("fetch", help="download the jars into the cache")
    run = actions.add_parser("run", help="run a command with TAXGRAPH_TEST_NEO4J_URI, _USER and _PASSWORD set")
    for action in (fetch, run):
        action.add_argument("--version", choices=list(RELEASES), default=DEFAULT_VERSION)
    run.add_argument("--heap", default="1g", help="heap of the server, as java takes it (default 1g)")
    run.add_argument("--page-cache", default="512m", help="page cache of the server (default 512m)")
    run.add_argument("--brief", action="store_true", help="the command asks little: a server that is warm sooner")
    run.add_argument("command", nargs="+", metavar="CMD", help="after --: the command and its arguments")
    return parser


def _fetch(chosen: argparse.Namespace) -> int:
    sys.stdout.write(f"{jars_of(release_named(chosen.version))}\n")
    return 0


def _run(chosen: argparse.Namespace) -> int:
    options = Neo4jOptions(
        version=chosen.version,
        heap_initial=chosen.heap,  # java refuses an initial heap above the largest
        heap_max=chosen.heap,
        page_cache=chosen.page_cache,
        brief=chosen.brief,
    )
    with Neo4jServer(options) as server:
        return _run_command(chosen.command, {**os.environ, **server.connection.as_environment()})


def _run_command(command: Sequence[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - the caller's own command
    except OSError as error:
        sys.stderr.write(f"error: cannot run {command[0]}: {error.strerror}\n")
        return _NO_COMMAND
    try:
        code = process.wait()
    except _Signalled as signalled:
        _end(process, signalled.number)
        raise
    return code if code >= 0 else 128 - code


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    """Give the command time to end in its own way, then kill it."""
    # A terminal sends Ctrl-C to the command as well; a second one would break off its clean-up.
    if number != signal.SIGINT:
        process.send_signal(number)
    for insist in (process.terminate, process.kill):
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


def _raise_signalled(number: int, _frame: FrameType | None) -> None:
    # Once: a second signal must not break off the clean-up the first one began.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise _Signalled(number)


if __name__ == "__main__":
    sys.exit(main())
