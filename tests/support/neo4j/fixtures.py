"""The session's Neo4j for pytest. Imported by the root conftest; nothing starts before a test asks."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.support.neo4j.errors import MissingToolError
from tests.support.neo4j.server import Neo4jConnection, neo4j_for_tests


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jConnection]:
    """One server for the whole session. Tests wipe what they wrote: Community has one user database."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(neo4j_for_tests())
        except MissingToolError as missing:
            report_missing_tool(missing)
        yield connection


def report_missing_tool(missing: MissingToolError, *, environment: Mapping[str, str] = os.environ) -> None:
    """Fail the test, or skip it where TAXGRAPH_ALLOW_NO_NEO4J=1 says a machine may do without."""
    if environment.get("TAXGRAPH_ALLOW_NO_NEO4J") == "1":
        pytest.skip(f"TAXGRAPH_ALLOW_NO_NEO4J=1 and {missing}")
    pytest.fail(f"{missing}. Or set TAXGRAPH_ALLOW_NO_NEO4J=1 to skip these tests", pytrace=False)
