"""A set of hashes grows, knows what it holds, and is never wrong when it says no."""

from __future__ import annotations

import numpy as np
import pytest

from graph.arrays.key_set import KeySet, PairSet
from graph.kernels.hashing import add_texts


def longs(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_an_empty_set_has_nothing() -> None:
    assert not KeySet().known(longs(0, 1, -1)).any()


def test_zero_is_a_hash_like_any_other() -> None:
    known = KeySet()
    assert known.add(longs(0)) == 1
    assert known.known(longs(0, 2)).tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_it_holds_what_was_added_and_counts_each_once(seed: int) -> None:
    chance = np.random.default_rng(seed)
    known, seen = KeySet(), set[int]()
    for size in (3, 700, 5000, 1, 20_000):
        added = chance.integers(-(2**63), 2**63, size) if seed else chance.integers(2, 5000, size)
        before = len(seen)
        seen.update(added.tolist())
        assert known.add(added) == len(seen) - before
        assert len(known) == len(seen)
        assert known.known(added).all()
    strangers = [value for value in chance.integers(-(2**63), 2**63, 200).tolist() if value not in seen]
    assert not known.known(longs(*strangers)).any()


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_known_only_as_they_were_added(seed: int) -> None:
    chance = np.random.default_rng(seed)
    pairs, seen = PairSet(), set[tuple[int, int]]()
    for size in (3, 700, 5000):
        first, second = chance.integers(-3 * seed, 40, size), chance.integers(-2, 60, size)
        expected = [pair in seen for pair in zip(first.tolist(), second.tolist(), strict=True)]
        assert pairs.known(first, second).tolist() == [int(each) for each in expected]
        pairs.add(first, second)
        # A first hash of 0 is kept as 1.
        seen.update(zip(first.tolist(), second.tolist(), strict=True))
        seen.update((1, two) for one, two in list(seen) if one == 0)
        seen.update((0, two) for one, two in list(seen) if one == 1)
        assert pairs.known(first, second).all()
    assert len(pairs) <= len(seen)


def texts(*values: str) -> np.ndarray:
    data = "".join(values).encode()
    ends = np.cumsum([0, *(len(value.encode()) for value in values)]).astype(np.int32)
    hashes = np.zeros(len(values), np.int64)
    add_texts(ends, np.frombuffer(data, np.uint8), hashes)
    return hashes


def test_equal_texts_have_equal_hashes_and_others_do_not() -> None:
    found = texts("26440000000000100000", "恒泰", "恒泰", "", "26440000000000100001")
    assert found[1] == found[2]
    assert len(set(found.tolist())) == 4


def test_columns_are_kept_apart() -> None:
    first, second = texts("ab"), texts("a")
    add_texts(np.array([0, 1], np.int32), np.frombuffer(b"c", np.uint8), first)
    add_texts(np.array([0, 2], np.int32), np.frombuffer(b"bc", np.uint8), second)
    assert first[0] != second[0]
