"""Links by tie, groups of joined members, the ties of each group. Called by `control`, which has the definitions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.kernels.compiled import Doubles, Flags, Ints, Longs, kernel
from graph.kernels.sorting import group_offsets, group_order, stable_order


class Ties(NamedTuple):
    """Distinct members of each tie: tie t has member[offset[t]:offset[t] + degree[t]]."""

    offset: Ints  # [t + 1]
    member: Ints  # [n]
    degree: Ints  # [t]
    kinds: Longs  # [t] bit k: the tie has a link of kind k


class Groups(NamedTuple):
    """Groups that are reported, by the smallest rank of their members."""

    of_member: Ints  # [v], -1 where none
    size: Longs  # [g]
    members: Longs  # of one group after the other, by rank
    families: Longs  # [g]
    crossings: Longs  # [g]
    left_out: int


@kernel
def ties_of_links(members: Ints, ties: Ints, kinds: Ints, member_count: int, tie_count: int) -> Ties:
    """Group links (int32[n] each) by tie; a member that stands twice under a tie is kept once."""
    offset = group_offsets(ties, tie_count)
    filled = offset[:-1].copy()
    grouped = np.empty(len(members), np.int32)
    mask = np.zeros(tie_count, np.int64)
    for link in range(len(members)):
        own = np.uint32(ties[link])
        grouped[np.uint32(filled[own])] = members[link]
        filled[own] += 1
        mask[own] |= np.int64(1) << np.int64(kinds[link])
    degree = np.zeros(tie_count, np.int32)
    seen = np.full(member_count, -1, np.int32)
    for tie in range(tie_count):
        kept = offset[tie]
        for place in range(offset[tie], offset[tie + 1]):
            member = grouped[place]
            if seen[np.uint32(member)] != tie:
                seen[np.uint32(member)] = tie
                grouped[kept] = member
                kept += 1
        degree[tie] = kept - offset[tie]
    return Ties(offset, grouped, degree, mask)


@kernel
def _root(parent: Ints, member: int) -> int:
    """Root of the member's tree; the path is halved on the way."""
    above = parent[np.uint32(member)]
    while above != member:
        next_above = parent[np.uint32(above)]
        parent[np.uint32(member)] = next_above
        member = next_above
        above = parent[np.uint32(member)]
    return member


@kernel
def _join(links: Ties, joins: Flags, count: int) -> Ints:
    """Root of each member after all joins: int32[v]."""
    parent = np.arange(count).astype(np.int32)
    for tie in range(len(joins)):
        if joins[tie] == 0:
            continue
        start = links.offset[tie]
        first = _root(parent, links.member[start])
        for place in range(start + 1, start + links.degree[tie]):
            other = _root(parent, links.member[place])
            low = min(first, other)
            parent[max(first, other)] = low
            first = low
    for member in range(count):
        parent[member] = _root(parent, member)
    return parent


@kernel
def _bits(mask: int) -> int:
    count = 0
    while mask != 0:
        mask &= mask - 1
        count += 1
    return count


@kernel
def _evidence(links: Ties, joins: Flags, family: Longs, root: Ints) -> tuple[Longs, Longs]:
    """(bits of the families, ties that cross roles) of each root: int64[v] each."""
    families = np.zeros(len(root), np.int64)
    crossings = np.zeros(len(root), np.int64)
    for tie in range(len(joins)):
        if joins[tie] == 0:
            continue
        own = root[links.member[links.offset[tie]]]
        crossings[own] += _bits(links.kinds[tie]) >= 2
        rest = links.kinds[tie]
        kind = 0
        while rest != 0:
            if rest & 1:
                families[own] |= np.int64(1) << family[kind]
            rest >>= 1
            kind += 1
    return families, crossings


