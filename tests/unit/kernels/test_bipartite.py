"""Bipartite cores on drawn examples: complete shapes, what falls away, windows on the grid."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import adjacency_of
from graph.kernels.bipartite import BipartiteCores, bipartite_cores

Rows = list[tuple[int, int, int]]


def complete(sellers: range, buyers: range, tick: int = 0) -> Rows:
    """Every seller sells to every buyer."""
    return [(seller, buyer, tick) for seller, buyer in product(sellers, buyers)]


def cores_of(
    rows: Rows, *, window: int = 10, step: int = 5, least: tuple[int, int] = (2, 3), **options: Any
) -> BipartiteCores:
    """Cores in edges (source, target, tick), each of 5 cents."""
    source, target, tick = np.array(rows, np.int64).T
    cents = np.full(len(rows), 5, np.int64)
    edges = adjacency_of(source.astype(np.int32), target.astype(np.int32), tick, cents, 30)
    return bipartite_cores(
        edges, np.arange(30), window=window, step=step, least_sellers=least[0], least_buyers=least[1], **options
    )


def test_two_sellers_with_three_common_buyers_are_a_core() -> None:
    found = cores_of([*complete(range(2), range(2, 5)), (0, 2, 4)])
    assert (found.sellers.tolist(), found.buyers.tolist()) == ([0, 1], [2, 3, 4])
    assert (found.pairs[0], found.edges[0], found.amount_cents[0]) == (6, 7, 35)
    assert (found.starts[0], found.first_tick[0], found.last_tick[0]) == (0, 0, 4)


@pytest.mark.parametrize("lost", range(6))
def test_it_vanishes_without_any_of_its_edges(lost: int) -> None:
    rows = complete(range(2), range(2, 5))
    assert len(cores_of(rows[:lost] + rows[lost + 1 :]).starts) == 0


def test_whoever_trades_with_too_few_falls_away_and_takes_others_along() -> None:
    chain = [(5, 2, 0), (5, 6, 0), (5, 7, 0), (8, 6, 0)]
    found = cores_of(complete(range(2), range(2, 5)) + chain)
    assert (found.sellers.tolist(), found.buyers.tolist()) == ([0, 1], [2, 3, 4])


def test_cores_that_share_nobody_are_groups_of_their_own() -> None:
    found = cores_of(complete(range(10, 12), range(12, 15)) + complete(range(2), range(2, 5)))
    assert (found.sellers.tolist(), found.seller_offsets.tolist()) == ([0, 1, 10, 11], [0, 2, 4])


@pytest.mark.parametrize(("first", "groups"), [(4, 1), (5, 1), (9, 1), (12, 1)])
def test_what_lies_within_a_window_less_a_step_is_found_once_wherever_it_starts(first: int, groups: int) -> None:
    rows = complete(range(1), range(2, 5), first) + complete(range(1, 2), range(2, 5), first + 5)
    assert len(cores_of(rows).starts) == groups


def test_it_vanishes_when_it_is_longer_than_the_window() -> None:
    assert len(cores_of(complete(range(1), range(2, 5), 0) + complete(range(1, 2), range(2, 5), 11)).starts) == 0


def test_a_search_that_was_stopped_says_so() -> None:
    found = cores_of(complete(range(2), range(2, 5)), stop=np.ones(1, np.int64))
    assert (found.truncated, found.cut_by, found.windows_done, found.windows_total) == (True, "time", 0, 1)
    rows = complete(range(2), range(2, 5)) + complete(range(2), range(2, 5), 100)
    assert cores_of(rows, max_members=1).cut_by == "memory"


def test_options_that_make_no_sense_are_refused() -> None:
    for options in ({"window": -1}, {"step": 0}, {"least": (0, 1)}):
        with pytest.raises(ValueError, match="must be"):
            cores_of([(0, 1, 0)], **options)
