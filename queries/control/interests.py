"""Which officers, or relatives of theirs, hold a role or a share in which firm, and when. Read by recusal.

An officer is a person (SAME_PERSON), and whoever is declared the same one; relatives are those of these persons. Only
declared ties count: a name alone makes nobody kin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from queries.control.work import FOREVER, Dated, Flags, Longs, Work
from queries.detection.columns import NEVER, place_of

KINDS = (
    "HOLDS_SHARE",
    "LEGAL_REPRESENTATIVE_OF",
    "FINANCE_OFFICER_OF",
    "TAX_HANDLER_OF",
    "INVOICE_COLLECTOR_OF",
    "CONTROLS",
    "AGENT_OF",
)
AGENT = KINDS.index("AGENT_OF")
SAME = "same person"


@dataclass(frozen=True, slots=True)
class Interests:
    """A row an interest: places of officer and taxpayer, place in `KINDS`, kin or own, days. By officer, taxpayer."""

    officer: Longs
    taxpayer: Longs
    kind: Longs
    kin: Flags
    begin: Longs
    end: Longs
    named: frozenset[tuple[str, str, int]]  # public ids of officer and taxpayer, and the kind

    def __len__(self) -> int:
        """Rows."""
        return len(self.officer)


def interests(work: Work) -> Interests:
    """Every interest of every officer."""
    return work.once("interests", lambda: _interests(work))


def _interests(work: Work) -> Interests:
    officer, person, kin, begin, end = _persons(work)
    rows = []
    for kind, name in enumerate(KINDS):
        links = work.links(name, "Person", "Party")
        left, right = joined(person, links.source)
        since, until = np.maximum(begin[left], links.begin[right]), np.minimum(end[left], links.end[right])
        same = np.full(len(left), kind)
        rows.append(np.stack([officer[left], links.target[right], same, kin[left].astype(np.int64), since, until]))
    found = np.unique(np.concatenate(rows, axis=1), axis=1)
    found = found[:, found[4] < found[5]]
    pairs = zip(*(row.tolist() for row in found[:3]), strict=True)
    named = frozenset((work.officer(who), work.taxpayers.id(firm), kind) for who, firm, kind in pairs)
    return Interests(found[0], found[1], found[2], found[3] == 1, found[4], found[5], named)


def _persons(work: Work) -> tuple[Longs, Longs, Longs, Longs, Longs]:
    """Officers, the persons they are or are kin of (1), and since when until when that holds."""
    own = work.links("SAME_PERSON", "Officer", "Person")
    related = work.links("RELATED_TO", "Person", "Person", text="kind")
    both = Dated(
        np.concatenate([related.source, related.target]),
        np.concatenate([related.target, related.source]),
        np.tile(related.begin, 2),
        np.tile(related.end, 2),
        related.text,
    )
    same = np.tile(place_of(related.text, pa.array([SAME])) == 0, 2)
    officer, person = own.source, own.target
    begin, end = np.full(len(officer), NEVER), np.full(len(officer), FOREVER)
    left, right = joined(person, both.source[same])
    again = both.target[same][right], both.begin[same][right], both.end[same][right]
    officer, person = np.concatenate([officer, officer[left]]), np.concatenate([person, again[0]])
    begin, end = np.concatenate([begin, again[1]]), np.concatenate([end, again[2]])
    left, right = joined(person, both.source[~same])
    kin = np.repeat([0, 1], [len(officer), len(left)])
    return (
        np.concatenate([officer, officer[left]]),
        np.concatenate([person, both.target[~same][right]]),
        kin,
        np.concatenate([begin, np.maximum(begin[left], both.begin[~same][right])]),
        np.concatenate([end, np.minimum(end[left], both.end[~same][right])]),
    )


def joined(keys: Longs, among: Longs) -> tuple[Longs, Longs]:
    """Rows of `keys` and of `among` that are equal, by the row of `keys`."""
    order = np.argsort(among, kind="stable")
    first, last = np.searchsorted(among[order], keys, "left"), np.searchsorted(among[order], keys, "right")
    count = last - first
    left = np.repeat(np.arange(len(keys)), count)
    right = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return left, order[right]
