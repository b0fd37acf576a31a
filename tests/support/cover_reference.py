"""Late cover beside its slow reference: every sale against every purchase, in exact fractions. Read by `kernel_table`.

Vertices are firms, edges invoices. Sales at cost and purchases lie on one line of value, each in order of time; where
a sale and a purchase overlap, the one covers the other.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from random import Random
from typing import Any

import numpy as np
import pytest

from graph.kernels.late_cover import Amounts, Sides, late_cover
from tests.support.references import Multigraph

NEAR = 1e-9  # what the kernel's float64 may err by, relative to the value


def cover_options(random: Random, graph: Multigraph) -> dict[str, Any]:
    """Some invoices do not count, and days may be long or short."""
    return {
        "void": set(random.sample(graph.edges, random.randint(0, len(graph.edges) // 3))),
        "day_ticks": random.choice([1, 1, 2, 5]),
        "grace": random.choice([0, 0, 1, 2, 7]),
    }


def _rows(graph: Multigraph, ends: tuple[int, ...], vertex: int) -> list[int]:
    """Edges of a vertex on one side, in order of time."""
    return sorted((edge for edge in graph.edges if ends[edge] == vertex), key=lambda edge: (graph.tick[edge], edge))


def _side(graph: Multigraph, ends: tuple[int, ...]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rows = [_rows(graph, ends, vertex) for vertex in range(len(graph.rank))]
    return np.cumsum([0, *map(len, rows)]), np.array([edge for own in rows for edge in own])


def fast_cover(graph: Multigraph, *, void: set[int], day_ticks: int, grace: int) -> list[list[float]]:
    """(late value, cost, sold) of each vertex, by the kernel."""
    cents = [0 if edge in void else graph.amount[edge] for edge in graph.edges]
    days = [tick // day_ticks for tick in graph.tick]
    sides = Sides(*_side(graph, graph.source), *_side(graph, graph.target))
    amounts = Amounts(*(np.array(column, np.int64) for column in (cents, graph.tick, days)))
    return [list(row) for row in late_cover(sides, amounts, grace=grace).tolist()]


def slow_cover(graph: Multigraph, *, void: set[int], day_ticks: int, grace: int) -> list[list[Any]]:
    """The same, near enough, by definition."""
    found = []
    for vertex in range(len(graph.rank)):
        sales, buys = (
            [edge for edge in _rows(graph, ends, vertex) if edge not in void] for ends in (graph.source, graph.target)
        )
        sales = [edge for edge in sales if buys and graph.tick[edge] >= graph.tick[buys[0]]]
        sold, bought = (sum(graph.amount[edge] for edge in own) for own in (sales, buys))
        late = sum(
            overlap
            for sale, sale_from, sale_to in _laid(graph, sales, min(Fraction(1), Fraction(bought, max(sold, 1))))
            for buy, buy_from, buy_to in _laid(graph, buys, Fraction(1))
            if (overlap := min(sale_to, buy_to) - max(sale_from, buy_from)) > 0
            if graph.tick[buy] // day_ticks - graph.tick[sale] // day_ticks > grace
        )
        exact = late, min(bought, sold), sold
        found.append([pytest.approx(float(value), rel=NEAR, abs=NEAR) for value in exact])
    return found


def _laid(graph: Multigraph, edges: list[int], scale: Fraction) -> list[tuple[int, Fraction, Fraction]]:
    """(edge, where its value begins, where it ends) on the line, one after another."""
    ends = accumulate((graph.amount[edge] * scale for edge in edges), initial=Fraction(0))
    return [(edge, begin, end) for edge, (begin, end) in zip(edges, pairwise(ends), strict=True)]
