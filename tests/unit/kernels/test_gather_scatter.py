"""Gather-scatter on drawn examples: the split in time, the window, the widest of several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.kernels.adjacency import adjacency_of
from graph.kernels.gather_scatter import GatherScatter, gather_scatter

CENTRE = 0
BOTH = ((1, 0, 1), (2, 0, 3), (0, 3, 3), (0, 4, 9))


def splits_of(*rows: tuple[int, int, int], window: int = 8, least: int = 2, **options: Any) -> GatherScatter:
    """Splits in edges (source, target, tick), each of 5 cents."""
    source, target, tick = np.array(rows, np.int64).T
    vertices = int(max(source.max(), target.max())) + 1
    cents = np.full(len(rows), 5, np.int64)
    edges = adjacency_of(source.astype(np.int32), target.astype(np.int32), tick, cents, vertices)
    return gather_scatter(edges, np.arange(vertices), window=window, least=least, **options)


def test_a_centre_collects_and_then_pays_out() -> None:
    found = splits_of(*BOTH)
    assert (found.vertices.tolist(), found.sources.tolist(), found.targets.tolist()) == ([CENTRE], [2], [2])
    assert (found.first_tick[0], found.split_tick[0], found.last_tick[0]) == (1, 3, 9)
    assert (found.purchases[0], found.sales[0], found.bought_cents[0], found.sold_cents[0]) == (2, 2, 10, 10)


@pytest.mark.parametrize("edge", range(4))
def test_it_vanishes_without_any_of_its_edges(edge: int) -> None:
    assert len(splits_of(*(row for place, row in enumerate(BOTH) if place != edge)).vertices) == 0


@pytest.mark.parametrize(
    "options", [{"window": 7}, {"strict": True}, {"least": 3}], ids=["window too short", "same moment", "too few"]
)
def test_it_vanishes_when_asked_for_more(options: dict[str, Any]) -> None:
    assert len(splits_of(*BOTH, **options).vertices) == 0


def test_a_sale_before_the_last_purchase_is_no_part_of_it() -> None:
    assert len(splits_of((1, 0, 1), (2, 0, 5), (0, 3, 4), (0, 4, 9)).vertices) == 0


def test_the_widest_split_is_reported() -> None:
    wider = ((1, 0, 101), (2, 0, 102), (3, 0, 103), (0, 4, 104), (0, 5, 104), (0, 6, 104))
    found = splits_of(*BOTH, *wider)
    assert (found.first_tick.tolist(), found.sources.tolist()) == ([101], [3])


def test_a_later_purchase_is_left_out_when_it_would_cost_targets() -> None:
    found = splits_of(*BOTH, (5, 0, 8))
    assert (found.split_tick.tolist(), found.sources.tolist(), found.targets.tolist()) == ([3], [2], [2])


def test_a_search_that_was_stopped_says_so() -> None:
    found = splits_of(*BOTH, stop=np.ones(1, np.int64))
    assert (found.truncated, found.cut_by, found.vertices_done, found.vertices_total) == (True, "time", 0, 5)
