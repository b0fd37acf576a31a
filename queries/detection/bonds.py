"""Firms bound to each other by two kinds of link, and the groups that bonds make. Read by shared control.

A single shared tie says little: outside bookkeepers, office buildings and chance chain most firms of a country into
one group. A *bond* is a pair of ties that the same two or more firms have. Work is linear in the links, times the few
ties of a firm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from queries.detection.columns import grouped
from queries.detection.ties import AGENT, OFFICER, REPRESENTATIVE, Shared

Longs = npt.NDArray[np.int64]
BOTH_ROLES = 1 << REPRESENTATIVE | 1 << OFFICER


@dataclass(frozen=True, slots=True)
class Had:
    """A tie that a firm has: firm, tie, bits of its kinds, family of the tie; int64[n], by firm and tie."""

    firm: Longs
    tie: Longs
    kinds: Longs
    family: Longs


@dataclass(frozen=True, slots=True)
class Groups:
    """Firms ascending with the group of each; groups count from 0 by their first firm."""

    firm: Longs
    group: Longs
    count: int


def had_ties(shared: Shared) -> Had:
    """Every tie of every firm but agents, once."""
    binds = shared.kind != AGENT
    firm, tie, kind = shared.firm[binds], shared.tie[binds], shared.kind[binds]
    order = np.lexsort((tie, firm))
    firm, tie, kind = firm[order], tie[order], kind[order]
    starts = np.flatnonzero(_changes(firm) | _changes(tie))
    kinds = np.bitwise_or.reduceat(1 << kind, starts) if len(starts) else np.zeros(0, np.int64)
    family = np.where(kind[starts] == OFFICER, REPRESENTATIVE, kind[starts])
    return Had(firm[starts], tie[starts], kinds, family)


def bound_groups(shared: Shared, *, hub: int, crossing_alone: bool) -> Groups:
    """Groups of firms joined by bonds.

    Two ties bind when they are of two families, or are two persons of whom one crosses roles among the bound firms,
    and not both are had by more than `hub` firms. With `crossing_alone` a person who crosses roles binds all of his
    firms, unless he is a hub.
    """
    had = had_ties(shared)
    one, other = _pairs(had, shared.degree > hub)
    bond, firm = _bonds(had, one, other)
    if crossing_alone:
        own, theirs = _crossings(had, shared.degree > hub)
        bond, firm = np.concatenate([bond, own + (bond.max() + 1 if len(bond) else 0)]), np.concatenate([firm, theirs])
    return _components(firm, bond)


def _changes(column: Longs) -> npt.NDArray[np.bool_]:
    """Where a value differs from the one before; true at the start."""
    changed = np.ones(len(column), np.bool_)
    changed[1:] = column[1:] != column[:-1]
    return changed


def _pairs(had: Had, is_hub: npt.NDArray[np.bool_]) -> tuple[Longs, Longs]:
    """Places in `had` of any two ties of a firm that may bind, the smaller tie first."""
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    at = np.arange(len(had.firm))
    step = 0
    while len(at):
        step += 1
        at = at[at + step < len(had.firm)]
        at = at[had.firm[at] == had.firm[at + step]]
        persons = had.family[at] == REPRESENTATIVE
        fits = persons | (had.family[at] != had.family[at + step])
        fits &= ~(is_hub[had.tie[at]] & is_hub[had.tie[at + step]])
        ones.append(at[fits])
        others.append(at[fits] + step)
    return np.concatenate(ones), np.concatenate(others)


def _bonds(had: Had, one: Longs, other: Longs) -> tuple[Longs, Longs]:
    """Rows (bond, firm) of the pairs of ties that two firms or more have."""
    order = np.lexsort((had.tie[other], had.tie[one]))
    one, other = one[order], other[order]
    starts = np.flatnonzero(_changes(had.tie[one]) | _changes(had.tie[other]))
    if not len(starts):
        return one, one
    sizes = np.diff(np.append(starts, len(one)))
    kinds = [np.bitwise_or.reduceat(had.kinds[ends], starts) for ends in (one, other)]
    crosses = (kinds[0] == BOTH_ROLES) | (kinds[1] == BOTH_ROLES)
    apart = had.family[one[starts]] != had.family[other[starts]]
    kept = np.repeat((sizes > 1) & (apart | crosses), sizes)
    return np.repeat(np.arange(len(starts)), sizes)[kept], had.firm[one[kept]]


def _crossings(had: Had, is_hub: npt.NDArray[np.bool_]) -> tuple[Longs, Longs]:
    """Rows (bond, firm) of the persons who represent one firm and serve another as officer."""
    ties, order, starts = grouped(had.tie)
    if not len(ties):
        return ties, ties
    kinds = np.bitwise_or.reduceat(had.kinds[order], starts[:-1])
    sizes = np.diff(starts)
    kept = np.repeat((kinds == BOTH_ROLES) & (sizes > 1) & ~is_hub[ties], sizes)
    return np.repeat(np.arange(len(ties)), sizes)[kept], had.firm[order[kept]]


def _components(firm: Longs, bond: Longs) -> Groups:
    firms, place = np.unique(firm, return_inverse=True)
    _, label = np.unique(bond, return_inverse=True)
    ends = len(firms) + label
    size = len(firms) + (int(label.max()) + 1 if len(label) else 0)
    joined = coo_array((np.ones(len(firm), np.int8), (place, ends)), shape=(size, size))
    number = connected_components(joined, directed=False)[1][: len(firms)] if size else np.zeros(0, np.int32)
    _, first, group = np.unique(number, return_index=True, return_inverse=True)
    return Groups(firms, np.argsort(np.argsort(first))[group].astype(np.int64), len(first))
