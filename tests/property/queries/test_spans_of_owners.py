"""The sweep over whole columns equals sets of days, owner by owner."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from queries.organisation.days import ALWAYS, NEVER
from queries.organisation.spans import Spans, doubled, uncovered, united

Line = tuple[int, int, int]
LINES = st.tuples(st.integers(0, 3), st.sampled_from((ALWAYS, *range(12))), st.sampled_from((*range(13), NEVER)))
DAYS = range(-2, 15)


def columns(lines: Iterable[Line]) -> Spans:
    table = np.array(list(lines), np.int64).reshape(-1, 3)
    return Spans(table[:, 0], table[:, 1], table[:, 2])


def counted(spans: Spans) -> dict[tuple[int, int], int]:
    """How many spans hold each day of each owner."""
    lines = list(zip(spans.owner.tolist(), spans.begin.tolist(), spans.end.tolist(), strict=True))
    return {
        (owner, day): sum(one == owner and begin <= day < end for one, begin, end in lines)
        for owner in range(4)
        for day in DAYS
    }


def held(spans: Spans) -> set[tuple[int, int]]:
    return {key for key, count in counted(spans).items() if count}


@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=12))
def test_the_sweep_counts_the_days_of_every_owner(lines: list[Line], others: list[Line]) -> None:
    spans, cover = columns(lines), columns(others)
    assert held(united(spans)) == held(spans)
    assert held(uncovered(spans, cover)) == held(spans) - held(cover)
    assert held(doubled(spans)) == {key for key, count in counted(spans).items() if count > 1}
    for found in (united(spans), uncovered(spans, cover), doubled(spans)):
        told = list(zip(found.owner.tolist(), found.begin.tolist(), found.end.tolist(), strict=True))
        assert told == sorted(told)
        assert all(begin < end for _, begin, end in told)
        assert all(one[0] != other[0] or one[2] < other[1] for one, other in pairwise(told)), "longest"
