"""Which source rows brought something new. Marked by `loaders.claims.merge`, counted by `loaders.run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


class Fresh:
    """A set of row numbers (`_rid`, dense from the slice's first), kept as one byte a row."""

    def __init__(self) -> None:
        self._first = 0
        self._marked = np.zeros(0, dtype=bool)

    def begin(self, first: int, end: int) -> None:
        """Make room for the rows of a slice, from `first` to before `end`; none is marked."""
        self._first, self._marked = first, np.zeros(end - first, dtype=bool)

    def mark(self, rids: pa.ChunkedArray[Any]) -> None:
        """Add these row numbers (int64 without nulls)."""
        self._marked[rids.to_numpy() - self._first] = True

    def count(self, *, without: Sequence[int] = ()) -> int:
        """How many rows were marked, those of `without` aside."""
        aside = [rid - self._first for rid in without]
        return int(self._marked.sum()) - int(self._marked[aside].sum())
