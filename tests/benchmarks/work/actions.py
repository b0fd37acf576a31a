"""Concurrent actions: fifty officers over real HTTP at a served store, and a server killed amid them.

What is measured is judged first (`officers_at_work.settled`): a figure of a run that lost something is none. CPU
seconds are those of the server process, which hardly depend on what else the machine does; Neo4j's own are not in it.

    python -m tests.benchmarks.work.actions --actions 10000 --store embedded
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.store.opening import open_store
from graph.store.port import GraphStore
from tests.benchmarks.work.sizes import Size
from tests.support.command_line import CommandLine
from tests.support.neo4j.server import Neo4jConnection, neo4j_for_tests
from tests.support.officers_at_work import Clients, Told, busy_office, settled, tokens_of
from tests.support.serving_process import server_process

OFFICERS, TASKS = 50, 200


@dataclass(frozen=True, slots=True)
class Served:
    """A store that a server process can open: the command line on it, and how this process opens it."""

    line: CommandLine
    url: str
    login: Neo4jConnection | None = None

    def opened(self) -> GraphStore:
        """The store, with its schema."""
        if self.login is None:
            store = open_store(self.url, create=True)
        else:
            from graph.store.neo4j_store import Neo4jStore  # noqa: PLC0415 - the embedded run has no driver

            store = Neo4jStore.open(self.url, user=self.login.user, password=self.login.password)
        store.ensure_schema()
        return store


def act_on_embedded(size: Size, folder: Path) -> dict[str, float]:
    """The size's actions on an embedded store."""
    return _facts("embedded", size, folder)


def act_on_server(size: Size, folder: Path) -> dict[str, float]:
    """The size's actions on Neo4j."""
    return _facts("neo4j", size, folder)


def _facts(store: str, size: Size, folder: Path) -> dict[str, float]:
    own = folder / f"actions-{store}"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    found = measure(size.actions, neo4j=store == "neo4j", folder=own)
    shutil.rmtree(own)
    return {f"actions.{store}.{name}": value for name, value in found.items()}


def measure(actions: int, *, neo4j: bool, folder: Path) -> dict[str, float]:
    """Figures of `actions` done by fifty clients, and of as many again with a kill in the middle."""
    with _served(folder, neo4j=neo4j) as served:
        clients = _clients(served, max(1, actions // OFFICERS))
        told, facts = _all_done(served, clients)
        with_kill = _killed(served, clients, told, after=actions // 2)
    return facts | with_kill


@contextmanager
def _served(folder: Path, *, neo4j: bool) -> Iterator[Served]:
    workers = {"TAXGRAPH_REQUEST_WORKERS": str(OFFICERS), "TAXGRAPH_REQUEST_SECONDS": "250"}
    if not neo4j:
        url = f"duckdb:///{folder / 'graph.duckdb'}"
        yield Served(CommandLine(folder, url, workers), url)
        return
    with neo4j_for_tests() as server:
        login = {"TAXGRAPH_NEO4J_USERNAME": server.user, "TAXGRAPH_NEO4J_PASSWORD": server.password}
        yield Served(CommandLine(folder, server.uri, {**workers, **login}), server.uri, server)


def _clients(served: Served, each: int) -> Clients:
    store = served.opened()
    tasks = busy_office(store, officers=OFFICERS, tasks=TASKS)
    clients = Clients("", tokens_of(store, OFFICERS), tasks, each)
    store.close()
    return clients


def _all_done(served: Served, clients: Clients) -> tuple[Told, dict[str, float]]:
    before = _children_seconds()
    with server_process(served.line) as (server, address):
        began = time.perf_counter()
        told = Clients(address, clients.tokens, clients.tasks, clients.each).work()
        seconds = time.perf_counter() - began
        _stop(server)
    cpu = _children_seconds() - before
    if told.unknown:
        raise SystemExit(f"{len(told.unknown)} actions had no answer.")
    store = served.opened()
    settled(store, told, at_least=OFFICERS * clients.each)
    began = time.perf_counter()
    batches = len(store.batches())
    facts = {
        "done": float(len(told.done)),
        "refused": float(sum(told.refused.values())),
        "seconds": seconds,
        "per_second": len(told.done) / seconds,
        "server_cpu_seconds": cpu,
        "cpu_each": cpu / len(told.done),
        "batches": float(batches),
        "runs": float(store.runs()),
        "ledger_ms": 1000 * (time.perf_counter() - began),
    }
    store.close()
    return told, facts


def _killed(served: Served, clients: Clients, before: Told, *, after: int) -> dict[str, float]:
    """Half as many actions again, a kill, and what had no answer asked again under its key."""
    with server_process(served.line) as (server, address):

        def kill_amid(total: int) -> None:
            if total >= after:
                server.kill()

        told = Clients(address, clients.tokens, clients.tasks, clients.each).work(done=kill_amid)
    found = len(told.done)
    with server_process(served.line) as (server, address):
        again = Clients(address, clients.tokens, clients.tasks, clients.each).repeat(told.unknown)
        _stop(server)
    unanswered = len(told.unknown)
    told.unknown.clear()
    for one in (again, before):
        told.add(one)
    store = served.opened()
    settled(store, told, at_least=found)
    store.close()
    return {"killed.done": float(found), "killed.unanswered": float(unanswered)}


def _stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    server.wait(120)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """From the command line; figures as JSON."""
    parser = argparse.ArgumentParser(description="Concurrent actions on a served store.")
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="embedded")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = measure(asked.actions, neo4j=asked.store == "neo4j", folder=Path(folder))
    sys.stdout.write(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
