"""Shared control: groups of members joined by common ties, with hubs weighted down. Called by the patterns.

Definitions (domain.md, pattern 7; the weight is that of Adamic and Adar 2003 with 1 + degree, so that it is finite):

* A *link* (member, tie, kind) says that a member has a tie (a person in a role, a phone, an address, a device). The
  *degree* d of a tie is the number of its distinct members, its *weight* 1 / ln(1 + d).
* A tie is *strong* when its weight is at least the least weight, else *weak*. Strong ties with d >= 2 join their
  members; a *group* is a connected component of members so joined.
* A joining tie *crosses roles* when it has links of two kinds: some member has it in one, another one in the other.
  Kinds belong to *families* (all roles are one, phones another); a group's families are those of its joining links.
* A group is reported when it has at least the least number of members, and two families or a tie that crosses roles.
* Its ties are all its joining ties and the weak ties with two or more members in it, each with the number it *covers*
  (its distinct members in the group). Weak ties join nothing, but count in score and choice of the controller: an
  agent is weighted down and never left out.
* *Score* = sum of the weights of its ties, in order of rank. *Controller* = the tie with the largest covered * weight,
  of equal ones the first by rank.

Linear in the links, so there is no budget.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.kernels.checks import as_ints, require
from graph.kernels.control_groups import group_columns, joined_groups, ties_of_groups, ties_of_links, total_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from graph.kernels.compiled import Doubles, Flags, Ints, Longs
    from graph.kernels.control_groups import Ties

MOST_KINDS = 63


@dataclass(frozen=True, slots=True)
class Control:
    """Groups by the smallest rank of their members; members and ties of each by rank.

    Group g has members[member_offsets[g]:member_offsets[g + 1]] and the ties at tie_offsets[g]:tie_offsets[g + 1].
    """

    member_offsets: Longs
    members: Longs
    tie_offsets: Longs
    ties: Longs
    weights: Doubles
    covered: Longs
    """Distinct members of the group that the tie has."""
    strong: Flags
    """1: the tie joins the group; 0: it is weak."""
    scores: Doubles
    controllers: Longs
    """Tie numbers."""
    families: Longs
    """How many each group has."""
    crossings: Longs
    """Ties that cross roles."""
    groups_left_out: int
    """Groups of two or more that are too small or have neither two families nor a crossing."""
    weak_ties: int
    """Weak ties with two or more members, `weak_ties_listed` of them in some group."""
    weak_ties_listed: int
    least_weight: float
    least_members: int


def _checked_links(
    member: npt.ArrayLike,
    tie: npt.ArrayLike,
    kind: npt.ArrayLike,
    counts: tuple[int, int],
    family: npt.ArrayLike | None,
) -> tuple[Ties, Longs]:
    """(links by tie, family of each kind).

    Raises:
        ValueError: for arrays that make no sense.
    """
    families = np.arange(MOST_KINDS) if family is None else np.ascontiguousarray(family, dtype=np.int64)
    require(condition=len(families) <= MOST_KINDS, message=f"there may be {MOST_KINDS} kinds, not {len(families)}")
    in_range = families.size == 0 or 0 <= int(families.min()) <= int(families.max()) < MOST_KINDS
    require(condition=bool(in_range), message=f"families must lie in 0..{MOST_KINDS - 1}")
    members = as_ints(member, below=counts[0], name="member")
    ties = as_ints(tie, below=counts[1], name="tie")
    kinds = as_ints(kind, below=len(families), name="kind")
    require(condition=len(members) == len(ties) == len(kinds), message="member, tie and kind must be of one length")
    return ties_of_links(members, ties, kinds, *counts), families


def _weights(degree: Ints) -> Doubles:
    """1 / ln(1 + d), 0 for ties without members; by the library's logarithm, the same on every machine."""
    seen = np.bincount(degree)
    table = np.zeros(len(seen), np.float64)
    for d in np.flatnonzero(seen[1:]).tolist():
        table[d + 1] = 1 / math.log(d + 2)
    weights: Doubles = table[degree]
    return weights


def _groups_of(
    links: Ties, families: Longs, member_rank: Longs, tie_rank: Longs, least_weight: float, least_members: int
) -> Control:
    weight = _weights(links.degree)
    joins: Flags = ((weight >= least_weight) & (links.degree >= 2)).astype(np.uint8)
    groups = joined_groups(links, joins, families, member_rank, least_members)
    rows, weak = ties_of_groups(links, joins, groups, tie_rank)
    tie_offsets, ties, covered, strong = group_columns(rows, len(groups.size))
    scores, controllers = total_weights(tie_offsets, ties, covered, weight)
    return Control(
        member_offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(groups.size)]),
        members=groups.members,
        tie_offsets=tie_offsets,
        ties=ties,
        weights=weight[ties],
        covered=covered,
        strong=strong,
        scores=scores,
        controllers=controllers,
        families=groups.families,
        crossings=groups.crossings,
        groups_left_out=groups.left_out,
        weak_ties=int(weak[0]),
        weak_ties_listed=int(weak[1]),
        least_weight=least_weight,
        least_members=least_members,
    )


def shared_control(
    member: npt.ArrayLike,
    tie: npt.ArrayLike,
    kind: npt.ArrayLike,
    member_rank: npt.ArrayLike,
    tie_rank: npt.ArrayLike,
    *,
    least_weight: float,
    least_members: int = 3,
    family: npt.ArrayLike | None = None,
) -> Control:
    """Groups of members under shared control, with all their ties.

    Args:
        member: member of each link, 0..v-1, [n]; a link may stand twice.
        tie: its tie, 0..t-1, [n].
        kind: its kind, 0..62, [n].
        member_rank: place of each member by public id, [v], distinct.
        tie_rank: place of each tie by public id, [t], distinct.
        least_weight: weight from which a tie joins; 0.25 is 53 members, 0.5 six, 1.0 one.
        least_members: fewest members of a group, 2 or more.
        family: family of each kind, 0..62; every kind its own for None.

    Raises:
        ValueError: for options or arrays that make no sense.
    """
    require(condition=least_weight >= 0, message=f"least_weight must be 0 or more, not {least_weight}")
    require(condition=least_members >= 2, message=f"least_members must be 2 or more, not {least_members}")
    member_ranks = np.ascontiguousarray(member_rank, dtype=np.int64)
    tie_ranks = np.ascontiguousarray(tie_rank, dtype=np.int64)
    links, families = _checked_links(member, tie, kind, (len(member_ranks), len(tie_ranks)), family)
    return _groups_of(links, families, member_ranks, tie_ranks, least_weight, least_members)
