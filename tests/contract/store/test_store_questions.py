"""Fetch, select, expand and count: order, limits, filters, former ids, attributes; questions without meaning."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from graph.errors import QueryError
from graph.model.types import PROVENANCE
from graph.model.vocabulary import node_type, relationship_type
from graph.store.port import GraphStore
from graph.store.questions import Direction, Filter, Op, Order, Page, Value
from tests.support.small_graph import Draft, day
from tests.support.stores import written

OUT, IN = Direction.OUT, Direction.IN


@pytest.fixture
def trade(store: GraphStore) -> GraphStore:
    """A sells 1, 2, 3 to B and 4 to itself; amounts 30, 10, 20, null gross."""
    graph = Draft().firm("A", region="110101", status="normal").firm("B", region="440301", stub=True).firm("C")
    graph.invoice("1", seller="A", buyer="B", on="2026-01-03", net_cents=30, kind="special")
    graph.invoice("2", seller="A", buyer="B", on="2026-01-02", net_cents=10, kind="ordinary", red=True)
    graph.invoice("3", seller="A", buyer="B", on="2026-01-01", net_cents=20, total_cents=23)
    return written(store, graph.invoice("4", seller="A", buyer="A", on="2026-01-04", net_cents=20).batch())


# --- fetch


def test_fetch_keeps_the_order_asked_and_drops_what_is_not_there(trade: GraphStore) -> None:
    rows = trade.fetch("Invoice", ["3", "nothing", "1", "3"])
    assert rows["id"].to_pylist() == ["3", "1"]


def test_fetch_of_nothing_is_an_empty_table_with_all_columns(trade: GraphStore) -> None:
    rows = trade.fetch("Invoice", [])
    assert rows.num_rows == 0
    stamps = [name for name, _ in PROVENANCE]
    assert rows.column_names == [*(p.name for p in node_type("Invoice").properties), *stamps, "batch_from", "asked"]


def test_fetch_gives_each_value_in_its_own_type(store: GraphStore) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    graph = Draft().node("TaskEvent", "e", task="t", at=at, position=3)
    graph.invoice("1", on="2026-01-02T03:04:05.678901", red=False, net_cents=-(2**60))
    graph.node("Filing", "f", filed_on=day("2026-02-03")).node("Waybill", "w", weight="12.50")
    written(store, graph.batch())
    assert store.fetch("TaskEvent", ["e"])["at"].to_pylist() == [at]
    invoice = store.fetch("Invoice", ["1"]).to_pylist()[0]
    assert invoice["issued_at"] == at.replace(tzinfo=None)
    assert (invoice["net_cents"], invoice["red"], invoice["code"]) == (-(2**60), False, None)
    assert store.fetch("Filing", ["f"])["filed_on"].to_pylist() == [date(2026, 2, 3)]
    assert store.fetch("Waybill", ["w"])["weight"].to_pylist() == ["12.50"]


def test_restricted_properties_come_only_on_request(store: GraphStore) -> None:
    written(store, Draft().node("Phone", "x", value="secret").batch())
    assert "value" not in store.fetch("Phone", ["x"]).column_names
    assert store.fetch("Phone", ["x"], restricted=True)["value"].to_pylist() == ["secret"]
    assert "value" not in store.select("Phone").table.column_names
    assert store.export("Phone")["value"].to_pylist() == ["secret"]


def test_a_candidate_id_leads_to_the_present_taxpayer(trade: GraphStore) -> None:
    rows = trade.fetch("Taxpayer", ["tp-B", "A", "tp-nothing", "B"])
    assert rows["asked"].to_pylist() == ["tp-B", "A", "B"]
    assert rows["id"].to_pylist() == ["B", "A", "B"]


@pytest.fixture
def merged(store: GraphStore) -> GraphStore:
    """A and B were two taxpayers; B is now A."""
    graph = (
        Draft().firm("A").firm("B").firm("C").invoice("1", seller="A", buyer="C").invoice("2", seller="B", buyer="C")
    )
    moved = Draft().link("PARTY_OF", "no:B", "A").end("PARTY_OF", "no:B", "B").end("Taxpayer", "B")
    return written(store, graph.batch("b1"), moved.batch("b2"))


def test_a_merged_taxpayer_bears_the_facts_of_all_its_parties(merged: GraphStore) -> None:
    rows = merged.expand("Taxpayer", ["A"], "SOLD", OUT).table
    assert rows["to_id"].to_pylist() == ["1", "2"]
    assert rows["party"].to_pylist() == ["no:A", "no:B"]
    assert set(rows["from_id"].to_pylist()) == {"A"}


def test_a_former_id_answers_for_the_present_taxpayer(merged: GraphStore) -> None:
    assert merged.fetch("Taxpayer", ["tp-B"])["id"].to_pylist() == ["A"]
    rows = merged.expand("Taxpayer", ["tp-B"], "SOLD", OUT).table
    assert rows["key"].to_pylist() == ["tp-B", "tp-B"]
    assert rows["from_id"].to_pylist() == ["A", "A"]
    assert merged.count_related("Taxpayer", ["tp-B", "B"], "SOLD", OUT) == {"tp-B": 2, "B": 0}


def test_the_far_end_names_the_present_taxpayer_and_the_party_that_bears_the_fact(merged: GraphStore) -> None:
    row = merged.expand("Invoice", ["2"], "SOLD", IN, attributes=["name"]).table.to_pylist()[0]
    assert (row["from_type"], row["from_id"], row["party"]) == ("Taxpayer", "A", "no:B")
    assert row["far.name"] == "Firm A"
    assert (row["hidden"], row["province"]) == (False, None)


def test_a_party_without_a_taxpayer_leads_nowhere(store: GraphStore) -> None:
    written(store, Draft().party("no:X").invoice("1", seller="X").batch())
    assert store.expand("Invoice", ["1"], "SOLD", IN).table.num_rows == 0


# --- select


@pytest.mark.parametrize(
    ("name", "op", "value", "found"),
    [
        ("net_cents", Op.EQ, 20, ["3", "4"]),
        ("net_cents", Op.NE, 20, ["1", "2"]),
        ("net_cents", Op.LT, 20, ["2"]),
        ("net_cents", Op.LE, 20, ["2", "3", "4"]),
        ("net_cents", Op.GT, 20, ["1"]),
        ("net_cents", Op.GE, 20, ["1", "3", "4"]),
        ("net_cents", Op.IN, (10, 30), ["1", "2"]),
        ("net_cents", Op.IN, (), []),
        ("total_cents", Op.NE, 1, ["3"]),
        ("total_cents", Op.IS_NULL, True, ["1", "2", "4"]),
        ("total_cents", Op.IS_NULL, False, ["3"]),
        ("kind", Op.CONTAINS, "i", ["1", "2"]),
        ("kind", Op.PREFIX, "spec", ["1"]),
        ("kind", Op.IN, ("special", None), ["1"]),
        ("kind", Op.CONTAINS, "%", []),
        ("red", Op.EQ, True, ["2"]),
        ("issued_at", Op.GE, day("2026-01-03"), ["1", "4"]),
        ("issued_at", Op.LT, datetime(2026, 1, 2), ["3"]),  # noqa: DTZ001 - civil time
        ("id", Op.EQ, "2", ["2"]),
        ("prov_row", Op.EQ, 1, ["1"]),
        ("batch_from", Op.EQ, 2, []),
    ],
)
def test_select_filters(
    trade: GraphStore, name: str, op: Op, value: Value | tuple[Value, ...], found: list[str]
) -> None:
    rows = trade.select("Invoice", where=[Filter(name, op, value)])
    assert rows.table["id"].to_pylist() == found
    assert rows.total == len(found)


def test_filters_are_joined_by_and(trade: GraphStore) -> None:
    where = [Filter("net_cents", Op.EQ, 20), Filter("issued_at", Op.GE, day("2026-01-02"))]
    assert trade.select("Invoice", where=where).table["id"].to_pylist() == ["4"]


def test_select_is_ordered_by_id_where_nothing_is_asked(trade: GraphStore) -> None:
    assert trade.select("Invoice").table["id"].to_pylist() == ["1", "2", "3", "4"]


def test_order_breaks_ties_by_id_and_puts_nulls_last_both_ways(trade: GraphStore) -> None:
    by_net = trade.select("Invoice", order=[Order("net_cents", descending=True)]).table["id"].to_pylist()
    assert by_net == ["1", "3", "4", "2"]
    kinds = [
        trade.select("Invoice", order=[Order("kind", descending=down)]).table["id"].to_pylist()
        for down in (False, True)
    ]
    assert kinds == [["2", "1", "3", "4"], ["1", "2", "3", "4"]]


def test_pages_walk_through_a_total_order(trade: GraphStore) -> None:
    pages = [trade.select("Invoice", order=[Order("net_cents")], page=Page(2, at)) for at in (0, 2, 4)]
    assert [page.table["id"].to_pylist() for page in pages] == [["2", "3"], ["4", "1"], []]
    assert [(page.total, page.more) for page in pages] == [(4, True), (4, False), (4, False)]


# --- expand


def test_expand_groups_rows_by_key_in_the_order_asked(trade: GraphStore) -> None:
    rows = trade.expand("Invoice", ["3", "1", "zz", "3"], "BOUGHT_BY", OUT).table
    assert rows["key"].to_pylist() == ["3", "1"]


def test_expand_gives_the_columns_of_the_port(trade: GraphStore) -> None:
    rows = trade.expand("Taxpayer", ["A"], "SOLD", OUT, attributes=["net_cents", "currency"]).table
    own = [name for name in relationship_type("SOLD").schema().names if not name.endswith(("_type", "_id"))]
    front = ["key", "from_type", "from_id", "to_type", "to_id"]
    marks = ["batch_from", "party", "hidden", "province", "far.net_cents", "far.currency"]
    assert rows.column_names == [*front, *own, *marks]


def test_only_the_columns_that_are_asked_for_are_read(trade: GraphStore) -> None:
    rows = trade.fetch("Invoice", ["3", "1"], columns=["net_cents", "kind"])
    assert rows.to_pylist() == [
        {"id": "3", "kind": None, "net_cents": 20, "asked": "3"},
        {"id": "1", "kind": "special", "net_cents": 30, "asked": "1"},
    ]
    whole = trade.expand("Taxpayer", ["A"], "SOLD", OUT, attributes=("net_cents",), order=(Order("name"),)).table
    some = trade.expand(
        "Taxpayer", ["A"], "SOLD", OUT, attributes=("net_cents",), columns=("batch_from",), order=(Order("name"),)
    ).table
    ends = ["key", "from_type", "from_id", "to_type", "to_id"]
    assert some.column_names == [*ends, "batch_from", "party", "hidden", "province", "far.net_cents"]
    assert some.to_pylist() == whole.select(some.column_names).to_pylist()
    with pytest.raises(QueryError):
        trade.expand("Taxpayer", ["A"], "SOLD", OUT, columns=["height"])


def test_expand_orders_by_far_properties_then_far_id(trade: GraphStore) -> None:
    by_net = [Order("far.net_cents")]
    assert trade.expand("Taxpayer", ["A"], "SOLD", OUT, order=by_net).table["to_id"].to_pylist() == ["2", "3", "4", "1"]
    assert trade.expand("Taxpayer", ["A"], "SOLD", OUT).table["to_id"].to_pylist() == ["1", "2", "3", "4"]


def test_a_limit_keeps_the_first_of_each_key_and_counts_what_it_cut(trade: GraphStore) -> None:
    newest = [Order("far.issued_at", descending=True)]
    found = trade.expand("Taxpayer", ["B", "A", "C"], "BOUGHT_BY", IN, order=newest, limit_per_node=2)
    assert found.table["from_id"].to_pylist() == ["1", "2", "4"]
    assert (dict(found.cut), found.truncated) == ({"B": 1}, True)


def test_a_limit_that_cuts_nothing_says_so(trade: GraphStore) -> None:
    found = trade.expand("Taxpayer", ["A", "B"], "BOUGHT_BY", IN, limit_per_node=3)
    assert (found.table.num_rows, found.truncated) == (4, False)


def test_filters_come_before_the_limit(trade: GraphStore) -> None:
    cheap = [Filter("far.net_cents", Op.LE, 20)]
    found = trade.expand("Taxpayer", ["A"], "SOLD", OUT, where=cheap, limit_per_node=2)
    assert found.table["to_id"].to_pylist() == ["2", "3"]
    assert found.cut == {"A": 1}


def test_filters_name_properties_of_the_relationship(trade: GraphStore) -> None:
    where = [Filter("name", Op.EQ, "Firm B")]
    rows = trade.expand("Taxpayer", ["A", "B"], "BOUGHT_BY", IN, where=where).table
    assert rows["from_id"].to_pylist() == ["1", "2", "3"]


def test_a_filter_on_a_far_node_that_no_row_describes_is_false(store: GraphStore) -> None:
    written(store, Draft().invoice("1").link("LISTS", "1", "c", line=1).batch())
    none = store.expand("Invoice", ["1"], "LISTS", OUT, where=[Filter("far.name", Op.NE, "x")]).table
    null = store.expand("Invoice", ["1"], "LISTS", OUT, where=[Filter("far.name", Op.IS_NULL, value=True)]).table
    assert (none.num_rows, null.num_rows) == (0, 1)


def test_several_types_may_stand_at_one_end(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").person("p").link("HOLDS_SHARE", "Person:p", "no:A", ratio=1)
    written(store, graph.link("HOLDS_SHARE", "no:B", "no:A", ratio=2).batch())
    rows = store.expand("Taxpayer", ["A"], "HOLDS_SHARE", IN, attributes=["name", "birth_year", "stub"]).table
    found = list(zip(*(rows[name].to_pylist() for name in ("from_type", "from_id", "party", "far.name")), strict=True))
    assert found == [("Taxpayer", "B", "no:B", "Firm B"), ("Person", "p", "no:A", "Person p")]
    assert store.expand("Person", ["p"], "HOLDS_SHARE", OUT).table["ratio"].to_pylist() == [1]
    assert store.expand("Taxpayer", ["B"], "HOLDS_SHARE", OUT).table["to_id"].to_pylist() == ["A"]


def test_a_relationship_that_ends_at_the_taxpayer_itself_bears_no_party(trade: GraphStore) -> None:
    rows = trade.expand("Taxpayer", ["A"], "PARTY_OF", IN, attributes=["number"]).table
    assert rows["from_id"].to_pylist() == ["no:A"]
    assert rows["party"].to_pylist() == [None]
    assert rows["far.number"].to_pylist() == ["A"]


def test_counting_is_expanding_without_the_rows(trade: GraphStore) -> None:
    assert trade.count_related("Taxpayer", ["B", "A", "C", "zz"], "BOUGHT_BY", IN) == {"B": 3, "A": 1, "C": 0, "zz": 0}


def test_a_relationship_from_a_node_to_itself_is_found_from_both_sides(store: GraphStore) -> None:
    written(store, Draft().node("Task", "t").link("SPAWNED", "t", "t").batch())
    for direction in (OUT, IN):
        assert store.expand("Task", ["t"], "SPAWNED", direction).table.num_rows == 1


# --- questions without meaning


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (Filter("nothing", Op.EQ, 1), "query.property"),
        (Filter("net_cents", Op.EQ, "1"), "query.value"),
        (Filter("net_cents", Op.EQ, None), "query.value"),
        (Filter("net_cents", Op.EQ, value=True), "query.value"),
        (Filter("net_cents", Op.CONTAINS, 1), "query.operator"),
        (Filter("issued_at", Op.LT, datetime(2026, 1, 1, tzinfo=UTC)), "query.value"),
        (Filter("red", Op.LT, value=True), "query.operator"),
        (Filter("kind", Op.EQ, ("a", "b")), "query.value"),
        (Filter("kind", Op.IS_NULL, "yes"), "query.value"),
    ],
)
def test_a_filter_without_meaning_is_refused(store: GraphStore, where: Filter, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.select("Invoice", where=[where])
    assert caught.value.code == code


def test_restricted_properties_cannot_be_asked_about(store: GraphStore) -> None:
    with pytest.raises(QueryError):
        store.select("Phone", where=[Filter("value", Op.PREFIX, "1")])
    with pytest.raises(QueryError):
        store.select("Phone", order=[Order("value")])
    with pytest.raises(QueryError):
        store.expand("Taxpayer", [], "USES", OUT, attributes=["value"])


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (("Invoice", "HOLDS_SHARE", OUT), "query.ends"),
        (("Invoice", "SOLD", OUT), "query.ends"),
        (("Taxpayer", "SUPPLIES", OUT), "query.derived"),
        (("Taxpayer", "LIKES", OUT), "query.type"),
        (("Cat", "SOLD", OUT), "query.type"),
    ],
)
def test_an_expansion_without_meaning_is_refused(
    store: GraphStore, question: tuple[str, str, Direction], code: str
) -> None:
    with pytest.raises(QueryError) as caught:
        store.expand(question[0], ["A"], *question[1:])
    assert caught.value.code == code


def test_limits_below_one_are_refused(store: GraphStore) -> None:
    with pytest.raises(QueryError):
        store.expand("Taxpayer", ["A"], "SOLD", OUT, limit_per_node=0)
    with pytest.raises(QueryError):
        store.select("Invoice", page=Page(-1))
