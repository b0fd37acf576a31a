"""Which records of persons are one, as a slow reference says it."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.resolve.persons.together import COMPANION, SLIP, together

Pairs = set[tuple[str, str]]
IDS = "abcdefgh"
ENDS = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda ends: ends[0] < ends[1])


def reached(start: str, pairs: Pairs) -> set[str]:
    """All that pairs connect with it."""
    found, more = set[str](), {start}
    while more:
        found |= more
        more = {end for pair in pairs if found & {*pair} for end in pair} - found
    return found


def reference(slips: Pairs, companions: Pairs, documented: set[str]) -> dict[str, tuple[str, str]]:
    sure = set[tuple[str, str]]()
    for pair in companions:
        near = reached(pair[0], slips | companions)
        if len({min(reached(each, slips)) for each in near & documented}) <= 1:
            sure.add(pair)
    person = {each: min(reached(each, slips | sure)) for each in IDS}
    return {
        each: (first, SLIP if first in reached(each, slips) else COMPANION)
        for each, first in person.items()
        if first != each
    }


def table(pairs: Pairs) -> pa.Table:
    columns = zip(*sorted(pairs), strict=True) if pairs else ((), ())
    return pa.table({name: pa.array(ends, pa.string()) for name, ends in zip(("left", "right"), columns, strict=True)})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(slips=st.sets(ENDS, max_size=3), others=st.sets(ENDS, max_size=6), papers=st.sets(st.sampled_from(IDS)))
def test_records_are_joined_as_the_reference_says(slips: Pairs, others: Pairs, papers: set[str]) -> None:
    documented = papers | {end for pair in slips for end in pair}
    companions = {pair for pair in others if not documented >= {*pair}}
    found = together(table(slips), table(companions), pa.chunked_array([pa.array(sorted(documented), pa.string())]))
    rows = {row["record"]: (row["person"], row["rule"]) for row in found.to_pylist()}
    assert rows == reference(slips, companions, documented)
