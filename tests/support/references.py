"""Slow and obvious references of the kernels: what detection.md defines, in plain Python. Read by `kernel_table`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import networkx as nx

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Multigraph:
    """Edges as columns, place = edge number; rank[v] = place of vertex v by public id."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    tick: tuple[int, ...]
    amount: tuple[int, ...]
    rank: tuple[int, ...]

    @property
    def edges(self) -> range:
        """Edge numbers."""
        return range(len(self.source))

    def rotated(self, cycle: tuple[int, ...]) -> tuple[int, ...]:
        """The edges of a cycle, starting at the seller with the smallest rank."""
        start = min(range(len(cycle)), key=lambda place: self.rank[self.source[cycle[place]]])
        return cycle[start:] + cycle[:start]

    def ring(self, cycle: tuple[int, ...]) -> tuple[int, ...]:
        """The sellers of a cycle in canonical rotation."""
        return tuple(self.source[edge] for edge in self.rotated(cycle))

    def in_band(self, cycle: tuple[int, ...], band: int | None) -> bool:
        """Do the amounts keep to the band?"""
        amounts = [self.amount[edge] for edge in cycle]
        return band is None or min(amounts) * MILLION >= (MILLION - band) * max(amounts)

    def ticks(self, cycle: tuple[int, ...]) -> list[int]:
        """Ticks in the order of the cycle."""
        return [self.tick[edge] for edge in cycle]


@dataclass(frozen=True, slots=True)
class ReferenceRing:
    """One listed ring; compares as the kernels order their list."""

    first_tick: int
    length: int
    ranks: tuple[int, ...]
    members: tuple[int, ...]
    last_tick: int
    edge_cycles: int
    bundled_cycles: int
    witness: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReferenceRings:
    """All counts and the whole list."""

    edge_cycles_by_length: tuple[int, ...]
    bundled_cycles: int
    rings: tuple[ReferenceRing, ...]


def simple_cycles(graph: Multigraph, max_length: int) -> set[tuple[int, ...]]:
    """Every simple cycle of up to max_length edges, as edges in canonical rotation."""
    found: set[tuple[int, ...]] = set()

    def extend(path: tuple[int, ...], vertices: tuple[int, ...]) -> None:
        for edge in graph.edges:
            if graph.source[edge] != vertices[-1]:
                continue
            if graph.target[edge] == vertices[0] and len(path) >= 1:
                found.add(graph.rotated((*path, edge)))
            elif graph.target[edge] not in vertices and len(path) + 1 < max_length:
                extend((*path, edge), (*vertices, graph.target[edge]))

    for vertex in range(len(graph.rank)):
        extend((), (vertex,))
    return found


def time_orders(graph: Multigraph, cycle: tuple[int, ...], *, strict: bool) -> Iterator[tuple[int, ...]]:
    """The rotations of a cycle, from the canonical one, in which ticks do not fall (strict: rise)."""
    for start in range(len(cycle)):
        turned = cycle[start:] + cycle[:start]
        ticks = graph.ticks(turned)
        if all(a < b or (a == b and not strict) for a, b in pairwise(ticks)):
            yield turned


def _collect(
    graph: Multigraph, found: list[tuple[tuple[int, ...], tuple[int, ...], int]], max_length: int
) -> ReferenceRings:
    """Counts and list from (edges in witness order, root vertex sequence, first tick) of each edge cycle."""
    by_length = [0] * (max_length + 1)
    by_ring: dict[tuple[int, ...], list[tuple[tuple[int, ...], tuple[int, ...], int]]] = {}
    for cycle, root, first in found:
        by_length[len(cycle)] += 1
        by_ring.setdefault(graph.ring(cycle), []).append((cycle, root, first))
    rings = []
    for members, own in by_ring.items():
        first = min(tick for _, _, tick in own)
        rings.append(
            ReferenceRing(
                first_tick=first,
                length=len(members),
                ranks=tuple(graph.rank[member] for member in members),
                members=members,
                last_tick=max(max(graph.ticks(cycle)) for cycle, _, _ in own),
                edge_cycles=len(own),
                bundled_cycles=len({(root, tick) for _, root, tick in own}),
                witness=min(
                    (cycle for cycle, _, tick in own if tick == first), key=lambda cycle: (graph.ticks(cycle), cycle)
                ),
            )
        )
    rings.sort(key=lambda ring: (ring.first_tick, ring.length, ring.ranks))
    return ReferenceRings(tuple(by_length), len({(root, tick) for _, root, tick in found}), tuple(rings))


