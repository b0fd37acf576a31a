"""A principal of one city learns nothing of a taxpayer of another, whatever it asks."""

from __future__ import annotations

import json

import pytest

from api.gql.ids import global_id
from tests.support.serving import Caller, Server
from tests.support.two_cities import BIRCH_WORDS

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")
PARTY = (
    "fragment party on Counterparty { __typename ... on Taxpayer { key name taxNumber bureau }"
    " ... on HiddenParty { opaqueId province } }"
)
INVOICE = PARTY + " fragment invoice on Invoice { number sellerName buyerName seller { ...party } buyer { ...party } }"
QUESTIONS = {
    "taxpayers": "{ taxpayers(first: 100) { totalCount nodes { key name taxNumber bureau } } }",
    "search": '{ search(text: "Birch") { totalCount nodes { key label } } }',
    "search by number": '{ search(text: "B1") { totalCount nodes { key label } } }',
    "invoices": "{ invoices(first: 100) { totalCount nodes { ...invoice } } } " + INVOICE,
    "sales": '{ taxpayer(id: "A1") { sales { totalCount nodes { ...invoice } } } } ' + INVOICE,
    "purchases": '{ taxpayer(id: "A2") { purchases { totalCount nodes { ...invoice } } } } ' + INVOICE,
    "household": '{ household(taxpayer: "A1") { trading { partners { party { key name province } }'
    " biggest { key partner { key name } } } timeline(first: 100) { nodes { what subject } } owners { name } } }",
    "bureau": '{ bureauView(id: "4400") { taxpayerCount taskCount taxpayersByStatus { status count } } }',
    "officer": '{ officerView(id: "officer-2") { portfolioSize tasksOpen } portfolio(officer: "officer-2")'
    " { taxpayerCount taxpayers { nodes { key name } } openTaskKeys } }",
    "grid": '{ grid(id: "grid-b") { taxpayers { totalCount nodes { taxpayer { name } } } tasks { totalCount } } }',
    "trace": '{ trace(start: "A1") { stops(first: 100) { nodes { party { key name province } } } leavesScope'
    " graph { nodes { key label } edges { key source target } } } }",
    "rings": "{ rings(options: { maxLength: 6 }) { counts { edgeCycles distinctRings }"
    " graph { nodes { key label } } } }",
    "match": '{ match(pattern: "(i:Invoice)-[b:BOUGHT_BY]->(c:Taxpayer) return c.name, c.tax_number limit 100")'
    " { count columns { name values } } }",
    "match parties": '{ match(pattern: "(i:Invoice)-[b:BOUGHT_BY]->(c:Taxpayer) return b.name limit 100")'
    " { columns { values } graph { nodes { key label } } } }",
    "path": '{ shortestPath(from: "A1", to: "A2") { nodes { __typename } graph { nodes { key label } } } }',
    "loop": '{ loop(task: "t-a") { tasks { key title } links { source target } open { task } } }',
    "persons": '{ person(id: "person-b") { name } personView(id: "person-b") { person { name } } }',
    "tasks": "{ tasks { totalCount nodes { key title taxpayers { nodes { name } } } } }",
}
# Birch's keys stand in the questions themselves where they are asked for; the answers alone are searched.


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_answer_to_ash_holds_a_word_of_birch(ash: Caller, name: str) -> None:
    response = ash.post(QUESTIONS[name])
    assert "errors" not in response.json(), response.text
    answer = json.dumps(response.json()["data"], ensure_ascii=False)
    assert [word for word in BIRCH_WORDS if word in answer] == []


def test_a_partner_out_of_scope_is_a_leaf_with_a_province(ash: Caller) -> None:
    buyer = ash.ask('{ invoice(id: "I4") { buyer { ...party } buyerName } } ' + PARTY)["invoice"]
    assert buyer["buyer"]["__typename"] == "HiddenParty"
    assert buyer["buyer"]["province"] == "44"
    assert buyer["buyerName"] is None


def test_an_opaque_id_is_one_within_a_scope_and_another_in_another(country: Server, ash: Caller) -> None:
    query = '{ a: invoice(id: "I4") { buyer { ...party } } b: invoice(id: "I6") { seller { ...party } } } ' + PARTY
    mine, again = ash.ask(query), ash.ask(query)
    other = country.caller(bureau="440101").ask('{ invoice(id: "I6") { seller { ...party } } } ' + PARTY)
    assert mine == again
    assert mine["a"]["buyer"]["opaqueId"] != mine["b"]["seller"]["opaqueId"]
    assert other["invoice"]["seller"]["opaqueId"] != mine["b"]["seller"]["opaqueId"]


@pytest.mark.parametrize(
    ("type_name", "hidden", "absent"),
    [
        ("Taxpayer", "B1", "Z9"),
        ("Person", "person-b", "person-z"),
        ("Invoice", "I5", "I9"),
        ("Task", "t-b", "t-z"),
        ("Registration", "reg-B1", "reg-Z9"),
        ("Filing", "filing-B1", "filing-Z9"),
    ],
)
def test_what_is_hidden_answers_as_what_does_not_exist(ash: Caller, type_name: str, hidden: str, absent: str) -> None:
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    assert (
        ash.post(query, id=global_id(type_name, hidden)).content
        == ash.post(query, id=global_id(type_name, absent)).content
    )


@pytest.mark.parametrize(
    "query",
    [
        '{ trace(start: "@who") { start } }',
        '{ responsible(taxpayer: "@who", on: "2026-03-01") { officerKey } }',
        '{ shortestPath(from: "A1", to: "@who") { found } }',
        '{ rings(options: { through: ["@who"] }) { truncated } }',
        '{ household(taxpayer: "@who") { header { name } } }',
        '{ taxpayer(number: "@who") { name } }',
    ],
)
def test_errors_about_what_is_hidden_are_those_about_nothing(ash: Caller, query: str) -> None:
    assert ash.post(query.replace("@who", "B1")).content == ash.post(query.replace("@who", "Z9")).content


def test_a_city_sees_its_own_offices_too(ash: Caller) -> None:
    found = ash.ask("{ taxpayers { nodes { key } } }")["taxpayers"]["nodes"]
    assert [node["key"] for node in found] == ["A1", "A2", "A3"]


def test_an_office_sees_itself_alone(country: Server) -> None:
    office = country.caller(bureau="440101")
    assert office.ask("{ taxpayers { nodes { key } } }")["taxpayers"]["nodes"] == [{"key": "A2"}]


def test_the_ledger_is_for_those_who_see_everything(ash: Caller) -> None:
    assert ash.ask("{ batches { totalCount } qualityIssues { totalCount } }") == {
        "batches": {"totalCount": 0},
        "qualityIssues": {"totalCount": 0},
    }
