"""From listed rings to their episodes: every edge behind each, split where neighbours lie more than a window apart.

All rings at once, as ragged arrays: rings have arcs (from each member to the next one), arcs have edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.arrays.columns import EdgeColumns
from graph.kernels.ring_evidence import Options, ring_evidence
from graph.kernels.rings import Rings
from graph.store.projecting import DAY
from queries.detection.facts import Flags, Longs


@dataclass(frozen=True, slots=True)
class Episodes:
    """e episodes: members and edges of each, the gap of its most even circle, on how many days circles begin.

    Those of episode i are members[member_offsets[i]:member_offsets[i + 1]], and edges likewise.
    """

    member_offsets: Longs
    members: Longs
    edge_offsets: Longs
    edges: EdgeColumns
    gaps: Longs
    begins: Longs

    def members_of(self, place: int) -> list[int]:
        """The circle, from its smallest member."""
        return [int(each) for each in self.members[self.member_offsets[place] : self.member_offsets[place + 1]]]

    def edges_of(self, place: int) -> EdgeColumns:
        """Its edges."""
        return self.edges.take(np.arange(self.edge_offsets[place], self.edge_offsets[place + 1]))


@dataclass(frozen=True, slots=True)
class Ragged:
    """Arcs by ring and edges by arc: places in the caller's edges."""

    rings: Longs
    arcs: Longs
    edges: Longs

    @property
    def arc_of(self) -> Longs:
        """The arc of each edge."""
        return np.repeat(np.arange(len(self.arcs) - 1), np.diff(self.arcs))

    @property
    def ring_of_arc(self) -> Longs:
        """The ring of each arc."""
        return np.repeat(np.arange(len(self.rings) - 1), np.diff(self.rings))

    def keep(self, mask: Flags) -> Ragged:
        """Only these edges."""
        counts = np.bincount(self.arc_of[mask], minlength=len(self.arcs) - 1)
        return Ragged(self.rings, offsets_of(counts), self.edges[mask])


def offsets_of(counts: Longs) -> Longs:
    """0, then the running sum."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


@dataclass(frozen=True, slots=True)
class Circles:
    """Circles with members[offsets[i]:offsets[i + 1]] from the smallest; evidence lies in first_tick..last_tick."""

    offsets: Longs
    members: Longs
    first_tick: Longs
    last_tick: Longs


def circles_of(circles: Sequence[Sequence[int]]) -> Circles:
    """These circles, with evidence at any time."""
    offsets = offsets_of(np.array([len(circle) for circle in circles], np.int64))
    members = np.array([member for circle in circles for member in circle], np.int64)
    ever = np.full(len(circles), np.iinfo(np.int64).max)
    return Circles(offsets, members, -ever, ever)


def next_members(offsets: Longs, members: Longs) -> Longs:
    """The member after each one, the first after the last."""
    after = np.roll(members, -1)
    after[offsets[1:] - 1] = members[offsets[:-1]]
    return after


def episodes_of(edges: EdgeColumns, found: Rings | Circles, options: Options) -> Episodes:
    """The episodes of all circles, circle by circle, by time; one without evidence has none."""
    ragged = _between_neighbours(edges, found)
    own = edges.take(ragged.edges)
    evidence = ring_evidence(ragged.rings, ragged.arcs, own.tick, own.amount_cents, options, gaps=False)
    marked = ragged.keep(evidence.marked)
    split, ring = _split(marked, edges.tick[marked.edges], options.window)
    part = edges.take(split.edges)
    again = ring_evidence(split.rings, split.arcs, part.tick, part.amount_cents, options)
    lengths = np.diff(split.rings)
    return Episodes(
        member_offsets=split.rings,
        members=found.members[_ranges(found.offsets[ring], lengths)],
        edge_offsets=split.arcs[split.rings],
        edges=part,
        gaps=again.gaps,
        begins=_days(split, part.tick, again.begins),
    )


def _ranges(starts: Longs, lengths: Longs) -> Longs:
    """start, start + 1, … for each, one after the other."""
    return np.repeat(starts - offsets_of(lengths)[:-1], lengths) + np.arange(int(lengths.sum()))


def _between_neighbours(edges: EdgeColumns, found: Rings | Circles) -> Ragged:
    """All edges of each ring's arcs that lie between its first and its last cycle."""
    inside = np.zeros(int(max(edges.seller.max(initial=0), edges.buyer.max(initial=0))) + 1, np.bool_)
    inside[found.members] = True
    kept = np.flatnonzero(inside[edges.seller] & inside[edges.buyer])
    pairs = edges.seller[kept].astype(np.int64) << 32 | edges.buyer[kept]
    order = np.argsort(pairs, kind="stable")  # within a pair the edges keep their order of time
    kept, pairs = kept[order], pairs[order]
    arcs = found.members << 32 | next_members(found.offsets, found.members)
    firsts, ends = np.searchsorted(pairs, arcs), np.searchsorted(pairs, arcs, side="right")
    every = Ragged(found.offsets, offsets_of(ends - firsts), kept[_ranges(firsts, ends - firsts)])
    ring = every.ring_of_arc[every.arc_of]
    tick = edges.tick[every.edges]
    return every.keep((tick >= found.first_tick[ring]) & (tick <= found.last_tick[ring]))


def _split(marked: Ragged, tick: Longs, window: int) -> tuple[Ragged, Longs]:
    """The same edges with a ring for each episode, and the ring that each episode comes from."""
    arc, ring = marked.arc_of, marked.ring_of_arc
    own = ring[arc]
    order = np.lexsort((tick, own))
    apart = np.diff(tick[order], prepend=0) > window
    new = np.diff(own[order], prepend=-1) > 0
    run = np.zeros(len(tick), np.int64)
    run[order] = np.cumsum(new | apart) - 1
    from_ring = own[order][new | apart]
    lengths = np.diff(marked.rings)[from_ring]
    starts = offsets_of(lengths)
    place = starts[run] + arc - marked.rings[own]
    by_arc = np.lexsort((np.arange(len(tick)), place))
    counts = np.bincount(place, minlength=int(starts[-1]))
    return Ragged(starts, offsets_of(counts), marked.edges[by_arc]), from_ring


def _days(split: Ragged, tick: Longs, begins: Flags) -> Longs:
    """On how many days a circle of each episode begins."""
    episode = split.ring_of_arc[split.arc_of][begins]
    both = np.unique(np.stack([episode, tick[begins] // DAY]), axis=1)
    return np.bincount(both[0], minlength=len(split.rings) - 1)
