"""Every question of the API, asked over HTTP of a small country."""

from __future__ import annotations

import pytest

from queries.organisation import overlaps
from tests.support.serving import AUDITOR, Caller, Server

BOTH_STORES = ["duckdb", pytest.param("neo4j", marks=pytest.mark.neo4j)]
pytestmark = pytest.mark.parametrize("country", BOTH_STORES, indirect=True, scope="module")

PARTY = " fragment party on Counterparty { __typename ... on Taxpayer { key name } }"


def test_a_taxpayer_is_found_by_key_by_global_id_and_by_number(root: Caller) -> None:
    first = root.ask('{ taxpayer(id: "A1") { id key name } }')["taxpayer"]
    by_id = root.ask("query ($id: ID!) { taxpayer(id: $id) { key } }", id=first["id"])["taxpayer"]
    by_number = root.ask('{ taxpayer(number: "A1") { key } }')["taxpayer"]
    assert first["key"] == by_id["key"] == by_number["key"] == "A1"
    assert first["name"] == "Ash Trading A1"


def test_a_former_id_leads_to_the_present_taxpayer(root: Caller) -> None:
    assert root.ask('{ taxpayer(id: "tp-A1") { key } }')["taxpayer"] == {"key": "A1"}


def test_node_finds_each_kind_of_thing_by_its_global_id(root: Caller) -> None:
    found = root.ask('{ invoice(id: "I1") { id } officer(id: "officer-1") { id } task(id: "t-a") { id } }')
    ids = [found[name]["id"] for name in ("invoice", "officer", "task")]
    nodes = root.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id key } }", ids=ids)["nodes"]
    assert [node["__typename"] for node in nodes] == ["Invoice", "Officer", "Task"]
    assert [node["id"] for node in nodes] == ids


def test_an_invoice_shows_both_parties_its_lines_and_its_money(root: Caller) -> None:
    invoice = root.ask(
        '{ invoice(number: "I1") { net { amount currency } seller { ...party } buyer { ...party }'
        " lines { nodes { line rate amount { amount } commodity { name } } }"
        " deductions { nodes { period effectiveTax { amount currency } taxpayer { ...party } } } } }" + PARTY
    )["invoice"]
    assert invoice["net"] == {"amount": "100.00", "currency": "CNY"}
    assert (invoice["seller"]["key"], invoice["buyer"]["key"]) == ("A1", "A2")
    assert invoice["lines"]["nodes"] == [
        {"line": 1, "rate": "0.13", "amount": {"amount": "100.00"}, "commodity": {"name": "Goods"}}
    ]
    assert invoice["deductions"]["nodes"][0]["effectiveTax"] == {"amount": "13.00", "currency": "CNY"}


def test_every_fact_says_where_it_comes_from(root: Caller) -> None:
    shown = root.ask('{ taxpayer(id: "A1") { provenance { source file row batch claims } } }')["taxpayer"]
    assert shown["provenance"] == {"source": "test", "file": "test.csv", "row": 1, "batch": "country", "claims": 1}


def test_a_household_shows_roles_shares_facts_and_work(root: Caller) -> None:
    found = root.ask(
        '{ taxpayer(id: "A1") { registrations { nodes { key } } officers { nodes { role person { key } } }'
        " filings { totalCount nodes { key payable { amount } taxpayer { key } } }"
        " grids { nodes { role grid { key bureau { key parent { key } } } } } tasks { nodes { key } } }"
        ' b: taxpayer(id: "A2") { shareholders { nodes { ratio holder { ... on Person { key } } } } } }'
    )
    taxpayer = found["taxpayer"]
    assert taxpayer["registrations"]["nodes"] == [{"key": "reg-A1"}]
    assert taxpayer["officers"]["nodes"] == [{"role": "LEGAL_REPRESENTATIVE", "person": {"key": "person-a"}}]
    assert taxpayer["filings"]["nodes"] == [
        {"key": "filing-A1", "payable": {"amount": "0.05"}, "taxpayer": {"key": "A1"}}
    ]
    grid = {"key": "grid-a", "bureau": {"key": "4401", "parent": {"key": "4400"}}}
    assert taxpayer["grids"]["nodes"] == [{"role": "managed", "grid": grid}]
    assert taxpayer["tasks"]["nodes"] == [{"key": "t-a"}]
    assert found["b"]["shareholders"]["nodes"] == [{"ratio": "0.25", "holder": {"key": "person-a"}}]


