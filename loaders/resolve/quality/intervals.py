"""Intervals of 95 % for shares and for sums of shares over strata. Pure functions; called by `estimates`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from graph.kernels.intervals import wilson


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where it lies."""

    estimate: float
    low: float
    high: float


def share(hits: int, count: int) -> Interval:
    """The share of hits with Wilson's interval; `count` at least one."""
    return Interval(hits / count, *wilson(hits, count))


def weighted_sum(parts: Iterable[tuple[float, Interval]]) -> Interval:
    """Σ weight · share of independent shares, whose own limits stay apart from 0 and 1 as Wilson's do.

    Method of variance estimates recovery (Zou, Huang and Zhang 2009, Comput. Stat. Data Anal. 53, 1080).
    """
    listed = list(parts)
    total = sum(weight * part.estimate for weight, part in listed)
    below = math.sqrt(sum((weight * (part.estimate - part.low)) ** 2 for weight, part in listed))
    above = math.sqrt(sum((weight * (part.high - part.estimate)) ** 2 for weight, part in listed))
    return Interval(total, total - below, total + above)


def share_of(part: Interval, rest: Interval) -> Interval:
    """`part / (part + rest)` of two independent sums; its limits are those where both err at once: never too narrow."""

    def part_of(one: float, other: float) -> float:
        one, other = max(one, 0.0), max(other, 0.0)
        return one / (one + other) if one + other > 0 else 0.0

    return Interval(part_of(part.estimate, rest.estimate), part_of(part.low, rest.high), part_of(part.high, rest.low))
