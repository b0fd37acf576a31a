"""What is special to a server: access modes, timeouts, retries, secrets, and errors that never quote data."""

from __future__ import annotations

import threading

import pytest

from graph.errors import LimitError, QueryError, StoreBusyError, StoreError, TaxgraphError
from graph.store.neo4j_parts.connection import Server, Work
from graph.store.neo4j_parts.lease import Habits
from tests.contract.neo4j.mortal import Opener
from tests.support.neo4j.server import Neo4jConnection
from tests.support.small_graph import Draft

pytestmark = pytest.mark.neo4j


def test_a_read_refuses_to_write(server: Server) -> None:
    with pytest.raises(QueryError) as refused:
        server.rows("CREATE (:Intruder)")
    assert refused.value.code == "query.read_only"
    assert server.rows("MATCH (n:Intruder) RETURN count(n)") == [[0]]


def test_a_long_read_is_ended_by_the_server(server: Server) -> None:
    with pytest.raises(LimitError) as ended:
        server.rows("UNWIND range(1, 1000000000) AS a WITH a WHERE a < 0 RETURN count(a)", timeout=0.3)
    assert ended.value.code == "limit.time"


def test_a_wrong_password_is_refused_and_not_repeated(neo4j_server: Neo4jConnection) -> None:
    with (
        Server(neo4j_server.uri, neo4j_server.user, "not-the-password") as wrong,
        pytest.raises(StoreError) as refused,
    ):
        wrong.rows("RETURN 1")
    assert refused.value.code == "store.credentials"
    assert "not-the-password" not in f"{refused.value!r} {refused.value} {wrong!r}"
    assert refused.value.__cause__ is None


def test_an_unreachable_server_is_worth_another_try() -> None:
    with Server("bolt://127.0.0.1:1", "neo4j", "x" * 8) as absent, pytest.raises(StoreBusyError) as refused:
        absent.rows("RETURN 1")
    assert refused.value.code == "store.unavailable"
    assert refused.value.retryable


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(TaxgraphError) as refused:
        Server("mysql://127.0.0.1", "neo4j", "x" * 8)
    assert refused.value.code == "settings.store"


def test_a_refused_statement_quotes_neither_itself_nor_its_values(server: Server) -> None:
    with pytest.raises(StoreError) as refused:
        server.rows("MATCH (n {name: $name}) RETRUN n", name="恒泰")
    text = f"{refused.value} {refused.value.facts}"
    assert "RETRUN" not in text
    assert "恒泰" not in text
    assert refused.value.__suppress_context__


def test_two_writers_that_lock_each_other_out_both_get_through(opener: Opener, server: Server) -> None:
    server.alter("CREATE (:Lock {id: 1, turns: 0}), (:Lock {id: 2, turns: 0})")
    meeting = threading.Barrier(2)

    def crossing(first: int, second: int) -> None:
        attempts: list[int] = []

        def work(transaction: Work) -> None:
            attempts.append(1)
            turn = "MATCH (l:Lock {id: $id}) SET l.turns = l.turns + 1"
            transaction.rows(turn, id=first)
            if len(attempts) == 1:
                meeting.wait(timeout=10)
            transaction.rows(turn, id=second)

        server.write(work)

    threads = [threading.Thread(target=crossing, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert server.rows("MATCH (l:Lock) RETURN l.turns ORDER BY l.id") == [[2], [2]]


def test_two_processes_that_load_at_once_take_turns(opener: Opener) -> None:
    batches = {name: Draft().firm(name).invoice(f"1{name}", seller=name, buyer="Z").batch(name) for name in "ABCD"}
    stores = {name: opener(Habits(chunk=3, lease=5.0, wait=30.0)) for name in batches}
    threads = [threading.Thread(target=stores[name].write, args=(batch,)) for name, batch in batches.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    records = opener().batches()
    assert [(line.number, line.state) for line in records] == [(n, "committed") for n in (1, 2, 3, 4)]
    assert sorted(line.header.id for line in records) == ["A", "B", "C", "D"]
    assert opener().trade().num_rows == 4


def test_a_store_without_schema_says_so(neo4j_server: Neo4jConnection, opener: Opener, server: Server) -> None:
    server.alter("MATCH (l:Ledger) DELETE l")
    with pytest.raises(StoreError) as refused:
        opener().write(Draft().firm("A").batch())
    assert refused.value.code == "store.schema"