def test_the_household_view_adds_up_months_partners_and_a_time_line(root: Caller) -> None:
    view = root.ask(
        '{ household(taxpayer: "A1") { header { name } officers { role subject { __typename } }'
        " trading { months { month output { amount } intake { amount } balance { amount } }"
        " partners { party { key name } sold { amount } } truncated scope { label } }"
        " timeline { nodes { on kind } } } }"
    )["household"]
    assert view["header"] == {"name": "Ash Trading A1"}
    assert view["trading"]["months"] == [
        {
            "month": "2026-01",
            "output": {"amount": "200.00"},
            "intake": {"amount": "100.00"},
            "balance": {"amount": "100.00"},
        }
    ]
    assert {partner["party"]["key"] for partner in view["trading"]["partners"]} == {"A2", "A3", "B1"}
    assert view["trading"]["scope"] == {"label": "root"}
    assert view["timeline"]["nodes"][0]["on"] == "2025-01-01"


def test_the_other_views_open_into_each_other(root: Caller) -> None:
    views = root.ask(
        '{ personView(id: "person-a") { person { name } roles { role subject { __typename } } }'
        ' bureauView(id: "4401") { taxpayerCount officerCount taxpayersByStatus { status count } }'
        ' officerView(id: "officer-1") { officer { name } portfolioSize tasksOpen truncated } }'
    )
    assert views["personView"]["roles"][0]["subject"] == {"__typename": "Taxpayer"}
    assert views["bureauView"]["taxpayerCount"] == 3
    assert views["officerView"]["portfolioSize"] == 3


def test_responsibility_on_a_day_names_officer_grid_and_task(root: Caller) -> None:
    found = root.ask('{ responsible(taxpayer: "A1", on: "2026-03-01") { officerKey via grid { key } task { key } } }')
    assert {(one["officerKey"], one["via"]) for one in found["responsible"]} == {
        ("officer-1", "grid"),
        ("officer-1", "task"),
    }


def test_nobody_answered_for_a_taxpayer_before_it_was_in_a_grid(root: Caller) -> None:
    found = root.ask('{ responsible(taxpayer: "A1", on: "2024-03-01") { via } }')["responsible"]
    assert [one["via"] for one in found if one["via"] == "grid"] == []


def test_responsibility_over_time_is_told_with_its_grounds_gaps_and_overlaps(root: Caller) -> None:
    found = root.ask(
        '{ responsibilityMoves(taxpayer: "A1") { taxpayerKey lines { officerKey via level grounds { relationship } }'
        " changes { on kind officerKey because { relationship source target } } nobody { from to } truncated }"
        ' responsibilityGaps(kinds: [GRID_WITHOUT_OFFICER], about: { since: "2026-01-01" }) { totals { kind count } }'
        ' alone: responsibilityGaps(about: { type: "Taxpayer", subject: "A1" }) { gaps { kind subject from } }'
        " responsibilityOverlaps { overlaps { kind subject members } totals { kind count } } }"
    )
    assert "officer-1" in {line["officerKey"] for line in found["responsibilityMoves"]["lines"]}
    grounds = {ground["relationship"] for line in found["responsibilityMoves"]["lines"] for ground in line["grounds"]}
    assert {"IN_GRID", "WORKS_IN", "CONCERNS", "ASSIGNED_TO"} <= grounds
    assert [total["kind"] for total in found["responsibilityGaps"]["totals"]] == ["grid_without_officer"]
    assert {gap["subject"] for gap in found["alone"]["gaps"]} <= {"A1"}
    assert {total["kind"] for total in found["responsibilityOverlaps"]["totals"]} == set(overlaps.KINDS)


