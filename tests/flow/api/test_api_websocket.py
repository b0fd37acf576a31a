"""The progress of a load over graphql-transport-ws, and what that line refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from api.access.principals import Role
from api.settings import read_settings
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.flow.api.test_api_events import OPERATOR, WATCH, held_load
from tests.flow.api.uploading import start, taxpayers
from tests.support.serving import PATIENT_SECONDS, Caller, Server, serving

client = pytest.importorskip("websockets.sync.client", reason="the server speaks WebSocket with `websockets` installed")
faults = pytest.importorskip("websockets.exceptions")
PROTOCOL = "graphql-transport-ws"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over an empty store with two places for subscriptions."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("office") / "graph.duckdb"))
    store.ensure_schema()
    with serving(store, settings=read_settings(subscriptions=2, request_seconds=PATIENT_SECONDS)) as server:
        yield server
    store.close()


@pytest.fixture
def loader(office: Server) -> Caller:
    """Somebody who loads."""
    return office.caller(roles=OPERATOR, name="loader")


@contextmanager
def line(caller: Caller, *, protocol: str = PROTOCOL) -> Iterator[Any]:
    """An open WebSocket."""
    address = caller.url.replace("http://", "ws://") + "/graphql"
    with client.connect(address, subprotocols=[protocol], open_timeout=30, proxy=None) as opened:
        yield opened


def say(opened: Any, kind: str, **message: Any) -> None:
    """Send a message."""
    opened.send(json.dumps({"type": kind, **message}))


def heard(opened: Any) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(opened.recv(timeout=60))
    return message


@contextmanager
def greeted(caller: Caller) -> Iterator[Any]:
    """A WebSocket whose caller has proved who it is."""
    with line(caller) as opened:
        say(opened, "connection_init", payload={"Authorization": f"Bearer {caller.token}"})
        assert heard(opened) == {"type": "connection_ack"}
        yield opened


def code_of_close(opened: Any) -> int:
    """The code with which the server closes."""
    with pytest.raises(faults.ConnectionClosed) as closed:
        opened.recv(timeout=60)
    return int(closed.value.rcvd.code)


def subscribed(opened: Any, query: str, **variables: Any) -> None:
    """Subscribe under the id `1`."""
    say(opened, "subscribe", id="1", payload={"query": query, "variables": variables})


def test_a_load_is_told_until_it_has_ended(loader: Caller) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("W1")})
    with greeted(loader) as opened:
        subscribed(opened, WATCH, id=load)
        told = [heard(opened)]
        while told[-1]["type"] == "next":
            told.append(heard(opened))
        assert told[-1] == {"id": "1", "type": "complete"}
        assert told[-2]["payload"]["data"]["loadProgress"]["state"] == "DONE"


def test_the_line_answers_pings_and_takes_the_next_subscription(loader: Caller) -> None:
    load = start(loader, {"taxpayers.csv": taxpayers("W2")})
    with greeted(loader) as opened:
        say(opened, "ping")
        assert heard(opened) == {"type": "pong"}
        for _ in range(2):
            subscribed(opened, WATCH, id=load)
            while heard(opened)["type"] != "complete":
                pass


@pytest.mark.parametrize("payload", [{}, {"Authorization": "Bearer tg_wrong"}, {"Authorization": 7}])
def test_nobody_gets_in_without_a_token(office: Server, payload: dict[str, Any]) -> None:
    with line(office.anonymous()) as opened:
        say(opened, "connection_init", payload=payload)
        assert code_of_close(opened) == 4403


def test_nobody_subscribes_before_proving_who_it_is(office: Server) -> None:
    with line(office.anonymous()) as opened:
        subscribed(opened, WATCH, id="x")
        assert code_of_close(opened) == 4401


def test_another_protocol_is_not_spoken(office: Server) -> None:
    with line(office.anonymous(), protocol="graphql-ws") as opened:
        assert code_of_close(opened) == 4406


@pytest.mark.parametrize("query", ["{ schemaInfo { version } }", 'mutation { cancelLoad(id: "x") { id } }'])
def test_queries_and_mutations_are_refused_on_this_line(loader: Caller, query: str) -> None:
    with greeted(loader) as opened:
        subscribed(opened, query)
        message = heard(opened)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "query.document"


def test_errors_have_the_same_codes_as_over_http(office: Server) -> None:
    caller = office.caller(roles=frozenset({Role.ROOT}), name="no role")
    with greeted(caller) as opened:
        subscribed(opened, WATCH, id="x")
        assert heard(opened)["payload"]["errors"][0]["extensions"]["code"] == "access.role"
        assert heard(opened)["type"] == "complete"
        subscribed(opened, "subscription { nothing }")
        assert heard(opened)["payload"][0]["extensions"]["code"] == "query.document"


@pytest.mark.parametrize(
    "message", ["[]", "7", "nothing", '{"type": "subscribe", "id": "1", "payload": 7}', '{"type": 7}', "[" * 50_000]
)
def test_a_message_that_is_none_ends_the_line(loader: Caller, message: str) -> None:
    with greeted(loader) as opened:
        opened.send(message)
        assert code_of_close(opened) == 4400


def test_a_line_too_many_is_told_to_come_again(office: Server, loader: Caller) -> None:
    with held_load(office), greeted(loader), greeted(loader), line(loader) as third:
        assert code_of_close(third) == 1013


def test_a_subscription_over_the_line_is_logged_once(office: Server) -> None:
    caller = office.caller(roles=OPERATOR, name="watcher over a line")
    load = start(caller, {"taxpayers.csv": taxpayers("W3")})
    with greeted(caller) as opened:
        subscribed(opened, WATCH, id=load)
        while heard(opened)["type"] != "complete":
            pass
    lines = [event for event in office.logged() if event["principal"] == "watcher over a line"]
    assert [event["operation"] for event in lines][-1] == "Watch(loadProgress)"
    assert lines[-1]["subjects"] == f"Load:{load}"
