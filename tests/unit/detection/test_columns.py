"""Days, months, shares and sums that patterns share, against Python's own."""

from __future__ import annotations

import itertools
from datetime import date
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from queries.detection.columns import (
    MILLION,
    NEVER,
    day_numbers,
    day_of,
    first_day_of,
    grouped,
    months_of,
    number_of,
    place_of,
    share,
    summed,
)


def test_days_and_months_go_to_and_fro() -> None:
    days = [date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29), date(2026, 12, 31)]
    numbers = day_numbers(pa.array([*days, None], pa.date32()))
    assert [day_of(number) for number in numbers[:-1]] == days
    assert numbers[-1] == NEVER
    assert [number_of(day) for day in days] == numbers[:-1].tolist()
    assert months_of(numbers[:-1]).tolist() == [day.year * 12 + day.month - 1 for day in days]
    assert [day_of(number) for number in first_day_of(months_of(numbers[:-1]))] == [day.replace(day=1) for day in days]


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_exact_also_where_a_product_passes_a_word(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - a reproducible draw, no secret
    wholes = [chance.randrange(1, 10 ** chance.randint(1, 18)) for _ in range(300)] + [0, -5]
    parts = [chance.randrange(0, max(whole, 1) + 1) for whole in wholes]
    expected = [part * MILLION // whole if whole > 0 else 0 for part, whole in zip(parts, wholes, strict=True)]
    assert share(np.array(parts), np.array(wholes)).tolist() == expected


def test_sums_and_groups_are_those_of_a_loop() -> None:
    keys, amounts = np.array([2, 0, 2, 5, 0]), np.array([1, 2**62, 3, 4, 5])
    assert summed(keys, amounts, 6).tolist() == [2**62 + 5, 0, 4, 0, 0, 4]
    distinct, order, starts = grouped(keys)
    assert distinct.tolist() == [0, 2, 5]
    assert [order[a:b].tolist() for a, b in itertools.pairwise(starts)] == [[1, 4], [0, 2], [3]]
    assert [each.tolist() for each in grouped(np.zeros(0, np.int64))] == [[], [], [0]]


def test_places_of_texts_that_are_not_there_are_told() -> None:
    assert place_of(pa.array(["b", "x", None, "a"]), pa.array(["a", "b"])).tolist() == [1, -1, -1, 0]