def test_a_task_tells_its_history_and_its_loop(root: Caller) -> None:
    found = root.ask(
        '{ taskHistory(task: "t-a") { task { key } entries { action officerName } truncated }'
        ' loop(task: "t-b") { first closed tasks { key depth } open { task officers } links { kind } }'
        ' portfolio(officer: "officer-1") { taxpayerCount openTaskKeys taxpayers { nodes { key } } } }'
    )
    assert found["taskHistory"]["entries"] == [{"action": "opened", "officerName": "Officer officer-1"}]
    asked = root.ask('{ handovers(task: "t-a") { taskKey truncated handovers { giverKey takerKey afterSeconds } } }')
    assert asked["handovers"] == {"taskKey": "t-a", "truncated": False, "handovers": []}
    assert found["loop"]["first"] == "t-a"
    assert [task["key"] for task in found["loop"]["tasks"]] == ["t-a", "t-b"]
    assert found["loop"]["closed"] is False
    assert found["portfolio"]["taxpayerCount"] == 3


def test_a_trace_follows_invoices_in_order_of_time(root: Caller) -> None:
    found = root.ask(
        '{ trace(start: "A1", options: { span: "90d", hops: 5 }) { start startType startAmount { amount } truncated'
        " stops(first: 50) { totalCount nodes { hop party { key } share } }"
        " graph { nodes { key hop label } edges { key source target amount at } } } }"
    )["trace"]
    assert (found["start"], found["startType"]) == ("A1", "Taxpayer")
    reached = {stop["party"]["key"] for stop in found["stops"]["nodes"]}
    assert reached == {"A1", "A2", "A3", "B1", "B2"}
    columns = found["graph"]["edges"]
    assert len(columns["key"]) == len(columns["source"]) == len(columns["amount"]) > 0


def test_a_ring_is_counted_listed_and_drawn(root: Caller) -> None:
    found = root.ask(
        '{ rings(options: { window: "30d", maxLength: 4 }) { currency truncated'
        " counts { edgeCycles distinctRings edgeCyclesByLength { length count } }"
        " rings { nodes { key length score members { key name } steps { key invoice { number } } } }"
        " graph { nodes { key } edges { key } } } }"
    )["rings"]
    assert found["counts"]["distinctRings"] == 1
    assert found["counts"]["edgeCyclesByLength"] == [{"length": 3, "count": 1}]
    ring = found["rings"]["nodes"][0]
    assert [member["key"] for member in ring["members"]] == ["A1", "A2", "A3"]
    assert [step["invoice"]["number"] for step in ring["steps"]] == ["I1", "I2", "I3"]
    assert found["graph"]["nodes"]["key"] == ["A1", "A2", "A3"]


def test_a_ring_with_a_member_out_of_scope_is_absent_and_not_counted(root: Caller, ash: Caller) -> None:
    query = '{ rings(options: { window: "30d", maxLength: 5 }) { counts { distinctRings } } }'
    assert root.ask(query)["rings"]["counts"] == {"distinctRings": 2}
    assert ash.ask(query)["rings"]["counts"] == {"distinctRings": 1}


def test_an_investigators_own_pattern_matches(root: Caller) -> None:
    found = root.ask(
        "query ($p: String!) { match(pattern: $p)"
        " { count columns { name values } graph { nodes { key } } truncated } }",
        p='(a:Taxpayer)-[s:SOLD]->(i:Invoice)-[b:BOUGHT_BY]->(c:Taxpayer) where a.id = "A1" return c.name limit 10',
    )["match"]
    assert found["count"] == 2
    assert {column["name"] for column in found["columns"]} >= {"a", "i", "c", "c.name"}


def test_search_finds_names_and_numbers_best_first(root: Caller) -> None:
    found = root.ask('{ search(text: "ash trading") { totalCount nodes { type key label node { __typename } } } }')
    hits = found["search"]
    assert hits["totalCount"] >= 3
    first = {"type": "TAXPAYER", "key": "A1", "label": "Ash Trading A1", "node": {"__typename": "Taxpayer"}}
    assert first in hits["nodes"]


