"""Sorts rows of equal rank by their texts. Called by `graph.store.gross`.

Sorting millions of texts as a whole costs several times as much as sorting each handful of equal ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

_RUN = 12  # rows that are sorted by insertion


@kernel
def _after(offsets: Ints, data: Flags, left: int, right: int) -> bool:
    """Whether the text at `left` comes behind that at `right`, byte by byte."""
    first, second = offsets[left], offsets[right]
    left_size, right_size = offsets[left + 1] - first, offsets[right + 1] - second
    for place in range(min(left_size, right_size)):
        one, other = data[first + place], data[second + place]
        if one != other:
            return bool(one > other)
    return bool(left_size > right_size)


@kernel
def _insert(rows: Longs, start: int, end: int, offsets: Ints, data: Flags) -> None:
    for place in range(start + 1, end):
        row = rows[place]
        hole = place
        while hole > start and _after(offsets, data, rows[hole - 1], row):
            rows[hole] = rows[hole - 1]
            hole -= 1
        rows[hole] = row


@kernel
def _merge(rows: Longs, spare: Longs, start: int, middle: int, end: int, offsets: Ints, data: Flags) -> None:
    for place in range(start, end):
        spare[place] = rows[place]
    left, right = start, middle
    for place in range(start, end):
        if left < middle and (right >= end or not _after(offsets, data, spare[left], spare[right])):
            rows[place] = spare[left]
            left += 1
        else:
            rows[place] = spare[right]
            right += 1


@kernel
def sort_ties(rows: Longs, ends: Longs, offsets: Ints, data: Flags) -> None:
    """Sort each group of rows by text, in place; equal texts keep their order.

    Args:
        rows: int64, places of texts, group after group.
        ends: int64, where each group ends in `rows`, ascending.
        offsets: int32 of texts + 1.
        data: uint8, their bytes.
    """
    spare = np.empty(len(rows), np.int64)
    start = 0
    for end in ends:
        for first in range(start, end, _RUN):
            _insert(rows, first, min(first + _RUN, end), offsets, data)
        size = _RUN
        while size < end - start:
            for first in range(start, end - size, 2 * size):
                _merge(rows, spare, first, first + size, min(first + 2 * size, end), offsets, data)
            size *= 2
        start = end
