"""Windows on a grid, and the groups of vertices that are left in one. Used by `bipartite` and `stacks`.

A window starts at a multiple j * S of the step S and holds the ticks j * S..j * S + W, both included. It is looked at
when it has an edge in its first S seconds: what another one holds, the next one holds too. For the same reason a group
without an edge in the first S seconds of its window is left to the next window. So a shape whose ticks lie within
W - S lies wholly in some window, and with S = 1 all windows are looked at; the work is E * W / S.

Vertices stand in a window once a role: node = role * n + number in the window.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.adjacency import Adjacency
from graph.kernels.checks import require
from graph.kernels.compiled import Ints, Longs, kernel
from graph.kernels.shapes import with_room
from graph.kernels.sorting import group_offsets, group_order, stable_order

START, FIRST, LAST, PAIRS, EDGES, AMOUNT = range(6)
A_LAYER = 3
"""PAIRS, EDGES and AMOUNT of the second layer stand three columns after those of the first."""
GROUP, ROLE, VERTEX = range(3)


class WindowEdges(NamedTuple):
    """The edges of one window by (source, target, tick), with vertices numbered anew."""

    source: Ints
    target: Ints
    edge: Ints  # numbers of the whole graph
    vertices: Ints  # [n] vertex of each number


class Links(NamedTuple):
    """Edges in use by layer and then as in the window; one edge may stand in two layers."""

    tail: Ints  # node
    head: Ints  # node
    place: Ints  # in the window's edges
    layer: Ints


class Groups(NamedTuple):
    """Rows of groups (START…) and of their members (GROUP, ROLE, VERTEX)."""

    rows: Longs
    members: Longs
    used: Longs  # [groups, members]


@kernel
def no_groups(layers: int) -> Groups:
    """Room for groups of so many layers."""
    return Groups(np.empty((16, 3 + A_LAYER * layers), np.int64), np.empty((64, 3), np.int64), np.zeros(2, np.int64))


@kernel
def grid_windows(tick: Longs, edges: Ints, window: int, step: int) -> Longs:
    """Rows (start tick, first edge, end of edges) of the windows to look at; edges are in time order."""
    rows = np.empty((16, 3), np.int64)
    count = 0
    place = 0
    end = 0
    while place < len(edges):
        start = tick[edges[place]] // step * step
        while end < len(edges) and tick[edges[end]] - start <= window:
            end += 1
        rows = with_room(rows, count)
        rows[count, 0] = start
        rows[count, 1] = place
        rows[count, 2] = end
        count += 1
        while place < len(edges) and tick[edges[place]] - start < step:
            place += 1
    return rows[:count].copy()


@kernel
def edges_by_time(adjacency: Adjacency) -> Ints:
    """Edges by tick, self-loops left out."""
    return adjacency.out_edge[stable_order(adjacency.tick[adjacency.out_edge])]


@kernel
def window_edges(source: Ints, target: Ints, edges: Ints, label: Ints) -> WindowEdges:
    """Number the vertices of some edges anew and sort them; `label` (int32[v], all -1) is left as it was."""
    tails = np.empty(len(edges), np.int32)
    heads = np.empty(len(edges), np.int32)
    vertices = np.empty(2 * len(edges), np.int32)
    count = 0
    for place in range(len(edges)):
        for end in (source[edges[place]], target[edges[place]]):
            if label[end] < 0:
                label[end] = count
                vertices[count] = end
                count += 1
        tails[place] = label[source[edges[place]]]
        heads[place] = label[target[edges[place]]]
    for vertex in vertices[:count]:
        label[vertex] = -1
    order = group_order(heads, group_offsets(heads, count))
    order = order[group_order(tails[order], group_offsets(tails, count))]
    return WindowEdges(tails[order], heads[order], edges[order], vertices[:count].copy())


@kernel
def _root(parent: Ints, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def _numbered(links: Links, edges: WindowEdges, tick: Longs, nodes: int, until: int, number: int) -> tuple[Ints, int]:
    """(group of each node, -1 where none; next number): components with an edge before `until`, in order of links."""
    parent = np.arange(nodes).astype(np.int32)
    for place in range(len(links.tail)):
        one = _root(parent, links.tail[place])
        other = _root(parent, links.head[place])
        parent[max(one, other)] = min(one, other)
    group = np.full(nodes, -1, np.int32)
    for place in range(len(links.tail)):
        own = _root(parent, links.tail[place])
        if group[own] < 0 and tick[edges.edge[links.place[place]]] < until:
            group[own] = number
            number += 1
    for node in range(nodes):
        group[node] = group[_root(parent, node)]
    return group, number


@kernel
def _add_up(links: Links, edges: WindowEdges, group: Ints, tick: Longs, amount: Longs, rows: Longs) -> None:
    """Pairs, edges, cents and ticks of each group, row = group."""
    for place in range(len(links.tail)):
        if group[links.tail[place]] < 0:
            continue
        row = rows[group[links.tail[place]]]
        edge = edges.edge[links.place[place]]
        shift = A_LAYER * links.layer[place]
        row[FIRST] = min(row[FIRST], tick[edge])
        row[LAST] = max(row[LAST], tick[edge])
        same = place > 0 and links.tail[place - 1] == links.tail[place] and links.head[place - 1] == links.head[place]
        row[PAIRS + shift] += 0 if same else 1
        row[EDGES + shift] += 1
        row[AMOUNT + shift] += amount[edge]


@kernel
def add_groups(
    groups: Groups, links: Links, edges: WindowEdges, tick: Longs, amount: Longs, start: int, step: int, roles: int
) -> Groups:
    """The groups with those of one more window."""
    count = len(edges.vertices)
    known = groups.used[0]
    group, after = _numbered(links, edges, tick, roles * count, start + step, known)
    rows = groups.rows
    for number in range(known, after):
        rows = with_room(rows, number)
        rows[number] = 0
        rows[number, START] = start
        rows[number, FIRST] = 1 << 62
        rows[number, LAST] = -(1 << 62)
    _add_up(links, edges, group, tick, amount, rows)
    members = groups.members
    seen = np.zeros(roles * count, np.uint8)
    for place in range(len(links.tail)):
        for node in (links.tail[place], links.head[place]):
            if group[node] >= 0 and seen[node] == 0:
                seen[node] = 1
                members = with_room(members, groups.used[1])
                members[groups.used[1], GROUP] = group[node]
                members[groups.used[1], ROLE] = node // count
                members[groups.used[1], VERTEX] = edges.vertices[node % count]
                groups.used[1] += 1
    groups.used[0] = after
    return Groups(rows, members, groups.used)


def check_grid(window: int, step: int, leasts: tuple[int, ...]) -> None:
    """Refuse windows, steps and least numbers that make no sense.

    Raises:
        ValueError: with the reason.
    """
    require(condition=window >= 0, message=f"window must be 0 or more seconds, not {window}")
    require(condition=step >= 1, message=f"step must be 1 or more seconds, not {step}")
    require(condition=min(leasts) >= 1, message=f"fewest neighbours must be 1 or more, not {min(leasts)}")


def in_order(rows: Longs, members: Longs, rank: Longs, roles: int) -> tuple[Longs, tuple[tuple[Longs, Longs], ...]]:
    """(rows by start and smallest rank of the first role, (offsets, vertices by rank) of each role)."""
    smallest = np.full(len(rows), np.iinfo(np.int64).max)
    first = members[members[:, ROLE] == 0]
    np.minimum.at(smallest, first[:, GROUP], rank[first[:, VERTEX]])
    order = np.lexsort((smallest, rows[:, START]))
    place = np.empty(len(rows), np.int64)
    place[order] = np.arange(len(rows))
    lists = []
    for role in range(roles):
        own = members[members[:, ROLE] == role]
        owner = place[own[:, GROUP]]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=len(rows)))])
        lists.append((offsets, own[np.lexsort((rank[own[:, VERTEX]], owner)), VERTEX]))
    return rows[order], tuple(lists)
