"""Taking a batch back over the API: by the role that loads, seen at once by every question, and logged."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from api.access.principals import Role
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import Caller, Server, serving
from tests.support.small_graph import Draft

WITHDRAW = """mutation Withdraw($id: ID!, $withLater: Boolean! = false) {
    withdrawBatch(id: $id, withLater: $withLater) { key state withdrawnAt withdrawnBy }
}"""
TRADE = "query Trade { batches { nodes { key state } } taxpayers { nodes { key name } } }"
OPERATOR = frozenset({Role.OPERATOR, Role.INVESTIGATOR})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Server]:
    """A server over two batches, the second built on the first."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    store.write(Draft().firm("A", name="old").batch("b1"))
    store.write(Draft().node("Taxpayer", "A", name="new").firm("B").batch("b2", built_on=(1,), files=("two.csv",)))
    with serving(store) as server:
        yield server
    store.close()


@pytest.fixture
def operator(office: Server) -> Caller:
    """Somebody who loads and withdraws."""
    return office.caller(roles=OPERATOR, name="loader", officer="O77")


def named(caller: Caller) -> dict[str, str]:
    return {each["key"]: each["name"] for each in caller.ask(TRADE)["taxpayers"]["nodes"]}


def test_every_question_after_it_is_answered_without_the_batch(office: Server, operator: Caller) -> None:
    assert named(operator) == {"A": "new", "B": "Firm B"}
    (gone,) = operator.ask(WITHDRAW, id="b2")["withdrawBatch"]
    assert (gone["key"], gone["state"], gone["withdrawnBy"]) == ("b2", "withdrawn", "O77")
    assert gone["withdrawnAt"] is not None
    assert named(operator) == {"A": "old"}
    states = {each["key"]: each["state"] for each in operator.ask(TRADE)["batches"]["nodes"]}
    assert states == {"b1": "committed", "b2": "withdrawn"}


def test_it_is_in_the_access_log(office: Server, operator: Caller) -> None:
    operator.ask(WITHDRAW, id="b2")
    office.service.access_log.close()
    events = office.store.export("AccessEvent").to_pylist()
    assert any(event["officer"] == "O77" and "b2" in (event["subjects"] or "") for event in events)


def test_what_builds_on_it_is_named_or_goes_too(operator: Caller) -> None:
    error = operator.error(WITHDRAW, id="b1")
    assert (error["code"], error["facts"]) == ("store.built_on", {"batches": "b2", "files": "two.csv"})
    assert [each["key"] for each in operator.ask(WITHDRAW, id="b1", withLater=True)["withdrawBatch"]] == ["b2", "b1"]
    assert named(operator) == {}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_no_other_role_withdraws(office: Server, role: Role) -> None:
    caller = office.caller(roles=frozenset({role}), name=f"as {role}")
    assert caller.error(WITHDRAW, id="b2")["code"] == "access.role"
    assert office.store.batches()[1].state == "committed"


def test_while_a_load_runs_nothing_is_withdrawn(office: Server, operator: Caller) -> None:
    let_go = threading.Event()

    def work(_tell: object, _stop: object) -> dict[str, Any]:
        assert let_go.wait(60)
        return {}

    job = office.service.loads.submit(work, source="test", files=(), who="test")
    error = operator.error(WITHDRAW, id="b2")
    let_go.set()
    office.service.loads.result(job.id)
    assert (error["code"], error["retryable"]) == ("store.busy", True)
    assert operator.ask(WITHDRAW, id="b2")
