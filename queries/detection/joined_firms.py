"""Groups of firms that strong ties join, of a size that one can look at. Read by shared control.

Groups are those of the kernel `graph.kernels.control`; here links are chosen for it, and components that are too large
are parted. Work is linear in the links, times the firms of a strong tie.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from graph.kernels.control import shared_control
from queries.detection.columns import MILLION, grouped
from queries.detection.ties import ACCOUNT, AGENT, OFFICER, REPRESENTATIVE, Shared

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Rows = tuple[Longs, Longs, Longs]
"""Firm, number of its group, firms beyond."""
BOTH_ROLES = 1 << REPRESENTATIVE | 1 << OFFICER
# Family of each kind of link: the offices are one.
_FAMILY = tuple(REPRESENTATIVE if kind == OFFICER else kind for kind in range(ACCOUNT + 1))


@dataclass(frozen=True, slots=True)
class Groups:
    """Firms with the group of each, by group and firm; groups count from 0 by their first firm.

    `beyond`, by group: firms of its component that are not in it, as only single ties chain them to it.
    """

    firm: Longs
    group: Longs
    beyond: Longs

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.beyond)


@dataclass(frozen=True, slots=True)
class Links:
    """Strong links: firm, tie and kind of link, int64[n] each."""

    firm: Longs
    tie: Longs
    kind: Longs

    def of(self, firms: Longs) -> Links:
        """The links of these firms."""
        here = np.isin(self.firm, firms)
        return Links(self.firm[here], self.tie[here], self.kind[here])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of firms with a tie in common: places of both, how many ties they share and what these weigh; int64[p]."""

    one: Longs
    other: Longs
    ties: Longs
    weight: Longs

    def of(self, kept: Flags) -> Pairs:
        """Some of them."""
        return Pairs(self.one[kept], self.other[kept], self.ties[kept], self.weight[kept])

    def graph(self, firms: int) -> Any:
        """They as edges between places."""
        return coo_array((np.ones(len(self.one), np.int8), (self.one, self.other)), shape=(firms, firms)).tocsr()


@dataclass(frozen=True, slots=True)
class Components:
    """Components that are too large: their strong links, firms ascending with the component of each."""

    links: Links
    firms: Longs
    component: Longs
    place: Longs
    """Place in `firms` of the firm of each link."""
    sizes: Longs
    """Firms of each component."""
    heavy: Longs
    """What the ties of each firm weigh."""
    pairs: Pairs

    def component_of(self, firm: Longs) -> Longs:
        """Component of each firm."""
        return self.component[np.searchsorted(self.firms, firm)]


def weights(degree: Longs) -> Longs:
    """1 / ln(1 + degree) in millionths; 0 for ties of nobody."""
    values, place = np.unique(degree, return_inverse=True)
    table = np.array([round(MILLION / math.log(1 + each)) if each else 0 for each in values.tolist()], np.int64)
    return table[place]


