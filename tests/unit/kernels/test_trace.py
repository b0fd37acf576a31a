"""Traces on ledgers small enough to check by hand; equality with the reference is a property test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import Adjacency, adjacency_of
from graph.kernels.trace import Trace, trace

SUPPLIER, TRADER, BUYER, OTHER = range(4)
# The trader buys 100 tainted and 300 clean cents, sells 200, and then 400 of which 200 are value added.
CHAIN = ((SUPPLIER, TRADER, 1, 100), (OTHER, TRADER, 2, 300), (TRADER, BUYER, 3, 200), (TRADER, BUYER, 4, 400))


def ledger(*edges: tuple[int, int, int, int], vertices: int = 6) -> Adjacency:
    """Edges are (seller, buyer, tick, cents)."""
    source, target, tick, amount = np.array(edges, np.int64).T
    return adjacency_of(
        source.astype(np.int32),
        target.astype(np.int32),
        np.ascontiguousarray(tick),
        np.ascontiguousarray(amount),
        vertices,
    )


def traced(edges: Adjacency, **options: Any) -> Trace:
    return trace(edges, **({"max_hops": 5, "span_start": 0, "span_end": 100} | options))


def carried(found: Trace) -> dict[int, float]:
    return dict(zip(found.edges.tolist(), found.carried_cents.tolist(), strict=True))


def test_haircut_dilutes_the_start_among_all_purchases() -> None:
    assert carried(traced(ledger(*CHAIN), start_edges=[0])) == {0: 100, 2: 50, 3: 50}


def test_fifo_passes_the_oldest_purchase_on_first() -> None:
    assert carried(traced(ledger(*CHAIN), start_edges=[0], method="fifo")) == {0: 100, 2: 100}


def test_what_a_sale_exceeds_the_balance_by_is_value_added_and_clean() -> None:
    found = traced(ledger((0, 1, 1, 100), (1, 2, 2, 500)), start_edges=[0])
    assert found.carried_cents.tolist() == [100, 100]
    assert found.shares.tolist() == [1.0, 0.2]


def test_upstream_names_the_cents_that_the_start_draws_on() -> None:
    found = traced(ledger(*CHAIN), start_edges=[3], direction="up")
    assert carried(found) == {3: 400, 1: 150, 0: 50}
    assert dict(zip(found.edges.tolist(), found.shares.tolist(), strict=True)) == {3: 1.0, 1: 0.375, 0: 0.125}
    assert found.vertices.tolist() == [SUPPLIER, TRADER, OTHER]


def test_a_purchase_after_the_sale_carries_nothing_into_it() -> None:
    assert carried(traced(ledger((1, 2, 1, 100), (0, 1, 2, 100)), start_edges=[1])) == {1: 100}


def test_a_purchase_of_the_same_day_precedes_the_sale_whatever_their_numbers() -> None:
    assert carried(traced(ledger((1, 2, 1, 100), (0, 1, 1, 100)), start_edges=[1])) == {1: 100, 0: 100}


def test_the_start_of_a_taxpayer_is_its_sales_downstream_and_its_purchases_upstream() -> None:
    down = traced(ledger(*CHAIN), start_vertices=[TRADER])
    up = traced(ledger(*CHAIN), start_vertices=[TRADER], direction="up")
    assert carried(down) == {2: 200, 3: 400}
    assert carried(up) == {1: 300, 0: 100}


def test_value_that_comes_back_to_a_start_is_not_counted_twice() -> None:
    circle = ledger((0, 1, 1, 100), (1, 0, 2, 100), (0, 1, 3, 100))
    assert carried(traced(circle, start_vertices=[0])) == {0: 100, 1: 100, 2: 100}


def test_hops_count_edges_and_end_the_walk() -> None:
    chain = ledger((0, 1, 1, 10), (1, 2, 2, 10), (2, 3, 3, 10))
    found = traced(chain, start_edges=[0], max_hops=2)
    assert found.edges.tolist() == [0, 1]
    assert found.edge_hops.tolist() == [1, 2]
    assert (found.vertices.tolist(), found.vertex_hops.tolist(), found.vertex_ticks.tolist()) == (
        [1, 2],
        [1, 2],
        [1, 2],
    )


def test_edges_outside_the_span_neither_carry_nor_count_in_balances() -> None:
    assert carried(traced(ledger(*CHAIN), start_edges=[0], span_end=2)) == {0: 100}
    assert carried(traced(ledger(*CHAIN), start_edges=[0], span_start=2)) == {}


def test_small_edges_count_in_balances_and_are_not_followed() -> None:
    found = traced(ledger(*CHAIN), start_edges=[0], min_amount=300)
    assert carried(found) == {0: 100, 3: 50}
    assert found.below_threshold == 1


def test_edges_with_a_small_share_are_not_followed() -> None:
    found = traced(ledger(*CHAIN), start_edges=[0], min_share=200_000)
    assert carried(found) == {0: 100, 2: 50}
    assert found.below_threshold == 1


@pytest.mark.parametrize("method", ["haircut", "fifo"])
def test_a_vertex_limit_keeps_the_newest_edges_and_reports_the_rest(method: str) -> None:
    sales = [(1, 2, 10 + day, 100) for day in range(5)]
    found = traced(ledger((0, 1, 1, 500), *sales), start_edges=[0], limit_per_vertex=2, method=method)
    assert found.edges.tolist() == [0, 4, 5]
    assert (found.dropped_vertices.tolist(), found.dropped_edges.tolist()) == ([1], [3])


@pytest.mark.parametrize("direction", ["down", "up"])
@pytest.mark.parametrize("method", ["haircut", "fifo"])
def test_a_trace_that_is_full_says_so(direction: str, method: str) -> None:
    chain = ledger(*((place, place + 1, place, 10) for place in range(5)))
    starts = {"down": 0, "up": 4}
    options = {"start_edges": [starts[direction]], "direction": direction, "method": method}
    cut = traced(chain, **options, max_edges=2)
    assert (cut.truncated, cut.cut_by, len(cut.edges)) == (True, "memory", 2)
    assert not traced(chain, **options).truncated


def test_a_trace_that_was_stopped_says_so() -> None:
    assert traced(ledger(*CHAIN), start_edges=[0], stop=np.ones(1, np.int64)).truncated


@pytest.mark.parametrize(
    "options",
    [
        {"max_hops": 0},
        {"span_start": 9, "span_end": 8},
        {"direction": "sideways"},
        {"method": "guess"},
        {"start_edges": [99]},
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|empty|is"):
        traced(ledger(*CHAIN), **({"start_edges": [0]} | options))
