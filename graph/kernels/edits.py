"""How many edits lie between two texts, sign by sign. Used by identity resolution as a function in SQL.

DuckDB's own distances count the bytes of UTF-8: one Chinese sign for another would be one, two or three edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

MANY = 4
_FIRST_OF_TWO, _FIRST_OF_THREE, _FIRST_OF_FOUR = 0xC0, 0xE0, 0xF0


@kernel
def _signs(data: Flags, start: int, end: int, signs: Ints) -> int:
    """Write the code points of valid UTF-8 to `signs`; how many there are."""
    count, place = 0, start
    while place < end:
        first = np.int32(data[place])
        if first < _FIRST_OF_TWO:
            sign, size = first, 1
        elif first < _FIRST_OF_THREE:
            sign, size = first & 0x1F, 2
        elif first < _FIRST_OF_FOUR:
            sign, size = first & 0x0F, 3
        else:
            sign, size = first & 0x07, 4
        for k in range(1, size):
            sign = (sign << 6) | (np.int32(data[place + k]) & 0x3F)
        signs[count] = sign
        count += 1
        place += size
    return count


@kernel
def _distance(a: Ints, b: Ints, rows: Longs) -> int:
    """Edits between two lists of signs, `MANY` for more; `rows` is room for three rows of the table."""
    n, m = len(a), len(b)
    if abs(n - m) >= MANY:
        return MANY
    rows[0, : m + 1] = np.arange(m + 1)
    for i in range(1, n + 1):
        now, before, earlier = rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3]
        now[0] = least = i
        for j in range(1, m + 1):
            best = before[j - 1] + (a[i - 1] != b[j - 1])
            best = min(best, before[j] + 1, now[j - 1] + 1)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, earlier[j - 2] + 1)
            now[j] = best
            least = min(least, best)
        if least > MANY:  # a swap reaches back two rows, and adds one
            return MANY
    return int(min(rows[n % 3, m], MANY))


@kernel
def edit_distances(offsets: Ints, data: Flags, other_offsets: Ints, other_data: Flags) -> Longs:
    """Edits between the texts of each row of two columns of n texts as Arrow keeps them, from 0 to `MANY` or more.

    An edit replaces a sign, leaves one out, puts one in or swaps two neighbours; no sign takes part in two (optimal
    string alignment; Damerau 1964, Commun. ACM 7(3)).

    Args:
        offsets: int32 of n + 1.
        data: uint8, valid UTF-8.
        other_offsets: as `offsets`.
        other_data: as `data`.
    """
    count = len(offsets) - 1
    found = np.empty(count, np.int64)
    widest = 0
    for row in range(count):
        widest = max(widest, offsets[row + 1] - offsets[row], other_offsets[row + 1] - other_offsets[row])
    rows = np.empty((3, widest + 1), np.int64)
    first, second = np.empty(widest, np.int32), np.empty(widest, np.int32)
    for row in range(count):
        n = _signs(data, offsets[row], offsets[row + 1], first)
        m = _signs(other_data, other_offsets[row], other_offsets[row + 1], second)
        found[row] = _distance(first[:n], second[:m], rows)
    return found