def joined_groups(shared: Shared, *, least_weight: int, least_firms: int, most_firms: int) -> Groups:
    """Groups with evidence of at least `least_firms`; components of more than `most_firms` are parted.

    Two firms of such a component stay joined where they share two ties or more; where parts are still too large, those
    pairs whose ties weigh least are cut first. A component without a part that is a group stands for itself, with the
    `most_firms` firms nearest to the one whose ties weigh most.
    """
    weight = weights(shared.degree)
    strong = (shared.kind != AGENT) & (weight[shared.tie] >= least_weight)
    links = Links(shared.firm[strong], shared.tie[strong], shared.kind[strong])
    firm, component = _components(links, least_firms)
    large = (np.bincount(component) > most_firms)[component] if len(firm) else np.zeros(0, np.bool_)
    found = [(firm[~large], component[~large], np.zeros(int((~large).sum()), np.int64))]
    if large.any():
        order = np.argsort(firm[large])
        whole = _large(links, firm[large][order], component[large][order], weight)
        found += [_parts(whole, least_firms, most_firms)]
        found += _nearest(whole, np.setdiff1d(whole.component, whole.component_of(found[-1][0])), most_firms)
    return _numbered(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _components(links: Links, least: int) -> tuple[Longs, Longs]:
    """Firms of components that have the evidence, and the component of each; both as the kernel orders them."""
    firms, member = np.unique(links.firm, return_inverse=True)
    ties, tie = np.unique(links.tie, return_inverse=True)
    ranks = np.arange(len(firms)), np.arange(len(ties))
    found = shared_control(member, tie, links.kind, *ranks, least_weight=0, least_members=least, family=_FAMILY)
    return firms[found.members], np.repeat(np.arange(len(found.scores)), np.diff(found.member_offsets))


def _large(links: Links, firms: Longs, component: Longs, weight: Longs) -> Components:
    own = links.of(firms)
    place = np.searchsorted(firms, own.firm)
    tie, having = np.unique(np.stack([own.tie, place]), axis=1)
    heavy = np.bincount(having, weight[tie], len(firms)).astype(np.int64)
    return Components(own, firms, component, place, np.bincount(component), heavy, _pairs(having, tie, weight[tie]))


def _parts(whole: Components, least: int, most: int) -> Rows:
    """The parts that are groups; their numbers are below 0, after those of components."""
    label = _parted(whole.pairs, len(whole.firms), most)
    links = whole.links
    tie = np.unique(label[whole.place] * (int(links.tie.max()) + 1) + links.tie, return_inverse=True)[1]
    firm, part = _components(Links(links.firm, tie, links.kind), least)
    if not len(firm):
        return firm, part, part
    return firm, -1 - len(whole.firms) - part, whole.sizes[whole.component_of(firm)] - np.bincount(part)[part]


def _parted(pairs: Pairs, firms: int, most: int) -> Longs:
    """Part of each firm: pairs with one tie are cut, then the lightest, where more than `most` hang together."""
    pairs = pairs.of(pairs.ties > 1)
    while True:
        label = connected_components(pairs.graph(firms), directed=False)[1].astype(np.int64)
        large = (np.bincount(label) > most)[label[pairs.one]]
        if not large.any():
            return label
        pairs = pairs.of(~large | (pairs.weight > pairs.weight[large].min()))


def _nearest(whole: Components, components: Longs, most: int) -> list[Rows]:
    """Of each of these components the firms nearest to the one whose ties weigh most, that one among them."""
    graph, found = whole.pairs.graph(len(whole.firms)), []
    graph += graph.T
    for component in components.tolist():
        own = np.flatnonzero(whole.component == component)
        heaviest = int(own[np.argmax(whole.heavy[own])])
        near = breadth_first_order(graph, heaviest, return_predecessors=False)[:most]
        beyond = np.full(len(near), len(own) - len(near), np.int64)
        found.append((whole.firms[near], np.full(len(near), -1 - component), beyond))
    return found


def _pairs(place: Longs, tie: Longs, weight: Longs) -> Pairs:
    """All pairs of firms that share a tie, by place; of firms and their ties, with the weight of each, by tie."""
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    at, step = np.arange(len(tie)), 0
    while len(at):
        step += 1
        at = at[at + step < len(tie)]
        at = at[tie[at] == tie[at + step]]
        ones.append(at)
        others.append(at + step)
    one, other = np.concatenate(ones), np.concatenate(others)
    count = int(place.max()) + 1
    pair, order, starts = grouped(place[one] * count + place[other])
    heavy = np.add.reduceat(weight[one[order]], starts[:-1])
    return Pairs(pair // count, pair % count, np.diff(starts), heavy)


def _numbered(firm: Longs, group: Longs, beyond: Longs) -> Groups:
    """Groups numbered by their first firm."""
    groups, place = np.unique(group, return_inverse=True)
    first = np.full(len(groups), np.iinfo(np.int64).max)
    np.minimum.at(first, place, firm)
    number = np.empty(len(groups), np.int64)
    number[np.argsort(first)] = np.arange(len(groups))
    own = number[place]
    order = np.lexsort((firm, own))
    starts = np.searchsorted(own[order], np.arange(len(groups)))
    return Groups(firm[order], own[order], beyond[order][starts])
