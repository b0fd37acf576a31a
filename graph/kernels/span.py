"""Which edges of a vertex lie in the span of a trace, by ledger position. Used by `ledger` and the trace kernels."""

from __future__ import annotations

from typing import NamedTuple

from graph.kernels.adjacency import Adjacency
from graph.kernels.compiled import Ints, kernel


class Span(NamedTuple):
    """Positions low..high - 1."""

    low: int
    high: int


@kernel
def _first_tick(adjacency: Adjacency, tick: int) -> int:
    """First position with this tick or a later one."""
    low = 0
    high = len(adjacency.order)
    while low < high:
        middle = (low + high) >> 1
        if adjacency.tick[adjacency.order[middle]] < tick:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def span_of(adjacency: Adjacency, first: int, last: int) -> Span:
    """The span of the ticks first..last."""
    return Span(_first_tick(adjacency, first), _first_tick(adjacency, last + 1))


@kernel
def first_from(positions: Ints, start: int, end: int, bound: int) -> int:
    """First place in start..end - 1 of a vertex's list whose position is `bound` or above; `end` if none."""
    while start < end:
        middle = (start + end) >> 1
        if positions[middle] < bound:
            start = middle + 1
        else:
            end = middle
    return start


@kernel
def more_than(limit: int, span: Span, positions: Ints, start: int, end: int) -> bool:
    """Are more than `limit` of the places start..end - 1 of a vertex's list in the span or before it?"""
    return end - start > limit and first_from(positions, start, end, span.high) - start > limit
