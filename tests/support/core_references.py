"""Slow and obvious references of the cores of windows: whoever has too few is dropped, one round after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import networkx as nx

from tests.support.references import Multigraph
from tests.support.shape_references import ticks_of, trades, within

Layer = tuple[int, int, int]
"""Pairs, edges and cents."""
Group = tuple[int, int, int, tuple[tuple[int, ...], ...], tuple[Layer, ...]]
"""Start of the window, first tick, last tick, members of each role by rank, layers."""
Uses = set[tuple[int, int]]
"""(layer, edge)."""


def windows_of(graph: Multigraph, window: int, step: int) -> Iterator[tuple[int, list[int]]]:
    """(start, edges) of each window that has an edge in its first step."""
    for start in sorted({tick // step * step for tick in ticks_of(graph, trades(graph))}):
        yield start, within(graph, trades(graph), start, window)


def groups_of(graph: Multigraph, uses: Uses, start: int, step: int, roles: int) -> Iterator[Group]:
    """Connected components of edges in use, each end in its role, that have an edge in the first step."""
    ends = {
        (layer, edge): ((layer, graph.source[edge]), (layer + 1, graph.target[edge])) for layer, edge in sorted(uses)
    }
    for nodes in nx.connected_components(nx.Graph(ends.values())):
        own = [use for use, (tail, _) in ends.items() if tail in nodes]
        ticks = ticks_of(graph, (edge for _, edge in own))
        if ticks[0] >= start + step:
            continue
        members = tuple(
            tuple(sorted((v for r, v in nodes if r == role), key=lambda v: graph.rank[v])) for role in range(roles)
        )
        layers = []
        for layer in range(roles - 1):
            edges = [edge for number, edge in own if number == layer]
            pairs = {(graph.source[e], graph.target[e]) for e in edges}
            layers.append((len(pairs), len(edges), sum(graph.amount[e] for e in edges)))
        yield start, ticks[0], ticks[-1], members, tuple(layers)


def by_window(graph: Multigraph, groups: list[Group]) -> list[Group]:
    """In the order of the kernels."""
    return sorted(groups, key=lambda group: (group[0], graph.rank[group[3][0][0]]))


def neighbours(graph: Multigraph, edges: list[int], *, forward: bool) -> dict[int, set[int]]:
    """Distinct other ends of each vertex."""
    own, other = (graph.source, graph.target) if forward else (graph.target, graph.source)
    found: dict[int, set[int]] = defaultdict(set)
    for edge in edges:
        found[own[edge]].add(other[edge])
    return found


def bipartite_cores(graph: Multigraph, *, window: int, step: int, least_sellers: int, least_buyers: int) -> list[Group]:
    """The core of every window, cut into components."""
    groups: list[Group] = []
    for start, inside in windows_of(graph, window, step):
        edges, before = inside, -1
        while len(edges) != before:
            before = len(edges)
            buyers = neighbours(graph, edges, forward=True)
            sellers = neighbours(graph, edges, forward=False)
            edges = [
                e
                for e in edges
                if len(buyers[graph.source[e]]) >= least_buyers and len(sellers[graph.target[e]]) >= least_sellers
            ]
        groups += groups_of(graph, {(0, edge) for edge in edges}, start, step, 2)
    return by_window(graph, groups)


def _fitting(graph: Multigraph, uses: Uses, leasts: tuple[int, int, int], gap: int) -> Uses:
    """The uses that break no rule now."""
    layers = [[edge for layer, edge in uses if layer == number] for number in range(2)]
    sources, middles, targets = leasts
    of_source, into_middle = (neighbours(graph, layers[0], forward=forward) for forward in (True, False))
    from_middle, of_target = (neighbours(graph, layers[1], forward=forward) for forward in (True, False))
    kept = set()
    for layer, edge in uses:
        one, other, tick = graph.source[edge], graph.target[edge], graph.tick[edge]
        middle = one if layer else other
        enough = len(into_middle[middle]) >= sources and len(from_middle[middle]) >= targets
        if layer == 0:
            timely = any(graph.source[e] == middle and tick + gap <= graph.tick[e] for e in layers[1])
            enough &= len(of_source[one]) >= middles
        else:
            timely = any(graph.target[e] == middle and graph.tick[e] + gap <= tick for e in layers[0])
            enough &= len(of_target[other]) >= middles
        if enough and timely:
            kept.add((layer, edge))
    return kept


def stacks(
    graph: Multigraph,
    *,
    window: int,
    step: int,
    least_sources: int,
    least_middles: int,
    least_targets: int,
    strict: bool,
) -> list[Group]:
    """The stacked core of every window, cut into components."""
    groups: list[Group] = []
    for start, inside in windows_of(graph, window, step):
        uses: Uses = {(layer, edge) for layer in range(2) for edge in inside}
        before: Uses = set()
        while uses != before:
            before, uses = uses, _fitting(graph, uses, (least_sources, least_middles, least_targets), int(strict))
        groups += groups_of(graph, uses, start, step, 3)
    return by_window(graph, groups)
