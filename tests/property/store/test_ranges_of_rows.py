"""Ranges of written rows say exactly which rows are in, whatever order they come in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from graph.store.neo4j_parts.ranges import Range, covered, flat, joined, left, paired

ROWS = 30
RANGES = st.lists(
    st.tuples(st.integers(0, ROWS), st.integers(1, ROWS)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
)
WITHIN = st.tuples(st.integers(0, ROWS), st.integers(0, ROWS)).map(lambda pair: (min(pair), max(pair)))


def gathered(ranges: list[Range]) -> list[Range]:
    done: list[Range] = []
    for each in ranges:
        done = joined(done, each)
    return done


def rows_of(ranges: list[Range]) -> set[int]:
    return {row for start, end in ranges for row in range(start, end)}


@given(RANGES)
def test_joined_ranges_hold_the_same_rows_and_never_touch(ranges: list[Range]) -> None:
    done = gathered(ranges)
    assert rows_of(done) == rows_of(ranges)
    assert all(end < start for (_, end), (start, _) in pairwise(done))


@given(RANGES, WITHIN)
def test_what_is_left_is_the_rest(ranges: list[Range], within: Range) -> None:
    done = gathered(ranges)
    missing = list(left(done, within))
    assert rows_of(missing) == rows_of([within]) - rows_of(done)
    assert all(start < end for start, end in missing)


@given(RANGES, WITHIN)
def test_a_range_is_covered_if_nothing_of_it_is_left(ranges: list[Range], within: Range) -> None:
    done = gathered(ranges)
    if within[0] < within[1]:
        assert covered(done, within) == (not list(left(done, within)))


@given(RANGES)
def test_ranges_come_back_from_the_ledger(ranges: list[Range]) -> None:
    done = gathered(ranges)
    assert paired(flat(done)) == done
