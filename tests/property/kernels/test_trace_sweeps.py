"""A haircut trace that reads the span in order gives, to the bit, what one that follows sale by sale gives."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.kernels.trace import Trace, trace
from tests.support.kernel_case import adjacency_from, random_multigraph


def as_bytes(found: Trace) -> dict[str, bytes]:
    return {name: np.asarray(getattr(found, name)).tobytes() for name in Trace.__slots__}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_sweeping_changes_no_bit_of_the_answer(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible graph, no secret
    for _ in range(60):
        graph = random_multigraph(random, most_vertices=9, most_edges=60)
        adjacency = adjacency_from(graph)
        options: dict[str, Any] = {
            "start_vertices": random.sample(range(len(graph.rank)), random.randint(1, 2)),
            "max_hops": random.randint(1, 8),
            "span_start": min(graph.tick) + random.randint(0, 3),
            "span_end": max(graph.tick) + 3,
            "min_amount": random.choice([0, 2, 10]),
            "min_share": random.choice([0, 1000, 100_000]),
            "max_edges": random.choice([1, 5, 1_000]),
        }
        expected = as_bytes(trace(adjacency, **options, positions_a_sale=0))
        for positions in (1, 5, 20, 1_000):
            assert as_bytes(trace(adjacency, **options, positions_a_sale=positions)) == expected, (graph, options)
