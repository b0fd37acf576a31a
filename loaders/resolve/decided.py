"""Human decisions in identity: what was found to be one taxpayer is joined, what was found to be two is parted.

The one definition, called by every resolver and by `clusters`. A pure function of the sets of edges and decisions: of
several decisions about a pair the latest counts (by instant, then id), and where what is joined and what is parted
contradict each other, edges are taken one by one in a total order (decisions before facts, the latest first; facts by
the registration that was first registered, or by their weight) and one that would join what was parted is left out.
Only components that hold a parted pair are walked; the others are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loaders.resolve.columns import shaped

Codes = npt.NDArray[np.int64]
Edge = tuple[int, int]
SAME, DIFFERENT = "same", "different"
DECISIONS = shaped(
    ("id", pa.string()),
    ("verdict", pa.string()),
    ("decided_at", pa.timestamp("us", tz="UTC")),
    ("left", pa.string()),
    ("right", pa.string()),
)
NO_DECISIONS = DECISIONS.empty_table()


@dataclass(frozen=True, slots=True)
class Standing:
    """Pairs of places that are decided about, the latest decision first. `apart`: the two are two taxpayers."""

    same: Sequence[Edge]
    apart: Sequence[Edge]


def standing(decisions: pa.Table, ids: Any, *, prefix: str = "") -> Standing:
    """The decision that counts about each pair of known registrations.

    Args:
        decisions: `DECISIONS`, in any order; `left` and `right` are keys of registrations.
        ids: text, every id; a decision names it by its place.
        prefix: what stands before a registration's key in `ids`.
    """
    latest = last_verdicts(decisions)
    named = pa.array([f"{prefix}{key}" for pair in latest for key in pair], pa.string())
    places: list[int | None] = pc.index_in(named, ids).to_pylist()
    pairs = zip(places[::2], places[1::2], latest.values(), strict=True)
    known = [(left, right, verdict) for left, right, verdict in pairs if left is not None and right is not None]
    return Standing(
        [(left, right) for left, right, verdict in known if verdict == SAME],
        [(left, right) for left, right, verdict in known if verdict == DIFFERENT],
    )


def last_verdicts(decisions: pa.Table) -> dict[tuple[str, str], str]:
    """By pair of registrations (the smaller key first) the verdict that counts, the latest decision first."""
    rows = sorted(decisions.to_pylist(), key=lambda row: (row["decided_at"], row["id"]), reverse=True)
    latest: dict[tuple[str, str], str] = {}
    for row in rows:
        left, right = sorted((row["left"], row["right"]))
        latest.setdefault((left, right), row["verdict"])
    return latest


def parted(component: Codes, edges: Iterable[Edge], apart: Sequence[Edge]) -> Codes:
    """Components without joining any pair of `apart`; numbered anew from 0.

    Args:
        component: int64[n], of all edges, by code.
        edges: those of components that hold a parted pair, in the order in which they count.
        apart: pairs of codes.
    """
    groups = Groups(apart)
    for left, right in edges:
        groups.join(left, right)
    touched = np.isin(component, component[[left for left, _ in apart]]) if apart else np.zeros(len(component), bool)
    label = component.copy()
    codes = np.flatnonzero(touched)
    label[codes] = [len(component) + groups.root(code) for code in codes.tolist()]
    return np.asarray(np.unique(label, return_inverse=True)[1], np.int64)


def walked(left: Codes, right: Codes, held: npt.NDArray[np.bool_], order: Callable[[int], Any]) -> list[Edge]:
    """The edges whose left end is held, each once, by `order` of their ends, the smaller end first.

    Args:
        left: code of one end of each edge, int64[e].
        right: code of the other.
        held: bool[n] by code: whether it is in a component that holds a parted pair.
        order: what a code is sorted by.
    """
    inside = np.flatnonzero(held[left])
    pairs = set(zip(left[inside].tolist(), right[inside].tolist(), strict=True))
    return sorted(pairs, key=lambda pair: sorted((order(pair[0]), order(pair[1]))))


class Groups:
    """Disjoint sets that know which members may not come together; the smallest member stands for a set."""

    def __init__(self, apart: Iterable[Edge]) -> None:
        self._parent: dict[int, int] = {}
        self._foes: dict[int, set[int]] = {}
        for left, right in apart:
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    def root(self, code: int) -> int:
        """The set that a code is in."""
        found = code
        while (above := self._parent.get(found, found)) != found:
            found = above
        while (above := self._parent.get(code, code)) != found:
            self._parent[code], code = found, above
        return found

    def forbids(self, one: int, other: int) -> bool:
        """Whether a member of one set was parted from a member of the other; both are named by their roots."""
        return any(self.root(foe) == other for foe in self._foes.get(one, ()))

    def join(self, left: int, right: int) -> None:
        """Join two sets unless that is forbidden."""
        one, other = sorted((self.root(left), self.root(right)))
        if one == other or self.forbids(one, other):
            return
        self._parent[other] = one
        self._foes.setdefault(one, set()).update(self._foes.get(other, ()))
