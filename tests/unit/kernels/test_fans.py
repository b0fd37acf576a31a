"""Fans on drawn examples: what the window holds, which window is reported, what a cut answer says."""

from __future__ import annotations

import numpy as np
import pytest

from graph.kernels.adjacency import Adjacency, adjacency_of
from graph.kernels.fans import fan_in, fan_out


def edges_of(*rows: tuple[int, int, int, int], vertices: int) -> Adjacency:
    """Edges (source, target, tick, cents)."""
    source, target, tick, amount = np.array(rows, np.int64).reshape(-1, 4).T
    return adjacency_of(source.astype(np.int32), target.astype(np.int32), tick, amount, vertices)


def test_a_fan_in_counts_distinct_sellers_of_one_window() -> None:
    edges = edges_of((1, 0, 10, 5), (2, 0, 12, 5), (2, 0, 13, 5), (3, 0, 20, 5), vertices=4)
    found = fan_in(edges, np.arange(4), window=10, least=3)
    assert (found.vertices.tolist(), found.counterparties.tolist(), found.edges.tolist()) == ([0], [3], [4])
    assert (found.first_tick[0], found.last_tick[0], found.amount_cents[0]) == (10, 20, 20)


def test_a_fan_vanishes_when_the_window_is_a_second_too_short() -> None:
    edges = edges_of((1, 0, 10, 5), (2, 0, 12, 5), (3, 0, 20, 5), vertices=4)
    assert len(fan_in(edges, np.arange(4), window=9, least=3).vertices) == 0


def test_of_equal_windows_the_earliest_is_reported_and_all_are_counted() -> None:
    edges = edges_of((0, 1, 0, 1), (0, 2, 1, 1), (0, 1, 50, 1), (0, 2, 51, 1), vertices=3)
    found = fan_out(edges, np.arange(3), window=5, least=2)
    assert (found.first_tick.tolist(), found.windows.tolist()) == ([0], [2])


def test_fans_come_by_rank() -> None:
    edges = edges_of((0, 1, 0, 1), (1, 0, 1, 1), vertices=2)
    assert fan_in(edges, [7, 3], window=0, least=1).vertices.tolist() == [1, 0]


def test_a_loop_is_no_counterparty() -> None:
    assert len(fan_in(edges_of((0, 0, 0, 1), vertices=1), [0], window=5, least=1).vertices) == 0


def test_only_the_vertices_asked_for_are_looked_at() -> None:
    edges = edges_of((0, 1, 0, 1), (1, 0, 1, 1), vertices=2)
    assert fan_in(edges, [0, 1], window=0, least=1, vertices=[1]).vertices.tolist() == [1]


def test_a_search_that_was_stopped_says_so() -> None:
    found = fan_in(edges_of((0, 1, 0, 1), vertices=2), [0, 1], window=0, least=1, stop=np.ones(1, np.int64))
    assert (found.truncated, found.cut_by, found.vertices_done, found.vertices_total) == (True, "time", 0, 2)


@pytest.mark.parametrize(("window", "least"), [(-1, 1), (0, 0)])
def test_options_that_make_no_sense_are_refused(window: int, least: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        fan_in(edges_of((0, 1, 0, 1), vertices=2), [0, 1], window=window, least=least)
