"""Intervals of 95 % for shares and for sums of shares over strata. Pure functions; called by `estimates`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z = 1.959963984540054  # 97.5 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where it lies."""

    estimate: float
    low: float
    high: float


def wilson(hits: int, count: int) -> Interval:
    """The share of hits; `count` at least one (Wilson 1927, J. Am. Stat. Assoc. 22, 209)."""
    share = hits / count
    centre = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z / (1 + Z * Z / count) * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    # At the ends rounding must not shut out the estimate.
    return Interval(share, min(max(0.0, centre - half), share), max(min(1.0, centre + half), share))


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

    def share(one: float, other: float) -> float:
        one, other = max(one, 0.0), max(other, 0.0)
        return one / (one + other) if one + other > 0 else 0.0

    return Interval(share(part.estimate, rest.estimate), share(part.low, rest.high), share(part.high, rest.low))
