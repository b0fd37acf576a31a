"""Twenty officers over real HTTP on both stores: nothing lost, every refusal explained; and a server that is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.neo4j.server import Neo4jConnection
from tests.support.officers_at_work import Clients, busy_office, settled, tokens_of
from tests.support.serving_process import server_process
from tests.support.stores import StoreFactory
from tests.support.thorough import THOROUGH

OFFICERS, TASKS, EACH = 20, 40, 25 if THOROUGH else 10


@pytest.fixture
def line(request: pytest.FixtureRequest, store_factory: StoreFactory, tmp_path: Path) -> CommandLine:
    """The command line on the test's store; on the embedded one the caller closes its own first."""
    workers = {"TAXGRAPH_REQUEST_WORKERS": str(OFFICERS), "TAXGRAPH_REQUEST_SECONDS": "250"}
    if store_factory().url.startswith("duckdb"):
        return CommandLine(tmp_path, environment=workers)
    server: Neo4jConnection = request.getfixturevalue("neo4j_server")
    login = {"TAXGRAPH_NEO4J_USERNAME": server.user, "TAXGRAPH_NEO4J_PASSWORD": server.password}
    return CommandLine(tmp_path, server.uri, {**workers, **login})


def clients_of(store_factory: StoreFactory) -> Clients:
    """Officers and their tasks, in a store that is closed again; the address is not known yet."""
    store = store_factory()
    tasks = busy_office(store, officers=OFFICERS, tasks=TASKS)
    clients = Clients("", tokens_of(store, OFFICERS), tasks, EACH)
    store.close()
    return clients


def at(clients: Clients, address: str) -> Clients:
    """The same clients, at a server."""
    return Clients(address, clients.tokens, clients.tasks, clients.each)


def test_hundreds_of_actions_of_twenty_officers_are_all_there(store_factory: StoreFactory, line: CommandLine) -> None:
    clients = clients_of(store_factory)
    with server_process(line) as (server, address):
        told = at(clients, address).work()
        server.terminate()
        assert server.wait(60) == 0
    assert told.unknown == []
    assert told.refused["store.changed"] > 0
    assert settled(store_factory(), told, at_least=OFFICERS * EACH) == OFFICERS * EACH + 2 * TASKS


def test_a_server_killed_amid_actions_leaves_whole_groups_and_the_rest_can_be_asked_again(
    store_factory: StoreFactory, line: CommandLine
) -> None:
    clients = clients_of(store_factory)
    with server_process(line) as (server, address):

        def kill_amid(total: int) -> None:
            if total >= 150:
                server.kill()

        told = at(clients, address).work(done=kill_amid)
    assert 150 <= len(told.done) < OFFICERS * EACH
    assert told.unknown
    settled(store_factory(), told, at_least=150)
    store_factory().close()
    with server_process(line) as (server, address):
        again = at(clients, address).repeat(told.unknown)
        server.terminate()
        server.wait(60)
    assert again.unknown == []
    told.add(again)
    told.unknown.clear()
    settled(store_factory(), told, at_least=150)
