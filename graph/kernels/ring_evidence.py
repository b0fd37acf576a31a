"""Which edges of one ring lie on a cycle that counts, and how even the most even of these cycles is. For the patterns.

The ring kernels list a ring with one witness and counts; a finding needs every edge behind it. Definitions are those of
detection.md, paragraph 1, for one given ring of k arcs (all edges from its j-th vertex to the next one):

* Time-ordered: an edge of each arc, in the order of the ring from some arc on, ticks not falling ("strict": rising),
  the last at most W after the first. Window: an edge of each arc, all ticks within W.
* Band b (millionths): smallest * 10^6 >= (10^6 - b) * largest amount.
* An edge is *marked* when some such choice holds it. The *gap* is the smallest b under which there is a choice.

For each edge as the earliest and each amount as the smallest, one pass forwards and one backwards over the arcs find
what lies between. So an edge costs (edges of the ring in its window and band) squared; those are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.kernels.checks import as_longs, check_band, require
from graph.kernels.compiled import FAR, Flags, Longs, kernel

if TYPE_CHECKING:
    import numpy.typing as npt

MILLION = 1_000_000
ANY_AMOUNT = MILLION  # a band of everything


@dataclass(frozen=True, slots=True)
class RingEvidence:
    """Marks of the edges in the order given, bool[n], and the gap of each ring in millionths (-1: no choice at all)."""

    marked: npt.NDArray[np.bool_]
    begins: npt.NDArray[np.bool_]
    """The edges that are the first (in windows: an earliest) one of a choice."""
    gaps: Longs


class Arcs(NamedTuple):
    """Edges arc after arc, each arc by tick: those of arc j are offsets[j]..offsets[j + 1]."""

    offsets: Longs
    tick: Longs
    amount: Longs


class Need(NamedTuple):
    """What a choice must keep to; step is 0, 1 for strict, -1 for windows, where the order does not matter."""

    window: int
    band: int
    step: int


class Root(NamedTuple):
    """The earliest edge's arc and tick, and the smallest amount."""

    arc: int
    tick: int
    least: int


@kernel
def _allowed(amount: int, least: int, band: int) -> bool:
    """Is `amount` at least `least` and inside the band above it?"""
    return band >= ANY_AMOUNT or (amount >= least and least * MILLION >= (MILLION - band) * amount)


@kernel
def _next(arcs: Arcs, arc: int, since: int, least: int, band: int) -> int:
    """The earliest allowed tick of an arc from `since` on; FAR for none."""
    first, end = arcs.offsets[arc], arcs.offsets[arc + 1]
    for place in range(first + np.searchsorted(arcs.tick[first:end], since), end):
        if _allowed(arcs.amount[place], least, band):
            return int(arcs.tick[place])
    return FAR


@kernel
def _last(arcs: Arcs, arc: int, until: int, least: int, band: int) -> int:
    """The latest allowed tick of an arc up to `until`; -FAR for none."""
    first, end = arcs.offsets[arc], arcs.offsets[arc + 1]
    for place in range(first + np.searchsorted(arcs.tick[first:end], until, side="right") - 1, first - 1, -1):
        if _allowed(arcs.amount[place], least, band):
            return int(arcs.tick[place])
    return -FAR


@kernel
def _bounds(arcs: Arcs, root: Root, need: Need, bounds: Longs) -> bool:
    """Fill bounds[j] = (earliest, latest tick) of the j-th arc from the root's on; False when there is no choice."""
    count = len(arcs.offsets) - 1
    end = root.tick + need.window
    bounds[0, 0] = root.tick
    for place in range(1, count):
        since = root.tick if need.step < 0 else bounds[place - 1, 0] + need.step
        bounds[place, 0] = _next(arcs, (root.arc + place) % count, since, root.least, need.band)
        if bounds[place, 0] > end:
            return False
    for place in range(count - 1, 0, -1):
        until = end if need.step < 0 or place == count - 1 else bounds[place + 1, 1] - need.step
        bounds[place, 1] = _last(arcs, (root.arc + place) % count, until, root.least, need.band)
    return True


@kernel
def _mark(arcs: Arcs, root: Root, band: int, bounds: Longs, marked: Flags) -> None:
    """Mark what lies between the bounds of every arc but the root's."""
    count = len(arcs.offsets) - 1
    for place in range(1, count):
        arc = (root.arc + place) % count
        first, end = arcs.offsets[arc], arcs.offsets[arc + 1]
        edge = first + np.searchsorted(arcs.tick[first:end], bounds[place, 0])
        while edge < end and arcs.tick[edge] <= bounds[place, 1]:
            if _allowed(arcs.amount[edge], root.least, band):
                marked[edge] = 1
            edge += 1


