"""Which firms declare to belong together: shares, branches and control, as loaded. Shared by the patterns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from queries.detection.facts import Facts, Longs

DECLARED = ("HOLDS_SHARE", "BRANCH_OF", "CONTROLS")


class Groups:
    """Declared links between taxpayers, as pairs of vertices."""

    def __init__(self, facts: Facts) -> None:
        pairs: list[Longs] = []
        for relationship in DECLARED:
            links = facts.links(relationship)
            ends = np.stack([facts.vertices(links.source), facts.vertices(links.target)])
            pairs.append(ends[:, (ends >= 0).all(axis=0)])
        both = np.concatenate(pairs, axis=1)
        both = np.concatenate([both, both[::-1]], axis=1)
        order = np.lexsort((both[1], both[0]))
        self._near, self._far = both[0][order], both[1][order]

    def _linked(self, vertex: int) -> list[int]:
        first, end = np.searchsorted(self._near, [vertex, vertex + 1])
        return [int(other) for other in self._far[first:end]]

    def joined(self, members: Sequence[int]) -> bool:
        """Do links between these firms alone join them all?"""
        inside, reached, waiting = set(members), {members[0]}, [members[0]]
        while waiting:
            found = (inside - reached).intersection(self._linked(waiting.pop()))
            reached |= found
            waiting += sorted(found)
        return reached == inside
