"""Slow and obvious references of the window shapes: every window looked at anew, in plain Python. See `shape_table`."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.references import Multigraph

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
