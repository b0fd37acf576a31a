"""Shortest paths on drawn examples."""

from __future__ import annotations

import pytest

from graph.kernels.paths import group_arcs, shortest_path


def test_of_two_shortest_paths_the_one_with_smaller_ranks_is_taken() -> None:
    arcs = group_arcs([0, 0, 1, 2], [1, 2, 3, 3], vertex_count=4, directed=True)
    assert shortest_path(arcs, [0, 9, 1, 2], start=0, end=3, max_hops=3).vertices.tolist() == [0, 2, 3]


def test_undirected_arcs_lead_both_ways() -> None:
    arcs = group_arcs([1], [0], vertex_count=2, directed=False)
    found = shortest_path(arcs, [0, 1], start=0, end=1, max_hops=1)
    assert (found.vertices.tolist(), found.edges.tolist()) == ([0, 1], [0])


def test_directed_arcs_lead_one_way() -> None:
    arcs = group_arcs([1], [0], vertex_count=2, directed=True)
    assert not shortest_path(arcs, [0, 1], start=0, end=1, max_hops=5).found


def test_a_path_longer_than_allowed_is_none() -> None:
    arcs = group_arcs([0, 1], [1, 2], vertex_count=3, directed=True)
    assert shortest_path(arcs, [0, 1, 2], start=0, end=2, max_hops=2).found
    assert not shortest_path(arcs, [0, 1, 2], start=0, end=2, max_hops=1).found


def test_a_vertex_is_connected_with_itself() -> None:
    arcs = group_arcs([], [], vertex_count=1, directed=True)
    assert shortest_path(arcs, [0], start=0, end=0, max_hops=0).vertices.tolist() == [0]


def test_a_vertex_beyond_the_graph_is_refused() -> None:
    arcs = group_arcs([], [], vertex_count=1, directed=True)
    with pytest.raises(ValueError, match="start and end"):
        shortest_path(arcs, [0], start=0, end=1, max_hops=1)
