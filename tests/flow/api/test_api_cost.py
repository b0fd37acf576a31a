"""What a document would cost is stated, and refused before anything is read; whoever goes away frees the place."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import httpx
import pytest

from api.projections import ProjectionBook
from api.settings import read_settings
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import PATIENT_SECONDS, Caller, Server, serving
from tests.support.two_cities import two_cities

PAGES = "query Pages($rows: Int! = 10) { taxpayers(first: $rows) { ...page } } "
PAGE = "fragment page on TaxpayerConnection { nodes { sales(first: 100) { edges { node { number } } } } }"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker and small limits."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("narrow") / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    settings = read_settings(
        request_workers=1, request_queue=0, query_tokens=120, query_cost=500, request_seconds=PATIENT_SECONDS
    )
    with serving(store, settings=settings) as server:
        yield server
    store.close()


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ schemaInfo { version } }", 1),
        ("{ taxpayers { totalCount pageInfo { hasNextPage } } }", 1),
        ("{ taxpayers(first: 5) { nodes { name } } }", 6),
        ("{ taxpayers(first: 5) { edges { node { name } } } }", 6),
        ("{ taxpayers(first: 5) { nodes { name sales(first: 4) { nodes { number } } } } }", 31),
        (PAGES + PAGE, 1 + 10 * (1 + 1 + 100)),
        ("{ nodes(ids: [" + '"x",' * 30 + "]) { id } }", 30),
        ("query($ids: [ID!]! = [" + '"x",' * 30 + "]) { nodes(ids: $ids) { id } }", 30),
    ],
)
def test_an_answer_states_what_its_query_cost(root: Caller, query: str, cost: int) -> None:
    assert root.post(query).json()["extensions"]["cost"] == cost


def test_a_query_that_costs_too_much_is_refused_with_its_cost(root: Caller) -> None:
    query = (
        "{ taxpayers(first: 100) { nodes { sales(first: 100) { nodes { seller { ... on Taxpayer { name } } } } } } }"
    )
    error = root.error(query)
    assert (error["status"], error["code"]) == (413, "limit.cost")
    assert error["facts"] == {"cost": 1 + 100 * (2 + 100 * 2), "most": 20_000}
    assert "20201" in error["message"]


def test_the_cost_follows_the_variables_of_the_request_through_fragments(narrow: Server) -> None:
    caller = narrow.caller()
    assert caller.error(PAGES + PAGE, rows=5)["facts"]["cost"] == 511
    assert caller.ask(PAGES + PAGE, rows=4)["taxpayers"]["nodes"]


def test_a_number_that_is_written_with_a_point_counts_the_same(narrow: Server) -> None:
    assert narrow.caller().error(PAGES + PAGE, rows=50.0)["facts"]["cost"] == 1 + 50 * 102


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_document_of_too_many_levels_for_the_parser_is_refused(root: Caller, accept: str) -> None:
    deep = Caller(root.url, root.token, {"Accept": accept})
    response = deep.post("{ a " * 2000 + "}" * 2000)
    assert response.status_code in {200, 400, 413}
    assert '"internal"' not in response.text
    assert '"errors"' in response.text


def test_only_the_operation_that_is_asked_for_counts(narrow: Server) -> None:
    caller = narrow.caller()
    document = (
        "query A { taxpayers(first: 100) { nodes { sales { nodes { id } } } } } query B { schemaInfo { version } }"
    )
    asked = {
        name: httpx.post(
            f"{narrow.url}/graphql",
            json={"query": document, "operationName": name},
            headers={"Authorization": f"Bearer {caller.token}"},
        ).json()
        for name in "AB"
    }
    assert asked["A"]["errors"][0]["extensions"]["code"] == "limit.cost"
    assert asked["B"]["extensions"]["cost"] == 1


def test_a_document_of_too_many_words_is_refused_while_it_is_read(narrow: Server) -> None:
    error = narrow.caller().error("{ schemaInfo { " + "version " * 130 + "} }")
    assert (error["status"], error["code"]) == (413, "limit.tokens")


def test_nested_fragments_do_not_make_the_counting_itself_slow(root: Caller) -> None:
    levels = 60
    spreads = " ".join(
        f"fragment f{n} on Taxpayer {{ ...f{n + 1} sales {{ nodes {{ id }} }} ...f{n + 1} }}" for n in range(levels)
    )
    query = f'{{ taxpayer(id: "A1") {{ ...f0 }} }} {spreads} fragment f{levels} on Taxpayer {{ id }}'
    started = time.monotonic()
    error = root.error(query)
    assert error["code"] == "limit.cost"
    assert time.monotonic() - started < 20


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(country: Server) -> None:
    host, port = country.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_caller_that_goes_away_frees_its_place(narrow: Server) -> None:
    caller = narrow.caller()
    lock = cast("ProjectionBook", narrow.service.projections)._lock  # noqa: SLF001 - a trace that has to wait
    body = b'{"query": "{ a: trace(start: \\"A1\\") { start } }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {caller.token}\r\n"
    host, port = narrow.url.removeprefix("http://").split(":")
    with lock:
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            _until(lambda: narrow.service.pool.taken == 1)
            assert caller.error("{ schemaInfo { version } }")["code"] == "limit.busy"
        time.sleep(0.5)  # the server notices that the line is down
    _until(lambda: narrow.service.pool.taken == 0)
    assert caller.ask("{ schemaInfo { version } }")
    traces = [event for event in narrow.logged() if event["operation"] == "query(trace)"]
    assert [event["subjects"] for event in traces] == [""]  # it was asked, and showed nobody


def test_of_many_at_once_so_many_are_answered_as_there_are_places_and_the_others_are_told_to_wait(
    tmp_path: Path,
) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    settings = read_settings(request_workers=2, request_queue=3, request_seconds=PATIENT_SECONDS)
    with serving(store, settings=settings) as server:
        caller = server.caller()
        query = '{ trace(start: "A1") { start } }'
        lock = cast("ProjectionBook", server.service.projections)._lock  # noqa: SLF001 - traces that have to wait
        with ThreadPoolExecutor(16) as threads:
            with lock:
                asked = [threads.submit(caller.post, query) for _ in range(16)]
                _until(lambda: sum(each.done() for each in asked) == 11)
                assert httpx.get(f"{server.url}/healthz").status_code == 200
            answers = [each.result() for each in asked]
    store.close()
    assert sorted(each.status_code for each in answers) == [200] * 5 + [429] * 11
    assert {each.headers["retry-after"] for each in answers if each.status_code == 429} == {"1"}


def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store, settings=read_settings(request_seconds=0.5)) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
            assert line.recv(1000).startswith(b"HTTP/1.1 408")
    store.close()


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)
