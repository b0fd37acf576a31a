"""A finding's graph as a py2neo subgraph, created in and read back from a real server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import py2neo
import pytest

from graph.store.notebooks import subgraph
from tests.support.neo4j.server import Neo4jConnection
from tests.support.stores import wipe

pytestmark = pytest.mark.neo4j
NODES: list[dict[str, Any]] = [
    {"id": "A", "type": "Taxpayer", "label": "甲公司", "hidden": False},
    {"id": "B", "type": "Taxpayer", "label": None, "hidden": False},
]
EDGES: list[dict[str, Any]] = [
    {
        "id": "1",
        "type": "TRADE",
        "source": "A",
        "target": "B",
        "at": datetime.fromisoformat("2026-01-10T09:30:00"),
        "amount_cents": 2**40,
        "currency": "CNY",
    }
]


def test_a_subgraph_is_created_and_read_back(neo4j_server: Neo4jConnection) -> None:
    wipe(neo4j_server)
    graph = py2neo.Graph(
        neo4j_server.uri.replace("neo4j://", "bolt://"), auth=(neo4j_server.user, neo4j_server.password)
    )
    graph.create(subgraph(NODES, EDGES))
    rows = graph.run(
        "MATCH (a:Taxpayer)-[t:TRADE]->(b) RETURN a.id, a.label, b.id, t.at, t.amount_cents, b.label AS missing"
    ).data()
    assert rows == [
        {
            "a.id": "A",
            "a.label": "甲公司",
            "b.id": "B",
            "t.at": "2026-01-10T09:30:00",
            "t.amount_cents": 2**40,
            "missing": None,
        }
    ]
    wipe(neo4j_server)