def _passes(graph: Multigraph, cycle: tuple[int, ...], through: AbstractSet[int] | None) -> bool:
    return through is None or any(graph.source[edge] in through for edge in cycle)


def temporal_rings(
    graph: Multigraph,
    *,
    window: int,
    min_length: int,
    max_length: int,
    strict: bool,
    band: int | None,
    through: AbstractSet[int] | None,
) -> ReferenceRings:
    """Time-ordered rings; a cycle with all ticks equal has several orders and counts from its smallest member."""
    found = []
    for cycle in simple_cycles(graph, max_length):
        if len(cycle) < min_length or not graph.in_band(cycle, band) or not _passes(graph, cycle, through):
            continue
        if max(graph.ticks(cycle)) - min(graph.ticks(cycle)) > window:
            continue
        turned = next(time_orders(graph, cycle, strict=strict), None)
        if turned:
            found.append((turned, tuple(graph.source[edge] for edge in turned), graph.tick[turned[0]]))
    return _collect(graph, found, max_length)


def window_rings(
    graph: Multigraph,
    *,
    window: int,
    min_length: int,
    max_length: int,
    band: int | None,
    through: AbstractSet[int] | None,
) -> ReferenceRings:
    """Rings in any order inside the window."""
    found = []
    for cycle in simple_cycles(graph, max_length):
        ticks = graph.ticks(cycle)
        if len(cycle) < min_length or max(ticks) - min(ticks) > window:
            continue
        if graph.in_band(cycle, band) and _passes(graph, cycle, through):
            found.append((cycle, graph.ring(cycle), min(ticks)))
    return _collect(graph, found, max_length)


def static_rings(
    graph: Multigraph, *, min_length: int, max_length: int, through: AbstractSet[int] | None
) -> list[tuple[int, ...]]:
    """Vertex cycles of the distinct arcs, by (length, ranks); NetworkX."""
    arcs = nx.DiGraph((a, b) for a, b in zip(graph.source, graph.target, strict=True) if a != b)
    rings = []
    for cycle in nx.simple_cycles(arcs, length_bound=max_length):
        start = min(range(len(cycle)), key=lambda place: graph.rank[cycle[place]])
        ring = tuple(cycle[start:] + cycle[:start])
        if len(ring) >= min_length and (through is None or through & set(ring)):
            rings.append(ring)
    return sorted(rings, key=lambda ring: (len(ring), [graph.rank[member] for member in ring]))


def ledger_order(graph: Multigraph) -> list[int]:
    """Edges by (tick, place of the seller's component within the tick, inside before outside, number); NetworkX."""
    order: list[int] = []
    for tick in sorted(set(graph.tick)):
        edges = [e for e in graph.edges if graph.tick[e] == tick and graph.source[e] != graph.target[e]]
        whole = nx.condensation(nx.DiGraph((graph.source[e], graph.target[e]) for e in edges))
        part = whole.graph["mapping"]
        level: dict[int, int] = {}
        for component in nx.topological_sort(whole):
            level[component] = max((level[before] + 1 for before in whole.predecessors(component)), default=0)
        keys = {e: (level[part[graph.source[e]]], part[graph.source[e]] != part[graph.target[e]], e) for e in edges}
        order += sorted(edges, key=lambda e: keys[e])
    return order


