"""A binary heap of int64 keys with an int32 payload, smallest first, in fixed room. Used by `agenda`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Ints, Longs, kernel


class Heap(NamedTuple):
    """keys[:size[0]] with their payloads."""

    keys: Longs
    payload: Ints
    size: Longs


@kernel
def new_heap(room: int) -> Heap:
    """An empty heap of at most `room` entries."""
    return Heap(np.empty(room, np.int64), np.empty(room, np.int32), np.zeros(1, np.int64))


@kernel
def push(heap: Heap, key: int, payload: int) -> None:
    """One more entry."""
    place = heap.size[0]
    heap.size[0] = place + 1
    while place > 0:
        parent = (place - 1) >> 1
        if heap.keys[parent] <= key:
            break
        heap.keys[place] = heap.keys[parent]
        heap.payload[place] = heap.payload[parent]
        place = parent
    heap.keys[place] = key
    heap.payload[place] = payload


@kernel
def pop(heap: Heap) -> None:
    """Drop the top (keys[0], payload[0])."""
    size = heap.size[0] - 1
    heap.size[0] = size
    key = heap.keys[size]
    payload = heap.payload[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap.keys[child + 1] < heap.keys[child]:
            child += 1
        if heap.keys[child] >= key:
            break
        heap.keys[place] = heap.keys[child]
        heap.payload[place] = heap.payload[child]
        place = child
    heap.keys[place] = key
    heap.payload[place] = payload
