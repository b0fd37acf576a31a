"""Slow and obvious reference of common antecedents; a multigraph is read as influence, kin and trade."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import networkx as nx

from tests.support.references import Multigraph

Ends = list[tuple[int, int]]
Row = tuple[int, int, int, int, tuple[int, ...], tuple[int, ...]]
"""Seller, buyer, trade edges, antecedent, arcs down to the seller, arcs down to the buyer."""


def kinds_of(graph: Multigraph) -> tuple[Ends, Ends, Ends]:
    """(influence arcs, kin edges, trade edges): the kind comes from the amount, most influence leads down by rank."""
    edges = list(zip(graph.source, graph.target, graph.amount, strict=True))
    down = [sorted((a, b), key=lambda vertex: graph.rank[vertex]) for a, b, _ in edges]
    influence = [
        (upper, lower) if amount % 9 else (lower, upper)
        for (upper, lower), (_, _, amount) in zip(down, edges, strict=True)
        if amount % 7 < 4
    ]
    kin = [(a, b) for a, b, amount in edges if amount % 7 == 4 and amount % 2]
    return influence, kin, [(a, b) for a, b, amount in edges if amount % 7 > 4 or (amount % 7 == 4 and not amount % 2)]


def _whole(graph: Multigraph, influence: Ends, kin: Ends) -> tuple[list[int], nx.DiGraph[int]]:
    """(smallest member of each vertex's set, graph of the sets with the smallest arc number of each step)."""
    rank = graph.rank
    whole = nx.DiGraph([*influence, *kin, *((b, a) for a, b in kin)])
    whole.add_nodes_from(range(len(rank)))
    first = list(range(len(rank)))
    for members in nx.strongly_connected_components(whole):
        for vertex in members:
            first[vertex] = min(members, key=lambda member: rank[member])
    sets: nx.DiGraph[int] = nx.DiGraph()
    sets.add_nodes_from(first)
    for arc, (a, b) in reversed(list(enumerate(influence))):
        if first[a] != first[b]:
            sets.add_edge(first[a], first[b], arc=arc)
    return first, sets


def _trails(sets: nx.DiGraph[int], path: tuple[int, ...], end: int, most: int) -> Iterator[tuple[int, ...]]:
    if path[-1] == end:
        yield path
    elif len(path) <= most:
        for following in sets.successors(path[-1]):
            yield from _trails(sets, (*path, following), end, most)


def _trail(graph: Multigraph, sets: nx.DiGraph[int], start: int, end: int, most: int) -> tuple[int, ...] | None:
    """Arcs of the shortest trail with the smallest ranks."""
    trails = list(_trails(sets, (start,), end, most))
    if not trails:
        return None
    best = min(trails, key=lambda trail: (len(trail), [graph.rank[own] for own in trail]))
    return tuple(sets.edges[step]["arc"] for step in pairwise(best))


def common_antecedents(graph: Multigraph, *, max_length: int) -> list[Row]:
    """Every trade arc with every nearest common antecedent."""
    influence, kin, trade = kinds_of(graph)
    first, sets = _whole(graph, influence, kin)
    rows = []
    for seller, buyer in sorted({pair for pair in trade if pair[0] != pair[1]}):
        both = {
            own: (
                _trail(graph, sets, own, first[seller], max_length),
                _trail(graph, sets, own, first[buyer], max_length),
            )
            for own in sets
        }
        common = {own: (one, other) for own, (one, other) in both.items() if one is not None and other is not None}
        for own, (one, other) in common.items():
            if not any(below in common for below in sets.successors(own)):
                rows.append((seller, buyer, trade.count((seller, buyer)), own, one, other))
    return sorted(rows, key=lambda row: [graph.rank[row[0]], graph.rank[row[1]], graph.rank[row[3]]])
