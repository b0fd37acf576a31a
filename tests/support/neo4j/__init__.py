"""A real Neo4j for tests, demo and CI: started from Maven's jars, spoken to over Bolt only.

``Neo4jServer`` and ``neo4j_for_tests`` are for code, ``fixtures`` for pytest,
``python -m tests.support.neo4j`` for the command line.
"""

from tests.support.neo4j.errors import MissingToolError, Neo4jSupportError, ServerNotReadyError
from tests.support.neo4j.releases import DEFAULT_VERSION, RELEASES, Neo4jRelease
from tests.support.neo4j.server import (
    Neo4jConnection,
    Neo4jOptions,
    Neo4jServer,
    connection_from,
    neo4j_for_tests,
)

__all__ = [
    "DEFAULT_VERSION",
    "RELEASES",
    "MissingToolError",
    "Neo4jConnection",
    "Neo4jOptions",
    "Neo4jRelease",
    "Neo4jServer",
    "Neo4jSupportError",
    "ServerNotReadyError",
    "connection_from",
    "neo4j_for_tests",
]
