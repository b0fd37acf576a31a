"""Rings in any order and rings of the arcs, on drawn examples and on counts from the literature."""

from __future__ import annotations

from itertools import permutations
from math import comb, factorial

import numpy as np
import pytest

from graph.kernels.static import static_rings
from graph.kernels.window import window_rings

# OEIS A006231: directed cycles of length 2 and more in the complete digraph on n vertices.
CYCLES_OF_COMPLETE_DIGRAPH = {2: 1, 3: 5, 4: 20, 5: 84, 6: 409, 7: 2365, 8: 16064}


@pytest.mark.parametrize(("vertices", "cycles"), CYCLES_OF_COMPLETE_DIGRAPH.items())
def test_a_complete_digraph_has_as_many_rings_as_the_literature_says(vertices: int, cycles: int) -> None:
    source, target = np.array(list(permutations(range(vertices), 2))).T
    found = static_rings(source, target, np.arange(vertices), max_length=10, limit=3)
    assert found.distinct_rings == cycles
    by_length = {k: comb(vertices, k) * factorial(k - 1) for k in range(2, vertices + 1)}
    assert {k: n for k, n in enumerate(found.rings_by_length) if n} == by_length


def test_static_rings_know_no_time_and_no_parallel_arcs() -> None:
    found = static_rings([0, 0, 1, 2], [1, 1, 2, 0], [0, 1, 2])
    assert found.distinct_rings == 1
    assert found.members.tolist() == [0, 1, 2]


def test_static_rings_are_listed_by_length_and_then_by_rank() -> None:
    found = static_rings([0, 1, 1, 2, 2, 0], [1, 0, 2, 1, 0, 2], [2, 1, 0], limit=3)
    rings = [found.members[a:b].tolist() for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
    assert rings == [[2, 1], [2, 0], [1, 0]]
    assert found.distinct_rings == 5


def test_a_static_search_that_was_stopped_says_so() -> None:
    source, target = np.array(list(permutations(range(40), 2))).T
    found = static_rings(source, target, np.arange(40), max_length=10, budget_seconds=0.1)
    assert found.truncated
    assert found.units_done < found.units_total


def test_a_window_ring_needs_no_order() -> None:
    found = window_rings([0, 1, 2], [1, 2, 0], [9, 5, 1], [1, 1, 1], [0, 1, 2], window=8)
    assert (found.edge_cycles, found.bundled_cycles, found.distinct_rings) == (1, 1, 1)
    assert (found.first_tick[0], found.last_tick[0]) == (1, 9)
    assert found.witness.tolist() == [0, 1, 2]


def test_a_window_ring_vanishes_when_its_edges_lie_a_second_too_far_apart() -> None:
    assert window_rings([0, 1, 2], [1, 2, 0], [9, 5, 1], [1, 1, 1], [0, 1, 2], window=7).edge_cycles == 0


def test_window_bundles_are_counted_by_their_earliest_invoice() -> None:
    found = window_rings([0, 0, 1], [1, 1, 0], [1, 2, 3], [1, 1, 1], [0, 1], window=5)
    assert (found.edge_cycles, found.bundled_cycles) == (2, 2)


def test_a_window_search_that_was_stopped_says_so() -> None:
    random = np.random.default_rng(1)
    source, target = random.integers(0, 60, (2, 20_000))
    tick, amount = random.integers(0, 10**6, 20_000), np.ones(20_000, np.int64)
    found = window_rings(source, target, tick, amount, np.arange(60), window=10**5, budget_seconds=0.2)
    assert found.truncated
    assert found.units_done < found.units_total
