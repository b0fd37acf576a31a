"""Scopes: what a bureau sees of each type, and what is left of a party outside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.model.vocabulary import NODE_TYPES
from graph.store.port import GraphStore
from graph.store.questions import (
    Direction,
    EdgePattern,
    Filter,
    NodePattern,
    Op,
    Order,
    Page,
    Pattern,
    Scope,
)
from tests.support.small_graph import Draft, day, values
from tests.support.stores import written

OUT, IN = Direction.OUT, Direction.IN
NORTH = Scope("north", frozenset({"11"}), b"north's secret")
SOUTH = Scope("south", frozenset({"44"}), b"south's secret")
NOWHERE = Scope("nowhere", frozenset(), b"secret")
CONTACTS = ("Address", "Phone", "Device", "NetworkAddress", "BankAccount")
ABOUT = (
    "Filing",
    "TaxPayment",
    "InputTransferOut",
    "QuotaGrant",
    "RiskLevel",
    "CreditGrade",
    "CustomsDeclaration",
    "RebateClaim",
    "Waybill",
)


def country() -> Draft:
    """N stands in the north, S in the south, Z has no bureau. Ids say which firms a node touches."""
    graph = Draft().firm("N", bureau="11", region="110101", name="Northern Tea")
    graph.firm("S", bureau="44", region="440301", name="Southern Silk").firm("Z", region="310000")
    for seller, buyer in (("N", "N"), ("N", "S"), ("S", "N"), ("S", "S"), ("Z", "S")):
        graph.invoice(f"{seller}{buyer}", seller=seller, buyer=buyer)
    for firm in "NSZ":
        _neighbours(graph, firm)
    graph.node("Finding", "NS").link("INVOLVES", "NS", "no:N").link("INVOLVES", "NS", "no:S")
    graph.node("Finding", "nobody").node("Case", "empty")
    graph.node("Case", "NS").link("JOINS", "NS", "N").link("JOINS", "NS", "S")
    graph.node("Task", "invoice NS").link("CONCERNS", "invoice NS", "Invoice:NS")
    graph.node("Grid", "g", name="Grid").node("Officer", "o", name="Officer").node("Bureau", "11").node("Post", "post")
    return graph.node("QualityIssue", "q").node("Claim", "c").node("Reject", "r").node("Commodity", "c", name="tea")


def _neighbours(graph: Draft, firm: str) -> None:
    party = f"no:{firm}"
    graph.person(firm, represents=firm)
    graph.node("Registration", firm, name=f"Registration {firm}").link("REGISTERS", firm, firm)
    graph.node("RegistrationChange", firm).link("CHANGED", firm, party)
    for kind in CONTACTS:
        graph.node(kind, firm).link("USES", party, f"{kind}:{firm}")
        graph.node(kind, f"person {firm}").link("USES", f"Person:{firm}", f"{kind}:person {firm}")
    for kind in ABOUT:
        graph.node(kind, firm).link("ABOUT", f"{kind}:{firm}", party)
    graph.node("FundTransfer", firm).link("PAID_TO", firm, party)
    graph.node("Finding", firm).link("INVOLVES", firm, party).node("Case", firm).link("JOINS", firm, firm)
    graph.node("Task", firm, title=f"Task {firm}").link("CONCERNS", firm, party)
    graph.node("TaskEvent", firm, task=firm).link("HAS_EVENT", firm, firm)


SEEN_BY_NORTH: dict[str, list[str]] = {
    "Taxpayer": ["N"],
    "Party": ["no:N"],
    "Person": ["N"],
    "Registration": ["N"],
    "RegistrationChange": ["N"],
    "Invoice": ["NN", "NS", "SN"],
    "FundTransfer": ["N"],
    "Finding": ["N"],
    "Case": ["N"],
    "Task": ["N", "invoice NS"],
    "TaskEvent": ["N"],
    "Grid": ["g"],
    "Officer": ["o"],
    "Bureau": ["11"],
    "Post": ["post"],
    "Commodity": ["c"],
    "QualityIssue": [],
    "Claim": [],
    "Reject": [],
    "Batch": [],
    **{kind: ["N", "person N"] for kind in CONTACTS},
    **{kind: ["N"] for kind in ABOUT},
}


@pytest.fixture
def land(store: GraphStore) -> GraphStore:
    return written(store, country().batch())


def test_every_type_shows_a_bureau_its_own_and_nothing_else(land: GraphStore) -> None:
    for name, seen in SEEN_BY_NORTH.items():
        rows = land.select(name, scope=NORTH)
        assert rows.table["id"].to_pylist() == seen, name
        assert rows.total == len(seen), name
        everything = values(land.select(name).table, "id")
        assert sorted(values(land.fetch(name, everything, scope=NORTH), "id")) == seen, name


def test_a_scope_without_bureaus_sees_only_the_open_directory(land: GraphStore) -> None:
    seen = {kind.name for kind in NODE_TYPES if land.select(kind.name, scope=NOWHERE).total}
    assert seen == {"Grid", "Officer", "Bureau", "Post", "Commodity"}


def test_the_root_sees_taxpayers_without_a_bureau(land: GraphStore) -> None:
    assert land.select("Taxpayer").table["id"].to_pylist() == ["N", "S", "Z"]


def test_totals_and_pages_count_only_what_is_in_scope(land: GraphStore) -> None:
    page = land.select("Invoice", page=Page(2), scope=NORTH)
    assert (page.table["id"].to_pylist(), page.total, page.more) == (["NN", "NS"], 3, True)


def test_a_former_id_out_of_scope_is_not_there(land: GraphStore) -> None:
    assert land.fetch("Taxpayer", ["tp-S", "S", "tp-N"], scope=NORTH)["asked"].to_pylist() == ["tp-N"]


def test_keys_out_of_scope_give_no_rows_and_count_nothing(land: GraphStore) -> None:
    assert land.expand("Taxpayer", ["S", "Z"], "SOLD", OUT, scope=NORTH).table.num_rows == 0
    assert land.count_related("Taxpayer", ["S", "N"], "SOLD", OUT, scope=NORTH) == {"S": 0, "N": 2}
    assert land.expand("Invoice", ["SS"], "BOUGHT_BY", OUT, scope=NORTH).table.num_rows == 0


def test_an_invoice_names_a_party_out_of_scope_only_as_a_leaf(land: GraphStore) -> None:
    rows = land.expand("Invoice", ["NS"], "BOUGHT_BY", OUT, attributes=["name", "tax_number"], scope=NORTH).table
    row = rows.to_pylist()[0]
    assert (row["hidden"], row["province"], row["to_type"]) == (True, "44", "Taxpayer")
    assert row["to_id"] == NORTH.opaque("S")
    nothing = ("party", "name", "far.name", "far.tax_number")
    assert [row[name] for name in nothing] == [None] * len(nothing)


def test_a_party_in_scope_is_not_masked(land: GraphStore) -> None:
    row = land.expand("Invoice", ["NS"], "SOLD", IN, attributes=["name"], scope=NORTH).table.to_pylist()[0]
    assert (row["hidden"], row["from_id"], row["far.name"]) == (False, "N", "Northern Tea")
    assert (row["party"], row["name"], row["province"]) == ("no:N", "Firm N", None)


def test_opaque_ids_are_stable_in_a_scope_and_differ_between_scopes(land: GraphStore) -> None:
    wide = Scope("wide", frozenset({"11", "31"}), b"wide's secret")
    found = [
        land.expand("Invoice", ["NS"], "BOUGHT_BY", OUT, scope=scope).table["to_id"].to_pylist()[0]
        for scope in (NORTH, NORTH, wide)
    ]
    assert found[0] == found[1] != found[2]
    assert "S" not in found


def test_filters_and_orders_cannot_tell_what_is_hidden(land: GraphStore) -> None:
    keys = ["NS", "NN"]
    names = {
        value: land.expand("Invoice", keys, "BOUGHT_BY", OUT, where=[Filter("far.name", Op.PREFIX, value)], scope=NORTH)
        .table["key"]
        .to_pylist()
        for value in ("Southern", "Northern")
    }
    assert names == {"Southern": [], "Northern": ["NN"]}
    written = [Filter("name", Op.EQ, "Firm S")]
    assert land.expand("Invoice", keys, "BOUGHT_BY", OUT, where=written, scope=NORTH).table.num_rows == 0


def test_leaves_are_limited_and_counted_like_other_rows(land: GraphStore) -> None:
    graph = Draft().link("DEDUCTED", "no:S", "NS", period=day("2026-01-01"), kind="x")
    graph.link("DEDUCTED", "no:N", "NS", period=day("2026-01-01"), kind="x").link("DEDUCTED", "no:Z", "NS")
    written(land, graph.batch("b2"))
    newest = [Order("period", descending=True)]
    found = land.expand("Invoice", ["NS"], "DEDUCTED", IN, order=newest, limit_per_node=2, scope=NORTH)
    assert found.table["hidden"].to_pylist().count(True) == 1
    assert found.cut == {"NS": 1}
    assert land.count_related("Invoice", ["NS"], "DEDUCTED", IN, scope=NORTH) == {"NS": 3}


def test_a_taxpayer_without_a_bureau_is_a_leaf_for_everyone_but_the_root(land: GraphStore) -> None:
    row = land.expand("Invoice", ["ZS"], "SOLD", IN, scope=SOUTH).table.to_pylist()[0]
    assert (row["hidden"], row["province"]) == (True, "31")
    assert land.expand("Invoice", ["ZS"], "SOLD", IN).table["from_id"].to_pylist() == ["Z"]


def test_elsewhere_a_taxpayer_out_of_scope_is_absent(land: GraphStore) -> None:
    graph = Draft().link("HOLDS_SHARE", "no:S", "no:N").link("HOLDS_SHARE", "Person:S", "no:N")
    written(land, graph.link("LEGAL_REPRESENTATIVE_OF", "N", "no:S").batch("b2"))
    rows = land.expand("Taxpayer", ["N"], "HOLDS_SHARE", IN, scope=NORTH).table
    assert rows["from_id"].to_pylist() == ["S"]
    assert rows["from_type"].to_pylist() == ["Person"]
    assert land.expand("Person", ["N"], "LEGAL_REPRESENTATIVE_OF", OUT, scope=NORTH).table["to_id"].to_pylist() == ["N"]
    assert land.expand("Task", ["invoice NS"], "CONCERNS", OUT, scope=NORTH).table["to_id"].to_pylist() == ["NS"]


def test_far_nodes_out_of_scope_are_absent_and_uncounted(land: GraphStore) -> None:
    written(land, Draft().link("REVERSES", "NN", "SS").link("REVERSES", "NN", "NS").batch("b2"))
    assert land.expand("Invoice", ["NN"], "REVERSES", OUT, scope=NORTH).table["to_id"].to_pylist() == ["NS"]
    assert land.count_related("Invoice", ["NN"], "REVERSES", OUT, scope=NORTH) == {"NN": 1}


def test_search_finds_nothing_out_of_scope(land: GraphStore) -> None:
    assert land.search("Southern", ["Taxpayer", "Registration"], scope=NORTH).total == 0
    assert land.search("Northern", ["Taxpayer"], scope=NORTH).table["id"].to_pylist() == ["N"]
    assert land.search("Registration", ["Registration"], scope=NORTH).total == 1


def test_a_match_binds_nothing_out_of_scope(land: GraphStore) -> None:
    sale = Pattern(
        nodes=(NodePattern("a", "Taxpayer"), NodePattern("i", "Invoice")), edges=(EdgePattern("s", "a", "SOLD", "i"),)
    )
    rows = land.match(sale, scope=NORTH).table
    assert list(zip(rows["a"].to_pylist(), rows["i"].to_pylist(), strict=True)) == [("N", "NN"), ("N", "NS")]


def test_the_bureau_of_today_decides(land: GraphStore) -> None:
    written(land, Draft().node("Taxpayer", "S", bureau="11").batch("b2"))
    assert land.select("Taxpayer", scope=NORTH).table["id"].to_pylist() == ["N", "S"]
    assert land.select("Taxpayer", scope=SOUTH).total == 0


def test_a_bureau_that_looks_like_a_statement_is_only_a_bureau(land: GraphStore) -> None:
    odd = Scope("odd", frozenset({"11') OR ('1'='1", "' OR true --"}), b"s")
    assert land.select("Taxpayer", scope=odd).total == 0


def test_a_contact_of_a_firm_is_not_shown_where_that_firm_holds_shares(store: GraphStore) -> None:
    graph = Draft().firm("N", bureau="11").firm("S", bureau="44").node("Address", "of N")
    graph.link("USES", "Party:no:N", "Address:of N").link("HOLDS_SHARE", "Party:no:N", "no:S")
    written(store, graph.batch())
    assert values(store.select("Address", scope=NORTH).table, "id") == ["of N"]
    assert values(store.select("Address", scope=SOUTH).table, "id") == []


def test_what_is_opened_by_itself_is_seen_and_nothing_with_it(land: GraphStore) -> None:
    opened = replace(NORTH, opened=(("Invoice", frozenset({"SS"})), ("Taxpayer", frozenset({"S"}))))
    assert land.select("Taxpayer", scope=opened).table["id"].to_pylist() == ["N", "S"]
    assert values(land.select("Invoice", scope=opened).table, "id") == ["NN", "NS", "SN", "SS"]
    assert land.select("Filing", scope=opened).total == land.select("Filing", scope=NORTH).total
    sold = land.expand("Taxpayer", ["S"], "SOLD", OUT, scope=opened).table
    assert set(values(sold, "to_id")) == {"SN", "SS"}
    assert not any(sold["hidden"].to_pylist())
    assert land.count_related("Taxpayer", ["S"], "SOLD", OUT, scope=opened) == {"S": 2}
    assert land.search("Silk", ["Taxpayer"], scope=opened).total == 1
    assert land.select("Taxpayer", scope=NORTH).table["id"].to_pylist() == ["N"]


def test_what_was_done_in_a_task_is_opened_with_the_task_and_with_no_other(store: GraphStore) -> None:
    graph = Draft().firm("S", bureau="44")
    for task in ("opened", "closed"):
        graph.node("Task", task).link("CONCERNS", task, "no:S")
        graph.node("TaskEvent", f"in {task}", task=task, position=1).link("HAS_EVENT", task, f"in {task}")
    written(store, graph.batch())
    handler = replace(NORTH, opened=(("Task", frozenset({"opened"})),))
    assert values(store.select("TaskEvent", scope=handler).table, "id") == ["in opened"]
    assert values(store.fetch("TaskEvent", ["in closed", "in opened"], scope=handler), "id") == ["in opened"]
    assert values(store.expand("Task", ["closed", "opened"], "HAS_EVENT", OUT, scope=handler).table, "to_id") == [
        "in opened"
    ]
    assert store.select("TaskEvent", scope=NORTH).total == 0
    many = [f"no event {number}" for number in range(300)]  # more than small questions take
    assert values(store.fetch("TaskEvent", [*many, "in closed", "in opened"], scope=handler), "id") == ["in opened"]


def test_what_is_for_the_root_alone_is_seen_where_it_is_opened_by_itself(land: GraphStore) -> None:
    opened = replace(NORTH, opened=(("QualityIssue", frozenset({"q"})),))
    for scope, seen in ((opened, ["q"]), (NORTH, [])):
        assert land.fetch("QualityIssue", ["q"], scope=scope)["id"].to_pylist() == seen
        assert land.select("QualityIssue", scope=scope).table["id"].to_pylist() == seen
        assert land.select("Claim", scope=scope).total == 0
