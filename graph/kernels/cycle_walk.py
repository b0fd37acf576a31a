"""Simple cycles of a compact graph, a batch at a time: the walk under the static and the window kernel.

A cycle is rooted at its first vertex in block order (hubs first), so a root searches among later vertices only. For
each root the hops from it and back to it grow from the cheaper side until together they span the longest cycle; the
depth-first walk then enters only vertices from which the root is near enough. With a window, a path is also dropped
once no window holds an edge of each of its pairs. (Johnson 1975 bounded in length; pruning by distance instead of
blocking, as K <= 10.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.blocks import Block, first_at_least
from graph.kernels.compiled import FAR, Flags, Ints, Longs, kernel

NEVER = 99
POLL_STEPS = 4_096

ROOT, DEPTH, AHEAD, BEHIND, KEPT, FINISHED = 0, 1, 2, 3, 4, 5


class Walk(NamedTuple):
    """Where the walk stands; `next_cycles` goes on from here."""

    back_source: Ints  # [p] sources by target
    hops_out: Ints  # [v] from the root, NEVER unknown
    hops_back: Ints  # [v] to the root
    ahead: Ints  # [v] queue of the forward search
    behind: Ints  # [v]
    path: Ints  # [K + 1]
    pairs: Ints  # [K + 1]
    since: Longs  # [K + 1] earliest start of a window that holds the path so far
    cursor: Longs  # [K + 1]
    on_path: Flags  # [v]
    kept: Ints  # [p] pairs worth entering, by vertex, filled once a root
    kept_start: Longs  # [v]
    kept_end: Longs  # [v]
    kept_root: Ints  # [v] root for which the kept pairs stand
    state: Longs  # ROOT, DEPTH, AHEAD (queue length), BEHIND, KEPT, FINISHED


@kernel
def new_walk(block: Block, max_length: int) -> Walk:
    """A walk before its first root."""
    count = block.vertices.shape[0]
    state = np.zeros(6, np.int64)
    state[ROOT] = -1
    state[DEPTH] = -1
    return Walk(
        block.pair_source[block.back_pair],
        np.full(count, NEVER, np.int32),
        np.full(count, NEVER, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.zeros(max_length + 1, np.int32),
        np.zeros(max_length + 1, np.int32),
        np.zeros(max_length + 1, np.int64),
        np.zeros(max_length + 1, np.int64),
        np.zeros(count, np.uint8),
        np.empty(block.pair_target.shape[0], np.int32),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.full(count, -1, np.int32),
        state,
    )


@kernel
def _grow(
    offsets: Ints,
    others: Ints,
    hops: Ints,
    queue: Ints,
    start: int,
    end: int,
    layer: int,
    root: int,
    opposite: Ints,
    most: int,
) -> int:
    """Add layer `layer` behind queue[start:end]; with opposite hops, only where both together are at most `most`."""
    size = end
    for place in range(start, end):
        vertex = queue[place]
        for slot in range(offsets[vertex], offsets[vertex + 1]):
            other = others[slot]
            if other <= root or hops[other] != NEVER:
                continue
            if most > 0 and opposite[other] + layer > most:
                continue
            hops[other] = layer
            queue[size] = other
            size += 1
    return size


@kernel
def _first_layer(offsets: Ints, others: Ints, hops: Ints, queue: Ints, root: int) -> int:
    size = 0
    for slot in range(offsets[root], offsets[root + 1]):
        other = others[slot]
        if other > root:
            hops[other] = 1
            queue[size] = other
            size += 1
    return size


@kernel
def _cost(queue: Ints, start: int, end: int, offsets: Ints) -> int:
    total = 0
    for place in range(start, end):
        total += offsets[queue[place] + 1] - offsets[queue[place]]
    return total


@kernel
def _reach(block: Block, walk: Walk, root: int, most: int) -> bool:
    """Fill the hops of one root; False when no cycle through it can exist. Queue lengths are left in the state."""
    ahead_end = _first_layer(block.pair_offset, block.pair_target, walk.hops_out, walk.ahead, root)
    behind_end = _first_layer(block.back_offset, walk.back_source, walk.hops_back, walk.behind, root)
    ahead_start = 0
    behind_start = 0
    ahead = 1
    behind = 1
    while ahead + behind < most and ahead_start < ahead_end and behind_start < behind_end:
        forward_cost = _cost(walk.ahead, ahead_start, ahead_end, block.pair_offset)
        backward_cost = _cost(walk.behind, behind_start, behind_end, block.back_offset)
        if forward_cost <= backward_cost:
            ahead += 1
            size = _grow(
                block.pair_offset,
                block.pair_target,
                walk.hops_out,
                walk.ahead,
                ahead_start,
                ahead_end,
                ahead,
                root,
                walk.hops_back,
                0,
            )
            ahead_start, ahead_end = ahead_end, size
        else:
            behind += 1
            size = _grow(
                block.back_offset,
                walk.back_source,
                walk.hops_back,
                walk.behind,
                behind_start,
                behind_end,
                behind,
                root,
                walk.hops_out,
                0,
            )
            behind_start, behind_end = behind_end, size
    meets = False
    for place in range(behind_end):
        vertex = walk.behind[place]
        meets |= walk.hops_out[vertex] + walk.hops_back[vertex] <= most
    while meets and behind + 1 < most and behind_start < behind_end:
        behind += 1
        size = _grow(
            block.back_offset,
            walk.back_source,
            walk.hops_back,
            walk.behind,
            behind_start,
            behind_end,
            behind,
            root,
            walk.hops_out,
            most,
        )
        behind_start, behind_end = behind_end, size
    walk.state[AHEAD] = ahead_end
    walk.state[BEHIND] = behind_end
    return meets


@kernel
def _forget(walk: Walk) -> None:
    """Undo the hops of the last root."""
    for place in range(walk.state[AHEAD]):
        walk.hops_out[walk.ahead[place]] = NEVER
    for place in range(walk.state[BEHIND]):
        walk.hops_back[walk.behind[place]] = NEVER
    walk.state[AHEAD] = 0
    walk.state[BEHIND] = 0


@kernel
def _keep_pairs(block: Block, walk: Walk, vertex: int, root: int, most: int) -> None:
    """Choose the pairs of `vertex` that can lie on a cycle of this root, once a root."""
    walk.kept_root[vertex] = root
    size = walk.state[KEPT]
    walk.kept_start[vertex] = size
    for pair in range(block.pair_offset[vertex], block.pair_offset[vertex + 1]):
        head = block.pair_target[pair]
        if head == root or (head > root and walk.hops_back[head] < most):
            walk.kept[size] = pair
            size += 1
    walk.kept_end[vertex] = size
    walk.state[KEPT] = size


@kernel
def _window_start(block: Block, pairs: Ints, count: int, since: int, window: int) -> int:
    """Earliest start >= `since` of a window with an edge of each of pairs[:count]; FAR if there is none."""
    settled = 0
    place = count - 1
    while settled < count:
        end = block.bundle[pairs[place] + 1]
        edge = first_at_least(block.tick, block.bundle[pairs[place]], end, since)
        if edge == end:
            return FAR
        if block.tick[edge] > since + window:
            since = block.tick[edge] - window
            settled = 0
        settled += 1
        place = count - 1 if place == 0 else place - 1
    return since


@kernel
def next_cycles(
    block: Block,
    walk: Walk,
    min_length: int,
    most: int,
    window: int,
    first_root: int,
    last_root: int,
    stop: Longs,
    paths: Ints,
    path_pairs: Ints,
    lengths: Ints,
) -> int:
    """Fill the rows of `paths`, `path_pairs` (int32[b, K + 1]) and `lengths`; how many cycles, 0 at the end.

    `window` < 0 asks for static cycles. Otherwise a cycle comes when one window that starts at first_root..last_root
    holds an edge of each pair. When `stop` is raised the walk ends early and state[FINISHED] stays 0.
    """
    state = walk.state
    found = 0
    steps = 0
    depth = state[DEPTH]
    root = state[ROOT]
    while True:
        if depth < 0:
            _forget(walk)
            root += 1
            if root >= block.vertices.shape[0]:
                state[FINISHED] = 1
                state[DEPTH] = -1
                state[ROOT] = root
                return found
            if stop[0] != 0:
                return found
            if not _reach(block, walk, root, most):
                continue
            state[KEPT] = 0
            _keep_pairs(block, walk, root, root, most)
            depth = 0
            walk.path[0] = root
            walk.since[0] = first_root
            walk.cursor[0] = walk.kept_start[root]
        vertex = walk.path[depth]
        if walk.cursor[depth] == walk.kept_end[vertex]:
            walk.on_path[vertex] = 0
            depth -= 1
            continue
        pair = walk.kept[walk.cursor[depth]]
        walk.cursor[depth] += 1
        steps += 1
        if steps == POLL_STEPS:
            steps = 0
            if stop[0] != 0:
                return found
        head = block.pair_target[pair]
        if head == root:
            if depth + 1 < min_length:
                continue
        elif walk.on_path[head] or walk.hops_back[head] > most - depth - 1:
            continue
        walk.pairs[depth] = pair
        if window >= 0:
            since = _window_start(block, walk.pairs, depth + 1, walk.since[depth], window)
            if since > last_root:
                continue
            walk.since[depth + 1] = since
        if head != root:
            depth += 1
            walk.path[depth] = head
            walk.on_path[head] = 1
            if walk.kept_root[head] != root:
                _keep_pairs(block, walk, head, root, most)
            walk.cursor[depth] = walk.kept_start[head]
            continue
        for place in range(depth + 1):
            paths[found, place] = walk.path[place]
            path_pairs[found, place] = walk.pairs[place]
        lengths[found] = depth + 1
        found += 1
        if found == lengths.shape[0]:
            state[DEPTH] = depth
            state[ROOT] = root
            return found
