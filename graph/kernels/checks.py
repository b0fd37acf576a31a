"""Refuse a caller's mistakes before anything is compiled or searched. Used by the public function of every kernel.

Kernels stand below the error tree and raise `ValueError`; the queries check their options first and word them for
people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Flags, Ints, Longs

MOST_LENGTH = 10


def require(*, condition: bool, message: str) -> None:
    """Refuse a caller's mistake.

    Raises:
        ValueError: with `message`.
    """
    if not condition:
        raise ValueError(message)


def check_lengths(min_length: int, max_length: int) -> None:
    """Refuse lengths outside 2..10 or out of order."""
    require(
        condition=2 <= min_length <= max_length <= MOST_LENGTH,
        message=f"ring lengths must be 2 <= min_length <= max_length <= {MOST_LENGTH}, not {min_length}..{max_length}",
    )


def check_band(band: int | None, amount: Longs) -> None:
    """Refuse a band that is no share below one, and amounts for which a ratio has no meaning."""
    if band is None:
        return
    require(condition=0 <= band < 1_000_000, message=f"band is in millionths, 0..999999, not {band}")
    require(
        condition=amount.size == 0 or int(amount.min()) > 0,
        message="a band needs amounts above zero: net the edges first",
    )


def as_ints(numbers: npt.ArrayLike, *, below: int, name: str) -> Ints:
    """Numbers as contiguous int32, each in 0..below-1."""
    array = np.asarray(numbers)
    if array.size:
        low, high = int(array.min()), int(array.max())
        require(condition=low >= 0 and high < below, message=f"{name} must lie in 0..{below - 1}, not {low}..{high}")
    return np.ascontiguousarray(array, dtype=np.int32)


def as_longs(numbers: npt.ArrayLike, *, length: int, name: str) -> Longs:
    """Numbers as contiguous int64 of the given length."""
    array = np.ascontiguousarray(numbers, dtype=np.int64)
    require(condition=array.shape == (length,), message=f"{name} must have {length} entries, not {array.shape}")
    return array


def vertex_flags(vertices: npt.ArrayLike | None, count: int) -> Flags:
    """uint8[count] with 1 at the given vertices; empty for None."""
    if vertices is None:
        return np.zeros(0, np.uint8)
    flags = np.zeros(count, np.uint8)
    flags[as_ints(vertices, below=count, name="vertices")] = 1
    return flags
