"""Whole columns: trade and reversals for the projection, parties, exports, digests."""

from __future__ import annotations

import random
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.errors import QueryError
from graph.store.digest import digest
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from tests.support.small_graph import Draft, day, values
from tests.support.stores import StoreFactory, written


def traded(store: GraphStore, since: int | None = None) -> list[str]:
    """Public ids of the invoices that `trade` gives."""
    return values(store.invoice_ids(values(store.trade(since=since), "invoice")), "id")


def test_trade_gives_the_columns_of_the_projection(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").invoice("1", seller="A", buyer="B", on="1970-01-02T00:00:01", net_cents=7)
    written(store, graph.invoice("2", seller="B", buyer="A", status="void", red=True, issued_precision="day").batch())
    rows = store.trade().sort_by("tick").to_pylist()
    parties = dict(zip(store.parties()["party_id"].to_pylist(), store.parties()["party"].to_pylist(), strict=True))
    assert rows[0] == {
        "invoice": rows[0]["invoice"],
        "seller": parties["no:A"],
        "buyer": parties["no:B"],
        "tick": 86_401,
        "net_cents": 7,
        "tax_cents": rows[0]["tax_cents"],
        "currency": "CNY",
        "red": False,
        "void": False,
        "precision": "second",
        "several": False,
    }
    assert (rows[1]["red"], rows[1]["void"], rows[1]["precision"]) == (True, True, "day")


def test_trade_is_ordered_by_invoice_number(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B")
    for name in "31524":
        graph.invoice(name, seller="A", buyer="B")
    numbers = values(written(store, graph.batch()).trade(), "invoice")
    assert numbers == sorted(numbers)


def test_an_invoice_that_was_written_again_keeps_its_place_in_trade(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B")
    for name in "123":
        graph.invoice(name, seller="A", buyer="B", net_cents=1)
    written(store, graph.batch("b1"), Draft().invoice("2", net_cents=5).batch("b2"))
    rows = store.trade()
    assert values(store.invoice_ids(values(rows, "invoice")), "id") == ["1", "2", "3"]
    assert values(rows, "net_cents") == [1, 5, 1]


@pytest.mark.parametrize("seed", range(4))
def test_all_trade_is_what_is_touched_since_the_beginning(store: GraphStore, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    graph = Draft().firm("A").firm("B").firm("C")
    ends: tuple[str | None, ...] = ("A", "B", "C", None)
    for name in range(30):
        graph.invoice(str(name), seller=chance.choice(ends), buyer=chance.choice(ends), net_cents=name)
    later = Draft().end("Invoice", "3")
    for name in range(10, 20):
        later.invoice(str(name), net_cents=-name).end("SOLD", "no:A", str(name))
    for name in range(15, 15 + seed):  # these have a second seller if C did not sell them before
        later.link("SOLD", "no:C", str(name))
    written(store, graph.batch("b1"), later.batch("b2"))
    touched = store.trade(since=0)
    assert store.trade().equals(touched.filter(pc.is_valid(touched["seller"])))


def test_trade_leaves_out_what_lacks_a_seller_or_a_buyer(store: GraphStore) -> None:
    graph = Draft().firm("A").invoice("1", seller="A").invoice("2", buyer="A").invoice("3", seller="A", buyer="A")
    written(store, graph.link("SOLD", "no:A", "4").link("BOUGHT_BY", "4", "no:A").batch())
    assert traded(store) == ["3"]


def test_trade_takes_times_before_1970_and_parts_of_a_second_down(store: GraphStore) -> None:
    graph = Draft().firm("A").invoice("1", seller="A", buyer="A", on="1969-12-31T23:59:59.500000")
    assert written(store, graph.batch()).trade()["tick"].to_pylist() == [-1]


def test_trade_since_a_batch_gives_the_invoices_touched_after_it(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B")
    for name in "12345":
        graph.invoice(name, seller="A", buyer="B")
    later = Draft().invoice("2", net_cents=1).invoice("6", seller="A", buyer="B", red=True)
    later.link("REVERSES", "6", "3").link("SOLD", "no:B", "4").end("SOLD", "no:A", "4")
    written(store, graph.batch("b1"), later.batch("b2"))
    assert sorted(traded(store, since=1)) == ["2", "3", "4", "6"]
    assert traded(store, since=2) == []
    assert sorted(traded(store, since=0)) == list("123456")


def test_trade_since_a_batch_names_invoices_that_trade_no_more_without_any_value(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B")
    for name in "123":
        graph.invoice(name, seller="A", buyer="B")
    later = Draft().end("BOUGHT_BY", "1", "no:B").end("Invoice", "2").invoice("4", seller="A", buyer="B")
    written(store, graph.batch("b1"), later.batch("b2"))
    rows = store.trade(since=1)
    assert traded(store, since=1) == ["4", "1", "2"]
    gone = rows.slice(1).drop_columns(["invoice"])
    assert all(column.null_count == gone.num_rows for column in gone.columns)


def test_one_invoice_with_two_sellers_is_traded_once(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").invoice("1", seller="B", buyer="A").link("SOLD", "no:A", "1")
    rows = written(store, graph.batch()).trade()
    assert rows.num_rows == 1
    first = store.parties()["party"].to_pylist()[0]
    assert rows["seller"].to_pylist() == [first]
    assert rows["several"].to_pylist() == [True]


def test_reversals_give_dense_numbers_of_both_ends(store: GraphStore) -> None:
    graph = Draft().invoice("1").invoice("2", red=True).link("REVERSES", "2", "1").link("REVERSES", "2", "not loaded")
    written(store, graph.batch("b1"))
    pairs = store.reversals()
    ids = [values(store.invoice_ids(values(pairs, end)), "id") for end in ("red", "blue")]
    assert sorted(zip(*ids, strict=True)) == [("2", "1"), ("2", "not loaded")]
    written(store, Draft().end("REVERSES", "2", "1").batch("b2"))
    assert store.reversals().num_rows == 1


def test_invoices_are_read_by_number_in_the_order_given(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B")
    for name in "12":
        graph.invoice(name, seller="A", buyer="B", net_cents=int(name))
    written(store, graph.batch("b1"))
    one, two = sorted(values(store.trade(), "invoice"))
    rows = store.invoices_at([two, one, two], ["net_cents"]).to_pylist()
    assert [list(row) for row in rows] == [["invoice", "id", "net_cents"]] * 3
    assert [(row["invoice"], row["net_cents"]) for row in rows] == [(two, 2), (one, 1), (two, 2)]
    store.write(Draft().end("Invoice", "1").batch("b2"))
    assert values(store.invoices_at([two, one], []), "id") == ["2"]
    many = store.invoices_at([one, two] * 150, ["net_cents"])
    assert (many.column_names, many.num_rows) == (["invoice", "id", "net_cents"], 150)


def test_invoice_ids_keep_the_order_given_and_repeat(store: GraphStore) -> None:
    graph = Draft().firm("A").invoice("1", seller="A", buyer="A").invoice("2", seller="A", buyer="A")
    one, two = values(written(store, graph.batch()).trade(), "invoice")
    rows = store.invoice_ids([two, one, two])
    assert rows["id"].to_pylist() == ["2", "1", "2"]
    assert rows["invoice"].to_pylist() == [two, one, two]


@pytest.mark.parametrize("apart", [1, 7])
def test_ids_of_many_invoices_come_as_asked_for_and_without_the_unknown(store: GraphStore, apart: int) -> None:
    graph = Draft().firm("A")
    for name in range(250 * apart):
        graph.invoice(str(name), seller="A", buyer="A")
    numbers = values(written(store, graph.batch()).trade(), "invoice")
    names = dict(zip(numbers, values(store.invoice_ids(numbers), "id"), strict=True))
    assert sorted(names.values()) == sorted(str(name) for name in range(250 * apart))
    asked = [*numbers[::-apart], *numbers[: 3 * apart : apart]]
    for many in (asked, asked[:150]):
        rows = store.invoice_ids([*many, numbers[-1] + 1])
        assert (values(rows, "invoice"), values(rows, "id")) == (many, [names[number] for number in many])


def test_parties_say_who_they_are_now(store: GraphStore) -> None:
    graph = Draft().firm("A", bureau="11", region="110101").party("no:X").firm("B")
    moved = Draft().link("PARTY_OF", "no:B", "A").end("PARTY_OF", "no:B", "B")
    written(store, graph.batch("b1"), moved.batch("b2"))
    rows = {row["party_id"]: (row["taxpayer_id"], row["bureau"], row["region"]) for row in store.parties().to_pylist()}
    assert rows == {"no:A": ("A", "11", "110101"), "no:B": ("A", "11", "110101"), "no:X": (None, None, None)}


def test_export_gives_the_full_schema_with_stored_ends(store: GraphStore) -> None:
    batch = Draft().firm("A").invoice("1", seller="A", remark="note").batch()
    written(store, batch)
    for name in ("Taxpayer", "Party", "Invoice"):
        assert store.export(name).equals(batch.nodes[name])
    for name in ("SOLD", "PARTY_OF"):
        assert store.export(name).equals(batch.relationships[name])


def test_what_was_exported_can_be_written_again(store: GraphStore) -> None:
    batch = Draft().firm("A").invoice("1", seller="A", buyer="A").batch("b1")
    before = digest(written(store, batch))
    again = type(batch)(
        Draft().batch("b2").header, {"Invoice": store.export("Invoice")}, {"SOLD": store.export("SOLD")}
    )
    store.write(again)
    assert digest(store) == before


def test_a_derived_relationship_cannot_be_exported(store: GraphStore) -> None:
    with pytest.raises(QueryError):
        store.export("SUPPLIES")


# --- digest


def small() -> Draft:
    graph = Draft().firm("A").firm("B").person("p", represents="A", valid_from=day("2026-01-01"))
    return graph.invoice("1", seller="A", buyer="B").node("TaskEvent", "e", task="t", hash="h")


def test_counts_name_the_types_that_are_there(store: GraphStore) -> None:
    counts = digest(written(store, small().batch()))["counts"]
    assert counts["Taxpayer"] == 2
    assert counts["SOLD"] == 1
    assert "Filing" not in counts


def test_batches_provenance_and_recorded_properties_are_not_in_the_digest(store_factory: StoreFactory) -> None:
    batch = small().batch("b1")
    first = digest(written(store_factory(), batch))
    other = small().node("Invoice", "2", issued_at=datetime(2026, 1, 1), net_cents=1, tax_cents=1, currency="CNY")  # noqa: DTZ001 - civil time
    changed = Draft().end("Invoice", "2").node("TaskEvent", "e", task="t", hash="other", prov_source="elsewhere")
    store = written(store_factory(), other.batch("b2"), changed.batch("b3"))
    assert digest(store) == first


@pytest.mark.parametrize(
    "change",
    [
        Draft().node("Taxpayer", "A", name="other"),
        Draft().node("Taxpayer", "C"),
        Draft().end("SOLD", "no:A", "1"),
        Draft().link("SOLD", "no:B", "1"),
        Draft().person("p", represents="A", valid_from=day("2026-01-01"), valid_to=day("2026-02-01")),
    ],
)
def test_any_other_fact_changes_the_digest(store: GraphStore, change: Draft) -> None:
    before = digest(written(store, small().batch("b1")))["digest"]
    assert digest(written(store, change.batch("b2")))["digest"] != before


def test_the_digest_does_not_depend_on_order_or_batches(store_factory: StoreFactory) -> None:
    whole = digest(written(store_factory(), small().batch("b1")))
    parts = small().batch("b1")
    reverse = {name: _reversed(table) for name, table in parts.nodes.items()}
    again = type(parts)(Draft().batch("b2").header, reverse, parts.relationships)
    assert digest(written(store_factory(), again)) == whole


def _reversed(table: pa.Table) -> pa.Table:
    return table.take(pa.array(range(table.num_rows - 1, -1, -1)))


def test_odd_parties_are_those_of_invoices_that_trade_does_not_show_in_whole(store: GraphStore) -> None:
    graph = Draft()
    for firm in "ABCDEFG":
        graph.firm(firm)
    graph.invoice("1", seller="A", buyer="B").invoice("2", seller="C").invoice("3", seller="D", buyer="E")
    written(store, graph.link("SOLD", "no:F", "3").batch("b1"))
    names = dict(zip(store.parties()["party"].to_pylist(), store.parties()["party_id"].to_pylist(), strict=True))
    assert [names[party] for party in values(store.odd_parties(), "party")] == ["no:C", "no:D", "no:E", "no:F"]
    store.write(Draft().link("BOUGHT_BY", "2", "no:G").end("SOLD", "no:F", "3").batch("b2"))
    assert store.odd_parties().num_rows == 0


def test_node_columns_are_numbered_and_as_of_a_day(store: GraphStore) -> None:
    graph = Draft().firm("A").node("Filing", "f1", filed_on=day("2026-01-10"), sales_cents=5)
    written(store, graph.node("Filing", "f2", filed_on=day("2026-03-10"), tax_kind="vat").batch())
    rows = store.node_columns("Filing", ("id", "filed_on", "sales_cents"))
    assert rows.column_names == ["number", "id", "filed_on", "sales_cents"]
    assert values(rows, "number") == sorted(values(rows, "number"))
    assert sorted(rows.drop_columns("number").to_pylist(), key=str) == [
        {"id": "f1", "filed_on": day("2026-01-10"), "sales_cents": 5},
        {"id": "f2", "filed_on": day("2026-03-10"), "sales_cents": None},
    ]
    assert values(store.node_columns("Filing", ("id",), as_of=AsOf(valid=day("2026-02-01"))), "id") == ["f1"]


def test_link_columns_name_their_ends_by_the_numbers_of_the_nodes(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").person("p", represents="A", valid_from=day("2026-01-01"))
    graph.link("LEGAL_REPRESENTATIVE_OF", "p", "no:B", valid_to=day("2026-02-01"))
    written(store, graph.batch())
    people = dict(zip(*store.node_columns("Person", ("id",)).to_pydict().values(), strict=True))
    parties = dict(zip(values(store.parties(), "party"), values(store.parties(), "party_id"), strict=True))
    links = store.link_columns("LEGAL_REPRESENTATIVE_OF", ("valid_from", "valid_to")).to_pylist()
    found = {(people[link["source"]], parties[link["target"]], link["valid_from"], link["valid_to"]) for link in links}
    assert found == {("p", "no:A", day("2026-01-01"), None), ("p", "no:B", None, day("2026-02-01"))}
    late = store.link_columns("LEGAL_REPRESENTATIVE_OF", (), as_of=AsOf(valid=day("2026-02-01")))
    assert [parties[number] for number in values(late, "target")] == ["no:A"]


def test_columns_that_a_type_does_not_declare_are_refused(store: GraphStore) -> None:
    for ask, type_name, name in (
        (store.node_columns, "Filing", "net_cents"),
        (store.link_columns, "SOLD", "period"),
    ):
        with pytest.raises(QueryError) as caught:
            ask(type_name, (name,))
        assert caught.value.code == "query.property"