@kernel
def joined_groups(links: Ties, joins: Flags, family: Longs, rank: Longs, least: int) -> Groups:
    """Groups with enough members and evidence; `joins` marks the ties that join."""
    root = _join(links, joins, len(rank))
    sizes = np.zeros(len(rank), np.int64)
    for member in root:
        sizes[member] += 1
    families, crossings = _evidence(links, joins, family, root)
    number = np.full(len(rank), -1, np.int32)
    groups = 0
    left_out = 0
    order = stable_order(rank)
    of_member = np.full(len(rank), -1, np.int32)
    for member in order:
        own = root[member]
        if sizes[own] < 2:
            continue
        if number[own] == -1:
            fits = sizes[own] >= least and (_bits(families[own]) >= 2 or crossings[own] > 0)
            number[own] = groups if fits else -2
            groups += 1 if fits else 0
            left_out += 0 if fits else 1
        of_member[member] = max(number[own], -1)
    group_size = np.zeros(groups, np.int64)
    group_families = np.zeros(groups, np.int64)
    group_crossings = np.zeros(groups, np.int64)
    grouped = order[of_member[order] >= 0]
    for member in grouped:
        own = of_member[member]
        group_size[own] += 1
        group_families[own] = _bits(families[root[member]])
        group_crossings[own] = crossings[root[member]]
    by_group = of_member[grouped]
    members = grouped[group_order(by_group, group_offsets(by_group, groups))].astype(np.int64)
    return Groups(of_member, group_size, members, group_families, group_crossings, left_out)


@kernel
def _shared_by_rank(links: Ties, tie_rank: Longs) -> Ints:
    """Ties with two or more members, by rank."""
    shared = np.flatnonzero(links.degree >= 2).astype(np.int32)
    return shared[stable_order(tie_rank[shared])]


@kernel
def ties_of_groups(links: Ties, joins: Flags, groups: Groups, tie_rank: Longs) -> tuple[Ints, Longs]:
    """Rows (group, tie, covered, joins) by rank of the tie, and [weak ties, those listed]."""
    shared = _shared_by_rank(links, tie_rank)
    room = 0
    for tie in shared:
        room += links.degree[tie] // 2
    rows = np.empty((room, 4), np.int32)
    weak = np.zeros(2, np.int64)
    covered = np.zeros(len(groups.size), np.int32)
    filled = 0
    for tie in shared:
        own = links.member[links.offset[tie] : links.offset[tie] + links.degree[tie]]
        for member in own:
            if groups.of_member[member] >= 0:
                covered[groups.of_member[member]] += 1
        before = filled
        for member in own:
            group = groups.of_member[member]
            if group >= 0:
                if covered[group] >= 2:
                    rows[filled, 0] = group
                    rows[filled, 1] = tie
                    rows[filled, 2] = covered[group]
                    rows[filled, 3] = joins[tie]
                    filled += 1
                covered[group] = 0
        weak[0] += joins[tie] == 0
        weak[1] += joins[tie] == 0 and filled > before
    return rows[:filled].copy(), weak


def group_columns(rows: Ints, groups: int) -> tuple[Longs, Longs, Longs, Flags]:
    """(offsets, ties, covered, strong) of rows put group after group."""
    owner = np.ascontiguousarray(rows[:, 0])
    offsets = group_offsets(owner, groups)
    ordered = rows[group_order(owner, offsets)]
    return (
        offsets.astype(np.int64),
        ordered[:, 1].astype(np.int64),
        ordered[:, 2].astype(np.int64),
        ordered[:, 3].astype(np.uint8),
    )


@kernel
def total_weights(offsets: Longs, ties: Longs, covered: Longs, weight: Doubles) -> tuple[Doubles, Longs]:
    """(score, controller) of each group; ties come by rank, so the first of equal ones stays."""
    groups = len(offsets) - 1
    scores = np.zeros(groups, np.float64)
    controllers = np.zeros(groups, np.int64)
    for group in range(groups):
        best = -1.0
        for place in range(offsets[group], offsets[group + 1]):
            scores[group] += weight[ties[place]]
            if covered[place] * weight[ties[place]] > best:
                best = covered[place] * weight[ties[place]]
                controllers[group] = ties[place]
    return scores, controllers
