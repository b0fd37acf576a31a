"""Numbers that wait for a key, taken smallest key first, while keys never fall. Used by the trace kernels.

A calendar queue (Brown 1988) of fixed buckets: a number waits in the bucket of its key, unsorted, and only the bucket
at hand is a heap. So taking the next one costs about the same however many wait, and room grows with what waits, not
with the keys.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import FAR, Ints, Longs, kernel
from graph.kernels.heap import Heap, new_heap, pop, push

BUCKETS = 4_096
AT_HAND, FIRST_KEY, SHIFT = 0, 1, 2


class Agenda(NamedTuple):
    """A number 0..s-1 waits at most once at a time, so no heap holds more than s."""

    newest: Ints  # [BUCKETS] the number put last into each bucket, -1 = none
    before: Ints  # [s] the number put before it into the same bucket, -1 = none
    key: Longs  # [s]
    near: Heap  # of s: the numbers of the bucket at hand
    facts: Longs  # AT_HAND (bucket), FIRST_KEY, SHIFT


@kernel
def new_agenda(first_key: int, last_key: int) -> Agenda:
    """Nothing waits; keys will be first_key..last_key."""
    shift = 0
    while (last_key - first_key) >> shift >= BUCKETS:
        shift += 1
    facts = np.array([0, first_key, shift], np.int64)
    newest = np.full(BUCKETS, -1, np.int32)
    return Agenda(newest, np.empty(16, np.int32), np.empty(16, np.int64), new_heap(16), facts)


@kernel
def room_in(agenda: Agenda, needed: int) -> Agenda:
    """The same agenda with room for the numbers 0..needed-1."""
    count = agenda.before.shape[0]
    if needed <= count:
        return agenda
    before = np.empty(max(2 * count, needed), np.int32)
    before[:count] = agenda.before
    key = np.empty(before.shape[0], np.int64)
    key[:count] = agenda.key
    near = new_heap(before.shape[0])
    near.size[0] = agenda.near.size[0]
    near.keys[: near.size[0]] = agenda.near.keys[: near.size[0]]
    near.payload[: near.size[0]] = agenda.near.payload[: near.size[0]]
    return Agenda(agenda.newest, before, key, near, agenda.facts)


@kernel
def put(agenda: Agenda, key: int, number: int) -> None:
    """Let `number` wait for `key`, which is not below any key taken before."""
    bucket = (key - agenda.facts[FIRST_KEY]) >> agenda.facts[SHIFT]
    if bucket <= agenda.facts[AT_HAND]:
        push(agenda.near, key, number)
        return
    agenda.key[number] = key
    agenda.before[number] = agenda.newest[bucket]
    agenda.newest[bucket] = number


@kernel
def next_key(agenda: Agenda) -> int:
    """The smallest key that is waited for; FAR if nothing waits."""
    while agenda.near.size[0] == 0:
        if agenda.facts[AT_HAND] == BUCKETS - 1:
            return FAR
        agenda.facts[AT_HAND] += 1
        number = agenda.newest[agenda.facts[AT_HAND]]
        while number >= 0:
            push(agenda.near, agenda.key[number], number)
            number = agenda.before[number]
    return int(agenda.near.keys[0])


@kernel
def take(agenda: Agenda) -> int:
    """The number that waits for `next_key`, which was asked before; it waits no longer."""
    number = int(agenda.near.payload[0])
    pop(agenda.near)
    return number
