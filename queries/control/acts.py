"""Events that break a rule by themselves, gathered into one hit an officer and task. Read by the rules about acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from queries.control.hits import Hit, Value
from queries.control.work import Longs, Work


def hits_of(work: Work, rows: Longs, measures: Callable[[Longs], Mapping[str, Value]], *, high: bool) -> Iterator[Hit]:
    """One hit for each officer and task of these events, at the first of them."""
    events = work.events
    width = len(work.nodes("Task")) + 1
    key = events.officer[rows] * width + events.task[rows]
    order = np.lexsort((rows, key))
    rows, key = rows[order], key[order]
    edges = [*np.flatnonzero(np.diff(key, prepend=-1)).tolist(), len(rows)]
    for first, last in pairwise(edges):
        part = rows[first:last]
        task = int(events.task[part[0]])
        yield Hit(
            officer=work.officer(int(events.officer[part[0]])),
            subject=work.task(task),
            at=int(events.at[part].min()),
            high=high,
            measures=measures(part),
            task=work.task(task),
            events=tuple(events.number[part].tolist()),
            taxpayers=work.firms_of(task),
        )
