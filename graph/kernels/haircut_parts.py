"""What is tainted of each account of a haircut trace, by hops. Used by `haircut` and `haircut_sweep`.

parts = float64[s, H], H = most hops: parts[a, h] are the tainted cents of account a that came over h edges, 1 <= h < H;
what came over H edges goes no further. parts[a, 0] is a hop below which all parts are zero, H if nothing is held.
"""

from __future__ import annotations

import numpy as np

from graph.kernels.compiled import Doubles, kernel


@kernel
def new_parts(max_hops: int) -> Doubles:
    """Room for some accounts."""
    return np.empty((16, max_hops), np.float64)


@kernel
def with_parts(parts: Doubles, needed: int) -> Doubles:
    """The same parts with room for so many accounts."""
    count = parts.shape[0]
    if needed <= count:
        return parts
    wider = np.empty((max(2 * count, needed), parts.shape[1]), np.float64)
    wider[:count] = parts
    return wider


@kernel
def carry(parts: Doubles, number: int, share: float, carried: Doubles) -> float:
    """Move this share of every part of an account into `carried` (float64[H + 1]), one hop on; the sum."""
    most = parts.shape[1]
    low = int(parts[number, 0])
    total = 0.0
    carried[: low + 1] = 0.0
    for hop in range(low, most):
        moved = parts[number, hop] * share
        carried[hop + 1] = moved
        parts[number, hop] *= 1.0 - share
        total += moved
    while low < most and parts[number, low] <= 0.0:
        low += 1
    parts[number, 0] = low
    return total


@kernel
def receive(parts: Doubles, number: int, carried: Doubles, low: int) -> None:
    """Add what is carried, nothing below `low` hops, to an account."""
    for hop in range(low, parts.shape[1]):
        parts[number, hop] += carried[hop]
    parts[number, 0] = min(parts[number, 0], low)
