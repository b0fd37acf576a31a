"""Which source rows brought something new. Marked by `loaders.claims.merge`, counted by `loaders.run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


class Fresh:
    """A set of row numbers (`_rid`, dense from 0), kept as one byte a row."""

    def __init__(self) -> None:
        self._marked = np.zeros(0, dtype=bool)

    def mark(self, rids: pa.ChunkedArray[Any]) -> None:
        """Add these row numbers (int64 without nulls)."""
        places = rids.to_numpy()
        if not len(places):
            return
        last = int(places.max())
        if last >= len(self._marked):
            self._marked = np.concatenate([self._marked, np.zeros(last + 1 - len(self._marked), dtype=bool)])
        self._marked[places] = True

    def count(self, *, without: Sequence[int] = ()) -> int:
        """How many rows were marked, those of `without` aside."""
        aside: list[int] = [rid for rid in without if rid < len(self._marked)]
        return int(self._marked.sum()) - int(self._marked[aside].sum())
