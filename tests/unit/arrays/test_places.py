"""Places of numbers: those of a dictionary, with or without gaps between the numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.arrays.places import Places

FIRST_OF_A_TYPE = 11 << 40
DENSE = st.integers(FIRST_OF_A_TYPE, FIRST_OF_A_TYPE + 50)
SPARSE = st.integers(-(2**62), 2**62)
DISTINCT = st.one_of(st.lists(DENSE, unique=True), st.lists(SPARSE, unique=True))


def longs(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


@given(numbers=DISTINCT, strangers=st.lists(st.one_of(DENSE, SPARSE)))
def test_places_are_those_of_a_dictionary(numbers: list[int], strangers: list[int]) -> None:
    known = {number: place for place, number in enumerate(numbers)}
    wanted = [*strangers, *reversed(numbers)]
    found = Places(longs(numbers))
    places, there = found.of(longs(wanted))
    assert there.tolist() == [number in known for number in wanted]
    assert places[there].tolist() == [known[number] for number in wanted if number in known]
    assert found.repeated == 0


@given(numbers=st.one_of(st.lists(DENSE), st.lists(SPARSE)), again=st.integers(0, 3))
def test_numbers_that_stand_again_are_counted_and_found_at_a_place_of_theirs(numbers: list[int], again: int) -> None:
    given_numbers = numbers + numbers[:again]
    found = Places(longs(given_numbers))
    places, there = found.of(longs(given_numbers))
    assert there.all()
    assert longs(given_numbers)[places].tolist() == given_numbers
    assert found.repeated == len(given_numbers) - len(set(given_numbers))
