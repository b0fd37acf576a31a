"""Where each of many numbers stands. Used by netting and by stores that put columns together by number.

Dense numbers come almost without gaps, so a table over their span answers at once what a search, which waits for the
memory at each step, or a join of a database takes many times as long for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Ints, Longs

    Mask = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.intp]

_MOST_SLOTS = 4  # of the table, for each number: beyond, numbers are sorted and searched for
_LEAST_SLOTS = 1 << 16


class Places:
    """Finds the places of `numbers` (int64[n], in any order, fewer than 2^31).

    `repeated`: how many stand a second time; only where none does is it said which place is found.
    """

    def __init__(self, numbers: Longs) -> None:
        self._numbers = numbers
        self._low = int(numbers.min()) if len(numbers) else 0
        self._span = int(numbers.max()) - self._low + 1 if len(numbers) else 0
        self._dense = self._span <= max(_LEAST_SLOTS, _MOST_SLOTS * len(numbers))
        self._known = self._table() if self._dense else np.argsort(numbers)
        self.repeated = len(numbers) - self._distinct()

    def of(self, wanted: Longs) -> tuple[Rows, Mask]:
        """Places of the wanted numbers (int64[m]), and whether they are there; where they are not, any place."""
        if not len(self._numbers):
            return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
        if self._dense:
            inside = (wanted >= self._low) & (wanted < self._low + self._span)
            slots = wanted - self._low if inside.all() else np.where(inside, wanted - self._low, 0)
            places = self._known[slots].astype(np.intp)
            return places, inside & (places >= 0)
        found = np.minimum(np.searchsorted(self._numbers, wanted, sorter=self._known), len(self._numbers) - 1)
        places = self._known[found].astype(np.intp)
        return places, self._numbers[places] == wanted

    def _table(self) -> Ints:
        table = np.full(self._span, -1, np.int32)
        table[self._numbers - self._low] = np.arange(len(self._numbers), dtype=np.int32)
        return table

    def _distinct(self) -> int:
        if self._dense:
            return int(np.count_nonzero(self._known >= 0))
        ascending = self._numbers[self._known]
        return int(np.count_nonzero(ascending[1:] != ascending[:-1])) + (1 if len(ascending) else 0)
