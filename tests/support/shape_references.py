"""Slow and obvious references of the window shapes: every window looked at anew, in plain Python. See `shape_table`."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import combinations_with_replacement, permutations

from tests.support.references import MILLION, Multigraph

Row = tuple[int | float, ...]


def trades(graph: Multigraph) -> list[int]:
    """Edges that are no self-loops."""
    return [edge for edge in graph.edges if graph.source[edge] != graph.target[edge]]


def within(graph: Multigraph, edges: Iterable[int], start: int, window: int) -> list[int]:
    """Those of the edges whose ticks lie in start..start + window."""
    return [edge for edge in edges if start <= graph.tick[edge] <= start + window]


def ticks_of(graph: Multigraph, edges: Iterable[int]) -> list[int]:
    """Distinct ticks, ascending."""
    return sorted({graph.tick[edge] for edge in edges})


def by_rank(graph: Multigraph) -> list[int]:
    """Vertices in order of rank."""
    return sorted(range(len(graph.rank)), key=lambda vertex: graph.rank[vertex])


def fans(graph: Multigraph, *, inward: bool, window: int, least: int) -> list[Row]:
    """(vertex, first tick, last tick, counterparties, edges, cents, windows with enough) of each wide enough fan."""
    own, other = (graph.target, graph.source) if inward else (graph.source, graph.target)
    rows: list[Row] = []
    for vertex in by_rank(graph):
        edges = [edge for edge in trades(graph) if own[edge] == vertex]
        windows = [within(graph, edges, start, window) for start in ticks_of(graph, edges)]
        enough = [inside for inside in windows if len({other[edge] for edge in inside}) >= least]
        if enough:
            best = max(enough, key=lambda inside: len({other[edge] for edge in inside}))
            ticks, cents = ticks_of(graph, best), sum(graph.amount[edge] for edge in best)
            counterparties = len({other[edge] for edge in best})
            rows.append((vertex, ticks[0], ticks[-1], counterparties, len(best), cents, len(enough)))
    return rows


def _passed(graph: Multigraph, vertex: int, inside: list[int]) -> tuple[int, int]:
    """(cents that sales draw from purchases, cent-seconds they were held), first-in-first-out from an empty stock."""
    lots: deque[tuple[int, int]] = deque()
    passed = held = 0
    for edge in sorted(inside, key=lambda edge: (graph.tick[edge], graph.source[edge] == vertex, edge)):
        left = graph.amount[edge]
        if graph.target[edge] == vertex:
            lots.append((left, graph.tick[edge]))
            continue
        while left and lots:
            cents, since = lots.popleft()
            drawn = min(cents, left)
            passed, held, left = passed + drawn, held + drawn * (graph.tick[edge] - since), left - drawn
            if drawn < cents:
                lots.appendleft((cents - drawn, since))
    return passed, held


def _pass_row(graph: Multigraph, vertex: int, inside: list[int]) -> Row:
    bought = [edge for edge in inside if graph.target[edge] == vertex]
    sold = [edge for edge in inside if graph.source[edge] == vertex]
    passed, held = _passed(graph, vertex, inside)
    cents = [sum(graph.amount[edge] for edge in edges) for edges in (bought, sold)]
    ticks = ticks_of(graph, inside)
    return (vertex, ticks[0], ticks[-1], len(bought), len(sold), *cents, passed, held // passed if passed else 0)


def pass_through(graph: Multigraph, *, window: int, band: int, least_amount: int, most_dwell: int) -> list[Row]:
    """The columns of `PassThrough`: for each vertex the window that passed most, and how many count."""
    rows: list[Row] = []
    for vertex in by_rank(graph):
        own = [edge for edge in trades(graph) if vertex in {graph.source[edge], graph.target[edge]}]
        counted: list[Row] = []
        for start in ticks_of(graph, (edge for edge in own if graph.target[edge] == vertex)):
            inside = within(graph, own, start, window)
            row = _pass_row(graph, vertex, inside)
            low, high = sorted(row[5:7])
            passed, held = _passed(graph, vertex, inside)
            if low >= least_amount and MILLION * low >= (MILLION - band) * high and held <= most_dwell * passed:
                counted.append(row)
        if counted:
            rows.append((*max(counted, key=lambda row: row[7]), len(counted)))
    return rows


Ways = tuple[int, int, tuple[tuple[int, int, int], ...]]
"""First tick, last tick, (intermediary, first edge, second edge) of each by rank."""


def _first(graph: Multigraph, edges: Iterable[int], ticks: range) -> int | None:
    """The earliest of these edges, by tick and number, in a range of ticks."""
    return min(((graph.tick[e], e) for e in edges if graph.tick[e] in ticks), default=(0, None))[1]


Arcs = dict[tuple[int, int], list[int]]


def _arcs(graph: Multigraph) -> Arcs:
    """Edges by (source, target)."""
    arcs: Arcs = defaultdict(list)
    for edge in trades(graph):
        arcs[graph.source[edge], graph.target[edge]].append(edge)
    return arcs


def _ways_in(
    graph: Multigraph, middles: dict[int, tuple[list[int], list[int]]], window: range, gap: int
) -> tuple[bool, list[tuple[int, int, int]]]:
    """(does the window start as it should, its intermediaries with their first edges)."""
    proper, members = False, []
    for middle, (out, back) in middles.items():
        first = _first(graph, out, window)
        if first is None:
            continue
        second = _first(graph, back, range(graph.tick[first] + gap, window.stop))
        if second is None:
            continue
        members.append((middle, first, second))
        before_second = [graph.tick[e] for e in out if graph.tick[e] + gap <= graph.tick[second]]
        proper |= max(before_second) == window.start
    return proper, members


def scatter_gather(graph: Multigraph, *, window: int, least: int, strict: bool) -> list[tuple[int, int, Ways]]:
    """Every pair with its best window."""
    found, arcs, starts = [], _arcs(graph), ticks_of(graph, trades(graph))
    for source, target in permutations(by_rank(graph), 2):
        arms = {m: (arcs[source, m], arcs[m, target]) for m in by_rank(graph)}
        middles = {m: own for m, own in arms.items() if all(own)}
        windows: list[Ways] = []
        for start in starts if len(middles) >= least else ():
            proper, members = _ways_in(graph, middles, range(start, start + window + 1), int(strict))
            if proper and len(members) >= least:
                last = max(graph.tick[second] for _, _, second in members)
                windows.append((start, last, tuple(members)))
        if windows:
            found.append((source, target, max(windows, key=lambda own: len(own[2]))))
    return found


def _split_row(graph: Multigraph, vertex: int, gathered: list[int], scattered: list[int]) -> Row:
    """The columns of `GatherScatter`."""
    sources, targets = {graph.source[e] for e in gathered}, {graph.target[e] for e in scattered}
    ticks = ticks_of(graph, gathered)
    return (
        vertex,
        ticks[0],
        ticks[-1],
        max(ticks_of(graph, scattered), default=0),
        len(sources),
        len(targets),
        len(gathered),
        len(scattered),
        sum(graph.amount[e] for e in gathered),
        sum(graph.amount[e] for e in scattered),
    )


def gather_scatter(graph: Multigraph, *, window: int, least: int, strict: bool) -> list[Row]:
    """For each vertex the widest split of any two ticks of its purchases."""
    rows: list[Row] = []
    for vertex in by_rank(graph):
        bought = [e for e in trades(graph) if graph.target[e] == vertex]
        sold = [e for e in trades(graph) if graph.source[e] == vertex]
        splits = []
        for first, split in combinations_with_replacement(ticks_of(graph, bought), 2):
            if split <= first + window:
                scattered = [e for e in sold if split + strict <= graph.tick[e] <= first + window]
                splits.append(_split_row(graph, vertex, within(graph, bought, first, split - first), scattered))
        widest = max(splits, key=lambda row: min(row[4:6]), default=None)
        if widest and min(widest[4:6]) >= least:
            rows.append(widest)
    return rows