Carried = dict[int, tuple[Fraction, int]]
"""By edge: cents carried and fewest hops."""


def haircut_down(graph: Multigraph, *, starts: AbstractSet[int], max_hops: int, span: tuple[int, int]) -> Carried:
    """The ledger in order with exact fractions: balances, and tainted parts by hops."""
    balance: dict[int, int] = {}
    tainted: dict[int, list[Fraction]] = {}
    result: Carried = {}
    for edge in ledger_order(graph):
        if not span[0] <= graph.tick[edge] <= span[1]:
            continue
        seller, buyer, amount = graph.source[edge], graph.target[edge], graph.amount[edge]
        own = tainted.setdefault(seller, [Fraction(0)] * (max_hops + 1))
        before = balance.get(seller, 0)
        share = Fraction(min(amount, before), before) if before else Fraction(0)
        carried = [Fraction(0), *(part * share for part in own[:max_hops])]
        tainted[seller] = [part * (1 - share) for part in own]
        balance[seller] = before - min(amount, before)
        if edge in starts:
            carried = [Fraction(amount if hop == 1 else 0) for hop in range(max_hops + 1)]
        balance[buyer] = balance.get(buyer, 0) + amount
        theirs = tainted.setdefault(buyer, [Fraction(0)] * (max_hops + 1))
        tainted[buyer] = [a + b for a, b in zip(theirs, carried, strict=True)]
        if sum(carried):
            result[edge] = (Fraction(sum(carried)), min(hop for hop, part in enumerate(carried) if part))
    return result


def fifo_down(graph: Multigraph, *, starts: AbstractSet[int], max_hops: int, span: tuple[int, int]) -> Carried:
    """The ledger in order with queues of lots (cents, hops of the taint or 0)."""
    lots: dict[int, deque[tuple[int, int]]] = {}
    result: Carried = {}
    for edge in ledger_order(graph):
        if not span[0] <= graph.tick[edge] <= span[1]:
            continue
        drawn = _draw(lots.setdefault(graph.source[edge], deque()), graph.amount[edge], max_hops)
        if edge in starts:
            drawn = [(graph.amount[edge], 1)]
        lots.setdefault(graph.target[edge], deque()).extend(drawn)
        hops = [hop for _, hop in drawn if hop]
        if hops:
            result[edge] = (Fraction(sum(cents for cents, hop in drawn if hop)), min(hops))
    return result


def _draw(queue: deque[tuple[int, int]], amount: int, max_hops: int) -> list[tuple[int, int]]:
    """Take `amount` cents, oldest first, one hop on; what the queue does not hold is clean."""
    drawn = []
    while amount and queue:
        cents, hop = queue.popleft()
        taken = min(cents, amount)
        if taken < cents:
            queue.appendleft((cents - taken, hop))
        amount -= taken
        drawn.append((taken, hop + 1 if 0 < hop < max_hops else 0))
    return [*drawn, (amount, 0)] if amount else drawn


def shortest_path(graph: Multigraph, *, start: int, end: int, directed: bool, max_hops: int) -> Any:
    """(vertices, edges) of the shortest path with the smallest ranks, then edge numbers; None if there is none."""
    steps: dict[int, list[tuple[int, int, int]]] = {}
    for edge in graph.edges:
        ends = [(graph.source[edge], graph.target[edge])]
        for a, b in ends if directed else [*ends, ends[0][::-1]]:
            steps.setdefault(a, []).append((graph.rank[b], edge, b))
    paths: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((start,), ())]
    for _ in range(max_hops + 1):
        arrived = [path for path in paths if path[0][-1] == end]
        if arrived:
            return min(arrived, key=lambda path: ([graph.rank[v] for v in path[0]], path[1]))
        paths = [
            ((*vertices, b), (*edges, edge))
            for vertices, edges in paths
            for _, edge, b in steps.get(vertices[-1], [])
            if b not in vertices
        ]
    return None
