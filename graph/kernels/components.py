"""Strongly connected components. Called by the block builder and by the ledger order of a tick."""

from __future__ import annotations

import numpy as np

from graph.kernels.compiled import Ints, kernel


@kernel
def strong_components(offsets: Ints, heads: Ints) -> Ints:
    """Component number of each vertex: int32[v]; an arc leads to the same or to a smaller number.

    Args:
        offsets: int32[v + 1], where the arcs of each vertex start.
        heads: int32[m], their targets.

    Tarjan 1972 with an explicit stack.
    """
    count = offsets.shape[0] - 1
    component = np.full(count, -1, np.int32)
    index = np.full(count, -1, np.int32)
    low = np.empty(count, np.int32)
    cursor = np.empty(count, np.int32)
    open_stack = np.empty(count, np.int32)
    call_stack = np.empty(count, np.int32)
    opened = 0
    seen = 0
    found = 0
    for start in range(count):
        if index[start] >= 0:
            continue
        depth = 0
        call_stack[0] = start
        index[start] = seen
        low[start] = seen
        seen += 1
        cursor[start] = offsets[start]
        open_stack[opened] = start
        opened += 1
        while depth >= 0:
            vertex = call_stack[depth]
            if cursor[vertex] < offsets[vertex + 1]:
                head = heads[cursor[vertex]]
                cursor[vertex] += 1
                if index[head] < 0:
                    index[head] = seen
                    low[head] = seen
                    seen += 1
                    cursor[head] = offsets[head]
                    open_stack[opened] = head
                    opened += 1
                    depth += 1
                    call_stack[depth] = head
                elif component[head] < 0:
                    low[vertex] = min(low[vertex], index[head])
                continue
            if low[vertex] == index[vertex]:
                while True:
                    opened -= 1
                    member = open_stack[opened]
                    component[member] = found
                    if member == vertex:
                        break
                found += 1
            depth -= 1
            if depth >= 0:
                parent = call_stack[depth]
                low[parent] = min(low[parent], low[vertex])
    return component
