"""`python -m tests.support.kills`: every moment on both stores, and of the server itself; a line for each.

Needs a few minutes and starts a Neo4j of its own. The exit code is 1 if a reader saw half a batch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.kills.harness import Outcome, course, kill_loads, kill_the_loader, killer_of_servers
from tests.support.kills.moments import EMBEDDED, SERVER, SERVER_ITSELF, Moment
from tests.support.kills.subjects import EmbeddedSubject, ServerSubject, Subject
from tests.support.neo4j import Neo4jServer

Kill = Callable[[Subject, Path, Moment], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every reader saw the graph before or after, and every rerun made the undisturbed graph."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.kills", description=__doc__)
    parser.add_argument("--only", choices=("duckdb", "neo4j"))
    only = parser.parse_args(arguments).only
    with tempfile.TemporaryDirectory(prefix="taxgraph-kills-") as made:
        folder = Path(made)
        if only != "neo4j":
            _killed("DuckDB, loader", EmbeddedSubject(folder / "killed.duckdb"), folder / "d", EMBEDDED)
        if only != "duckdb":
            with Neo4jServer() as server:
                _killed("Neo4j, loader", ServerSubject(server.connection), folder / "n", SERVER)
            with Neo4jServer() as server:
                kill = killer_of_servers(server.kill, server.start)
                _killed("Neo4j, server", ServerSubject(server.connection), folder / "s", SERVER_ITSELF, kill)
    return 0


def _killed(
    title: str, subject: Subject, folder: Path, moments: Sequence[Moment], kill: Kill = kill_the_loader
) -> None:
    sys.stdout.write(f"{title}, {len(moments)} kills\n")
    for outcome in kill_loads(subject, course(folder, len(moments)), moments, kill=kill):
        sys.stdout.write(f"  {_line(outcome)}\n")
        sys.stdout.flush()


def _line(outcome: Outcome) -> str:
    state = ", a batch pending" if outcome.pending else ""
    return f"{outcome.moment}: a reader sees the graph {outcome.seen} the batch{state}; rerun equal"


if __name__ == "__main__":
    sys.exit(main())
