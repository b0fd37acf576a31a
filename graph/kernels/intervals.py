"""Intervals of shares and of counts: nobody is compared by a raw ratio. Plain numbers in and out."""

from __future__ import annotations

from math import inf, sqrt
from typing import Final

from scipy.special import chdtri

Z_95: Final = 1.959963984540054  # 97.5 % of the normal distribution
_TAIL: Final = 0.025


def wilson(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound of a share; (0, 1) of nothing. Wilson 1927, J. Am. Stat. Assoc. 22, 209.

    `z`: the normal quantile, of 95 % by default.
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    # At the ends rounding must not shut out the share itself.
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def garwood(found: int, expected: float) -> tuple[float, float]:
    """Lower and upper bound (95 %) of a Poisson count over what is expected; (0, inf) where nothing is.

    Exact, by quantiles of chi-square: Garwood 1936, Biometrika 28, 437.
    """
    if expected <= 0:
        return 0.0, inf
    low = float(chdtri(2 * found, 1 - _TAIL)) / 2 if found else 0.0
    return low / expected, float(chdtri(2 * found + 2, _TAIL)) / 2 / expected
