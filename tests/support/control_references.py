"""Slow and obvious reference of shared control; a multigraph is read as links from members to ties."""

from __future__ import annotations

import math
from dataclasses import dataclass

import networkx as nx

from tests.support.references import Multigraph


@dataclass(frozen=True, slots=True)
class Group:
    """One reported group: ties are (tie, weight, covered, strong)."""

    members: tuple[int, ...]
    ties: tuple[tuple[int, float, int, bool], ...]
    score: float
    controller: int
    families: int
    crossings: int


def links_of(graph: Multigraph) -> list[tuple[int, int, int]]:
    """(member, tie, kind): ends have names of their own, the kind comes from the amount."""
    columns = zip(graph.source, graph.target, graph.amount, strict=True)
    return [(member, tie, amount % 4) for member, tie, amount in columns]


def tie_ranks(graph: Multigraph) -> list[int]:
    """The ranks of ties: those of the members, backwards."""
    return [-rank for rank in graph.rank]


def shared_control(
    graph: Multigraph, *, least_weight: float, least_members: int, family: list[int] | None
) -> tuple[list[Group], int, int, int]:
    """(groups, groups left out, weak ties, weak ties listed)."""
    links = links_of(graph)
    having = {tie: {m for m, t, _ in links if t == tie} for _, tie, _ in links}
    shared = {tie: members for tie, members in having.items() if len(members) >= 2}
    weight = {tie: 1 / math.log(1 + len(members)) for tie, members in shared.items()}
    joining = [tie for tie in shared if weight[tie] >= least_weight]
    joined = nx.Graph((("m", m), ("t", tie)) for tie in joining for m in shared[tie])
    groups, left_out, listed = [], 0, set()
    components = [{m for side, m in component if side == "m"} for component in nx.connected_components(joined)]
    for members in sorted(components, key=lambda component: min(graph.rank[m] for m in component)):
        own = [tie for tie in joining if shared[tie] <= members]
        kinds = {tie: {k for _, t, k in links if t == tie} for tie in own}
        families = {k if family is None else family[k] for tie in own for k in kinds[tie]}
        crossings = sum(len(kinds[tie]) >= 2 for tie in own)
        if len(members) < least_members or (len(families) < 2 and not crossings):
            left_out += 1
            continue
        ties = sorted((t for t in shared if len(shared[t] & members) >= 2), key=lambda t: tie_ranks(graph)[t])
        rows = tuple((t, weight[t], len(shared[t] & members), t in joining) for t in ties)
        listed |= {t for t in ties if t not in joining}
        controller = max(rows, key=lambda row: row[1] * row[2])[0]
        by_rank = tuple(sorted(members, key=lambda m: graph.rank[m]))
        score = 0.0
        for row in rows:
            score += row[1]
        groups.append(Group(by_rank, rows, score, controller, len(families), crossings))
    return groups, left_out, len(shared) - len(joining), len(listed)
