"""Peer: recursive queries of DuckDB, one thread: rings in time order, and how far traces reach."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import each_spent, spent, spread
from tests.benchmarks.kernels.drawing import adjacency_from, drawn
from tests.benchmarks.kernels.graphs import Graph
from tests.benchmarks.kernels.ordered import SHORT, facts_of, members_of, rings_of, traders
from tests.benchmarks.kernels.sizes import DAY, HALF, Size
from tests.benchmarks.kernels.tracing import HOPS, SPAN, followed
from tests.benchmarks.steps.tracing import REACH

LONGEST = 5
ALL = 10_000_000  # rings
# Of walks from the same first invoice over the same members only the one that arrives first is followed.
RINGS = """
WITH RECURSIVE walks (root, first, vertex, tick, members) AS (
  SELECT DISTINCT seller, tick, buyer, tick, [seller, buyer] FROM edges WHERE seller <> buyer
  UNION ALL
  SELECT w.root, w.first, e.buyer, min(e.tick), list_append(w.members, e.buyer) AS longer
  FROM walks w JOIN edges e ON e.seller = w.vertex AND e.tick >= w.tick AND e.tick <= w.first + $window
  WHERE w.vertex <> w.root AND len(w.members) <= $longest
    AND (e.buyer = w.root OR NOT list_contains(w.members, e.buyer))
  GROUP BY w.root, w.first, e.buyer, longer
)
SELECT DISTINCT members[:-2] FROM walks WHERE vertex = root
"""


def compare_rings(size: Size, folder: Path) -> dict[str, float]:
    """The same distinct rings, or no figures."""
    graph = drawn(folder, size.recursive, HALF)
    KERNELS["temporal_rings"]()  # the compiled kernel is read from its cache here
    found, took = spent(lambda: rings_of(graph, SHORT, LONGEST, limit=ALL))
    peer = _table(graph)
    asked = {"window": SHORT * DAY, "longest": LONGEST}
    rows, peer_took = spent(lambda: peer.execute(RINGS, asked).fetchall())
    peer.close()
    theirs = {canonical(members) for (members,) in rows}
    if members_of(found, range(found.listed)) != theirs:
        raise SystemExit(f"Rings differ: {found.distinct_rings} here, {len(theirs)} by the peer.")
    return {
        **facts_of("recursive", took),
        **facts_of("recursive.peer", peer_took),
        "recursive.rings": len(theirs),
        "recursive.invoices": len(graph.tick),
    }


def canonical(members: list[int]) -> tuple[int, ...]:
    """The ring from its smallest member on."""
    start = members.index(min(members))
    return tuple(members[start:] + members[:start])


def compare_traces(size: Size, folder: Path) -> dict[str, float]:
    """The peer looks for time-respecting reach alone; whoever a trace of value reaches must be in it."""
    graph = drawn(folder, size.middle, HALF)
    KERNELS["trace"]()  # the compiled kernels are read from their cache here
    adjacency = adjacency_from(graph)
    firms = traders(graph, size.peer_starts)
    found, took = each_spent(lambda firm: followed(adjacency, firm, SPAN), firms)
    peer = _table(graph)
    first = {firm: int(graph.tick[graph.seller == firm].min()) for firm in firms}
    reached, peer_took = each_spent(lambda firm: _reached(peer, firm, first[firm]), firms)
    peer.close()
    if any(not set(own.vertices.tolist()) <= theirs for own, theirs in zip(found, reached, strict=True)):
        raise SystemExit("A trace reached a firm that no time-respecting walk reaches.")
    return {
        **spread("reach.cpu", [each.cpu_seconds for each in took]),
        **spread("reach.peer.cpu", [each.cpu_seconds for each in peer_took]),
        "reach.count": len(firms),
        "reach.own_firms": sum(len(own.vertices) for own in found),
        "reach.peer_firms": sum(map(len, reached)),
        "reach.invoices": len(graph.tick),
    }


def _table(graph: Graph) -> duckdb.DuckDBPyConnection:
    edges = pa.table({name: pa.array(getattr(graph, name)) for name in ("seller", "buyer", "tick")})
    peer = duckdb.connect(config={"threads": 1})
    peer.register("arrow_edges", edges)
    peer.execute("CREATE TABLE edges AS FROM arrow_edges ORDER BY seller, tick")
    return peer


def _reached(peer: duckdb.DuckDBPyConnection, firm: int, first: int) -> set[int]:
    asked = {"start": firm, "first": first, "last": first + SPAN, "hops": HOPS}
    return {int(row[0]) for row in peer.execute(REACH, asked).fetchall()}