@kernel
def _smallest(arcs: Arcs, edge: int, other: int, need: Need) -> bool:
    """May `other` be the smallest edge of a choice whose earliest one is `edge`?"""
    if need.band >= ANY_AMOUNT:
        return other == edge
    near = arcs.tick[edge] <= arcs.tick[other] <= arcs.tick[edge] + need.window
    return near and _allowed(arcs.amount[edge], arcs.amount[other], need.band)


@kernel
def _search(arcs: Arcs, need: Need, marked: Flags, begins: Flags) -> bool:
    """Mark every edge of a choice; without room for marks stop at the first one. Whether there is a choice."""
    count = len(arcs.offsets) - 1
    bounds = np.zeros((count, 2), np.int64)
    found = False
    for arc in range(count):
        for edge in range(arcs.offsets[arc], arcs.offsets[arc + 1]):
            for other in range(len(arcs.tick)):
                if not _smallest(arcs, edge, other, need):
                    continue
                root = Root(arc, arcs.tick[edge], arcs.amount[other])
                if _bounds(arcs, root, need, bounds):
                    found = True
                    if len(marked) == 0:
                        return True
                    marked[edge] = 1
                    begins[edge] = 1
                    _mark(arcs, root, need.band, bounds, marked)
    return found


@kernel
def _gap(arcs: Arcs, need: Need) -> int:
    """The smallest band under which there is a choice, by halving; -1 if there is none under `need.band`."""
    nothing = np.zeros(0, np.uint8)
    if not _search(arcs, need, nothing, nothing):
        return -1
    low, high = 0, need.band
    while low < high:
        middle = (low + high) // 2
        if _search(arcs, Need(need.window, middle, need.step), nothing, nothing):
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def _search_all(rings: Longs, all_arcs: Arcs, need: Need, marked: Flags, begins: Flags, gaps: Longs) -> None:
    """Each ring by itself; gaps only where there is room for them."""
    for ring in range(len(rings) - 1):
        offsets = all_arcs.offsets[rings[ring] : rings[ring + 1] + 1]
        first, end = offsets[0], offsets[-1]
        arcs = Arcs(offsets - first, all_arcs.tick[first:end], all_arcs.amount[first:end])
        if first < end:
            _search(arcs, need, marked[first:end], begins[first:end])
        if len(gaps):
            gaps[ring] = _gap(arcs, Need(need.window, min(need.band, ANY_AMOUNT - 1), need.step))


@dataclass(frozen=True, slots=True)
class Options:
    """What a choice must keep to.

    Attributes:
        window: most seconds from first to last edge, inclusive.
        band: millionths, 0..999999; None for any amounts.
        mode: "time-ordered" or "window".
        strict: ticks must rise; for time-ordered rings only.
    """

    window: int
    band: int | None = None
    mode: str = "time-ordered"
    strict: bool = False

    def need(self, amounts: Longs) -> Need:
        """As the kernel reads it; ValueError for what makes no sense."""
        known = self.mode in {"time-ordered", "window"}
        require(condition=known, message=f"mode is time-ordered or window, not {self.mode}")
        require(condition=self.window >= 0, message=f"window must not be negative, not {self.window}")
        check_band(self.band, amounts)
        step = -1 if self.mode == "window" else int(self.strict)
        return Need(self.window, ANY_AMOUNT if self.band is None else self.band, step)


def ring_evidence(
    rings: npt.ArrayLike,
    offsets: npt.ArrayLike,
    tick: npt.ArrayLike,
    amount: npt.ArrayLike,
    options: Options,
    *,
    gaps: bool = True,
) -> RingEvidence:
    """Edges of rings that lie on a cycle that counts; each ring by itself.

    Args:
        rings: the arcs of ring r are rings[r]..rings[r + 1], [r + 1].
        offsets: the edges of arc a are offsets[a]..offsets[a + 1], [a + 1].
        tick: of each edge, ascending within an arc, [n].
        amount: of each edge, above zero, [n].
        options: what a choice must keep to.
        gaps: find the gap of each ring too.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    starts, ends = (np.ascontiguousarray(each, dtype=np.int64) for each in (rings, offsets))
    require(condition=bool((np.diff(starts) >= 2).all()), message="a ring has two arcs or more")
    ticks = as_longs(tick, length=int(ends[-1]), name="tick")
    amounts = as_longs(amount, length=int(ends[-1]), name="amount")
    marked, begins = np.zeros((2, len(ticks)), np.uint8)
    found = np.full(len(starts) - 1 if gaps else 0, -1, np.int64)
    _search_all(starts, Arcs(ends, ticks, amounts), options.need(amounts), marked, begins, found)
    return RingEvidence(marked.astype(np.bool_), begins.astype(np.bool_), found)
