"""The distinct rings met so far, with what was counted on each. Filled by the temporal and window kernels.

A ring is met again in other time blocks, buckets and amount classes, so it is looked up by its members (compared in
full, not by hash alone) and its counts are added.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import FAR, Ints, Longs, kernel


class RingTable(NamedTuple):
    """Open-addressed table over growing columns; every function that adds returns the table to go on with."""

    slots: Longs  # ring number + 1, 0 = free
    offsets: Longs  # first member of each ring
    members: Ints  # vertex numbers, smallest rank first
    first: Longs  # earliest tick
    last: Longs  # latest tick
    cycles: Longs  # edge cycles
    bundles: Longs  # bundled cycles
    seen: Longs  # [s, 3] bundled cycles met so far (ring, place of the root, tick); free = ring -1
    sizes: Longs  # [rings, members, ring recorded last, bundled cycles in `seen`, 1 when the last was new]


@kernel
def empty_table() -> RingTable:
    """A table without rings."""
    return RingTable(
        np.zeros(1024, np.int64),
        np.zeros(513, np.int64),
        np.empty(4096, np.int32),
        np.empty(512, np.int64),
        np.empty(512, np.int64),
        np.empty(512, np.int64),
        np.empty(512, np.int64),
        np.full((64, 3), -1, np.int64),
        np.zeros(5, np.int64),
    )


@kernel
def _slot_of(members: Ints, start: int, length: int, mask: int) -> int:
    mixed = np.uint64(1469598103934665603)
    for place in range(start, start + length):
        mixed = (mixed ^ np.uint64(members[place])) * np.uint64(1099511628211)
        mixed ^= mixed >> np.uint64(29)
    return int(np.int64(mixed >> np.uint64(1)) & mask)


@kernel
def _longer(column: Longs) -> Longs:
    longer = np.empty(2 * column.shape[0], np.int64)
    longer[: column.shape[0]] = column
    return longer


@kernel
def _grown(table: RingTable) -> RingTable:
    """The same rings with twice the room."""
    slots = np.zeros(2 * table.slots.shape[0], np.int64)
    mask = slots.shape[0] - 1
    offsets = np.zeros(2 * (table.offsets.shape[0] - 1) + 1, np.int64)
    offsets[: table.offsets.shape[0]] = table.offsets
    for ring in range(table.sizes[0]):
        start = offsets[ring]
        slot = _slot_of(table.members, start, offsets[ring + 1] - start, mask)
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = ring + 1
    return RingTable(
        slots,
        offsets,
        table.members,
        _longer(table.first),
        _longer(table.last),
        _longer(table.cycles),
        _longer(table.bundles),
        table.seen,
        table.sizes,
    )


@kernel
def _with_members(table: RingTable, needed: int) -> RingTable:
    """The same table with room for `needed` more members."""
    if table.sizes[1] + needed <= table.members.shape[0]:
        return table
    members = np.empty(2 * table.members.shape[0], np.int32)
    members[: table.members.shape[0]] = table.members
    return RingTable(
        table.slots,
        table.offsets,
        members,
        table.first,
        table.last,
        table.cycles,
        table.bundles,
        table.seen,
        table.sizes,
    )


@kernel
def canonical(path: Ints, length: int, vertices: Ints, rank: Longs, ring: Ints) -> int:
    """Write the cycle path[:length] (block numbers) into `ring` as outside numbers, smallest rank first.

    Returns the place of path[0] in the ring.
    """
    start = 0
    for place in range(1, length):
        if rank[path[place]] < rank[path[start]]:
            start = place
    for place in range(length):
        ring[place] = vertices[path[(start + place) % length]]
    return (length - start) % length


@kernel
def saturated_sum(left: int, right: int) -> int:
    """Sum left + right of counts >= 0, never above FAR."""
    return FAR if left >= FAR - right else left + right


@kernel
def saturated_product(left: int, right: int) -> int:
    """Product left * right of counts >= 0, never above FAR."""
    if left == 0 or right == 0:
        return 0
    return FAR if left >= FAR // right else left * right


@kernel
def record(table: RingTable, ring: Ints, length: int, cycles: int, bundles: int, first: int, last: int) -> RingTable:
    """Add what was counted on ring[:length]; the table to go on with."""
    mask = table.slots.shape[0] - 1
    slot = _slot_of(ring, 0, length, mask)
    while table.slots[slot] != 0:
        number = table.slots[slot] - 1
        start = table.offsets[number]
        same = table.offsets[number + 1] - start == length
        place = 0
        while same and place < length:
            same = table.members[start + place] == ring[place]
            place += 1
        if same:
            table.sizes[2] = number
            table.cycles[number] = saturated_sum(table.cycles[number], cycles)
            table.bundles[number] += bundles
            table.first[number] = min(table.first[number], first)
            table.last[number] = max(table.last[number], last)
            return table
        slot = (slot + 1) & mask
    table = _with_members(table, length)
    number = table.sizes[0]
    start = table.sizes[1]
    for place in range(length):
        table.members[start + place] = ring[place]
    table.slots[slot] = number + 1
    table.offsets[number + 1] = start + length
    table.first[number] = first
    table.last[number] = last
    table.cycles[number] = cycles
    table.bundles[number] = bundles
    table.sizes[0] = number + 1
    table.sizes[2] = number
    table.sizes[1] = start + length
    if 2 * (number + 1) >= table.slots.shape[0]:
        table = _grown(table)
    return table


@kernel
def _seen_slot(seen: Longs, ring: int, root: int, moment: int) -> int:
    """Where the bundled cycle is, or the free place where it belongs."""
    mask = seen.shape[0] - 1
    mixed = (np.uint64(ring) * np.uint64(31) + np.uint64(root)) * np.uint64(1099511628211) ^ np.uint64(moment)
    mixed *= np.uint64(11400714819323198485)
    slot = int(np.int64(mixed >> np.uint64(20)) & mask)
    while seen[slot, 0] >= 0:
        if seen[slot, 0] == ring and seen[slot, 1] == root and seen[slot, 2] == moment:
            break
        slot = (slot + 1) & mask
    return int(slot)


@kernel
def note_bundle(table: RingTable, root: int, moment: int) -> RingTable:
    """Count a bundled cycle of the ring recorded last, once in all amount classes; sizes[4] says if it was new."""
    ring = table.sizes[2]
    seen = table.seen
    slot = _seen_slot(seen, ring, root, moment)
    table.sizes[4] = 0
    if seen[slot, 0] >= 0:
        return table
    seen[slot, 0] = ring
    seen[slot, 1] = root
    seen[slot, 2] = moment
    table.sizes[3] += 1
    table.sizes[4] = 1
    table.bundles[ring] += 1
    if 2 * table.sizes[3] < seen.shape[0]:
        return table
    wider = np.full((2 * seen.shape[0], 3), -1, np.int64)
    for place in range(seen.shape[0]):
        if seen[place, 0] >= 0:
            wider[_seen_slot(wider, seen[place, 0], seen[place, 1], seen[place, 2])] = seen[place]
    return RingTable(
        table.slots,
        table.offsets,
        table.members,
        table.first,
        table.last,
        table.cycles,
        table.bundles,
        wider,
        table.sizes,
    )
