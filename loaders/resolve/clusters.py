"""Clusters of registrations: a pure function of pairs, hard identifiers and decisions. Called after scoring.

Pairs join in a fixed order: decisions, then rules, then weights from the heaviest down. A pair that would bring
together what may not be one firm is refused and listed, so a cluster that its evidence contradicts falls apart at its
weakest pairs. Nothing depends on an order of arrival, and a connected component depends on itself alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from loaders.resolve.columns import PAIR, in_order, made, pc, places_of, shaped, whole
from loaders.resolve.decided import Groups, standing

DECIDED, RULED, WEIGHED = range(3)
REASONS = ("decided apart", "two organisation codes", "branch and head office")
APART, _CODES, _OFFICES = REASONS
MEMBERS = shaped(("id", pa.string()), ("cluster", pa.string()))
REFUSED = shaped(
    *((name, pa.string()) for name in ("left", "right", "basis")), ("weight", pa.int64()), ("reason", pa.string())
)
BASES = ("decision", "rule", "weight")


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs that would be one firm, and decisions; `left` and `right` are ids, in any order.

    Attributes:
        rules: `left, right`.
        pairs: `left, right`, `weight` (int64).
        decisions: `decided.DECISIONS`; which one counts is said there.
    """

    rules: pa.Table
    pairs: pa.Table
    decisions: pa.Table


@dataclass(frozen=True, slots=True)
class Clusters:
    """`members`: `id, cluster` (the smallest id in it), by id. `refused`: see `REFUSED`, by left, right, basis."""

    members: pa.Table
    refused: pa.Table


@dataclass(frozen=True, slots=True)
class _Edges:
    """m edges between places in a list of ids, in the order in which they join; `apart` pairs never join."""

    left: np.ndarray
    right: np.ndarray
    basis: np.ndarray
    weight: np.ndarray
    apart: np.ndarray  # [k, 2]


def clusters(identifiers: pa.Table, links: Links) -> Clusters:
    """The clusters of all registrations.

    Args:
        identifiers: `id` (unique), `legal` (organisation code or null), `branch` (null for a head office).
        links: between them; pairs with an unknown id are left out.
    """
    table = in_order(identifiers.select(["id", "legal", "branch"]))
    ids = whole(table, "id")
    edges = _edges(ids, links)
    label = _components(edges, len(ids))
    cluster, refused = _parted(table, edges, label)
    members = pa.table({"id": ids, "cluster": ids.take(pa.array(cluster))}, schema=MEMBERS)
    return Clusters(members, _refused_table(ids, edges, refused))


_BY_PAIR = [*PAIR, ("basis", "ascending")]


def _edges(ids: Any, links: Links) -> _Edges:
    said = standing(links.decisions, ids)
    same = np.array(said.same, np.int64).reshape(-1, 2)
    latest_first = np.arange(len(same), 0, -1)
    parts = [(same[:, 0], same[:, 1], latest_first), *_places(ids, (links.rules, links.pairs))]
    basis = np.repeat([DECIDED, RULED, WEIGHED], [len(part[0]) for part in parts])
    left, right, weight = (np.concatenate([part[side] for part in parts]) for side in range(3))
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((high, low, -weight, basis))
    apart = np.array(said.apart, np.int64).reshape(-1, 2)
    return _Edges(low[order], high[order], basis[order], weight[order], apart)