def test_lists_are_filtered_and_ordered(root: Caller) -> None:
    found = root.ask(
        '{ taxpayers(where: { name: { prefix: "Birch" } }, order: { field: NAME, descending: true }) { nodes { key } }'
        ' invoices(where: { net: { atLeast: "99" }, issuedAt: { from: "2026-01-16T00:00:00" } }) { totalCount }'
        ' tasks(where: { status: { anyOf: ["in_work"] } }) { totalCount } grids { totalCount } officers { totalCount }'
        " bureaus { totalCount } commodities { totalCount } findings { totalCount } }"
    )
    assert [node["key"] for node in found["taxpayers"]["nodes"]] == ["B2", "B1"]
    assert found["invoices"]["totalCount"] == 3
    assert found["tasks"]["totalCount"] == 2
    assert (found["grids"]["totalCount"], found["officers"]["totalCount"], found["bureaus"]["totalCount"]) == (2, 2, 4)


def test_the_ledger_and_the_vocabulary_can_be_asked(root: Caller) -> None:
    found = root.ask(
        "{ batches { nodes { key state number } } qualityIssues { totalCount }"
        " schemaInfo { version nodeTypes { name chinese } relationshipTypes { name dated } } }"
    )
    assert found["batches"]["nodes"][-1] == {"key": "country", "state": "committed", "number": 1}
    assert "Taxpayer" in {node["name"] for node in found["schemaInfo"]["nodeTypes"]}


def test_every_answer_says_its_scope_and_its_snapshot(root: Caller, ash: Caller) -> None:
    assert root.post("{ taxpayers { totalCount } }").json()["extensions"]["scope"] == "root"
    extensions = ash.post("{ taxpayers { totalCount } }").json()["extensions"]
    assert extensions == {"scope": "4401", "snapshot": {"number": 1, "batch": "country"}, "cost": 1}


def test_internal_control_reads_who_asked(country: Server, ash: Caller) -> None:
    ash.ask('query Look { taxpayer(id: "A2") { name } }')
    assert country.logged()
    control = country.caller(roles=AUDITOR, name="control")
    events = control.ask(
        '{ accessEvents(first: 100, where: { principal: { eq: "ash" } }) { nodes { operation subjects } } }'
    )
    assert {"operation": "Look(taxpayer)", "subjects": "A2"} in events["accessEvents"]["nodes"]


def test_a_ring_explains_itself_in_two_languages(root: Caller) -> None:
    listed = root.ask("{ rings(options: { maxLength: 4 }) { rings { nodes { key } } } }")["rings"]["rings"]["nodes"]
    ring = root.ask(
        "query ($key: String!) { ring(id: $key, options: { maxLength: 4 }) { key"
        " why { english chinese stepsEnglish members { key added { amount } addedShare } } graph { edges { key } } } }",
        key=listed[0]["key"],
    )["ring"]
    assert ring["key"] == listed[0]["key"]
    assert "circle" in ring["why"]["english"]
    assert "环开" in ring["why"]["chinese"]
    assert ring["why"]["members"][0] == {"key": "A1", "added": {"amount": "0.00"}, "addedShare": "0"}
    assert ring["graph"]["edges"]["key"] == ["I1", "I2", "I3"]


def test_two_taxpayers_are_connected_by_the_shortest_path(root: Caller) -> None:
    path = root.ask(
        '{ shortestPath(from: "person-a", to: "B1") { found nodes { ... on Person { key } ... on Taxpayer { key } }'
        " steps { kind invoice { number } amount { amount } } truncated graph { edges { key } } } }"
    )["shortestPath"]
    assert [node["key"] for node in path["nodes"]] == ["person-a", "A1", "B1"]
    assert [step["kind"] for step in path["steps"]] == ["LEGAL_REPRESENTATIVE_OF", "TRADE"]
    assert path["steps"][1]["invoice"] == {"number": "I4"}


def test_a_past_day_and_a_past_instant_can_be_asked_of_any_field(root: Caller) -> None:
    found = root.ask(
        '{ now: invoices { totalCount } early: invoices(asOf: { valid: "2026-01-12" }) { totalCount }'
        ' unknown: taxpayer(id: "A1", asOf: { recorded: "2020-01-01T00:00:00Z" }) { key }'
        ' taxpayer(id: "A1") { officers { totalCount }'
        ' before: officers(asOf: { valid: "2024-06-01" }) { totalCount } } }'
    )
    assert found["now"]["totalCount"] == 6
    assert found["early"]["totalCount"] == 2
    assert found["unknown"] is None
    assert found["taxpayer"] == {"before": {"totalCount": 0}, "officers": {"totalCount": 1}}
