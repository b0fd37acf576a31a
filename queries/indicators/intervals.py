"""Intervals of what is counted: nobody is compared by a raw ratio.

Wilson (1927): score interval of a share. Garwood (1936): exact interval of a Poisson mean by quantiles of chi-square.
"""

from __future__ import annotations

from math import sqrt

from scipy.special import chdtri

Z_95 = 1.959963984540054
_TAIL = 0.025


def wilson(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound of a share; (0, 1) of nothing."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def garwood(found: int, expected: float) -> tuple[float, float]:
    """Lower and upper bound (95 %) of found over expected; (0, inf) where nothing is expected."""
    if expected <= 0:
        return 0.0, float("inf")
    low = chdtri(2 * found, 1 - _TAIL) / 2 if found else 0.0
    high = chdtri(2 * found + 2, _TAIL) / 2
    return float(low) / expected, float(high) / expected
