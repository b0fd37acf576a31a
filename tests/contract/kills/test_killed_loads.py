"""A load that `kill -9` ends shows a reader all or nothing, and the same load again makes what it would have made.

A few moments in each phase; `make kills` runs thirty on each store and kills the server too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.kills.harness import course, kill_loads, kill_the_loader
from tests.support.kills.moments import Moment
from tests.support.kills.subjects import EmbeddedSubject, ServerSubject, Subject
from tests.support.neo4j.server import Neo4jConnection
from tests.support.stores import wipe

MOMENTS = tuple(map(Moment.parse, ("during nodes 12", "after relationships 3", "before ledger 1")))


@pytest.fixture(params=["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """An empty store that other processes can open."""
    if request.param == "duckdb":
        return EmbeddedSubject(tmp_path / "killed.duckdb")
    server: Neo4jConnection = request.getfixturevalue("neo4j_server")
    wipe(server)
    return ServerSubject(server)


def test_a_killed_load_shows_all_or_nothing_and_its_rerun_is_the_undisturbed_load(
    subject: Subject, tmp_path: Path
) -> None:
    planned = course(tmp_path / "deliveries", len(MOMENTS))
    outcomes = list(kill_loads(subject, planned, MOMENTS, kill=kill_the_loader))
    assert [(outcome.moment, outcome.seen) for outcome in outcomes] == [(moment, "before") for moment in MOMENTS]