def _places(ids: Any, tables: Sequence[pa.Table]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of each table places of the ends of the pairs whose ends are both known, and their weights."""
    ends = places_of(ids, *(whole(table, name) for table in tables for name in ("left", "right")))
    found = []
    for table, left, right in zip(tables, ends[::2], ends[1::2], strict=True):
        known = pc.and_(pc.is_valid(left), pc.is_valid(right))
        weight = table["weight"] if "weight" in table.column_names else pa.array(np.zeros(table.num_rows, np.int64))
        low, high, heavy = (np.asarray(pc.filter(side, known).to_numpy(), np.int64) for side in (left, right, weight))
        found.append((low, high, heavy))
    return found


def _components(edges: _Edges, count: int) -> np.ndarray:
    graph = coo_matrix((np.ones(len(edges.left), np.int8), (edges.left, edges.right)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _parted(table: pa.Table, edges: _Edges, label: np.ndarray) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """The smallest place in the cluster of each place, and refused edges with their reasons."""
    count = int(label.max()) + 1 if len(label) else 0
    smallest = np.full(count, len(label))
    np.minimum.at(smallest, label, np.arange(len(label)))
    cluster = smallest[label]
    disputed = _disputed(table, edges, label, count)
    refused: list[tuple[int, str]] = []
    due = np.flatnonzero(disputed[label[edges.left]])
    if len(due):
        places = np.flatnonzero(disputed[label])
        forest = _Forest.of(table, places, edges.apart)
        refused = [(int(edge), reason) for edge in due if (reason := forest.join(edges, int(edge)))]
        cluster[places] = [forest.groups.root(int(place)) for place in places]
    return cluster, refused


def _disputed(table: pa.Table, edges: _Edges, label: np.ndarray, count: int) -> np.ndarray:
    """Components with two organisation codes, with a branch and a head office, or with a pair decided apart."""
    found = np.zeros(count, bool)
    several = np.flatnonzero(np.bincount(label, minlength=count)[label] > 1)
    chosen: Any = pa.array(several)
    of, members = label[several], table.take(chosen)
    head = pc.is_null(members["branch"]).to_numpy().astype(np.int64)
    codes = pc.rank(whole(members, "legal"), sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    coded = pc.is_valid(members["legal"]).to_numpy()
    for values, rows in ((head, np.ones(len(head), bool)), (codes, coded)):
        least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
        np.minimum.at(least, of[rows], values[rows])
        np.maximum.at(most, of[rows], values[rows])
        found |= (most > least) & (most >= 0)
    apart = label[edges.apart]
    found[apart[apart[:, 0] == apart[:, 1], 0]] = True
    return found


@dataclass(frozen=True, slots=True)
class _Forest:
    """Groups of places that grow edge by edge, with the codes and kinds of office in each by its root."""

    groups: Groups
    codes: dict[int, frozenset[str]]
    offices: dict[int, frozenset[bool]]

    @classmethod
    def of(cls, table: pa.Table, places: np.ndarray, apart: np.ndarray) -> _Forest:
        rows = dict(zip(places.tolist(), table.take(pa.array(places)).to_pylist(), strict=True))
        return cls(
            groups=Groups(map(tuple, apart.tolist())),
            codes={p: frozenset([] if row["legal"] is None else [row["legal"]]) for p, row in rows.items()},
            offices={p: frozenset([row["branch"] is None]) for p, row in rows.items()},
        )

    def join(self, edges: _Edges, edge: int) -> str:
        """Join the groups of an edge's ends, or say why not."""
        ends = (self.groups.root(int(edges.left[edge])), self.groups.root(int(edges.right[edge])))
        low, high = min(ends), max(ends)
        if low == high:
            return ""
        if reason := self._against(low, high, decided=edges.basis[edge] == DECIDED):
            return reason
        self.groups.join(low, high)
        self.codes[low] |= self.codes[high]
        self.offices[low] |= self.offices[high]
        return ""

    def _against(self, one: int, other: int, *, decided: bool) -> str:
        if self.groups.forbids(one, other):
            return APART
        if decided:
            return ""
        if not _agree(self.codes[one], self.codes[other]):
            return _CODES
        return "" if _agree(self.offices[one], self.offices[other]) else _OFFICES


def _agree(one: frozenset[Any], other: frozenset[Any]) -> bool:
    """A decision may have brought two codes together; whoever bears one of them still belongs there."""
    return one <= other or other <= one


def _refused_table(ids: Any, edges: _Edges, refused: list[tuple[int, str]]) -> pa.Table:
    places = np.array([edge for edge, _ in refused], np.int64)
    return made(
        {
            "left": ids.take(pa.array(edges.left[places])),
            "right": ids.take(pa.array(edges.right[places])),
            "basis": pa.array(BASES).take(pa.array(edges.basis[places])),
            "weight": pa.array(edges.weight[places], mask=edges.basis[places] != WEIGHED),
            "reason": pa.array([reason for _, reason in refused], pa.string()),
        },
        schema=REFUSED,
    ).sort_by(_BY_PAIR)
