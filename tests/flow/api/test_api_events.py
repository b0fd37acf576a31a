"""The progress of a load as server-sent events: one connection an operation, kept open, ended with the load."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx
import pytest

from api.access.principals import Role
from api.access.tokens import TokenBook
from api.settings import read_settings
from graph.progress import Tell
from graph.stopping import Stop
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.flow.api.uploading import start, taxpayers
from tests.support.serving import PATIENT_SECONDS, Caller, Server, serving

WATCH = "subscription Watch($id: ID!) { loadProgress(id: $id) { id state step stepsDone report { outcome } } }"
OPERATOR = frozenset({Role.OPERATOR})
Event = tuple[str, Any]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over an empty store, with a quick heartbeat and two places for subscriptions."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("office") / "graph.duckdb"))
    store.ensure_schema()
    settings = read_settings(heartbeat_seconds=0.2, subscriptions=2, request_seconds=PATIENT_SECONDS)
    with serving(store, settings=settings) as server:
        yield server
    store.close()


@pytest.fixture
def loader(office: Server) -> Caller:
    """Somebody who loads."""
    return office.caller(roles=OPERATOR, name="loader")


@contextmanager
def held_load(office: Server) -> Iterator[tuple[str, threading.Event]]:
    """A load that runs until the event is set."""
    let_go = threading.Event()

    def work(tell: Tell, stop: Stop) -> dict[str, Any]:
        tell("held", 1, 2)
        assert let_go.wait(60)
        stop.check()
        tell("released", 2, 2)
        return {}

    job = office.service.loads.submit(work, source="test", files=(), who="test")
    try:
        yield job.id, let_go
    finally:
        let_go.set()


@contextmanager
def opened(caller: Caller, query: str = WATCH, **variables: Any) -> Iterator[httpx.Response]:
    """An open stream of events."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {caller.token}"}
    body = {"query": query, "variables": variables}
    with httpx.stream("POST", f"{caller.url}/graphql", json=body, headers=headers, timeout=60) as response:
        yield response


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Events of a stream; a comment is the event `:`."""
    name = ""
    for line in lines:
        if line.startswith(":"):
            yield ":", None
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield name, json.loads(data) if data else None


def watched(caller: Caller, query: str = WATCH, **variables: Any) -> list[Event]:
    """Every event of a stream until it ends, without comments."""
    with opened(caller, query, **variables) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return [event for event in events(response.iter_lines()) if event[0] != ":"]


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_load_is_told_step_by_step_until_it_has_ended(loader: Caller) -> None:
    found = watched(loader, id=start(loader, {"taxpayers.csv": taxpayers("E1")}))
    assert [name for name, _ in found] == ["next"] * (len(found) - 1) + ["complete"]
    states = [data["data"]["loadProgress"]["state"] for name, data in found if name == "next"]
    assert states[-1] == "DONE"
    assert found[-2][1]["data"]["loadProgress"]["report"] == {"outcome": "committed"}
    assert sorted(states, key=["QUEUED", "RUNNING", "DONE"].index) == states


def test_a_load_that_has_ended_is_told_once(office: Server, loader: Caller) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("E2")})
    office.service.loads.result(load)
    assert [name for name, _ in watched(loader, id=load)] == ["next", "complete"]


def test_a_quiet_stream_is_kept_open_by_comments_and_sees_what_comes(office: Server, loader: Caller) -> None:
    with held_load(office) as (load, let_go), opened(loader, id=load) as open_:
        stream = events(open_.iter_lines())
        comments = 0
        while comments < 4:
            comments += next(stream)[0] == ":"
        let_go.set()
        rest = [data for name, data in stream if name == "next"]
        assert rest[-1]["data"]["loadProgress"]["state"] == "DONE"


def test_whoever_goes_away_frees_its_place_and_the_third_waits(office: Server, loader: Caller) -> None:
    with held_load(office) as (load, _):
        with opened(loader, id=load) as first, opened(loader, id=load) as second:
            assert (first.status_code, second.status_code) == (200, 200)
            with opened(loader, id=load) as third:
                assert (third.status_code, third.headers["retry-after"]) == (429, "1")
        until(lambda: office.service.streams.open == 0)
        with opened(loader, id=load) as again:
            assert again.status_code == 200
    until(lambda: office.service.streams.open == 0)


def test_a_revoked_token_ends_the_stream(office: Server, loader: Caller) -> None:
    book = TokenBook(office.store)
    with held_load(office) as (load, _), opened(loader, id=load) as response:
        stream = (event for event in events(response.iter_lines()) if event[0] != ":")
        assert next(stream)[0] == "next"
        kept = book.kept(loader.token or "")
        assert kept is not None
        book.revoke(kept.id)
        rest = list(stream)
    assert rest[-2][1]["errors"][0]["extensions"]["code"] == "access.token"
    assert rest[-1] == ("complete", None)


def test_nobody_watches_without_a_token_or_the_role(office: Server) -> None:
    with opened(office.anonymous(), id="x") as response:
        assert response.status_code == 401
    found = watched(office.caller(roles=frozenset({Role.ROOT}), name="no role"), id="x")
    assert found[0][1]["errors"][0]["extensions"]["code"] == "access.role"
    assert found[1] == ("complete", None)


def test_a_load_that_is_not_there_or_of_somebody_else_is_told_alike(office: Server, loader: Caller) -> None:
    local = office.caller(roles=OPERATOR, name="local", bureau="4401")
    load = start(loader, {"taxpayers.csv": taxpayers("E3")})
    (_, there), (_, nowhere) = (watched(local, id=each)[0] for each in (load, "nothing"))
    assert there["errors"][0]["extensions"] == nowhere["errors"][0]["extensions"]
    assert there["errors"][0]["extensions"]["code"] == "not_found.load"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "query.document"),
        ("subscription {", "query.document"),
        ("subscription { loadProgress(id: 1) { id } } # " + "x" * 9000, "limit.document"),
        ("subscription { loadProgress(id: 1) { " + "id " * 250 + "} }", "limit.document"),
    ],
)
def test_what_is_wrong_with_the_document_is_told_inside_the_stream_or_before_it(
    loader: Caller, query: str, code: str
) -> None:
    with opened(loader, query) as response:
        text = response.read().decode()
    assert f'"{code}"' in text
    assert response.status_code == (413 if code.startswith("limit") else 200)


def test_a_query_over_events_is_answered_once(loader: Caller) -> None:
    found = watched(loader, "{ schemaInfo { version } }")
    assert [name for name, _ in found] == ["next", "complete"]
    assert found[0][1]["data"]["schemaInfo"]["version"] == 1


def test_a_subscription_without_events_is_refused(loader: Caller) -> None:
    assert loader.error(WATCH, id="x")["code"] == "query.document"


def test_a_subscription_leaves_a_line_in_the_access_log(office: Server) -> None:
    caller = office.caller(roles=OPERATOR, name="watcher", officer="O8")
    load = start(caller, {"taxpayers.csv": taxpayers("E4")})
    watched(caller, id=load)
    last = [event for event in office.logged() if event["principal"] == "watcher"][-1]
    assert (last["operation"], last["subjects"], last["officer"]) == ("Watch(loadProgress)", f"Load:{load}", "O8")
