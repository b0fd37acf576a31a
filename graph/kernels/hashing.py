"""Hashes of text columns, and sets of hashes in open addressing. Called by `graph.arrays` and the slicing of loads.

A hash of 64 bits stands for a key only where a wrong "seen" costs a second look: two keys of one hash are never taken
for one. Pairs of two different hashes, 128 bits, tell statements apart; they are no digest, and who could make two
statements of one pair would gain that the second is not looked at.
Slots are int64 arrays whose length is a power of two; 0 marks an empty one, so the hash 0 is kept as 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

WORD = 8  # bytes
_PLACE = np.uint64
_SEED = np.int64(-3750763034362895579)  # offset basis of FNV-1a, 64 bits (draft-eastlake-fnv-17, §5)
_MIX = np.int64(-7046029254386353131)  # 2^64 / golden ratio: spreads hashes whose low bits are alike
_HIGH = np.int64(29)


@kernel
def word(data: Flags, begin: np.uint64) -> int:
    """Eight bytes from `begin` on, the first one lowest; written out so that it becomes one load.

    The place is unsigned: a signed one is looked at for being negative, and eight such looks forbid the one load.
    """
    return int(
        np.int64(data[begin])
        | np.int64(data[begin + _PLACE(1)]) << np.int64(8)
        | np.int64(data[begin + _PLACE(2)]) << np.int64(16)
        | np.int64(data[begin + _PLACE(3)]) << np.int64(24)
        | np.int64(data[begin + _PLACE(4)]) << np.int64(32)
        | np.int64(data[begin + _PLACE(5)]) << np.int64(40)
        | np.int64(data[begin + _PLACE(6)]) << np.int64(48)
        | np.int64(data[begin + _PLACE(7)]) << np.int64(56)
    )


@kernel
def _text_hash(data: Flags, begin: int, length: int, before: int) -> int:
    """By words, multiplied and folded; the length takes part, as the last word is filled with zeros."""
    value = (before ^ _SEED ^ length) * _MIX
    place, left = _PLACE(begin), length
    while left >= WORD:
        value = (value ^ word(data, place)) * _MIX
        value ^= value >> _HIGH
        place += _PLACE(WORD)
        left -= WORD
    rest, shift = np.int64(0), np.int64(0)
    while left > 0:
        rest |= np.int64(data[place]) << shift
        shift += np.int64(8)
        place += _PLACE(1)
        left -= 1
    value = (value ^ rest) * _MIX
    return int(value ^ (value >> _HIGH))


@kernel
def add_texts(offsets: Ints | Longs, data: Flags, hashes: Longs) -> None:
    """Fold a text column (`offsets` of n + 1, `data` uint8) into the n running `hashes`, begun as zeros."""
    for row in range(len(hashes)):
        begin = int(offsets[row])
        hashes[row] = _text_hash(data, begin, int(offsets[row + 1]) - begin, hashes[row])


@kernel
def _slot(slots: Longs, key: int) -> int:
    """Where the key stands, or the empty slot where it would."""
    mask = _PLACE(len(slots) - 1)
    mixed = key * _MIX
    place = _PLACE(mixed ^ (mixed >> _HIGH)) & mask
    while slots[place] != 0 and slots[place] != key:
        place = (place + _PLACE(1)) & mask
    return int(place)


@kernel
def insert(slots: Longs, hashes: Longs) -> int:
    """Put every hash into the slots, which must have room; how many were not there before."""
    fresh = 0
    for value in hashes:
        key = value if value != 0 else 1
        place = _slot(slots, key)
        if slots[place] == 0:
            slots[place] = key
            fresh += 1
    return fresh


@kernel
def find(slots: Longs, hashes: Longs, found: Flags) -> None:
    """Write 1 into `found` (uint8) for each hash that is in the slots, else 0."""
    for row in range(len(hashes)):
        key = hashes[row] if hashes[row] != 0 else 1
        found[row] = slots[_slot(slots, key)] != 0


@kernel
def _pair_slot(firsts: Longs, seconds: Longs, key: int, second: int) -> int:
    """Where the pair stands, or the empty slot where it would; `firsts` marks empty ones."""
    mask = _PLACE(len(firsts) - 1)
    mixed = key * _MIX
    place = _PLACE(mixed ^ (mixed >> _HIGH)) & mask
    while firsts[place] != 0 and (firsts[place] != key or seconds[place] != second):
        place = (place + _PLACE(1)) & mask
    return int(place)


@kernel
def insert_pairs(firsts: Longs, seconds: Longs, hashes: Longs, others: Longs) -> int:
    """Put every pair (`hashes[i]`, `others[i]`) into the slots, which must have room; how many were not there."""
    fresh = 0
    for row in range(len(hashes)):
        key = hashes[row] if hashes[row] != 0 else 1
        place = _pair_slot(firsts, seconds, key, others[row])
        if firsts[place] == 0:
            firsts[place] = key
            seconds[place] = others[row]
            fresh += 1
    return fresh


@kernel
def find_pairs(firsts: Longs, seconds: Longs, hashes: Longs, others: Longs, found: Flags) -> None:
    """Write 1 into `found` (uint8) for each pair that is in the slots, else 0."""
    for row in range(len(hashes)):
        key = hashes[row] if hashes[row] != 0 else 1
        found[row] = firsts[_pair_slot(firsts, seconds, key, others[row])] != 0


@kernel
def share_out(slots: Longs, groups: Ints, hashes: Longs, size: int, opened: int, found: Ints) -> int:
    """Give each row a group so that equal hashes share one; new hashes fill groups of `size` in order.

    Args:
        slots: hashes met so far; must have room for all.
        groups: group of each slot.
        hashes: of the rows.
        size: hashes of a group.
        opened: hashes met before.
        found: gets the group of each row.

    Returns:
        Hashes met so far, these included.
    """
    for row in range(len(hashes)):
        key = hashes[row] if hashes[row] != 0 else 1
        place = _slot(slots, key)
        if slots[place] == 0:
            slots[place] = key
            groups[place] = opened // size
            opened += 1
        found[row] = groups[place]
    return opened


@kernel
def regroup(slots: Longs, groups: Ints, larger_slots: Longs, larger_groups: Ints) -> None:
    """Move every hash and its group into larger, empty slots."""
    for old in range(len(slots)):
        if slots[old] != 0:
            place = _slot(larger_slots, slots[old])
            larger_slots[place] = slots[old]
            larger_groups[place] = groups[old]
