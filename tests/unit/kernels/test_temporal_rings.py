"""Time-ordered rings on drawn examples; equality with the reference is a property test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import Adjacency, adjacency_of
from graph.kernels.rings import Rings
from graph.kernels.temporal import temporal_rings, temporal_rings_through

DAY = 86_400
TRIANGLE = ((0, 1, 1), (1, 2, 5), (2, 0, 9))


def rings_of(*edges: tuple[int, ...], window: int = 30, vertices: int = 6, **options: Any) -> Rings:
    """Edges are (seller, buyer, day[, cents])."""
    rows = [(*edge, 100)[:4] for edge in edges]
    source, target, day, amount = (np.array(column) for column in zip(*rows, strict=True))
    return temporal_rings(source, target, day * DAY, amount, np.arange(vertices), window=window * DAY, **options)


def crowd(*, firms: int, edges: int, seed: int) -> tuple[Any, ...]:
    """A dense random year; every firm trades with every other."""
    random = np.random.default_rng(seed)
    ends = random.integers(0, firms, (2, edges))
    return (*ends, random.integers(0, 365, edges) * DAY, random.integers(1, 10**6, edges), np.arange(firms))


def test_a_triangle_in_time_order_is_one_ring() -> None:
    found = rings_of(*TRIANGLE)
    assert (found.edge_cycles, found.bundled_cycles, found.distinct_rings) == (1, 1, 1)
    assert found.edge_cycles_by_length == (0, 0, 0, 1, 0, 0, 0)
    assert found.members.tolist() == [0, 1, 2]
    assert found.witness.tolist() == [0, 1, 2]
    assert (found.first_tick[0], found.last_tick[0]) == (DAY, 9 * DAY)


@pytest.mark.parametrize("cancelled", [0, 1, 2])
def test_a_ring_vanishes_when_one_invoice_is_cancelled(cancelled: int) -> None:
    assert rings_of(*(edge for place, edge in enumerate(TRIANGLE) if place != cancelled)).edge_cycles == 0


def test_a_ring_against_time_is_none() -> None:
    assert rings_of((0, 1, 9), (1, 2, 5), (2, 0, 1)).edge_cycles == 0


def test_the_window_is_inclusive_to_the_second() -> None:
    assert rings_of((0, 1, 0), (1, 0, 30)).edge_cycles == 1
    assert rings_of((0, 1, 0), (1, 0, 31)).edge_cycles == 0


def test_the_rotation_starts_at_the_smallest_rank_not_at_the_smallest_number() -> None:
    found = temporal_rings([0, 1, 2], [1, 2, 0], [1, 2, 3], [1, 1, 1], [7, 3, 5], window=9)
    assert found.members.tolist() == [1, 2, 0]
    assert found.witness.tolist() == [0, 1, 2]


def test_a_ring_on_one_day_counts_once() -> None:
    found = rings_of((0, 1, 3), (1, 2, 3), (2, 0, 3))
    assert (found.edge_cycles, found.bundled_cycles) == (1, 1)


def test_a_ring_on_one_day_is_none_when_days_must_rise() -> None:
    assert rings_of((0, 1, 3), (1, 2, 3), (2, 0, 3), strict=True).edge_cycles == 0


def test_parallel_invoices_multiply_edge_cycles_and_share_a_bundle() -> None:
    found = rings_of((0, 1, 1), (0, 1, 1), (1, 0, 2), (1, 0, 3))
    assert (found.edge_cycles, found.bundled_cycles, found.distinct_rings) == (4, 1, 1)


def test_an_invoice_to_oneself_is_no_ring() -> None:
    assert rings_of((0, 0, 1), (0, 0, 2)).edge_cycles == 0


def test_a_band_keeps_only_rings_of_like_amounts() -> None:
    edges = ((0, 1, 1, 1000), (1, 2, 2, 900), (2, 0, 3, 950))
    assert rings_of(*edges, band=100_000).edge_cycles == 1
    assert rings_of(*edges, band=99_999).edge_cycles == 0


def test_a_bundle_found_in_two_amount_classes_counts_once() -> None:
    found = rings_of((0, 1, 1, 100), (0, 1, 1, 10_000), (1, 0, 2, 100), (1, 0, 2, 10_000), band=100_000)
    assert (found.edge_cycles, found.bundled_cycles) == (2, 1)


def test_rings_through_a_vertex_leave_the_others_out() -> None:
    found = rings_of((0, 1, 1), (1, 0, 2), (2, 3, 1), (3, 2, 2), through=[3])
    assert found.members.tolist() == [2, 3]


def test_the_limit_cuts_the_list_and_never_the_counts() -> None:
    graph = crowd(firms=12, edges=400, seed=1)
    whole = temporal_rings(*graph, window=30 * DAY, max_length=4)
    cut = temporal_rings(*graph, window=30 * DAY, max_length=4, limit=5)
    assert whole.distinct_rings > 5
    assert cut.distinct_rings == whole.distinct_rings
    assert cut.listed == 5
    assert cut.members.tolist() == whole.members[: cut.offsets[5]].tolist()
    assert cut.witness.tolist() == whole.witness[: cut.offsets[5]].tolist()
    assert not cut.truncated


def test_a_budget_ends_the_search_and_says_what_was_cut() -> None:
    found = temporal_rings(*crowd(firms=60, edges=60_000, seed=2), window=90 * DAY, max_length=10, budget_seconds=0.2)
    assert found.truncated
    assert found.cut_by == "time"
    assert found.units_done < found.units_total


def test_a_raised_flag_ends_the_search_before_it_starts() -> None:
    found = temporal_rings(*crowd(firms=5, edges=50, seed=3), window=DAY, stop=np.ones(1, np.int64))
    assert found.truncated
    assert (found.units_done, found.edge_cycles) == (0, 0)


def test_a_full_table_ends_the_search_and_says_so() -> None:
    found = temporal_rings(*crowd(firms=30, edges=3_000, seed=4), window=30 * DAY, max_rings=10)
    assert found.truncated
    assert found.cut_by == "memory"


def test_counts_do_not_depend_on_the_order_of_vertex_numbers() -> None:
    source, target, tick, amount, rank = crowd(firms=12, edges=300, seed=5)
    other = np.random.default_rng(6).permutation(12)
    straight = temporal_rings(source, target, tick, amount, rank, window=20 * DAY, max_length=5)
    turned = temporal_rings(
        other[source], other[target], tick, amount, rank[np.argsort(other)], window=20 * DAY, max_length=5
    )
    assert turned.edge_cycles_by_length == straight.edge_cycles_by_length
    assert turned.members.tolist() == other[straight.members].tolist()
    assert turned.witness.tolist() == straight.witness.tolist()


def test_a_count_beyond_what_a_number_holds_is_called_saturated() -> None:
    edges = [(place, (place + 1) % 10, place) for place in range(10) for _ in range(100)]
    found = rings_of(*edges, vertices=10, max_length=10)
    assert found.saturated
    assert found.distinct_rings == 1


def test_no_edges_give_no_rings() -> None:
    found = temporal_rings([], [], [], [], [0, 1], window=1)
    assert (found.edge_cycles, found.listed, found.truncated) == (0, 0, False)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"max_length": 11}, "lengths"),
        ({"min_length": 1}, "lengths"),
        ({"window": -1}, "window"),
        ({"band": 1_000_000}, "band"),
        ({"through": [9]}, "vertices"),
        ({"limit": -1}, "limit"),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        temporal_rings([0], [1], [0], [1], [0, 1], **({"window": 1} | options))


def test_a_band_refuses_amounts_that_were_not_netted() -> None:
    with pytest.raises(ValueError, match="net the edges"):
        rings_of((0, 1, 1, 0), (1, 0, 2, 5), band=100_000)


def adjacency_from(source: Any, target: Any, tick: Any, amount: Any, rank: Any) -> Adjacency:
    ends = source.astype(np.int32), target.astype(np.int32)
    return adjacency_of(*ends, tick.astype(np.int64), amount.astype(np.int64), len(rank))


def test_the_neighbourhood_of_a_firm_has_all_its_rings() -> None:
    edges = crowd(firms=60, edges=1_500, seed=3)
    options: dict[str, Any] = {"window": 60 * DAY, "max_length": 5, "through": [7, 9], "limit": 1_000_000}
    whole, near = temporal_rings(*edges, **options), temporal_rings_through(adjacency_from(*edges), edges[4], **options)
    assert whole.distinct_rings > 50
    for name in ("edge_cycles", "bundled_cycles", "edge_cycles_by_length", "truncated"):
        assert getattr(near, name) == getattr(whole, name)
    for name in ("members", "offsets", "first_tick", "last_tick", "ring_edge_cycles", "witness"):
        assert np.array_equal(getattr(near, name), getattr(whole, name)), name


def test_a_neighbourhood_that_is_cut_says_so_though_nothing_was_found() -> None:
    adjacency = adjacency_from(*crowd(firms=60, edges=1_500, seed=3))
    stop = np.ones(1, np.int64)
    found = temporal_rings_through(adjacency, np.arange(60), through=[7], window=DAY, stop=stop)
    assert (found.truncated, found.cut_by, found.distinct_rings) == (True, "time", 0)
