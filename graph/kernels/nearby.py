"""The few edges that can lie on a time-ordered ring through one vertex, found from that vertex outwards.

Called by `temporal`, so that a question about one taxpayer costs its neighbourhood and not the whole graph. Seen from a
ring's vertex v, its edges are a *first part* that leaves v and a *second part* that comes back to it and is no later;
ticks do not fall within a part, and between them lies the ring's root, unless v is the root and there is no second
part. So, for departures of v in a range of ticks, first[x, i] and second[x, i] are the earliest arrivals at x in at
most i hops, first_bound[x, j] and second_bound[x, j] the latest arrivals from which at most j hops lead back to v.
As in `temporal_search`, the side with fewer edges grows until i + j = K, most ranges end there because nothing meets,
and each side is then finished inside what the other has reached. What is kept holds every edge of every such ring, and
some others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.checks import as_ints
from graph.kernels.compiled import FAR, Ints, Longs, kernel
from graph.kernels.neighbourhood import (
    Departures,
    Kept,
    Reached,
    entered,
    keep,
    new_frontier,
    note_arrival,
    note_bound,
    ready_at,
    with_row,
)

if TYPE_CHECKING:
    import numpy.typing as npt

RANGES_A_WINDOW = 8


@kernel
def _place_of(edges: Ints, start: int, end: int, tick: Longs, bound: int) -> int:
    """First place in edges[start:end], sorted by tick, with tick >= bound, or `end`."""
    while start < end:
        middle = (start + end) >> 1
        if tick[edges[middle]] < bound:
            start = middle + 1
        else:
            end = middle
    return start


@kernel
def _leaving(adjacency: Adjacency, asked: Departures, vertex: int, earliest: int) -> tuple[int, int]:
    """Places of the edges that leave a vertex from `earliest` on and in time."""
    start = adjacency.out_offset[vertex]
    end = adjacency.out_offset[vertex + 1]
    latest = asked.last if vertex == asked.vertex else asked.last + asked.window
    begin = max(earliest, asked.first if vertex == asked.vertex else asked.first - asked.window)
    place = _place_of(adjacency.out_edge, start, end, adjacency.tick, begin)
    return place, _place_of(adjacency.out_edge, place, end, adjacency.tick, latest + 1)


@kernel
def _coming(adjacency: Adjacency, asked: Departures, vertex: int, latest: int) -> tuple[int, int]:
    """Places of the edges that come to a vertex until `latest` and in time."""
    start = adjacency.in_offset[vertex]
    end = adjacency.in_offset[vertex + 1]
    place = _place_of(adjacency.in_edge, start, end, adjacency.tick, asked.first - asked.window)
    bound = min(latest, asked.last + asked.window) + 1
    return place, _place_of(adjacency.in_edge, place, end, adjacency.tick, bound)


@kernel
def _grow_ahead(
    adjacency: Adjacency, asked: Departures, reached: Reached, front: Ints, hops: int
) -> tuple[Reached, Ints]:
    """Arrivals in hops + 1 hops, and the rows where they are news."""
    reached.sizes[1] += 1
    following = new_frontier()
    for number in front[: front[front.shape[0] - 1]]:
        vertex = reached.vertex[number]
        ready, again = ready_at(reached, number, hops, asked)
        place, end = _leaving(adjacency, asked, vertex, min(ready, again))
        for slot in range(place, end):
            edge = adjacency.out_edge[slot]
            head = adjacency.target[edge]
            if head == asked.vertex:
                continue
            tick = adjacency.tick[edge]
            reached = with_row(reached, head)
            seconds = again <= tick <= asked.last
            if note_arrival(reached, reached.row[head], hops + 1, tick, tick >= ready, seconds):
                following = entered(reached, reached.row[head], 0, following)
    return reached, following


@kernel
def _grow_behind(
    adjacency: Adjacency, asked: Departures, reached: Reached, back: Ints, hops: int
) -> tuple[Reached, Ints]:
    """Bounds for hops + 1 hops, and the rows where they are news."""
    reached.sizes[1] += 1
    following = new_frontier()
    for number in back[: back[back.shape[0] - 1]]:
        bound = reached.first_bound[number, hops]
        second_bound = min(reached.second_bound[number, hops], asked.last)
        place, end = _coming(adjacency, asked, reached.vertex[number], max(bound, second_bound))
        for slot in range(place, end):
            edge = adjacency.in_edge[slot]
            tail = adjacency.source[edge]
            if tail == asked.vertex:
                continue
            tick = adjacency.tick[edge]
            reached = with_row(reached, tail)
            firsts = asked.first <= tick <= bound
            if note_bound(reached, reached.row[tail], hops + 1, tick, firsts, tick <= second_bound, asked):
                following = entered(reached, reached.row[tail], 1, following)
    return reached, following


@kernel
def _finish_behind(adjacency: Adjacency, asked: Departures, reached: Reached, kept: Kept, left: int) -> Kept:
    """Keep edges after K - left - 1 hops whose heads are at most `left` hops from v; note bounds at their tails."""
    hops = asked.hops - left - 1
    for number in range(reached.sizes[0]):
        vertex = reached.vertex[number]
        if vertex == asked.vertex and hops > 0:
            continue
        ready, again = ready_at(reached, number, hops, asked)
        if min(ready, again) == FAR:
            continue
        place, end = _leaving(adjacency, asked, vertex, min(ready, again))
        for slot in range(place, end):
            edge = adjacency.out_edge[slot]
            head = reached.row[adjacency.target[edge]]
            if head < 0:
                continue
            tick = adjacency.tick[edge]
            firsts = ready <= tick <= reached.first_bound[head, left]
            seconds = again <= tick <= min(reached.second_bound[head, left], asked.last)
            if firsts or seconds:
                kept = keep(kept, edge)
                if vertex != asked.vertex:
                    note_bound(reached, number, left + 1, tick, firsts, seconds, asked)
    return kept


@kernel
def _finish_ahead(adjacency: Adjacency, asked: Departures, reached: Reached, kept: Kept, hops: int) -> Kept:
    """Keep edges after `hops` hops whose heads are at most K - hops - 1 from v; note arrivals at their heads."""
    left = asked.hops - hops - 1
    for number in range(reached.sizes[0]):
        vertex = reached.vertex[number]
        bound = reached.first_bound[number, left]
        second_bound = min(reached.second_bound[number, left], asked.last)
        if max(bound, second_bound) == -FAR or (vertex == asked.vertex and left > 0):
            continue
        place, end = _coming(adjacency, asked, vertex, max(bound, second_bound))
        for slot in range(place, end):
            edge = adjacency.in_edge[slot]
            tail = reached.row[adjacency.source[edge]]
            if tail < 0 or reached.vertex[tail] == asked.vertex:
                continue
            tick = adjacency.tick[edge]
            ready, again = ready_at(reached, tail, hops, asked)
            firsts = ready <= tick <= bound
            seconds = again <= tick <= second_bound
            if firsts or seconds:
                kept = keep(kept, edge)
                if vertex != asked.vertex:
                    note_arrival(reached, number, hops + 1, tick, firsts, seconds)
    return kept


@kernel
def _degrees(frontier: Ints, reached: Reached, offset: Ints) -> int:
    total = 0
    for number in frontier[: frontier[frontier.shape[0] - 1]]:
        vertex = reached.vertex[number]
        total += offset[vertex + 1] - offset[vertex]
    return int(total)


@kernel
def _meets(reached: Reached, ahead: int, behind: int) -> bool:
    for number in range(reached.sizes[0]):
        if reached.first[number, ahead] <= reached.first_bound[number, behind]:
            return True
        if reached.second[number, ahead] <= reached.second_bound[number, behind]:
            return True
    return False


@kernel
def _search(adjacency: Adjacency, asked: Departures, reached: Reached, kept: Kept) -> tuple[Reached, Kept]:
    """Keep the edges of the rings through the vertex that leave it in one range."""
    reached.sizes[0] = 0
    reached = with_row(reached, asked.vertex)
    # The vertex has a row of its own on both sides, in no frontier but the first: number 0.
    reached.first[0] = asked.first - asked.gap
    reached.first_bound[0] = asked.last + asked.window
    reached.second_bound[0] = asked.last - asked.gap
    front = new_frontier()
    front[0] = 0
    front[64] = 1
    back = front.copy()
    reached, front = _grow_ahead(adjacency, asked, reached, front, 0)
    reached, back = _grow_behind(adjacency, asked, reached, back, 0)
    ahead = 1
    behind = 1
    while ahead + behind < asked.hops:
        if front[front.shape[0] - 1] == 0:
            ahead = asked.hops - behind
        elif back[back.shape[0] - 1] == 0:
            behind = asked.hops - ahead
        elif _degrees(front, reached, adjacency.out_offset) <= _degrees(back, reached, adjacency.in_offset):
            reached, front = _grow_ahead(adjacency, asked, reached, front, ahead)
            ahead += 1
        else:
            reached, back = _grow_behind(adjacency, asked, reached, back, behind)
            behind += 1
    reached.first[0] = FAR  # the vertex meets itself always
    if _meets(reached, ahead, behind):
        reached.first[0] = asked.first - asked.gap
        for left in range(behind, asked.hops):
            kept = _finish_behind(adjacency, asked, reached, kept, left)
        for hops in range(ahead, asked.hops):
            kept = _finish_ahead(adjacency, asked, reached, kept, hops)
    for number in range(reached.sizes[0]):
        reached.row[reached.vertex[number]] = -1
    return reached, kept


@kernel
def _search_all(adjacency: Adjacency, vertices: Ints, window: int, gap: int, hops: int, stop: Longs) -> Ints:
    """Edges kept, in no order. Polls `stop` between ranges."""
    count = adjacency.out_offset.shape[0] - 1
    reached = Reached(
        np.full(count, -1, np.int32),
        np.empty(64, np.int32),
        np.empty((64, hops + 1), np.int64),
        np.empty((64, hops + 1), np.int64),
        np.empty((64, hops + 1), np.int64),
        np.empty((64, hops + 1), np.int64),
        np.empty((64, 2), np.int64),
        np.zeros(2, np.int64),
    )
    kept = Kept(np.zeros(adjacency.source.shape[0], np.uint8), np.empty(64, np.int32), np.zeros(1, np.int64))
    width = max(window // RANGES_A_WINDOW, 1)
    for vertex in vertices:
        place = adjacency.out_offset[vertex]
        end = adjacency.out_offset[vertex + 1]
        while place < end and stop[0] == 0:
            first = adjacency.tick[adjacency.out_edge[place]]
            place = _place_of(adjacency.out_edge, place, end, adjacency.tick, first + width)
            last = adjacency.tick[adjacency.out_edge[place - 1]]
            asked = Departures(vertex, first, last, window, gap, hops)
            reached, kept = _search(adjacency, asked, reached, kept)
    return kept.edges[: kept.sizes[0]].copy()


def edges_through(
    adjacency: Adjacency, vertices: npt.ArrayLike, *, window: int, max_length: int, strict: bool, stop: Longs
) -> Longs:
    """Numbers of edges, ascending, among which are all edges of the time-ordered rings through one of the vertices.

    Args:
        adjacency: edges by vertex in ledger order.
        vertices: vertex numbers.
        window: most seconds from first to last edge, inclusive.
        max_length: most edges of a ring, 2 or more.
        strict: ticks must rise.
        stop: int64[1], polled; where it ends the search, edges are missing.

    Raises:
        ValueError: for vertices that are not there.
    """
    chosen = np.unique(as_ints(vertices, below=len(adjacency.out_offset) - 1, name="vertices"))
    found = _search_all(adjacency, chosen, window, int(strict), max_length, stop)
    return np.sort(found).astype(np.int64)
