"""Amounts by firm and day that can be summed over any span of days. Shared by patterns that compare before and after.

A key is a firm (or any number below 2^31) with a day in its lower bits, so that one sorted column answers a span of
one firm by two searches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
_DAY_BITS = 21
_MIDDLE = 1 << (_DAY_BITS - 1)


@dataclass(frozen=True, slots=True)
class Flow:
    """n amounts by firm and day: `key` ascends, `until` has the sum before each place (n + 1), `row` names each."""

    key: Longs
    until: Longs
    row: Longs

    def span(self, firm: npt.ArrayLike, first: npt.ArrayLike, last: npt.ArrayLike) -> tuple[Longs, Longs]:
        """Places of the amounts of each firm from the first to the last day, both included: begin and end, int64."""
        low = np.searchsorted(self.key, _keys(firm, first), side="left")
        high = np.searchsorted(self.key, _keys(firm, last), side="right")
        return np.asarray(low, np.int64), np.asarray(high, np.int64)

    def total(self, firm: npt.ArrayLike, first: npt.ArrayLike, last: npt.ArrayLike) -> Longs:
        """Sum of the amounts of each firm from the first to the last day, both included, int64."""
        low, high = self.span(firm, first, last)
        return np.asarray(self.until[np.maximum(high, low)] - self.until[low], np.int64)

    def days(self, places: Longs | int) -> Longs:
        """Day of the amounts at these places."""
        return np.asarray((self.key[places] & (2 * _MIDDLE - 1)) - _MIDDLE, np.int64)

    def firms(self, places: Longs) -> Longs:
        """Firm of the amounts at these places."""
        return np.asarray(self.key[places] >> _DAY_BITS, np.int64)


def flow_of(firm: npt.ArrayLike, day: Longs, cents: Longs, row: Longs) -> Flow:
    """The flow of these amounts; amounts of one firm and day keep their order."""
    key = _keys(firm, day)
    order = np.argsort(key, kind="stable")
    return Flow(key[order], np.concatenate([[0], np.cumsum(cents[order])]), row[order])


def _keys(firm: npt.ArrayLike, day: npt.ArrayLike) -> Longs:
    days = np.asarray(day, np.int64).clip(1 - _MIDDLE, _MIDDLE - 1) + _MIDDLE
    return np.asarray((np.asarray(firm, np.int64) << _DAY_BITS) + days, np.int64)
