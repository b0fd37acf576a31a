"""Decisions about identity over GraphQL: a load of their own, for the operator, about what the caller may see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from api.access.principals import Role
from graph.store.duckdb_store import DuckdbStore
from loaders.frames import load_frames
from loaders.options import LoadOptions
from tests.support.batches import KEY
from tests.support.serving import Caller, Server, serving

DECIDE = "mutation($input: IdentityDecisionInput!) { decideIdentity(input: $input) { id } }"
FORMED = """query($id: ID!) { formation(taxpayer: $id) {
    source who withdrawn moved { party was now matchedBy score } decisions { verdict who reason } } }"""
STATE = "query($id: ID!) { load(id: $id) { state error { code } report { accepted } } }"
NAMED = "query { taxpayers(first: 9) { nodes { key registrations(first: 9) { nodes { key } } } } }"
FIRMS = [
    {"id": f"T{place}", "name": "甲", "tax_number": f"N{place}", "bureau": bureau}
    for place, bureau in ((1, "4401"), (2, "4401"), (3, "4402"))
]
BUREAUS = [{"id": "4401", "name": "甲局"}, {"id": "4402", "name": "乙局"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three firms, two of one bureau."""
    store = DuckdbStore.open(tmp_path_factory.mktemp("identity") / "graph.duckdb")
    store.ensure_schema()
    frames = {"taxpayers": pd.DataFrame(FIRMS), "bureaus": pd.DataFrame(BUREAUS)}
    load_frames(store, frames, options=LoadOptions(hmac_key=KEY))
    with serving(store) as running:
        yield running
    store.close()


def said(left: str, right: str, verdict: str = "same") -> dict[str, str]:
    return {"left": f"canonical:{left}", "right": f"canonical:{right}", "verdict": verdict, "reason": "同一家"}


def ended(caller: Caller, job: str) -> dict[str, Any]:
    for _ in range(600):
        found: dict[str, Any] = caller.ask(STATE, id=job)["load"]
        if found["state"] not in {"QUEUED", "RUNNING"}:
            return found
        time.sleep(0.05)
    raise AssertionError("the load did not end")


def groups(server: Server) -> list[list[str]]:
    """Keys of the registrations of each taxpayer."""
    nodes = server.caller().ask(NAMED)["taxpayers"]["nodes"]
    return sorted(sorted(each["key"] for each in node["registrations"]["nodes"]) for node in nodes)


def test_an_operator_joins_two_firms_and_parts_them_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXGRAPH_HMAC_KEY", KEY.decode())
    operator = server.caller(roles=frozenset({Role.OPERATOR}), name="keeper")
    one, two, three = ["canonical:T1"], ["canonical:T2"], ["canonical:T3"]
    assert groups(server) == [one, two, three]
    for verdict, expected in (("same", [one + two, three]), ("different", [one, two, three])):
        job = operator.ask(DECIDE, input=said("T1", "T2", verdict))["decideIdentity"]["id"]
        assert ended(operator, job) == {"state": "DONE", "error": None, "report": {"accepted": 1}}
        assert groups(server) == expected


def test_others_may_not_decide_nor_may_anybody_about_what_is_out_of_scope(server: Server) -> None:
    assert server.caller().error(DECIDE, input=said("T1", "T2"))["code"] == "access.role"
    city = server.caller(bureau="4401", roles=frozenset({Role.OPERATOR, Role.INVESTIGATOR}), name="city")
    assert city.error(DECIDE, input=said("T1", "T3"))["code"] == "not_found.registration"
    assert city.error(DECIDE, input=said("T1", "T8"))["code"] == "not_found.registration"


def test_the_steps_that_formed_a_taxpayer_say_who_decided_and_what(server: Server) -> None:
    steps = server.caller().ask(FORMED, id="N2")["formation"]
    assert [step["who"] for step in steps] == ["unknown", "keeper", "keeper"]
    assert [[said["verdict"] for said in step["decisions"]] for step in steps] == [[], ["same"], ["different"]]
    moved = [{(each["matchedBy"], each["score"]) for each in step["moved"]} for step in steps[1:]]
    assert moved == [{("decision", "1")}, {("serial and numbers", "1")}]
    city = server.caller(bureau="4402", name="other")
    assert city.error(FORMED, id="N2")["code"] == "not_found.taxpayer"
    hidden = server.caller(bureau="4401", name="city").ask(FORMED, id="N2")["formation"]
    assert [step["decisions"] for step in hidden] == [[], [], []]
