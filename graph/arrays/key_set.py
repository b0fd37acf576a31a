"""Growing sets of hashes. Used by stores and loaders while a batch is written.

`KeySet` holds 64 bits a key and tells which were surely never seen; `PairSet` holds 128 and tells equal from other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.hashing import find, find_pairs, insert, insert_pairs

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Longs

_LEAST_BITS = 10


def room(keys: int) -> int:
    """Slots that keep two thirds in use at most: a key that is not there is known after five looks, in one line."""
    return keys + keys // 2 + 1


class KeySet:
    """Hashes in open addressing: 12 to 24 bytes a key."""

    def __init__(self) -> None:
        self._slots: Longs = np.zeros(1 << _LEAST_BITS, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, hashes: Longs) -> int:
        """Remember these hashes (int64); how many were not known yet."""
        needed = room(self._count + len(hashes))
        if needed > len(self._slots):
            self._grow(needed)
        fresh = int(insert(self._slots, hashes))
        self._count += fresh
        return fresh

    def known(self, hashes: Longs) -> Flags:
        """For each hash 1 (uint8) if it may have been added, else 0, which is certain."""
        found: Flags = np.zeros(len(hashes), np.uint8)
        find(self._slots, hashes, found)
        return found

    def _grow(self, needed: int) -> None:
        old = self._slots
        self._slots = np.zeros(1 << max(_LEAST_BITS, int(needed - 1).bit_length()), np.int64)
        insert(self._slots, old[old != 0])


class PairSet:
    """Pairs of independent hashes in open addressing: 24 to 48 bytes a pair."""

    def __init__(self) -> None:
        self._firsts: Longs = np.zeros(1 << _LEAST_BITS, np.int64)
        self._seconds: Longs = np.zeros(1 << _LEAST_BITS, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, hashes: Longs, others: Longs) -> None:
        """Remember these pairs (int64, of one length)."""
        needed = room(self._count + len(hashes))
        if needed > len(self._firsts):
            self._grow(needed)
        self._count += int(insert_pairs(self._firsts, self._seconds, hashes, others))

    def known(self, hashes: Longs, others: Longs) -> Flags:
        """For each pair 1 (uint8) if it was added, else 0."""
        found: Flags = np.zeros(len(hashes), np.uint8)
        find_pairs(self._firsts, self._seconds, hashes, others, found)
        return found

    def _grow(self, needed: int) -> None:
        firsts, seconds = self._firsts, self._seconds
        size = 1 << int(needed - 1).bit_length()
        self._firsts, self._seconds = np.zeros(size, np.int64), np.zeros(size, np.int64)
        used = firsts != 0
        insert_pairs(self._firsts, self._seconds, firsts[used], seconds[used])
