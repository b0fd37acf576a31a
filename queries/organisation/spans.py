"""Half-open spans of days of many owners as columns, and one sweep that answers all questions about them.

Used by `gaps` and `overlaps`. Numbers in, numbers out: O(n log n) in the spans, whatever the days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.organisation.days import ALWAYS, NEVER

Longs = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spans:
    """n spans: `owner`, `begin`, `end`, each int64 (n,); days since 1970-01-01, half open; empty ones are allowed."""

    owner: Longs
    begin: Longs
    end: Longs

    def __len__(self) -> int:
        return len(self.owner)

    def at(self, places: Longs | Booleans) -> Spans:
        """Those at these places."""
        return Spans(self.owner[places], self.begin[places], self.end[places])

    def of(self, owner: Longs) -> Spans:
        """The same days of other owners."""
        return Spans(owner, self.begin, self.end)

    def within(self, begin: Longs | int, end: Longs | int) -> Spans:
        """Cut to these days, one for all or one for each; what is left of some may be empty."""
        return Spans(self.owner, np.maximum(self.begin, begin), np.minimum(self.end, end))


def joined(*parts: Spans) -> Spans:
    """All of them, one after the other."""
    owner, begin, end = ([getattr(part, name) for part in parts] for name in ("owner", "begin", "end"))
    return Spans(np.concatenate(owner), np.concatenate(begin), np.concatenate(end))


def ever(owners: Longs) -> Spans:
    """Each of these owners, for all days."""
    return Spans(owners, np.full(len(owners), ALWAYS), np.full(len(owners), NEVER))


def swept(layers: Sequence[Spans], chosen: Callable[[Longs], Booleans]) -> Spans:
    """Longest runs of days on which `chosen` says so, by owner and day.

    `chosen` gets, as int64 (layers, steps), how many spans of each layer hold in each step of each owner.
    """
    kept = [layer.at(layer.begin < layer.end) for layer in layers]
    owner = np.concatenate([np.concatenate([layer.owner, layer.owner]) for layer in kept])
    day = np.concatenate([np.concatenate([layer.begin, layer.end]) for layer in kept])
    if not len(owner):
        return Spans(owner, day, day)
    change = np.zeros((len(kept), len(owner)), np.int64)
    at = 0
    for place, layer in enumerate(kept):
        change[place, at : at + len(layer)] = 1
        change[place, at + len(layer) : at + 2 * len(layer)] = -1
        at += 2 * len(layer)
    order = np.lexsort((day, owner))
    owner, day = owner[order], day[order]
    # Every span ends, so the counts are zero again where the next owner begins.
    depth = np.cumsum(change[:, order], axis=1)
    last = np.append((owner[1:] != owner[:-1]) | (day[1:] != day[:-1]), True)
    owner, day, depth = owner[last], day[last], depth[:, last]
    return _runs(owner, day, chosen(depth) & np.append(owner[1:] == owner[:-1], False))


def _runs(owner: Longs, day: Longs, held: Booleans) -> Spans:
    """Steps that are held, those that touch joined; a step lasts until the next one of its owner."""
    ends = np.append(day[1:], 0)
    first = held & ~np.append(False, held[:-1] & (owner[1:] == owner[:-1]))
    final = held & ~np.append(held[1:] & (owner[1:] == owner[:-1]), False)
    return Spans(owner[first], day[first], ends[final])


def united(spans: Spans) -> Spans:
    """Days in any span of an owner."""
    return swept([spans], lambda depth: depth[0] > 0)


def uncovered(life: Spans, cover: Spans) -> Spans:
    """Days of `life` in no span of `cover`."""
    return swept([life, cover], lambda depth: (depth[0] > 0) & (depth[1] == 0))


def doubled(spans: Spans) -> Spans:
    """Days in two or more spans of an owner."""
    return swept([spans], lambda depth: depth[0] > 1)
