"""Traces and paths from stored invoices."""

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.csv
import pyarrow.parquet
import pytest

from graph.errors import NotFoundError, QueryError
from graph.store.port import GraphStore
from graph.store.projecting import open_projection
from graph.store.questions import Scope
from queries.exporting import write_payload
from queries.limits import Limits
from queries.match import match
from queries.paths import shortest_path
from queries.results import plain
from queries.trace import Trace, TraceOptions, trace
from tests.support.small_graph import Draft
from tests.support.stores import written

CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")


def chain() -> Draft:
    """A sells 100 to B, X sells 100 to B, B sells 100 to C, C sells 50 to D; Z is of another bureau and buys from C."""
    graph = Draft()
    for firm in "ABCDXZ":
        graph.firm(firm, bureau="22" if firm == "Z" else "11", region="220200" if firm == "Z" else "110100")
    graph.invoice("1", seller="A", buyer="B", on="2026-01-10").invoice("x", seller="X", buyer="B", on="2026-01-11")
    graph.invoice("2", seller="B", buyer="C", on="2026-01-12")
    graph.invoice("3", seller="C", buyer="D", on="2026-01-13", net_cents=5_000)
    return graph.invoice("4", seller="C", buyer="Z", on="2026-01-14", net_cents=5_000)


def traced(store: GraphStore, start: str, options: TraceOptions = TraceOptions(), **more: object) -> Trace:  # noqa: B008
    return trace(open_projection(store, None), store, start, options, **more)  # type: ignore[arg-type]  # keywords


def test_half_of_what_a_mixed_buyer_sells_on_stems_from_the_invoice(store: GraphStore) -> None:
    found = traced(written(store, chain().batch()), "1")
    assert (found.start_type, found.start_cents) == ("Invoice", 10_000)
    assert [(e.invoice, e.carried_cents, e.share, e.hop) for e in found.edges] == [
        ("1", 10_000, 1_000_000, 1),
        ("2", 5_000, 500_000, 2),
        ("3", 2_500, 500_000, 3),
        ("4", 2_500, 500_000, 3),
    ]
    assert [(n.id, n.hop, n.carried_cents, n.name) for n in found.nodes] == [
        ("A", 0, 0, "Firm A"),
        ("B", 1, 10_000, "Firm B"),
        ("C", 2, 5_000, "Firm C"),
        ("D", 3, 2_500, "Firm D"),
        ("Z", 3, 2_500, "Firm Z"),
    ]
    assert plain(found)["truncated"] is False


def test_first_in_first_out_gives_the_oldest_goods_away_first(store: GraphStore) -> None:
    found = traced(written(store, chain().batch()), "1", TraceOptions(method="fifo"))
    assert [(e.invoice, e.carried_cents) for e in found.edges] == [
        ("1", 10_000),
        ("2", 10_000),
        ("3", 5_000),
        ("4", 5_000),
    ]


def test_upstream_finds_the_sources_of_a_purchase(store: GraphStore) -> None:
    found = traced(written(store, chain().batch()), "D", TraceOptions(direction="up"))
    assert {(e.invoice, e.carried_cents) for e in found.edges} == {
        ("3", 5_000),
        ("2", 5_000),
        ("1", 2_500),
        ("x", 2_500),
    }
    assert found.span_to == datetime(2026, 1, 13)  # noqa: DTZ001 - civil time


def test_hops_and_span_bound_a_trace(store: GraphStore) -> None:
    written(store, chain().batch())
    assert [e.invoice for e in traced(store, "A", TraceOptions(hops=2)).edges] == ["1", "2"]
    assert [e.invoice for e in traced(store, "A", TraceOptions(span=timedelta(days=3))).edges] == ["1", "2", "3"]


def test_a_limit_is_a_stated_cut(store: GraphStore) -> None:
    found = traced(written(store, chain().batch()), "A", limits=Limits(rows=2))
    assert plain(found)["truncated"] is True
    assert [e.invoice for e in found.edges] == ["1", "2"]


