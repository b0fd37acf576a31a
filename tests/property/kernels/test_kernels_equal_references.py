"""Every kernel answers as its slow reference does, on thousands of random small multigraphs."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.kernels.adjacency import positions_of
from tests.support.kernel_case import Case, adjacency_from, random_multigraph
from tests.support.kernel_table import KERNELS
from tests.support.references import ledger_order

EXAMPLES = 40
GRAPHS_AN_EXAMPLE = 60
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("case", KERNELS, ids=[case.name for case in KERNELS])
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_a_kernel_answers_as_its_reference(case: Case, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible graph, no secret
    for _ in range(GRAPHS_AN_EXAMPLE):
        graph = case.graphs(random)
        options = case.options(random, graph)
        assert case.kernel(graph, **options) == case.reference(graph, **options), (graph, options)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_purchases_of_a_tick_precede_its_sales_unless_they_form_a_circle(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible graph, no secret
    for _ in range(GRAPHS_AN_EXAMPLE):
        graph = random_multigraph(random)
        edges = np.arange(len(graph.source), dtype=np.int32)
        position = positions_of(adjacency_from(graph), edges).tolist()
        ordered = sorted((place, edge) for edge, place in enumerate(position) if place >= 0)
        assert [edge for _, edge in ordered] == ledger_order(graph), graph
