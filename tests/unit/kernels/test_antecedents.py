"""Common antecedents on drawn examples: the triangle of the literature, contraction, which antecedent is nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.kernels.antecedents import Antecedents, common_antecedents

Ends = list[tuple[int, int]]


def found_in(
    influence: Ends, trade: Ends, kin: Ends | None = None, *, max_length: int = 5, **options: Any
) -> Antecedents:
    """Antecedents among vertices 0..9, ranked by number."""
    influences, related, trades = (np.array(ends, np.int32).reshape(-1, 2).T for ends in (influence, kin or [], trade))
    return common_antecedents(
        (influences[0], influences[1]),
        (related[0], related[1]),
        (trades[0], trades[1]),
        np.arange(10),
        max_length=max_length,
        **options,
    )


def trails(found: Antecedents) -> list[tuple[list[int], list[int]]]:
    """Arcs down to the seller and to the buyer of each row."""
    return [
        (
            found.seller_trails[slice(*found.seller_offsets[row : row + 2])].tolist(),
            found.buyer_trails[slice(*found.buyer_offsets[row : row + 2])].tolist(),
        )
        for row in range(len(found.sellers))
    ]


def test_a_person_behind_both_ends_is_the_antecedent() -> None:
    found = found_in([(0, 1), (0, 2), (2, 3)], [(1, 3), (1, 3)])
    assert (found.sellers.tolist(), found.buyers.tolist(), found.trades.tolist()) == ([1], [3], [2])
    assert (found.antecedents.tolist(), trails(found)) == ([0], [([0], [1, 2])])


@pytest.mark.parametrize("lost", range(3))
def test_it_vanishes_without_any_arc_of_its_trails(lost: int) -> None:
    influence = [(0, 1), (0, 2), (2, 3)]
    assert len(found_in([arc for place, arc in enumerate(influence) if place != lost], [(1, 3)]).sellers) == 0


def test_it_vanishes_when_a_trail_is_too_long() -> None:
    assert len(found_in([(0, 1), (0, 2), (2, 3)], [(1, 3)], max_length=1).sellers) == 0


def test_only_the_nearest_antecedent_is_reported() -> None:
    found = found_in([(0, 1), (1, 2), (1, 3), (0, 2)], [(2, 3)])
    assert (found.antecedents.tolist(), trails(found)) == ([1], [([1], [2])])


def test_two_antecedents_of_which_none_is_below_the_other_are_both_reported() -> None:
    assert found_in([(1, 2), (1, 3), (0, 2), (0, 3)], [(2, 3)]).antecedents.tolist() == [0, 1]


def test_a_mother_that_trades_with_her_daughter_is_the_antecedent_herself() -> None:
    found = found_in([(4, 5), (0, 4)], [(4, 5)])
    assert (found.antecedents.tolist(), trails(found)) == ([4], [([], [0])])


def test_kin_are_one_antecedent() -> None:
    influence = [(0, 2), (1, 3)]
    assert len(found_in(influence, [(2, 3)]).sellers) == 0
    found = found_in(influence, [(2, 3)], kin=[(1, 0)])
    assert (found.antecedents.tolist(), trails(found), found.set_of[:4].tolist()) == ([0], [([0], [1])], [0, 0, 2, 3])


def test_firms_that_own_each_other_are_one_set_and_trade_inside_it() -> None:
    found = found_in([(3, 4), (4, 3), (0, 3)], [(3, 4)])
    assert (found.antecedents.tolist(), trails(found)) == ([3], [([], [])])


def test_of_equal_trails_the_one_with_the_smallest_ranks_is_given() -> None:
    found = found_in([(0, 2), (0, 1), (2, 3), (1, 3), (0, 4)], [(3, 4)])
    assert trails(found) == [([1, 3], [4])]


def test_a_search_that_was_stopped_says_so() -> None:
    found = found_in([(0, 1), (0, 2)], [(1, 2)], stop=np.ones(1, np.int64))
    assert (found.truncated, found.cut_by, found.arcs_done, found.arcs_total) == (True, "time", 0, 1)
    full = found_in([(0, 1), (0, 2)], [(1, 2), (2, 1)], max_rows=1)
    assert (len(full.sellers), full.cut_by, full.arcs_done) == (1, "memory", 1)
