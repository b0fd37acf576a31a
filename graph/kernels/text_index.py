"""An exact index of texts: which of the texts held is this one. Called by `graph.arrays.text_index`.

Texts are columns as Arrow keeps them: `offsets` of n + 1, `data` uint8. `slots` is an int64 array whose length is a
power of two, at most half full: 0 is empty, else the upper half of a text's hash above its place plus one. Texts whose
hashes agree are told apart by their bytes, so an answer is never wrong.

Hashes (`hashing.add_texts`), places and texts are looked at in passes of their own, so that the processor waits for
several of them at a time: eight times as fast as one row after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel
from graph.kernels.hashing import WORD, word

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

_UPPER = np.int64(-(1 << 32))
_LOWER = np.int64((1 << 32) - 1)
_PLACE = np.uint64
_ONE = np.uint64(1)
_NEXT_WORD = np.uint64(WORD)


@kernel
def enter_texts(slots: Longs, hashes: Longs, first: int) -> None:
    """Put the texts from place `first` on, by their hashes, into the slots, which must have room."""
    mask = len(slots) - 1
    for place in range(first, len(hashes)):
        slot = hashes[place] & mask
        while slots[_PLACE(slot)] != 0:
            slot = (slot + 1) & mask
        slots[_PLACE(slot)] = (hashes[place] & _UPPER) | (place + 1)


@kernel
def _candidate(slots: Longs, value: int, slot: int) -> int:
    """The first slot from this one on that is empty or bears the upper half of this hash."""
    mask = len(slots) - 1
    upper = value & _UPPER
    while slots[_PLACE(slot)] != 0 and slots[_PLACE(slot)] & _UPPER != upper:
        slot = (slot + 1) & mask
    return int(slot)


@kernel
def _same(data: Flags, begin: int, asked: Flags, start: int, length: int) -> bool:
    here, there, left = _PLACE(begin), _PLACE(start), length
    while left >= WORD and word(data, here) == word(asked, there):
        here += _NEXT_WORD
        there += _NEXT_WORD
        left -= WORD
    if left >= WORD:
        return False
    while left > 0 and data[here] == asked[there]:
        here += _ONE
        there += _ONE
        left -= 1
    return left == 0


@kernel
def _searched(slots: Longs, offsets: Longs, data: Flags, value: int, asked: Flags, start: int, length: int) -> int:
    """The place of one text, -1 if it is not held: every candidate is looked at."""
    slot = _candidate(slots, value, value & (len(slots) - 1))
    while slots[_PLACE(slot)] != 0:
        place = (slots[_PLACE(slot)] & _LOWER) - 1
        if offsets[place + 1] - offsets[place] == length and _same(data, offsets[place], asked, start, length):
            return int(place)
        slot = _candidate(slots, value, (slot + 1) & (len(slots) - 1))
    return -1


@kernel
def find_texts(
    slots: Longs, offsets: Longs, data: Flags, asked_offsets: Ints, asked: Flags, hashes: Longs, found: Longs
) -> None:
    """Write into `found` the place of each text asked for, -1 where it is not held. Of equal texts the first counts.

    Args:
        slots: of the index.
        offsets: int64, of the texts held.
        data: of the texts held.
        asked_offsets: int32 of n + 1.
        asked: the bytes asked for.
        hashes: of the texts asked for.
        found: int64 of n.
    """
    mask = len(slots) - 1
    for row in range(len(found)):
        found[row] = (slots[_PLACE(_candidate(slots, hashes[row], hashes[row] & mask))] & _LOWER) - 1
    for row in range(len(found)):
        place = found[row]
        if place < 0:
            continue
        begin, start = int(offsets[_PLACE(place)]), int(asked_offsets[row])
        length = int(asked_offsets[row + 1]) - start
        if offsets[_PLACE(place + 1)] - begin != length or not _same(data, begin, asked, start, length):
            found[row] = _searched(slots, offsets, data, hashes[row], asked, start, length)
