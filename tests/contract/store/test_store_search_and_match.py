"""Search in Chinese and Latin, and patterns: joins, filters, time order, distinctness, limits, questions refused."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.questions import Before, EdgePattern, Filter, NodePattern, Op, Pattern
from tests.support.small_graph import Draft, day
from tests.support.stores import written

# --- search


@pytest.fixture
def directory(store: GraphStore) -> GraphStore:
    graph = Draft().firm("91440300MA5DA", name="深圳市恒泰贸易有限公司").firm("91440300MA5DB", name="恒泰贸易")
    graph.firm("91310000MA1AA", name="泰恒商贸有限公司").firm("DE123", name="Müller & Söhne GmbH")
    graph.firm("DE999", name="Obermüller AG").person("p1").node("Grid", "g1", name="恒泰网格")
    return written(store, graph.invoice("24442000000012345678", code=None).invoice("12345678", code="044001").batch())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("恒泰", ["91440300MA5DB", "91440300MA5DA"]),
        ("恒泰贸易有限公司", ["91440300MA5DA"]),
        ("深圳 贸易", ["91440300MA5DA"]),
        ("泰恒", ["91310000MA1AA"]),
        ("泰", ["91310000MA1AA", "91440300MA5DB", "91440300MA5DA"]),
        ("müller", ["DE123"]),
        ("MÜLLER", ["DE123"]),
        ("söhne müller", ["DE123"]),
        ("gmb", ["DE123"]),
        ("ller", []),
        ("9144", ["91440300MA5DB", "91440300MA5DA"]),
        ("91440300ma5da", ["91440300MA5DA"]),
        ("９１４４０３００ＭＡ５ＤＡ", ["91440300MA5DA"]),
        ("4403", []),
        ("100%", []),
    ],
)
def test_taxpayers_are_found_by_name_and_number(directory: GraphStore, text: str, found: list[str]) -> None:
    rows = directory.search(text, ["Taxpayer"])
    assert rows.table["id"].to_pylist() == found
    assert rows.total == len(found)


def test_a_hit_has_type_id_label_and_score(directory: GraphStore) -> None:
    hit = directory.search("恒泰贸易", ["Taxpayer"]).table.to_pylist()[0]
    assert hit == {"type": "Taxpayer", "id": "91440300MA5DB", "label": "恒泰贸易", "score": 1000}


def test_several_types_are_ranked_together(directory: GraphStore) -> None:
    rows = directory.search("恒泰", ["Grid", "Taxpayer", "Grid"])
    assert rows.table["type"].to_pylist() == ["Taxpayer", "Grid", "Taxpayer"]


def test_an_invoice_is_found_by_the_beginning_of_its_number(directory: GraphStore) -> None:
    assert directory.search("1234", ["Invoice"]).table["id"].to_pylist() == ["12345678"]
    assert directory.search("2444", ["Invoice"]).table["label"].to_pylist() == ["24442000000012345678"]


def test_a_limit_cuts_the_list_and_never_the_total(directory: GraphStore) -> None:
    rows = directory.search("恒泰", ["Taxpayer"], limit=1)
    assert (rows.table.num_rows, rows.total, rows.more) == (1, 2, True)


def test_a_type_without_searchable_properties_is_never_found(directory: GraphStore) -> None:
    assert directory.search("9144", ["Party"]).total == 0


@pytest.mark.parametrize("text", ["", "   ", "--", "x" * 201])
def test_a_text_without_words_is_refused(store: GraphStore, text: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.search(text, ["Taxpayer"])
    assert caught.value.code == "query.text"


# --- match


def sale(name: str, seller: str, invoice: str) -> EdgePattern:
    return EdgePattern(name, seller, "SOLD", invoice)


def purchase(name: str, invoice: str, buyer: str) -> EdgePattern:
    return EdgePattern(name, invoice, "BOUGHT_BY", buyer)


def chain(**changes: Any) -> Pattern:
    """Firm a sells i to b, b sells j to c."""
    nodes = [NodePattern(name, "Taxpayer") for name in "abc"] + [NodePattern(name, "Invoice") for name in "ij"]
    edges = (sale("s1", "a", "i"), purchase("p1", "i", "b"), sale("s2", "b", "j"), purchase("p2", "j", "c"))
    return Pattern(**{"nodes": tuple(nodes), "edges": edges} | changes)


def rows(store: GraphStore, pattern: Pattern) -> list[tuple[Any, ...]]:
    table = store.match(pattern).table
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


@pytest.fixture
def circle(store: GraphStore) -> GraphStore:
    """A → B (1, 10 January), B → C (2, 20 January), C → A (3, 5 January), A → A (4)."""
    graph = Draft().firm("A", region="11").firm("B").firm("C")
    graph.invoice("1", seller="A", buyer="B", on="2026-01-10", net_cents=100)
    graph.invoice("2", seller="B", buyer="C", on="2026-01-20", net_cents=90)
    graph.invoice("3", seller="C", buyer="A", on="2026-01-05", net_cents=95)
    return written(store, graph.invoice("4", seller="A", buyer="A", on="2026-01-10").batch())


def test_every_embedding_is_found_in_order_of_its_ids(circle: GraphStore) -> None:
    assert rows(circle, chain()) == [("A", "B", "C", "1", "2"), ("B", "C", "A", "2", "3"), ("C", "A", "B", "3", "1")]


def test_nodes_may_repeat_where_the_pattern_says_so(circle: GraphStore) -> None:
    found = rows(circle, chain(repeat_nodes=True))
    assert ("A", "A", "B", "4", "1") in found
    assert ("C", "A", "A", "3", "4") in found
    assert len(found) == 5


def test_an_edge_is_never_bound_twice(circle: GraphStore) -> None:
    assert all(row[3] != row[4] for row in rows(circle, chain(repeat_nodes=True)))


def test_time_order_joins_edges(circle: GraphStore) -> None:
    later = (Before("i.issued_at", "j.issued_at"),)
    assert rows(circle, chain(before=later)) == [("A", "B", "C", "1", "2"), ("C", "A", "B", "3", "1")]


def test_strict_time_order_leaves_out_equal_times(circle: GraphStore) -> None:
    nodes = (NodePattern("a", "Taxpayer"), NodePattern("i", "Invoice"), NodePattern("j", "Invoice"))
    both = Pattern(nodes, (sale("s", "a", "i"), sale("t", "a", "j")), (Before("i.issued_at", "j.issued_at"),))
    assert rows(circle, both) == [("A", "1", "4"), ("A", "4", "1")]
    strict = Pattern(nodes, both.edges, (Before("i.issued_at", "j.issued_at", strict=True),))
    assert rows(circle, strict) == []


def test_a_missing_time_is_in_no_time_order(store: GraphStore) -> None:
    graph = Draft().firm("A").person("p", represents="A").person("q", represents="A", valid_from=day("2026-01-01"))
    written(store, graph.batch())
    nodes = (NodePattern("p", "Person"), NodePattern("q", "Person"), NodePattern("a", "Taxpayer"))
    role = "LEGAL_REPRESENTATIVE_OF"
    edges = (EdgePattern("r", "p", role, "a"), EdgePattern("s", "q", role, "a"))
    assert rows(store, Pattern(nodes, edges, (Before("r.valid_from", "s.valid_from"),))) == []
    assert len(rows(store, Pattern(nodes, edges))) == 2


def test_filters_stand_on_nodes_and_edges(circle: GraphStore) -> None:
    cheap = (Filter("net_cents", Op.LT, 95),)
    nodes = (NodePattern("a", "Taxpayer"), NodePattern("i", "Invoice", cheap))
    assert rows(circle, Pattern(nodes, (sale("s", "a", "i"),))) == [("B", "2")]
    named = EdgePattern("s", "a", "SOLD", "i", (Filter("name", Op.EQ, "Firm C"),))
    assert rows(circle, Pattern((nodes[0], NodePattern("i", "Invoice")), (named,))) == [("C", "3")]


def test_values_of_nodes_and_edges_are_returned_on_request(circle: GraphStore) -> None:
    nodes = (NodePattern("a", "Taxpayer", (Filter("region", Op.PREFIX, "1"),)), NodePattern("i", "Invoice"))
    pattern = Pattern(nodes, (sale("s", "a", "i"),), returns=("i.net_cents", "s.name"))
    table = circle.match(pattern).table
    assert table.column_names == ["a", "i", "i.net_cents", "s.name"]
    assert rows(circle, pattern) == [("A", "1", 100, "Firm A"), ("A", "4", 10_000, "Firm A")]


def test_a_limit_cuts_the_list_and_says_so(circle: GraphStore) -> None:
    cut = circle.match(chain(limit=2))
    assert (cut.table["a"].to_pylist(), cut.truncated) == (["A", "B"], True)
    assert circle.match(chain(limit=3)).truncated is False


def test_facts_of_all_parties_of_a_taxpayer_are_joined(circle: GraphStore) -> None:
    moved = Draft().link("PARTY_OF", "no:C", "A").end("PARTY_OF", "no:C", "C").end("Taxpayer", "C")
    written(circle, moved.batch("b2"))
    nodes = (NodePattern("a", "Taxpayer"), NodePattern("b", "Taxpayer"), *(NodePattern(n, "Invoice") for n in "ij"))
    edges = (sale("s", "a", "i"), purchase("p", "i", "b"), sale("t", "b", "j"), purchase("q", "j", "a"))
    assert rows(circle, Pattern(nodes, edges)) == [("A", "B", "1", "2"), ("B", "A", "2", "1")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nodes": ()}, "query.pattern"),
        ({"nodes": (NodePattern("a", "Cat"),), "edges": ()}, "query.type"),
        ({"nodes": (NodePattern("a", "Taxpayer"), NodePattern("a", "Invoice")), "edges": ()}, "query.pattern.name"),
        ({"nodes": (NodePattern("a b", "Taxpayer"),), "edges": ()}, "query.pattern.name"),
        (
            {"nodes": (NodePattern("a", "Taxpayer"), NodePattern("b", "Taxpayer")), "edges": ()},
            "query.pattern.unconnected",
        ),
        ({"edges": (EdgePattern("s", "a", "SOLD", "zz"),)}, "query.pattern.variable"),
        ({"edges": (EdgePattern("s", "i", "SOLD", "a"),)}, "query.pattern.ends"),
        ({"edges": (EdgePattern("s", "a", "SUPPLIES", "b"),)}, "query.derived"),
        ({"returns": ("i.nothing",)}, "query.pattern.reference"),
        ({"returns": ("zz.id",)}, "query.pattern.reference"),
        ({"before": (Before("i.net_cents", "j.issued_at"),)}, "query.pattern.before"),
        ({"limit": 0}, "query.limit"),
    ],
)
def test_a_pattern_without_meaning_is_refused(store: GraphStore, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.match(chain(**changes))
    assert caught.value.code == code
