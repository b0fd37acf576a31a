"""Rings from stored invoices: what counts, what is listed, why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graph.errors import NotFoundError, QueryError
from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, open_projection
from graph.store.questions import AsOf, Scope
from queries.limits import Limits
from queries.results import plain
from queries.rings import RingAnswer, RingOptions, find_ring, rings, rings_by_currency
from queries.why import why
from tests.support.small_graph import Draft
from tests.support.stores import written

MONTH = RingOptions(window=timedelta(days=30))
CIRCLE = (("1", "A", "B", "2026-01-10"), ("2", "B", "C", "2026-01-12"), ("3", "C", "A", "2026-01-15"))


def firms(*names: str) -> Draft:
    graph = Draft()
    for name in names:
        graph.firm(name, bureau="22" if name == "Z" else "11")
    return graph


def circle(graph: Draft | None = None, *, skip: str = "", **changes: object) -> Draft:
    made = graph or firms("A", "B", "C")
    for number, (invoice, seller, buyer, day) in enumerate(CIRCLE):
        if invoice != skip:
            made.invoice(invoice, seller=seller, buyer=buyer, on=day, net_cents=10_000 - 200 * number, **changes)
    return made


def asked(store: GraphStore, options: RingOptions = MONTH, **more: object) -> RingAnswer:
    return rings(projected(store), store, options, **more)  # type: ignore[arg-type]  # keyword options of one test


def projected(store: GraphStore) -> TradeProjection:
    return open_projection(store, None)


def test_three_firms_in_a_circle_are_one_ring_with_its_witness(store: GraphStore) -> None:
    answer = asked(written(store, circle().batch()))
    assert plain(answer.counts) == {
        "edge_cycles": 1,
        "bundled_cycles": 1,
        "distinct_rings": 1,
        "edge_cycles_by_length": {"3": 1},
    }
    ring = answer.rings[0]
    assert ring.members == ("A", "B", "C")
    assert ring.names == ("Firm A", "Firm B", "Firm C")
    assert [step.invoice for step in ring.invoices] == ["1", "2", "3"]
    assert (ring.smallest_cents, ring.largest_cents, ring.score) == (9_600, 10_000, 960_000)
    assert answer.cut == ()


def test_a_ring_vanishes_when_one_invoice_is_void(store: GraphStore) -> None:
    graph = circle(skip="2").invoice("2", seller="B", buyer="C", on="2026-01-12", status="void")
    assert asked(written(store, graph.batch())).counts.distinct_rings == 0


def test_a_ring_vanishes_when_one_invoice_is_wholly_reversed_and_stands_in_the_recorded_past(
    store: GraphStore,
) -> None:
    record = store.write(circle().batch("b1"))
    red = Draft().invoice("4", seller="B", buyer="C", on="2026-02-01", net_cents=-9_800, red=True)
    store.write(red.link("REVERSES", "4", "2", basis="declared").batch("b2"))
    assert asked(store).counts.distinct_rings == 0
    past = AsOf(recorded=record.committed_at)
    answer = rings(open_projection(store, None, as_of=past), store, MONTH, as_of=past)
    assert answer.counts.distinct_rings == 1


def test_a_ring_outside_the_window_is_none(store: GraphStore) -> None:
    written(store, circle().batch())
    assert asked(store, replace(MONTH, window=timedelta(days=5))).counts.edge_cycles == 1
    assert asked(store, replace(MONTH, window=timedelta(days=4))).counts.edge_cycles == 0


def test_a_circle_against_time_is_a_window_ring_only(store: GraphStore) -> None:
    graph = firms("A", "B", "C").invoice("1", seller="A", buyer="B", on="2026-01-12")
    graph.invoice("2", seller="B", buyer="C", on="2026-01-11").invoice("3", seller="C", buyer="A", on="2026-01-10")
    written(store, graph.batch())
    assert asked(store).counts.distinct_rings == 0
    for mode in ("window", "static"):
        assert asked(store, replace(MONTH, mode=mode)).counts.distinct_rings == 1


def test_a_date_among_times_does_not_hide_a_ring(store: GraphStore) -> None:
    graph = firms("A", "B").invoice("1", seller="A", buyer="B", on="2026-01-10T15:00:00")
    graph.invoice("2", seller="B", buyer="A", on="2026-01-10", issued_precision="day")
    written(store, graph.batch())
    # As seconds the second invoice seems to be of midnight; it may as well be of the evening.
    assert asked(store, replace(MONTH, window=timedelta(hours=12))).counts.distinct_rings == 1
    assert asked(store).resolution == "day"


def test_the_band_keeps_rings_of_like_amounts(store: GraphStore) -> None:
    written(store, circle().batch())
    assert asked(store, replace(MONTH, band=40_000)).counts.distinct_rings == 1
    assert asked(store, replace(MONTH, band=39_999)).counts.distinct_rings == 0


def test_rings_through_a_taxpayer_leave_out_the_others(store: GraphStore) -> None:
    graph = circle(firms("A", "B", "C", "X", "Y"))
    graph.invoice("x", seller="X", buyer="Y", on="2026-01-10").invoice("y", seller="Y", buyer="X", on="2026-01-11")
    written(store, graph.batch())
    assert asked(store).counts.distinct_rings == 2
    through = asked(store, replace(MONTH, through=("X",)))
    assert [ring.members for ring in through.rings] == [("X", "Y")]
    with pytest.raises(NotFoundError):
        asked(store, replace(MONTH, through=("nobody",)))


def test_rings_through_a_taxpayer_lead_over_nobody_out_of_scope(store: GraphStore) -> None:
    graph = firms("A", "B", "Z")
    sales = (("A", "B"), ("B", "A"), ("A", "Z"), ("Z", "A"), ("B", "Z"))
    for number, (seller, buyer) in enumerate(sales):
        graph.invoice(f"{number}", seller=seller, buyer=buyer, on=f"2026-01-1{number}T08:00:00")
    written(store, graph.batch())
    through = replace(MONTH, through=("A",))
    own = Scope("11", frozenset({"11"}))
    for resolution in ("auto", "day"):
        seen = asked(store, replace(through, resolution=resolution), scope=own)
        assert [ring.members for ring in seen.rings] == [("A", "B")]
        assert len(asked(store, replace(through, resolution=resolution)).rings) > 1
    with pytest.raises(NotFoundError):
        asked(store, replace(MONTH, through=("Z",)), scope=own)


def test_currencies_are_never_mixed(store: GraphStore) -> None:
    graph = circle(skip="2").invoice("2", seller="B", buyer="C", on="2026-01-12", currency="EUR")
    graph.invoice("5", seller="C", buyer="B", on="2026-01-13", currency="EUR")
    written(store, graph.batch())
    found = rings_by_currency(projected(store), store, MONTH)
    assert {answer.currency: answer.counts.distinct_rings for answer in found} == {"CNY": 0, "EUR": 1}


def test_the_limit_cuts_the_list_and_never_the_counts(store: GraphStore) -> None:
    graph = firms(*(f"F{number}" for number in range(6)))
    for number in range(0, 6, 2):
        graph.invoice(f"a{number}", seller=f"F{number}", buyer=f"F{number + 1}", on="2026-01-10")
        graph.invoice(f"b{number}", seller=f"F{number + 1}", buyer=f"F{number}", on="2026-01-11")
    written(store, graph.batch())
    answer = asked(store, limits=Limits(rows=1))
    assert (answer.counts.distinct_rings, len(answer.rings)) == (3, 1)
    assert plain(answer)["truncated"] is True
    assert plain(answer.cut) == [{"part": "rings", "limit": "rows", "dropped": 2}]


def test_a_sale_to_oneself_after_a_merge_is_no_ring(store: GraphStore) -> None:
    graph = firms("A", "B").invoice("1", seller="A", buyer="B", on="2026-01-10")
    graph.invoice("2", seller="B", buyer="A", on="2026-01-11")
    store.write(graph.batch("b1"))
    assert asked(store).counts.distinct_rings == 1
    store.write(Draft().end("PARTY_OF", "no:B", "B").link("PARTY_OF", "no:B", "A").batch("b2"))
    assert asked(store).counts.distinct_rings == 0


def test_a_ring_with_a_member_out_of_scope_is_absent(store: GraphStore) -> None:
    graph = circle(firms("A", "B", "C", "Z")).invoice("z", seller="A", buyer="Z", on="2026-01-10")
    written(store, graph.invoice("zz", seller="Z", buyer="A", on="2026-01-11").batch())
    city = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")
    assert asked(store).counts.distinct_rings == 2
    assert [ring.members for ring in asked(store, scope=city).rings] == [("A", "B", "C")]


def test_a_ring_keeps_its_id_and_can_be_asked_why(store: GraphStore) -> None:
    written(store, circle().batch())
    found = asked(store).rings[0]
    again = find_ring(projected(store), store, found.id, MONTH)
    assert again == found
    reason = why(again)
    assert "3 taxpayers invoice each other in a circle within 6 day(s)" in reason.sentence_en
    assert "3 户纳税人在 6 天内" in reason.sentence_zh
    assert len(reason.steps_en) == len(reason.steps_zh) == 3
    assert [(part.id, part.added_cents) for part in reason.members] == [("A", 400), ("B", -200), ("C", -200)]
    graph = reason.payload()
    assert graph.nodes["id"].to_pylist() == ["A", "B", "C"]
    assert graph.edges["source"].to_pylist() == ["A", "B", "C"]
    with pytest.raises(NotFoundError):
        find_ring(projected(store), store, "ring-0", MONTH)


def test_a_static_ring_sums_its_arcs(store: GraphStore) -> None:
    graph = circle().invoice("9", seller="A", buyer="B", on="2025-01-01", net_cents=500)
    answer = asked(written(store, graph.batch()), replace(MONTH, mode="static"))
    first = answer.rings[0].invoices[0]
    assert (first.invoice, first.amount_cents, first.invoices) == ("9", 10_500, 2)


@pytest.mark.parametrize(
    "options",
    [{"min_length": 1}, {"max_length": 11}, {"min_length": 5, "max_length": 3}, {"band": 1_000_000}],
)
def test_options_without_meaning_are_refused(store: GraphStore, options: dict[str, Any]) -> None:
    written(store, circle().batch())
    with pytest.raises(QueryError) as refused:
        asked(store, replace(MONTH, **options))
    assert refused.value.code == "query.options"
    with pytest.raises(QueryError):
        RingOptions(mode="round")


def test_an_empty_store_has_no_rings(store: GraphStore) -> None:
    assert asked(store).counts.distinct_rings == 0
