"""The number of a text: an exact index in memory that grows. Used by stores while a batch is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from graph.kernels.hashing import add_texts
from graph.kernels.text_index import enter_texts, find_texts

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

MISSING = -1
_LEAST_BITS = 10


class TextIndex:
    """Distinct texts with a number each: 40 to 56 bytes a text beside its own, at most 2^31 texts."""

    def __init__(self) -> None:
        self._slots: Longs = np.zeros(1 << _LEAST_BITS, np.int64)
        self._hashes: Longs = np.zeros(0, np.int64)
        self._numbers: Longs = np.zeros(0, np.int64)
        self._offsets: Longs = np.zeros(1, np.int64)
        self._data: Flags = np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, texts: pa.ChunkedArray[Any], numbers: Longs) -> None:
        """Take in texts (strings without nulls, none held yet) with their numbers (int64, of one length)."""
        first = len(self)
        for chunk in texts.chunks:
            self._append(*text_buffers(chunk))
        self._numbers = np.concatenate([self._numbers, np.asarray(numbers, np.int64)])
        fresh: Longs = np.zeros(len(self) - first, np.int64)
        add_texts(self._offsets[first:], self._data, fresh)
        self._hashes = np.concatenate([self._hashes, fresh])
        self._enter(first)

    def find(self, texts: pa.ChunkedArray[Any]) -> Longs:
        """The number of each text (int64), `MISSING` where it is not held."""
        parts = [self._find(*text_buffers(chunk)) for chunk in texts.chunks]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def _append(self, offsets: Ints, data: Flags) -> None:
        begin, end = int(offsets[0]), int(offsets[-1])
        moved = offsets[1:].astype(np.int64) + (len(self._data) - begin)
        self._offsets = np.concatenate([self._offsets, moved])
        self._data = np.concatenate([self._data, data[begin:end]])

    def _enter(self, first: int) -> None:
        needed = 2 * len(self)
        if needed > len(self._slots):
            self._slots, first = np.zeros(1 << int(needed - 1).bit_length(), np.int64), 0
        enter_texts(self._slots, self._hashes, first)

    def _find(self, offsets: Ints, data: Flags) -> Longs:
        hashes, places = np.zeros(len(offsets) - 1, np.int64), np.zeros(len(offsets) - 1, np.int64)
        add_texts(offsets, data, hashes)
        find_texts(self._slots, self._offsets, self._data, offsets, data, hashes, places)
        return np.where(places == MISSING, MISSING, self._numbers[places]) if len(self) else places


def fold_texts(texts: pa.ChunkedArray[Any], hashes: Longs) -> Longs:
    """Fold a text column into running hashes (int64, begun as zeros), in place; the same array."""
    start = 0
    for chunk in texts.chunks:
        add_texts(*text_buffers(chunk), hashes[start : start + len(chunk)])
        start += len(chunk)
    return hashes


def text_buffers(column: pa.Array[Any]) -> tuple[Ints, Flags]:
    """A string array as its offsets (int32 of n + 1, absolute) and its bytes (uint8), without a copy."""
    _, offsets, data = column.buffers() if len(column) else (None, None, None)
    held: tuple[Any, Any] = (bytes(4) if offsets is None else offsets, b"" if data is None else data)
    ends: Ints = np.frombuffer(held[0], np.int32, len(column) + 1, 4 * column.offset if len(column) else 0)
    signs: Flags = np.frombuffer(held[1], np.uint8)
    for view in (ends, signs):  # one type for compiled kernels, whoever owns the buffer
        view.flags.writeable = False
    return ends, signs
