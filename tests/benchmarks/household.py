"""`python -m tests.benchmarks.household --store URL`: the committed household document over HTTP on a given store.

The server is `taxgraph serve` in a process of its own; this process asks. Median taxpayers and the largest are asked
one by one, each once, so no answer can come from an earlier one; then many clients ask at once for a stated time.
Wall times are those of the caller; CPU and memory are the server's (Linux tells them, elsewhere they are 0).
`--bureau` asks as an officer of that bureau about the taxpayers in its scope.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from api.access.principals import Identity, Role
from api.access.tokens import TokenBook
from graph.store.opening import open_store
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, open_projection, projection_folder
from graph.store.questions import AsOf, Scope
from queries.views.bureau import bureau_subtree
from tests.benchmarks.clock import each_timed, quantile, spread
from tests.benchmarks.steps.households import asked, by_invoices, under_load

PATIENT_SECONDS = 3_600  # the projection of a large store is built first, if it is not kept
WARM = 5  # answers before anything is measured: the projection, the document, the threads
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_TRACE = "query($start: ID!) { trace(start: $start, limit: 1) { truncated } }"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which store, under which scope, how many taxpayers of each kind, how many clients at once and for how long."""

    store: str
    count: int
    clients: int
    seconds: int
    bureau: str | None = None


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom to ask for, fewest invoices first, and the token to ask with."""

    ranked: list[str]
    token: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody with a token who asks a server over connections that stay open."""

    client: httpx.Client
    url: str
    token: str

    def post(self, query: str, **variables: object) -> httpx.Response:
        """The raw response to a GraphQL request."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.post(self.url, json={"query": query, "variables": variables}, headers=headers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if an answer of the many clients was an error."""
    facts = measured_on_a_server(Wanted(**vars(_parser().parse_args(arguments))))
    sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    return int(facts.get("households.errors", 0) > 0)


def measured_on_a_server(wanted: Wanted) -> dict[str, float]:
    """Start a server over the store, ask it, stop it; facts by name."""
    subjects = subjects_of(wanted.store, wanted.bureau)
    connections = wanted.clients + 1
    with serving(wanted.store) as (url, process), asking(url, subjects.token, connections=connections) as caller:
        return measured(caller, subjects.ranked, process.pid, wanted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.household", description=__doc__)
    parser.add_argument("--store", required=True, help="duckdb:///path/file.duckdb, or a Neo4j address")
    parser.add_argument("--bureau", help="ask under the scope of this bureau; by default as the root")
    parser.add_argument("--count", type=int, default=200, help="median taxpayers, and as many of the largest")
    parser.add_argument("--clients", type=int, default=64, help="who ask at once")
    parser.add_argument("--seconds", type=int, default=300, help="how long they do; 0: not at all")
    return parser


def subjects_of(url: str, bureau: str | None = None) -> Subjects:
    """Everybody in a store that trades, as far as the bureau may see them (none: everybody), and a new token."""
    store = open_store(url, create=False, timeout=PATIENT_SECONDS)
    try:
        projection = open_projection(store, projection_folder(url))
        roles = {Role.INVESTIGATOR} if bureau else {Role.INVESTIGATOR, Role.ROOT}
        token = TokenBook(store).create(Identity("benchmark", frozenset(roles), None, bureau))
        return Subjects(_visible(store, projection, bureau), token)
    finally:
        store.close()


def _visible(store: GraphStore, projection: TradeProjection, bureau: str | None) -> list[str]:
    ranked = by_invoices(projection)
    if bureau is None:
        return ranked
    scope = Scope(bureau, frozenset(bureau_subtree(store, [bureau], as_of=AsOf())))
    shown = {projection.id(int(vertex)) for vertex in np.flatnonzero(projection.visible(scope))}
    return [key for key in ranked if key in shown]


@contextmanager
def asking(url: str, token: str, *, connections: int = 1) -> Iterator[Asking]:
    """Somebody who asks over so many connections, until the block ends."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    with httpx.Client(timeout=PATIENT_SECONDS, limits=limits) as client:
        yield Asking(client, url, token)


@contextmanager
def serving(url: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server over the store, and its process; it is stopped at the end."""
    words = [str(Path(sys.executable).with_name("taxgraph")), "--store", url, "serve", "--port", "0"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - our own
    try:
        yield _address(server), server
    finally:
        server.terminate()
        server.communicate()


def _address(server: subprocess.Popen[str]) -> str:
    for line in server.stdout or ():
        if found := re.search(r"https?://\S+/graphql", line):
            return found.group()
    raise SystemExit("The server did not start.")


def warmed_up(caller: Asking, ranked: Sequence[str]) -> None:
    """Wait until the server has its projection, and has answered a few."""
    if caller.post(_TRACE, start=ranked[0]).status_code != httpx.codes.OK:  # it waits for the projection
        raise SystemExit("The server does not answer.")
    for key in ranked[:WARM]:
        asked(caller, key)


def measured(caller: Asking, ranked: Sequence[str], server: int, wanted: Wanted) -> dict[str, float]:
    """Facts by name; seconds, and megabytes of the server."""
    middle = len(ranked) // 2
    count = min(wanted.count, max(1, middle // 2))
    groups = {"median": ranked[middle - count // 2 : middle - count // 2 + count], "largest": ranked[-count:]}
    warmed_up(caller, ranked)
    facts: dict[str, float] = {"households.count": count, "households.megabytes_first": megabytes_of(server)}
    for name, keys in groups.items():
        facts |= _one_by_one(caller, f"households.{name}", keys, server)
    if wanted.seconds:
        memory = lambda: megabytes_of(server)  # noqa: E731 - of the server, not of this process
        cpu = cpu_seconds(server)
        load = under_load(caller, ranked[middle:], clients=wanted.clients, seconds=wanted.seconds, memory=memory)
        facts |= load | {"households.load.cpu": (cpu_seconds(server) - cpu) / max(1, load["households.asked"])}
    return facts


def _one_by_one(caller: Asking, name: str, keys: Sequence[str], server: int) -> dict[str, float]:
    before = cpu_seconds(server)
    _, seconds = each_timed(lambda key: asked(caller, key), keys)
    cpu = (cpu_seconds(server) - before) / len(keys)
    return {**spread(name, seconds), f"{name}.p99": quantile(seconds, 0.99), f"{name}.cpu": cpu}


def cpu_seconds(process: int) -> float:
    """CPU seconds of a process so far, user and system."""
    place = Path(f"/proc/{process}/stat")
    if not place.exists():
        return 0.0
    fields = place.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def megabytes_of(process: int) -> float:
    """Resident memory of a process, mapped files included."""
    place = Path(f"/proc/{process}/statm")
    return int(place.read_text(encoding="ascii").split()[1]) * _PAGE / 1e6 if place.exists() else 0.0


if __name__ == "__main__":
    sys.exit(main())
