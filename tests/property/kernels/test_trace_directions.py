"""Up is down read backwards: the share that b owes to a is the same from either end."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.kernels.adjacency import Adjacency
from graph.kernels.trace import trace
from tests.support.kernel_case import adjacency_from, random_multigraph

Shares = dict[tuple[int, int], tuple[int, float]]


def shares(
    adjacency: Adjacency,
    direction: Literal["down", "up"],
    method: Literal["haircut", "fifo"],
    max_hops: int,
    span: tuple[int, int],
) -> Shares:
    """(earlier edge, later edge) → (hops, share of the later edge) of every pair that a trace connects."""
    found: Shares = {}
    for start in range(len(adjacency.source)):
        own = trace(
            adjacency,
            start_edges=[start],
            direction=direction,
            method=method,
            max_hops=max_hops,
            span_start=span[0],
            span_end=span[1],
        )
        for edge, hops, share in zip(own.edges.tolist(), own.edge_hops.tolist(), own.shares.tolist(), strict=True):
            found[(start, edge) if direction == "down" else (edge, start)] = (hops, share)
    return found


@pytest.mark.parametrize("method", ["haircut", "fifo"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_share_downstream_is_the_share_upstream(method: Literal["haircut", "fifo"], seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible graph, no secret
    for _ in range(6):
        graph = random_multigraph(random)
        adjacency, hops = adjacency_from(graph), random.randint(1, 6)
        span = (min(graph.tick), max(graph.tick) - random.randint(0, 1))
        if span[0] > span[1]:
            continue
        down = shares(adjacency, "down", method, hops, span)
        up = shares(adjacency, "up", method, hops, span)
        assert {pair: own[0] for pair, own in down.items()} == {pair: own[0] for pair, own in up.items()}
        exact = 0.0 if method == "fifo" else 1e-12
        for pair, (_, share) in down.items():
            assert up[pair][1] == pytest.approx(share, rel=0, abs=exact), (graph, pair)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_edge_never_carries_more_than_its_amount(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible graph, no secret
    for _ in range(20):
        graph = random_multigraph(random)
        adjacency = adjacency_from(graph)
        starts = random.sample(range(len(graph.rank)), 1)
        for direction in ("down", "up"):
            found = trace(
                adjacency,
                start_vertices=starts,
                direction=direction,
                max_hops=6,
                span_start=min(graph.tick),
                span_end=max(graph.tick),
            )
            assert (found.carried_cents <= adjacency.amount[found.edges] * (1 + 1e-12)).all(), graph
