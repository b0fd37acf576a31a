"""A growing set of 64-bit hashes: which keys were surely never seen. Used by stores while a batch is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.hashing import contains_any, insert

if TYPE_CHECKING:
    from graph.kernels.compiled import Longs

_LEAST_BITS = 10


class KeySet:
    """Hashes in open addressing, at most half full: 16 to 32 bytes a key."""

    def __init__(self) -> None:
        self._slots: Longs = np.zeros(1 << _LEAST_BITS, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, hashes: Longs) -> int:
        """Remember these hashes (int64); how many were not known yet."""
        needed = 2 * (self._count + len(hashes))
        if needed > len(self._slots):
            self._grow(needed)
        fresh = int(insert(self._slots, hashes))
        self._count += fresh
        return fresh

    def has_any(self, hashes: Longs) -> bool:
        """Whether one of these was added. False is certain; true may be two keys of one hash."""
        return bool(self._count) and bool(contains_any(self._slots, hashes))

    def _grow(self, needed: int) -> None:
        old = self._slots
        self._slots = np.zeros(1 << max(_LEAST_BITS, int(needed - 1).bit_length()), np.int64)
        insert(self._slots, old[old != 0])
