"""Stable integer sorts in linear time. Called by the block builder and by the adjacency builder."""

from __future__ import annotations

import numpy as np

from graph.kernels.compiled import Ints, Longs, kernel

DIGIT_BITS = 11


@kernel
def stable_order(keys: Longs) -> Ints:
    """Positions that sort `keys` (int64[n]) ascending, ties in place: int32[n]. Radix sort, least digit first."""
    count = keys.shape[0]
    order = np.arange(count).astype(np.int32)
    if count < 2:
        return order
    low = keys.min()
    spread = keys.max() - low
    other = np.empty(count, np.int32)
    buckets = np.empty((1 << DIGIT_BITS) + 1, np.int64)
    shift = 0
    while shift < 63 and (spread >> shift) > 0:
        buckets[:] = 0
        for position in range(count):
            buckets[((keys[position] - low) >> shift & ((1 << DIGIT_BITS) - 1)) + 1] += 1
        for digit in range(1 << DIGIT_BITS):
            buckets[digit + 1] += buckets[digit]
        for place in range(count):
            position = order[place]
            digit = (keys[position] - low) >> shift & ((1 << DIGIT_BITS) - 1)
            other[buckets[digit]] = position
            buckets[digit] += 1
        order, other = other, order
        shift += DIGIT_BITS
    return order


@kernel
def group_offsets(groups: Ints, count: int) -> Ints:
    """Where each group 0..count-1 starts once `groups` (int32[n]) is sorted: int32[count + 1]."""
    offsets = np.zeros(count + 1, np.int32)
    for position in range(groups.shape[0]):
        offsets[np.uint32(groups[position]) + np.uint32(1)] += 1
    for group in range(count):
        offsets[group + 1] += offsets[group]
    return offsets


@kernel
def group_order(groups: Ints, offsets: Ints) -> Ints:
    """Positions that sort `groups` ascending, ties in place, by one counting pass: int32[n]."""
    filled = offsets.copy()
    order = np.empty(groups.shape[0], np.int32)
    for position in range(groups.shape[0]):
        group = np.uint32(
            groups[position]
        )  # an index without a sign: numba need not ask whether it counts from the end
        order[np.uint32(filled[group])] = position
        filled[group] += 1
    return order