def test_a_taxpayer_out_of_scope_is_a_leaf_without_a_name(store: GraphStore) -> None:
    graph = chain().invoice("5", seller="Z", buyer="X", on="2026-01-15")
    found = traced(written(store, graph.batch()), "A", scope=CITY)
    leaf = next(node for node in found.nodes if node.hidden)
    assert (leaf.name, leaf.province, leaf.leaves_scope, found.leaves_scope) == (None, "22", True, True)
    assert leaf.id == CITY.opaque("Z")
    assert "5" not in {edge.invoice for edge in found.edges}
    with pytest.raises(NotFoundError):
        traced(store, "Z", scope=CITY)


def test_an_invoice_that_carries_nothing_is_refused_with_the_reason(store: GraphStore) -> None:
    graph = chain().invoice("v", seller="A", buyer="B", on="2026-01-10", status="void")
    written(store, graph.batch())
    with pytest.raises(QueryError) as refused:
        traced(store, "v")
    assert refused.value.code == "query.not_traded"


def test_a_former_id_and_a_tax_number_start_the_same_trace(store: GraphStore) -> None:
    written(store, chain().batch())
    assert traced(store, "tp-A") == traced(store, "no:A") == traced(store, "A")


def test_a_trace_is_taken_away_as_graphml_csv_and_parquet(store: GraphStore, tmp_path: Path) -> None:
    payload = traced(written(store, chain().batch()), "1").payload()
    (graphml,) = write_payload(payload, tmp_path / "trace.graphml")
    root = ET.parse(graphml).getroot()  # noqa: S314 - our own file
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert [e.get("id") for e in root.iter(f"{space}edge")] == ["1", "2", "3", "4"]
    nodes, edges = write_payload(payload, tmp_path / "trace.parquet")
    assert pyarrow.parquet.read_table(edges).equals(payload.edges)
    nodes, _ = write_payload(payload, tmp_path / "trace.csv")
    assert pyarrow.csv.read_csv(nodes)["id"].to_pylist() == ["A", "B", "C", "D", "Z"]
    with pytest.raises(QueryError):
        write_payload(payload, tmp_path / "trace.pdf")


def test_the_shortest_path_goes_over_trade_and_over_people(store: GraphStore) -> None:
    graph = chain().person("p", represents="A").link("HOLDS_SHARE", "Person:p", "no:D", ratio=1)
    written(store, graph.batch())
    projection = open_projection(store, None)
    found = shortest_path(projection, store, "A", "D")
    assert [node.id for node in found.nodes] == ["A", "p", "D"]
    assert [step.kind for step in found.steps] == ["LEGAL_REPRESENTATIVE_OF", "HOLDS_SHARE"]
    trade = shortest_path(projection, store, "X", "C")
    assert [(s.kind, s.source, s.target, s.invoice) for s in trade.steps] == [
        ("TRADE", "X", "B", "x"),
        ("TRADE", "B", "C", "2"),
    ]
    assert trade.payload().edges.num_rows == 2
    assert not shortest_path(projection, store, "A", "D", hops=1).found
    hidden = shortest_path(projection, store, "A", "D", hops=6, scope=CITY)
    assert [node.id for node in hidden.nodes] == ["A", "p", "D"]


def test_a_pattern_in_words_is_answered_as_rows_and_as_a_graph(store: GraphStore) -> None:
    written(store, chain().batch())
    text = """(a:Taxpayer)-[:SOLD]->(i:Invoice)-[:BOUGHT_BY]->(b:Taxpayer)-[:SOLD]->(j:Invoice)
              where i.issued_at <= j.issued_at and i.net_cents >= 10000 return b.name limit 10"""
    found = match(store, text)
    assert [(r["a"], r["b"], r["j"]) for r in found.table.to_pylist()] == [
        ("A", "B", "2"),
        ("B", "C", "3"),
        ("B", "C", "4"),
        ("X", "B", "2"),
    ]
    assert found.payload().nodes.num_rows == 9
    cut = match(store, text, limits=Limits(rows=1))
    assert plain(cut.cut) == [{"part": "matches", "limit": "rows", "dropped": None}]
