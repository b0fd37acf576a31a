"""Known words at the head or tail of texts, and parts of texts as texts of their own. Used by identity resolution.

Words stand in a trie over bytes: `nodes[k, byte]` is the node below `k` (0: none; the root is 0), `words[k]` the word
that ends there (-1: none). For tails the words are entered backwards. UTF-8 tells where a sign begins, so an affix in
bytes is one in signs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.compiled import kernel

if TYPE_CHECKING:
    from graph.kernels.compiled import Flags, Ints, Longs

_BLANK = 0x20


@kernel
def longest_affixes(
    data: Flags, starts: Longs, ends: Longs, nodes: Ints, words: Ints, *, head: bool, all_of_it: bool
) -> Longs:
    """The longest word at the head, or else at the tail, of each of n parts of `data`; -1 without one.

    Args:
        data: uint8, valid UTF-8.
        starts: int64 of n, where each part begins.
        ends: int64 of n, where it ends.
        nodes: int32 [k, 256], the trie.
        words: int32 of k.
        head: look at the head; the trie's words are then entered forwards.
        all_of_it: whether a part may be the word and nothing else.
    """
    found = np.full(len(starts), -1, np.int64)
    for row in range(len(starts)):
        size = ends[row] - starts[row]
        most = size if all_of_it else size - 1
        node = 0
        for depth in range(most):
            place = starts[row] + depth if head else ends[row] - 1 - depth
            node = nodes[node, data[place]]
            if node == 0:
                break
            if words[node] >= 0:
                found[row] = words[node]
    return found


@kernel
def trim_blanks(data: Flags, starts: Longs, ends: Longs) -> None:
    """Move starts and ends past blanks, in place; parts as in `longest_affixes`."""
    for row in range(len(starts)):
        while starts[row] < ends[row] and data[starts[row]] == _BLANK:
            starts[row] += 1
        while starts[row] < ends[row] and data[ends[row] - 1] == _BLANK:
            ends[row] -= 1


@kernel
def copy_parts(data: Flags, starts: Longs, ends: Longs, offsets: Ints, into: Flags) -> None:
    """Write the parts one behind the other `into` uint8 of `offsets[n]`; `offsets` (int32 of n + 1) says where."""
    for row in range(len(starts)):
        place = offsets[row]
        for k in range(starts[row], ends[row]):
            into[place] = data[k]
            place += 1
