"""An exact index of texts: which of the texts held is this one. Called by `graph.arrays.text_index`.

Texts are columns as Arrow keeps them: `offsets` of n + 1, `data` uint8. `slots` is an int32 array whose length is a
power of two, at most half full: 0 is empty, else the place of a text plus one. Equal hashes are told apart by the
bytes, so an answer is never wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

_SEED = np.int64(-3750763034362895579)  # offset basis of FNV-1a, 64 bits (draft-eastlake-fnv-17, §5)
_MIX = np.int64(-7046029254386353131)  # 2^64 / golden ratio
_HIGH = np.int64(29)
_WORD = 8


@kernel
def _hash(data: Flags, begin: int, end: int) -> int:
    """By words of eight bytes, multiplied and folded; the length takes part, as the last word is filled with zeros."""
    value = (_SEED ^ np.int64(end - begin)) * _MIX
    place = begin
    while place + _WORD <= end:
        word = np.int64(0)
        for byte in range(_WORD):
            word |= np.int64(data[place + byte]) << np.int64(8 * byte)
        value = (value ^ word) * _MIX
        value ^= value >> _HIGH
        place += _WORD
    word = np.int64(0)
    for byte in range(end - place):
        word |= np.int64(data[place + byte]) << np.int64(8 * byte)
    value = (value ^ word) * _MIX
    return int(value ^ (value >> _HIGH))


@kernel
def hash_texts(offsets: Longs, data: Flags, hashes: Longs) -> None:
    """Write the hash of each of n texts into `hashes` (int64)."""
    for row in range(len(hashes)):
        hashes[row] = _hash(data, offsets[row], offsets[row + 1])


@kernel
def enter_texts(slots: Ints, hashes: Longs, first: int) -> None:
    """Put the texts from place `first` on, by their hashes, into the slots, which must have room."""
    mask = len(slots) - 1
    for place in range(first, len(hashes)):
        slot = hashes[place] & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = place + 1


@kernel
def _same(data: Flags, begin: int, asked: Flags, start: int, length: int) -> bool:
    place = 0
    while place < length and data[begin + place] == asked[start + place]:
        place += 1
    return place == length


@kernel
def find_texts(
    slots: Ints,
    hashes: Longs,
    offsets: Longs,
    data: Flags,
    asked_offsets: Ints,
    asked: Flags,
    found: Longs,
) -> None:
    """Write into `found` the place of each text asked for, -1 where it is not held. Of equal texts the first counts."""
    mask = len(slots) - 1
    for row in range(len(found)):
        start, end = asked_offsets[row], asked_offsets[row + 1]
        value = _hash(asked, start, end)
        slot = value & mask
        found[row] = -1
        while slots[slot] != 0:
            place = slots[slot] - 1
            begin = offsets[place]
            if (
                hashes[place] == value
                and offsets[place + 1] - begin == end - start
                and _same(data, begin, asked, start, end - start)
            ):
                found[row] = place
                break
            slot = (slot + 1) & mask
