"""Exact parts of amounts. Read wherever an amount is held against a share of another one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from queries.detection.columns import MILLION

Longs = npt.NDArray[np.int64]


def least_part(share: int, whole: Longs) -> Longs:
    """Fewest cents that are at least this share (millionths) of amounts of nought or more; nothing leaves 64 bits."""
    rest = whole % MILLION * share
    least: Longs = whole // MILLION * share + -(-rest // MILLION)
    return least


def within_gap(one: Longs, other: Longs, gap: int) -> npt.NDArray[np.bool_]:
    """Where |a - b| / max(a, b) <= gap, in millionths, of amounts above nought."""
    fits: npt.NDArray[np.bool_] = np.minimum(one, other) >= least_part(MILLION - gap, np.maximum(one, other))
    return fits
