"""Detection over GraphQL: search, list, explain, decide, cases, news; what scopes and roles hide."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from api.access.principals import Role
from tests.flow.api.test_api_websocket import heard, line, say
from tests.support.serving import Caller, Server
from tests.support.small_graph import Draft
from tests.support.two_cities import ASH, BIRCH

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
START = """mutation($full: Boolean! = false) {
    startDetection(patterns: ["ring_invoicing"], full: $full) { id state } }"""
STATE = "query($id: ID!) { load(id: $id) { state error { code message } } }"
DONE = """query($id: ID!) { load(id: $id) { report { batch } detection {
    findings counts { change count } batch searched { pattern how taxpayers blocks } cut { part } } } }"""
LIST = """query($states: [String!]) { findings(first: 10, states: $states) { totalCount nodes {
    key pattern severity state label taxRecovered { amount currency }
    members { nodes { key } } evidence { nodes { key } } } } }"""
WHY = """query($key: ID!) { finding(key: $key) { why {
    english chinese members { key role } measures { name value invoices }
    graph { nodes { key } edges { key at amount currency } } } rules } }"""
DECIDE = """mutation($input: DecisionInput!) { decideFinding(input: $input) {
    state label taxRecovered { amount currency } reason } }"""


@pytest.fixture(scope="module")
def keeper(country: Server) -> Caller:
    """Somebody who keeps the rules."""
    return country.caller(roles=frozenset({Role.RULES}), name="keeper")


def searched(keeper: Caller, *, full: bool = False) -> str:
    """A run of detection, to its end; its job."""
    job: str = keeper.ask(START, full=full)["startDetection"]["id"]
    for _ in range(600):
        found = keeper.ask(STATE, id=job)["load"]
        if found["state"] not in {"QUEUED", "RUNNING"}:
            assert found == {"state": "DONE", "error": None}
            return job
        time.sleep(0.1)
    raise AssertionError("detection did not end")


@pytest.fixture(scope="module")
def found(keeper: Caller, root: Caller) -> list[dict[str, Any]]:
    """The findings of a first run."""
    searched(keeper)
    nodes: list[dict[str, Any]] = root.ask(LIST)["findings"]["nodes"]
    return nodes


def test_the_ring_of_three_firms_is_a_finding_with_members_and_evidence(found: list[dict[str, Any]]) -> None:
    ring = [each for each in found if len(each["members"]["nodes"]) == 3]
    assert [sorted(member["key"] for member in each["members"]["nodes"]) for each in ring] == [["A1", "A2", "A3"]]
    assert sorted(each["key"] for each in ring[0]["evidence"]["nodes"]) == ["I1", "I2", "I3"]
    assert (ring[0]["pattern"], ring[0]["state"], ring[0]["label"]) == ("ring_invoicing", "open", None)


def test_why_says_it_in_two_languages_with_the_invoices_behind_each_number(
    root: Caller, found: list[dict[str, Any]]
) -> None:
    ring = next(each for each in found if len(each["members"]["nodes"]) == 3)
    answer = root.post(WHY, key=ring["key"]).json()
    why = answer["data"]["finding"]["why"]
    assert "Ash Trading A1 (A1) → Ash Trading A2 (A2) → Ash Trading A3 (A3)" in why["english"]
    assert "环开" in why["chinese"]
    turnover = next(each for each in why["measures"] if each["name"] == "turnover_cents")
    assert (turnover["value"], sorted(turnover["invoices"])) == ("300.00 CNY", ["I1", "I2", "I3"])
    assert why["graph"]["edges"]["at"] == ["2026-01-10T00:00:00", "2026-01-12T00:00:00", "2026-01-14T00:00:00"]
    assert why["graph"]["edges"]["amount"] == ["100.00"] * 3
    assert answer["errors"][0]["extensions"]["code"] == "access.role"  # thresholds are not for investigators


def test_thresholds_are_shown_to_the_rules_role_alone(
    root: Caller, keeper: Caller, found: list[dict[str, Any]]
) -> None:
    rules = keeper.ask(WHY, key=found[0]["key"])["finding"]["rules"]
    assert json.loads(rules)["window_days"] == 90
    shown = "{ patterns { name number version rules { name value } } }"
    ours = keeper.ask(shown)["patterns"][0]
    assert (ours["name"], ours["number"], ours["version"]) == ("ring_invoicing", 1, "1")
    assert {"name": "window_days", "value": "90"} in ours["rules"]
    theirs = root.ask(shown)["patterns"][0]
    assert (theirs["version"], theirs["rules"]) == (None, [])


def test_a_finding_is_seen_where_all_its_members_are(
    country: Server, ash: Caller, root: Caller, found: list[dict[str, Any]]
) -> None:
    birch = country.caller(bureau=BIRCH, name="birch")
    for caller, city in ((ash, ASH), (birch, BIRCH)):
        members = {each["key"]: {m["key"] for m in each["members"]["nodes"]} for each in found}
        inside = {key for key, firms in members.items() if all(firm.startswith("AB"[city == BIRCH]) for firm in firms)}
        assert {each["key"] for each in caller.ask(LIST)["findings"]["nodes"]} == inside
        for key in set(members) - inside:
            assert caller.ask(WHY.replace(" rules }", " }"), key=key) == {"finding": None}
            refused = caller.error(DECIDE, input={"finding": key, "label": "refuted", "reason": "none"})
            assert refused["code"] == "not_found.finding"
        cases = caller.ask("{ cases { total cases { findings } } }")["cases"]
        assert {key for case in cases["cases"] for key in case["findings"]} == inside
    assert root.ask("{ cases { total } }")["cases"]["total"] == 1  # the rings share members


def test_a_second_run_changes_nothing_and_news_come_once_a_run(
    country: Server, keeper: Caller, root: Caller, found: list[dict[str, Any]]
) -> None:
    before = len(country.store.batches())
    searched(keeper)
    assert len(country.store.batches()) == before
    assert root.ask(LIST)["findings"]["nodes"] == found


def test_a_run_tells_how_it_searched(keeper: Caller, found: list[dict[str, Any]]) -> None:
    skipped, whole = (keeper.ask(DONE, id=searched(keeper, full=full))["load"] for full in (False, True))
    assert (skipped["report"], skipped["detection"]["searched"]) == (
        None,
        [{"pattern": "ring_invoicing", "how": "skipped", "taxpayers": 0, "blocks": 0}],
    )
    assert [each["how"] for each in whole["detection"]["searched"]] == ["whole"]
    for done in (skipped["detection"], whole["detection"]):
        assert (done["findings"], done["batch"], done["cut"]) == (len(found), None, [])
        assert done["counts"] == [{"change": "unchanged", "count": len(found)}]


def test_a_decision_closes_a_finding_and_a_later_look_is_needed_before_another(
    country: Server, root: Caller, keeper: Caller, found: list[dict[str, Any]]
) -> None:
    key = found[0]["key"]
    decision = {"finding": key, "label": "confirmed", "reason": "no goods moved", "taxRecovered": "39.50"}
    news: list[dict[str, Any]] = []
    listener = threading.Thread(target=_listen, args=(root, news, 8.0))
    listener.start()
    time.sleep(2.5)
    assert root.ask(DECIDE, input=decision)["decideFinding"] == {
        "state": "closed",
        "label": "confirmed",
        "taxRecovered": {"amount": "39.50", "currency": "CNY"},
        "reason": "no goods moved",
    }
    assert key not in {each["key"] for each in root.ask(LIST)["findings"]["nodes"]}
    closed = root.ask(LIST, states=["closed"])["findings"]["nodes"]
    assert [(each["key"], each["label"]) for each in closed] == [(key, "confirmed")]
    late = root.error(DECIDE, input={**decision, "snapshot": 1})
    assert late["code"] == "store.changed"
    assert keeper.error(DECIDE, input=decision)["code"] == "access.role"
    searched(keeper)
    assert [each["key"] for each in root.ask(LIST, states=["closed"])["findings"]["nodes"]] == [key]
    listener.join(20)
    assert news == [], "a closed finding is no news"


def _listen(caller: Caller, news: list[dict[str, Any]], seconds: float) -> None:
    with line(caller) as opened:
        say(opened, "connection_init", payload={"Authorization": f"Bearer {caller.token}"})
        heard(opened)
        query = "subscription { newFindings { total truncated findings { key } } }"
        say(opened, "subscribe", id="1", payload={"query": query})
        try:
            message = json.loads(opened.recv(timeout=seconds))
        except TimeoutError:
            return
        news.append(message)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"label": "maybe"}, "query.label"),
        ({"reason": "  "}, "query.reason"),
        ({"label": "refuted", "taxRecovered": "1.00"}, "query.recovered"),
        ({"task": "no-such-task"}, "not_found.task"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    root: Caller, found: list[dict[str, Any]], wrong: dict[str, str], code: str
) -> None:
    given = {"finding": found[-1]["key"], "label": "confirmed", "reason": "seen"}
    assert root.error(DECIDE, input=given | wrong)["code"] == code


def test_what_a_later_run_finds_is_told_in_one_message(country: Server, root: Caller, keeper: Caller) -> None:
    news: list[dict[str, Any]] = []
    listener = threading.Thread(target=_listen, args=(root, news, 90.0))
    listener.start()
    time.sleep(2.5)
    graph = Draft()
    for key, seller, buyer, on in (("N1", "A1", "A3", "2026-02-01"), ("N2", "A3", "A1", "2026-02-02")):
        graph.invoice(key, seller=seller, buyer=buyer, on=on)
    country.store.write(graph.batch("later"))
    searched(keeper)
    listener.join(100)
    (message,) = news
    told = message["payload"]["data"]["newFindings"]
    assert (told["total"], told["truncated"]) == (len(told["findings"]), False)
    assert told["total"] >= 1
    keys = {each["key"] for each in told["findings"]}
    assert keys <= {each["key"] for each in root.ask(LIST)["findings"]["nodes"]}
