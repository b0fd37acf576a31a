"""What the test server is told and how a developer's own server is named: no server is started here."""

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.support.neo4j.errors import MissingToolError, Neo4jSupportError
from tests.support.neo4j.fixtures import report_missing_tool
from tests.support.neo4j.server import (
    Neo4jConnection,
    Neo4jOptions,
    configuration,
    connection_from,
    neo4j_for_tests,
)

OWN = {
    "TAXGRAPH_TEST_NEO4J_URI": "neo4j://graph.example:7687",
    "TAXGRAPH_TEST_NEO4J_USER": "tester",
    "TAXGRAPH_TEST_NEO4J_PASSWORD": "of the tester",
}


def test_a_server_named_in_the_environment_is_used_instead_of_starting_one() -> None:
    with neo4j_for_tests(environment=OWN) as connection:
        assert connection == Neo4jConnection("neo4j://graph.example:7687", "tester", "of the tester")


def test_what_a_command_is_given_names_the_same_server_again() -> None:
    connection = Neo4jConnection("neo4j://graph.example:7687", "tester", "of the tester")

    assert connection.as_environment() == OWN
    assert connection_from(connection.as_environment()) == connection


def test_no_uri_means_no_server_of_ones_own() -> None:
    assert connection_from({}) is None


def test_a_uri_without_a_password_is_refused() -> None:
    with pytest.raises(Neo4jSupportError, match="set TAXGRAPH_TEST_NEO4J_PASSWORD too"):
        connection_from({"TAXGRAPH_TEST_NEO4J_URI": "neo4j://graph.example:7687"})


def test_the_password_stays_out_of_reports() -> None:
    assert "secret" not in repr(Neo4jConnection("neo4j://graph.example:7687", "neo4j", "secret"))


def test_the_advertised_address_is_the_port_listened_on() -> None:
    lines = configuration(Neo4jOptions(), bolt_port=20_001, http_port=20_002).splitlines()

    assert "server.bolt.listen_address=127.0.0.1:20001" in lines
    assert "server.bolt.advertised_address=127.0.0.1:20001" in lines


def test_settings_asked_for_win_over_ours() -> None:
    options = Neo4jOptions(settings={"server.https.enabled": "true", "db.transaction.timeout": "5s"})

    lines = configuration(options, bolt_port=20_001, http_port=20_002).splitlines()

    assert "server.https.enabled=true" in lines
    assert "server.https.enabled=false" not in lines
    assert "db.transaction.timeout=5s" in lines


def test_a_missing_tool_fails_the_test() -> None:
    with pytest.raises(Failed, match="no mvn"):
        report_missing_tool(MissingToolError("no mvn"), environment={})


def test_a_missing_tool_skips_only_where_the_machine_may_do_without() -> None:
    with pytest.raises(Skipped, match="no mvn"):
        report_missing_tool(MissingToolError("no mvn"), environment={"TAXGRAPH_ALLOW_NO_NEO4J": "1"})
