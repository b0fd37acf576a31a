"""Columns of some nodes and links by dense number, and what later batches touched: what a narrow search reads."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.questions import Among, AsOf, Filter, Op
from tests.support.small_graph import Draft, day, values
from tests.support.stores import written


def numbers(store: GraphStore, type_name: str) -> dict[str, int]:
    rows = store.node_columns(type_name, ("id",))
    return dict(zip(values(rows, "id"), values(rows, "number"), strict=True))


def parties(store: GraphStore) -> dict[int, str]:
    rows = store.parties()
    return dict(zip(values(rows, "party"), values(rows, "party_id"), strict=True))


def test_numbers_of_ids_are_those_of_visible_nodes(store: GraphStore) -> None:
    first = store.write(Draft().person("p").person("q").node("Task", "t", opened_at=datetime(2026, 3, 1)).batch("b1"))  # noqa: DTZ001
    store.write(Draft().person("r").link("RELATED_TO", "p", "unknown").batch("b2"))
    known = numbers(store, "Person")
    asked = store.node_numbers("Person", ["r", "p", "p", "unknown", "nobody"])
    assert values(asked, "number") == sorted(known[each] for each in ("p", "r"))
    assert dict(zip(values(asked, "id"), values(asked, "number"), strict=True)) == {"p": known["p"], "r": known["r"]}
    assert values(store.node_numbers("Person", ["r", "p"], as_of=AsOf(recorded=first.committed_at)), "id") == ["p"]
    assert store.node_numbers("Task", ["t"], as_of=AsOf(valid=day("2026-02-28"))).num_rows == 0
    assert store.node_numbers("Task", [], as_of=AsOf(valid=day("2026-03-01"))).num_rows == 0


def test_links_of_several_types_at_some_numbers_are_read_at_once(store: GraphStore) -> None:
    graph = Draft()
    for task in ("t1", "t2", "t3", "t4"):
        graph.node("Task", task).node("Officer", task)
    graph.link("SPAWNED", "t1", "t2").link("SPAWNED", "t2", "t3").link("SPAWNED", "t3", "t4")
    graph.link("ANSWERS", "t2", "t1").link("MERGED_INTO", "t4", "t2")
    graph.link("ASSIGNED_TO", "t2", "t3", role="a", valid_to=day("2026-03-01")).link(
        "ASSIGNED_TO", "t2", "t3", role="b"
    )
    written(store, graph.batch())
    tasks, officers = numbers(store, "Task"), numbers(store, "Officer")
    ids = {number: key for key, number in (*tasks.items(), *officers.items())}

    def at(*names: str, valid: date | None = None) -> list[tuple[str, str, str]]:
        found = store.links_at(names, np.array([tasks["t2"]]), as_of=AsOf(valid=valid)).to_pylist()
        return [(row["relationship"], ids[row["source"]], ids[row["target"]]) for row in found]

    assert at("SPAWNED", "ANSWERS", "MERGED_INTO") == [
        ("ANSWERS", "t2", "t1"),
        ("MERGED_INTO", "t4", "t2"),
        ("SPAWNED", "t1", "t2"),
        ("SPAWNED", "t2", "t3"),
    ]
    assert at("ASSIGNED_TO") == [("ASSIGNED_TO", "t2", "t3")]
    store.write(Draft().link("ASSIGNED_TO", "t2", "t3", role="b", valid_to=day("2026-03-01")).batch("b2"))
    assert (len(at("ASSIGNED_TO", valid=day("2026-02-28"))), at("ASSIGNED_TO", valid=day("2026-03-01"))) == (1, [])
    assert store.links_at(("SPAWNED",), np.array([], np.int64)).num_rows == 0


def test_nodes_and_links_of_some_numbers_are_those_of_all_that_have_them(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").person("p", represents="A").person("q", represents="B")
    graph.link("HOLDS_SHARE", "Person:p", "no:B", ratio=1).link("HOLDS_SHARE", "no:A", "no:B", ratio=2)
    written(store, graph.batch())
    people, names = numbers(store, "Person"), parties(store)
    some = np.array([people["q"]])
    assert values(store.node_columns("Person", ("id",), numbers=some), "id") == ["q"]
    assert store.node_columns("Person", ("id",), numbers=some[:0]).num_rows == 0
    (link,) = store.link_columns("LEGAL_REPRESENTATIVE_OF", (), among=Among("source", some)).to_pylist()
    assert (link["source"], names[link["target"]]) == (people["q"], "no:B")
    held = np.array([number for number, name in names.items() if name == "no:B"])
    assert values(store.link_columns("HOLDS_SHARE", ("ratio",), among=Among("target", held)), "ratio") in (
        [1, 2],
        [2, 1],
    )
    holders = np.array([people["p"], *(number for number, name in names.items() if name == "no:A")])
    assert store.link_columns("HOLDS_SHARE", (), among=Among("source", np.sort(holders))).num_rows == 2
    assert store.link_columns("HOLDS_SHARE", (), among=Among("target", holders)).num_rows == 0


def test_links_can_be_asked_by_what_they_say(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").person("p", represents="A", valid_to=day("2026-02-01"))
    written(store, graph.link("LEGAL_REPRESENTATIVE_OF", "p", "no:B").batch())
    ended = Among(where=(Filter("valid_to", Op.LE, day("2026-02-01")),))
    found = store.link_columns("LEGAL_REPRESENTATIVE_OF", ("valid_to",), among=ended)
    assert values(found, "valid_to") == [day("2026-02-01")]
    with pytest.raises(QueryError) as caught:
        store.link_columns("LEGAL_REPRESENTATIVE_OF", (), among=Among(where=(Filter("period", Op.EQ, "x"),)))
    assert caught.value.code == "query.property"


def test_what_later_batches_wrote_or_ended_is_changed_and_nothing_else(store: GraphStore) -> None:
    graph = Draft().firm("A").firm("B").person("p", represents="A").person("q")
    first = written(store, graph.invoice("1", seller="A", buyer="B").invoice("2", seller="A").batch("b1"))
    since = first.batches()[-1].number
    assert store.changed("Invoice", since=since).num_rows == 0
    more = Draft().invoice("2", net_cents=5).invoice("3", seller="B").end("SOLD", "no:A", "1").end("Person", "q")
    store.write(more.batch("b2"))
    invoices, names = numbers(store, "Invoice"), parties(store)
    changed = store.changed("Invoice", since=since)
    assert changed.column_names == ["number"]
    assert values(changed, "number") == sorted([invoices["2"], invoices["3"]])
    sold = store.changed("SOLD", since=since)
    assert sold.column_names == ["source", "target"]
    found = {(names[row["source"]], row["target"]) for row in sold.to_pylist()}
    assert found == {("no:A", invoices["1"]), ("no:B", invoices["3"])}
    assert store.changed("BOUGHT_BY", since=since).num_rows == 0
    assert store.changed("Person", since=since).num_rows == 1
    assert store.changed("LEGAL_REPRESENTATIVE_OF", since=since).num_rows == 0
    assert store.changed("Invoice", since=0).num_rows == 3


def test_what_a_withdrawn_batch_touched_is_changed(store: GraphStore) -> None:
    written(store, Draft().firm("A").invoice("1", seller="A").batch("b1"))
    since = store.batches()[-1].number
    store.write(Draft().invoice("1", net_cents=7).batch("b2"))
    store.withdraw("b2")
    assert values(store.changed("Invoice", since=since), "number") == list(numbers(store, "Invoice").values())
