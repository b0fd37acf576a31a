"""What is too large, too deep, too long or not a question is refused, with a code and the next step."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import cast

import httpx
import pytest

from api.projections import ProjectionBook
from api.settings import read_settings
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, Server, serving
from tests.support.two_cities import two_cities

DEEP = '{ bureau(id: "4400") { ' + "parent { " * 10 + "key" + " }" * 12
HIDDEN_DEPTH = """
{ bureau(id: "4400") { ...a } }
fragment a on Bureau { parent { parent { parent { ...b } } } }
fragment b on Bureau { parent { parent { parent { ... on Bureau { parent { parent { parent { key } } } } } } } }
"""
LOOP = '{ bureau(id: "4400") { ...a } } fragment a on Bureau { parent { ...a } }'


@pytest.mark.parametrize("query", [DEEP, HIDDEN_DEPTH])
def test_a_query_deeper_than_ten_levels_is_refused_through_fragments_too(root: Caller, query: str) -> None:
    error = root.error(query)
    assert (error["status"], error["code"]) == (413, "limit.depth")


def test_fragments_that_go_round_in_circles_are_refused(root: Caller) -> None:
    assert root.error(LOOP)["status"] == 400


def test_more_than_twenty_root_fields_are_refused(root: Caller) -> None:
    many = " ".join(f"a{place}: schemaInfo {{ version }}" for place in range(21))
    codes = {error["extensions"]["code"] for error in root.post("{ " + many + " }").json()["errors"]}
    assert {"limit.root_fields", "limit.aliases"} <= codes


def test_more_than_twenty_aliases_are_refused_wherever_they_hide(root: Caller) -> None:
    many = " ".join(f"a{place}: name" for place in range(21))
    query = '{ taxpayer(id: "A1") { ...many } } fragment many on Taxpayer { ' + many + " }"
    assert root.error(query)["code"] == "limit.aliases"


def test_a_page_of_more_than_a_hundred_rows_is_refused(root: Caller) -> None:
    assert root.error("{ taxpayers(first: 101) { totalCount } }")["code"] == "limit.page"
    assert root.error('{ taxpayer(id: "A1") { sales(first: 101) { totalCount } } }')["code"] == "limit.page"


def test_a_body_of_more_than_256_kibibytes_is_refused(root: Caller) -> None:
    response = root.post("{ schemaInfo { version } }" + " " * 262_144)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "limit.body"


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'"query"', b'{"query": ""}', b'{"query": "{a}", "variables": 1}']
)
def test_a_body_that_is_no_graphql_request_is_refused(root: Caller, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {root.token}"}
    response = httpx.post(f"{root.url}/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "query.body"


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{ taxpayer(",
        "mutation { load }",
        "query A { schemaInfo { version } } query B { schemaInfo { version } }",
    ],
)
def test_a_document_that_means_nothing_is_refused(root: Caller, query: str) -> None:
    error = root.error(query)
    assert (error["status"], error["code"]) == (400, "query.document")


def test_wrong_values_name_their_code_and_the_next_step(root: Caller) -> None:
    error = root.error('{ trace(start: "A1", options: { span: "soon" }) { start } }')
    assert error["code"] == "query.duration"
    assert error["nextStep"]


def test_a_query_by_get_is_not_answered(country: Server) -> None:
    response = httpx.get(f"{country.url}/graphql", params={"query": "{ schemaInfo { version } }"})
    assert response.status_code == 405


def test_a_question_that_takes_too_long_ends_with_limit_time(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    with serving(store, settings=read_settings(request_seconds=0.000_001)) as server:
        error = server.caller().error("{ taxpayers { totalCount } }")
    store.close()
    # The limit is so short that on a busy machine already the body may arrive too late.
    assert (error["status"], error["code"]) in {(503, "limit.time"), (408, "limit.arrival")}


def test_what_finds_no_place_in_the_queue_is_told_to_come_again(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store, settings=read_settings(request_workers=1, request_queue=0)) as server:
        caller = server.caller()
        held = server.service.pool._places  # noqa: SLF001 - the only way to hold the one place for sure
        held.acquire()
        error = caller.error("{ schemaInfo { version } }")
        refused = caller.post("{ schemaInfo { version } }")
        held.release()
        assert caller.ask("{ schemaInfo { version } }")
    store.close()
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["errors"][0]["extensions"]["retryable"] is True
    assert (error["status"], error["code"]) == (429, "limit.busy")


def test_the_server_lives_and_is_ready(country: Server) -> None:
    assert httpx.get(f"{country.url}/healthz").json() == {"status": "alive"}
    assert httpx.get(f"{country.url}/readyz").json() == {"status": "ready", "schema": 1}


def test_a_server_over_a_store_of_another_schema_is_not_ready(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store) as server:
        store.set_meta("schema_version", "999")
        response = httpx.get(f"{server.url}/readyz")
    store.close()
    assert response.status_code == 503
    assert response.json()["error"]["extensions"]["code"] == "store.schema"


def test_answers_are_kept_by_nobody_on_the_way(root: Caller) -> None:
    assert root.post("{ schemaInfo { version } }").headers["cache-control"] == "no-store"


def test_the_page_to_try_queries_on_stands_in_development_alone(country: Server, tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    with serving(store, settings=read_settings(development=True)) as server:
        page = httpx.get(f"{server.url}/graphql")
    store.close()
    assert "graphiql" in page.text.lower()
    assert httpx.get(f"{country.url}/graphql").status_code == 405


def test_a_long_wait_for_one_question_holds_up_no_other(country: Server) -> None:
    lock = cast("ProjectionBook", country.service.projections)._lock  # noqa: SLF001 - a trace that has to wait
    with lock:
        slow = country.caller()
        waiting = threading.Thread(target=lambda: slow.post('{ trace(start: "A1") { start } }'))
        waiting.start()
        started = time.monotonic()
        assert httpx.get(f"{country.url}/healthz").status_code == 200
        assert time.monotonic() - started < 10
    waiting.join()


def test_of_several_operations_the_named_one_is_answered(root: Caller) -> None:
    document = "query A { schemaInfo { version } } query B { bureaus { totalCount } }"
    headers = {"Authorization": f"Bearer {root.token}"}
    body = {"query": document, "operationName": "B"}
    assert httpx.post(f"{root.url}/graphql", json=body, headers=headers).json()["data"] == {
        "bureaus": {"totalCount": 4}
    }
    assert httpx.post(f"{root.url}/graphql", json=body | {"operationName": "C"}, headers=headers).status_code == 400
