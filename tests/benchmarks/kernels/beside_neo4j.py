"""Peer: Cypher's paths of variable length with the order of time, on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neo4j import Driver

from graph.kernels.warm import KERNELS
from tests.benchmarks.clock import spent
from tests.benchmarks.kernels.drawing import drawn
from tests.benchmarks.kernels.graphs import Graph
from tests.benchmarks.kernels.ordered import SHORT, counted, facts_of
from tests.benchmarks.kernels.sizes import DAY, HALF, Size
from tests.benchmarks.steps.serving import OPTIONS, cpu_of
from tests.support.neo4j.errors import Neo4jSupportError
from tests.support.neo4j.server import Neo4jServer

LONGEST = 4
CHUNK = 10_000
FIRMS = "UNWIND $rows AS row CREATE (:Firm {number: row})"
SUPPLIES = """
UNWIND $rows AS row MATCH (a:Firm {number: row[0]}) MATCH (b:Firm {number: row[1]})
CREATE (a)-[:SUPPLIES {tick: row[2]}]->(b)
"""
# Cycles whose dates are all equal stand under every member and count from the smallest, as the kernel has it.
RINGS = f"""
MATCH p = (a:Firm)-[r:SUPPLIES*2..{LONGEST}]->(a)
WHERE all(i IN range(0, size(r) - 2) WHERE r[i].tick <= r[i + 1].tick) AND r[-1].tick - r[0].tick <= $window
  AND all(n IN nodes(p)[1..] WHERE single(m IN nodes(p)[1..] WHERE m = n))
  AND (r[0].tick < r[-1].tick OR all(n IN nodes(p) WHERE a.number <= n.number))
RETURN count(*) AS cycles
"""


def compare(size: Size, folder: Path) -> dict[str, float]:
    """The same number of edge cycles, or no figures; nothing but a note where no server can be started."""
    graph = drawn(folder, size.server, HALF)
    KERNELS["temporal_rings"]()  # the compiled kernel is read from its cache here
    found, took = counted(graph, SHORT, LONGEST)
    try:
        cycles, peer = _asked(graph)
    except Neo4jSupportError:
        return {"server.missing": 1}
    if cycles != found.edge_cycles:
        raise SystemExit(f"Edge cycles differ: {found.edge_cycles} here, {cycles} by Cypher.")
    return {**facts_of("server", took), **peer, "server.cycles": cycles, "server.invoices": len(graph.tick)}


def _asked(graph: Graph) -> tuple[int, dict[str, float]]:
    """Edge cycles that Cypher counts, and what that took the server and this process."""
    with Neo4jServer(OPTIONS) as server, server.connection.driver() as driver:
        _fill(driver, graph)

        def ask() -> int:
            return int(driver.execute_query(RINGS, window=SHORT * DAY).records[0]["cycles"])

        cycles, took = spent(ask, elsewhere=cpu_of(driver))
    return cycles, facts_of("server.peer", took)


def _fill(driver: Driver, graph: Graph) -> None:
    driver.execute_query("CREATE CONSTRAINT firm IF NOT EXISTS FOR (f:Firm) REQUIRE f.number IS UNIQUE")
    for rows in _chunks(list(range(graph.firms))):
        driver.execute_query(FIRMS, rows=rows)
    columns = (column.tolist() for column in (graph.seller, graph.buyer, graph.tick))
    for rows in _chunks([list(row) for row in zip(*columns, strict=True)]):
        driver.execute_query(SUPPLIES, rows=rows)


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
