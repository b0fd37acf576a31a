"""A server that `kill -9` ends under the writes of a load comes back with the graph before the load, or after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.kills.harness import course, kill_loads, killer_of_servers
from tests.support.kills.moments import Moment
from tests.support.kills.subjects import ServerSubject
from tests.support.neo4j.server import Neo4jServer
from tests.support.stores import wipe

pytestmark = pytest.mark.neo4j


def test_a_server_killed_under_writes_shows_all_or_nothing_and_the_rerun_is_the_undisturbed_load(
    own_neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    wipe(own_neo4j_server.connection)
    kill = killer_of_servers(own_neo4j_server.kill, own_neo4j_server.start)
    subject = ServerSubject(own_neo4j_server.connection)
    moments = [Moment("relationships", 3, "during")]
    outcomes = list(kill_loads(subject, course(tmp_path, 1), moments, kill=kill))
    assert [outcome.seen for outcome in outcomes] == ["before"]
