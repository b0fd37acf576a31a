"""Scatter-gather on drawn examples: order, window, evidence, and what a cut answer says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import adjacency_of
from graph.kernels.scatter_gather import ScatterGather, scatter_gather

DIAMOND = ((0, 1, 1), (0, 2, 2), (1, 3, 4), (2, 3, 9))


def pairs_of(*rows: tuple[int, int, int], window: int = 10, least: int = 2, **options: Any) -> ScatterGather:
    """Pairs in edges (source, target, tick)."""
    source, target, tick = np.array(rows, np.int64).T
    vertices = int(max(source.max(), target.max())) + 1
    edges = adjacency_of(source.astype(np.int32), target.astype(np.int32), tick, np.ones(len(rows), np.int64), vertices)
    return scatter_gather(edges, np.arange(vertices), window=window, least=least, **options)


def test_value_that_parts_and_meets_again_is_found_with_its_evidence() -> None:
    found = pairs_of(*DIAMOND)
    assert (found.sources.tolist(), found.targets.tolist(), found.intermediaries.tolist()) == ([0], [3], [1, 2])
    assert (found.scatter_edges.tolist(), found.gather_edges.tolist()) == ([0, 1], [2, 3])
    assert (found.first_tick.tolist(), found.last_tick.tolist()) == ([1], [9])


@pytest.mark.parametrize("edge", range(4))
def test_it_vanishes_without_any_of_its_edges(edge: int) -> None:
    assert len(pairs_of(*(row for place, row in enumerate(DIAMOND) if place != edge)).sources) == 0


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (DIAMOND, {"window": 7}),
        (DIAMOND, {"least": 3}),
        (((0, 1, 1), (0, 2, 2), (1, 3, 4), (2, 3, 1)), {}),
        (((0, 1, 1), (0, 2, 2), (1, 3, 4), (2, 3, 2)), {"strict": True}),
        (((0, 1, 1), (0, 2, 2), (1, 0, 4), (2, 0, 9)), {}),
    ],
    ids=["window too short", "too few", "against time", "same moment, strict", "back to the source"],
)
def test_there_is_no_pair_when(rows: tuple[tuple[int, int, int], ...], options: dict[str, Any]) -> None:
    assert len(pairs_of(*rows, **options).sources) == 0


def test_parallel_edges_make_no_further_intermediary() -> None:
    assert len(pairs_of((0, 1, 1), (0, 1, 2), (1, 2, 3), (1, 2, 4)).sources) == 0


def test_the_window_with_most_intermediaries_is_reported() -> None:
    later = tuple((a, b, tick + 100) for a, b, tick in (*DIAMOND, (0, 4, 2), (4, 3, 3)))
    found = pairs_of(*DIAMOND, *later)
    assert (found.first_tick.tolist(), found.intermediaries.tolist()) == ([101], [1, 2, 4])


def test_hubs_are_left_out_only_on_request_and_said_to_be() -> None:
    trade = tuple((2, 5 + other, 50) for other in range(4))
    assert pairs_of(*DIAMOND, *trade).truncated is False
    found = pairs_of(*DIAMOND, *trade, hub_limit=4)
    assert (len(found.sources), found.truncated, found.cut_by, found.hubs_left_out) == (0, True, "hubs", 1)


def test_a_search_that_was_stopped_says_so() -> None:
    found = pairs_of(*DIAMOND, stop=np.ones(1, np.int64))
    assert (len(found.sources), found.truncated, found.cut_by) == (0, True, "time")


def test_a_search_out_of_room_says_so() -> None:
    second = tuple((a + 4, b + 4, tick) for a, b, tick in DIAMOND)
    found = pairs_of(*DIAMOND, *second, max_pairs=1)
    assert (len(found.sources), found.cut_by, found.sources_done, found.sources_total) == (1, "memory", 1, 2)


def test_thousands_of_intermediaries_are_counted() -> None:
    middle = np.arange(2, 5_002)
    out = [(0, int(m), 0) for m in middle]
    assert np.diff(pairs_of(*out, *((int(m), 1, 5) for m in middle)).offsets).tolist() == [5_000]
