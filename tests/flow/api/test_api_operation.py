"""How a server is watched and stopped: figures, a log without people, and an end at which nothing is lost."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from api.access.principals import Role
from api.projections import ProjectionBook
from api.settings import read_settings
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.flow.api.running import graceful
from tests.flow.api.test_api_events import OPERATOR, WATCH, events, held_load, opened
from tests.support.command_line import SERVING, CommandLine, small_country, write_tables
from tests.support.serving import AUDITOR, Caller, Server, serving
from tests.support.two_cities import two_cities


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    """Two cities."""
    made = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    made.ensure_schema()
    made.write(two_cities())
    yield made
    made.close()


def figures(caller: Caller) -> dict[str, float]:
    """What `/metrics` says, by series."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    text = httpx.get(f"{caller.url}/metrics", headers=headers, trust_env=False).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, _, value in lines}


def test_the_figures_follow_what_is_asked(country: Server) -> None:
    operator, caller = country.caller(roles=OPERATOR, name="operator"), country.caller(name="asks")
    before = figures(operator)
    caller.ask("{ taxpayers(first: 3) { nodes { name } } }")
    caller.error("{ nothing }")
    assert country.service.access_log.flush()
    after = figures(operator)

    def grown(series: str) -> float:
        return after.get(series, 0) - before.get(series, 0)

    assert grown('taxgraph_requests_total{code="ok",kind="query"}') == 1
    assert grown('taxgraph_requests_total{code="query.document",kind="refused"}') == 1
    assert grown('taxgraph_request_seconds_count{kind="query"}') == 1
    assert grown("taxgraph_query_cost_sum") >= 4
    assert grown("taxgraph_access_log_written_total") == 1
    assert after["taxgraph_access_log_waiting"] == 0
    assert after["taxgraph_memory_peak_bytes"] > 1_000_000


def test_the_figures_are_for_operators_and_internal_control(country: Server) -> None:
    assert httpx.get(f"{country.url}/metrics").status_code == 401
    for roles, status in ((AUDITOR, 200), (OPERATOR, 200), (frozenset({Role.INVESTIGATOR}), 403)):
        caller = country.caller(roles=roles, name="watches")
        headers = {"Authorization": f"Bearer {caller.token}"}
        assert httpx.get(f"{country.url}/metrics", headers=headers).status_code == status


def test_every_answer_carries_the_number_of_its_request(country: Server) -> None:
    caller = country.caller()
    ids = {caller.post(query).headers["x-request-id"] for query in ("{ schemaInfo { version } }", "{", "{ nothing }")}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)


def test_a_stopping_server_ends_streams_and_loads_and_answers_what_runs(store: GraphStore) -> None:
    with graceful(store) as (server, web, thread):
        caller, reader = server.caller(roles=OPERATOR, name="loader"), server.caller(name="reader")
        answers: list[httpx.Response] = []
        lock = cast("ProjectionBook", server.service.projections)._lock  # noqa: SLF001 - a trace that has to wait
        with held_load(server) as (load, let_go), opened(caller, WATCH, id=load) as response:
            stream = (event for event in events(response.iter_lines()) if event[0] != ":")
            assert next(stream)[0] == "next"
            with lock:
                asking = threading.Thread(
                    target=lambda: answers.append(reader.post('{ trace(start: "A1") { graph { nodes { key } } } }'))
                )
                asking.start()
                _until(lambda: server.service.pool.taken == 1)
                web.should_exit = True
                rest = list(stream)
            let_go.set()
        asking.join()
        thread.join(60)
        assert not thread.is_alive()
    assert rest[-1] == ("complete", None)
    assert rest[-2][1]["errors"][0]["extensions"]["code"] == "limit.stopping"
    assert answers[0].json()["data"]["trace"]["graph"]["nodes"]["key"]
    assert server.service.loads.job(load).state == "cancelled"
    operations = [event["operation"] for event in store.select("AccessEvent").table.to_pylist()]
    assert sorted(operations) == ["Watch(loadProgress)", "query(trace)"]


def test_a_load_that_hangs_in_the_store_does_not_keep_a_server_from_stopping(store: GraphStore) -> None:
    engine = cast("DuckdbStore", store)._engine  # noqa: SLF001 - a statement that never ends by itself
    begun = threading.Event()

    def hang(_tell: object, _stop: object) -> dict[str, Any]:
        with engine.reading() as reader:
            begun.set()
            return {"found": reader.number("SELECT count(*) FROM range(10000000000000)")}

    with serving(store, settings=read_settings(stop_seconds=0.5)) as server:
        job = server.service.loads.submit(hang, source="test", files=(), who="test")
        assert begun.wait(30)
        started = time.monotonic()
    assert time.monotonic() - started < 20
    assert server.service.loads.job(job.id).state == "failed"


def test_a_terminated_process_writes_every_line_of_the_access_log_and_no_person_into_its_own(tmp_path: Path) -> None:
    write_tables(tmp_path / "tables", small_country())
    line = CommandLine(tmp_path)
    line.answer("load", "canonical", "tables")
    secret = line.answer("token", "create", "--officer", "O1", "--role", "investigator", "--bureau", "14403")["secret"]
    server = line.start_server()
    assert server.stdout is not None
    found = SERVING.search(server.stdout.readline())
    assert found is not None
    caller = Caller(found[1], secret)
    query = 'query Look($t: String!) { search(text: $t) { nodes { label } } taxpayer(id: "A") { name taxNumber } }'
    for _ in range(30):
        assert caller.post(query, t="甲地商贸有限公司").status_code == 200
    server.send_signal(signal.SIGTERM)
    written = server.communicate(timeout=60)[0].splitlines()
    told = [json.loads(each) for each in written if each.startswith("{")]
    requests = [each for each in told if each["logger"] == "taxgraph.request"]
    assert len(requests) == 30
    assert {(each["kind"], each["operation"], each["code"]) for each in requests} == {("query", "Look", "ok")}
    assert all(each["seconds"] > 0 and each["cost"] > 0 and each["request"] for each in requests)
    assert not any(word in text for text in written for word in ("甲地", "91440300", secret, '"O1"'))
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    logged: list[dict[str, Any]] = store.select("AccessEvent").table.to_pylist()
    store.close()
    assert sum(event["operation"] == "Look(search,taxpayer)" for event in logged) == 30


def _until(true: Any) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)
