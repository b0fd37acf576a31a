"""Stacks on drawn examples: two layers, their order in time, what falls away."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import adjacency_of
from graph.kernels.stacks import Stacks, stacks

Rows = list[tuple[int, int, int]]
FIRST = [(source, middle, 1) for source, middle in product((0, 1), (2, 3))]
SECOND = [(middle, target, 5) for middle, target in product((2, 3), (4, 5))]


def stacks_of(rows: Rows, *, window: int = 10, step: int = 5, **options: Any) -> Stacks:
    """Stacks in edges (source, target, tick), each of 5 cents; two of everything is enough."""
    source, target, tick = np.array(rows, np.int64).T
    edges = adjacency_of(source.astype(np.int32), target.astype(np.int32), tick, np.full(len(rows), 5, np.int64), 20)
    leasts = {"least_sources": 2, "least_middles": 2, "least_targets": 2}
    return stacks(edges, np.arange(20), window=window, step=step, **{**leasts, **options})


def test_two_layers_one_behind_the_other_are_a_stack() -> None:
    found = stacks_of(FIRST + SECOND)
    assert (found.sources.tolist(), found.middles.tolist(), found.targets.tolist()) == ([0, 1], [2, 3], [4, 5])
    assert (found.first_pairs[0], found.first_amount_cents[0]) == (4, 20)
    assert (found.second_pairs[0], found.second_edges[0], found.second_amount_cents[0]) == (4, 4, 20)
    assert (found.starts[0], found.first_tick[0], found.last_tick[0]) == (0, 1, 5)


@pytest.mark.parametrize("lost", range(8))
def test_it_vanishes_without_any_of_its_edges(lost: int) -> None:
    rows = FIRST + SECOND
    assert len(stacks_of(rows[:lost] + rows[lost + 1 :]).starts) == 0


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([(a, b, 6 - tick) for a, b, tick in FIRST + SECOND], {}),
        ([(a, b, 1) for a, b, _ in FIRST + SECOND], {"strict": True}),
        (FIRST + SECOND, {"window": 3}),
        (FIRST + SECOND, {"least_sources": 3}),
        (FIRST + SECOND, {"least_middles": 3}),
        (FIRST + SECOND, {"least_targets": 3}),
    ],
    ids=["against time", "same moment, strict", "window too short", "too few sources", "middles", "targets"],
)
def test_there_is_no_stack_when(rows: Rows, options: dict[str, Any]) -> None:
    assert len(stacks_of(rows, **options).starts) == 0


def test_layers_of_one_moment_are_a_stack_unless_strict() -> None:
    assert len(stacks_of([(a, b, 1) for a, b, _ in FIRST + SECOND]).starts) == 1


def test_a_sale_before_all_purchases_is_no_part_of_the_second_layer() -> None:
    found = stacks_of([*FIRST, *SECOND, (2, 6, 0), (3, 6, 0)])
    assert (found.targets.tolist(), found.second_edges.tolist()) == ([4, 5], [4])


def test_a_search_that_was_stopped_says_so() -> None:
    found = stacks_of(FIRST + SECOND, stop=np.ones(1, np.int64))
    assert (found.truncated, found.cut_by, found.windows_done, found.windows_total) == (True, "time", 0, 2)
    later = [(a, b, tick + 100) for a, b, tick in FIRST + SECOND]
    assert stacks_of(FIRST + SECOND + later, max_members=1).cut_by == "memory"
