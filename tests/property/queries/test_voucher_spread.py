"""Abnormal vouchers spread as the slow reference says, whatever the order of rows or of carriers; limits are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.detection.vouchers import Issued, Limits, Spread, Sums, spread
from tests.support import voucher_reference as reference
from tests.support.voucher_reference import World, random_world

WORLDS_AN_EXAMPLE = 60
SEEDS = st.integers(0, 2**32 - 1)
SHARE, AMOUNT = 700_000, 5_000_000
Row = TypeVar("Row", bound=tuple[int, ...])


def column(rows: Sequence[Sequence[int]], place: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([row[place] for row in rows], np.int64)


def spread_of(world: World) -> Spread:
    stops = np.isin(np.arange(world.firms), sorted(world.stops))
    back = world.given_back
    return spread(
        Issued(column(world.invoices, 0), column(world.invoices, 1)),
        (column(world.seeds, 0), column(world.seeds, 1)),
        Sums(*[column(world.claims, place) for place in range(4)]),
        Sums(column(back, 0), column(back, 1), column(back, 2), np.full(len(back), -1, np.int64)),
        Limits(world.share, world.amount),
        stops=stops,
    )


def carriers_of(found: Spread) -> list[tuple[int, int]]:
    return list(zip(found.carriers.firm.tolist(), found.carriers.span.tolist(), strict=True))


def abnormal_of(found: Spread) -> dict[int, int]:
    return {invoice: step for invoice, step in enumerate(found.round.tolist()) if step >= 0}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_the_fixpoint_is_the_slow_one_with_its_rounds_causes_classes_and_sums(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible world, no secret
    for _ in range(WORLDS_AN_EXAMPLE):
        world = random_world(random)
        found = spread_of(world)
        carriers, abnormal, cause = reference.rounds(world)
        cells = carriers_of(found)
        assert dict(zip(cells, found.carriers.round.tolist(), strict=True)) == carriers, world
        assert cells == sorted(cells)
        assert abnormal_of(found) == abnormal, world
        causes = {invoice: cells[place] for invoice, place in enumerate(found.cause.tolist()) if place >= 0}
        assert causes == cause, world
        assert dict(zip(cells, found.carriers.classes.tolist(), strict=True)) == reference.classes(world)[0], world
        assert found.carriers.abnormal.tolist() == [reference.abnormal_tax(world, cell, abnormal) for cell in cells]
        assert found.carriers.whole.tolist() == [reference.whole_tax(world, cell) for cell in cells]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_neither_the_order_of_rows_nor_that_of_carriers_matters(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible world, no secret
    for _ in range(WORLDS_AN_EXAMPLE):
        world = random_world(random)
        found = spread_of(world)
        carriers, abnormal = reference.closure(world, random.choice)
        assert (set(carriers_of(found)), set(abnormal_of(found))) == (carriers, abnormal), world
        place = random.sample(range(len(world.invoices)), len(world.invoices))  # old number of each new one
        new = {old: number for number, old in enumerate(place)}
        mixed = replace(
            world,
            invoices=tuple(world.invoices[old] for old in place),
            seeds=tuple((new[invoice], bits) for invoice, bits in shuffled(random, world.seeds)),
            claims=tuple((firm, span, cents, new[old]) for firm, span, cents, old in shuffled(random, world.claims)),
            given_back=tuple(shuffled(random, world.given_back)),
        )
        again = spread_of(mixed)
        assert {place[invoice]: step for invoice, step in abnormal_of(again).items()} == abnormal_of(found), world
        for name in ("firm", "span", "abnormal", "whole", "given_back", "round", "classes"):
            assert getattr(again.carriers, name).tolist() == getattr(found.carriers, name).tolist(), (name, world)


def shuffled(random: Random, rows: Sequence[Row]) -> list[Row]:
    return random.sample(list(rows), len(rows))


def one_claimant(abnormal: int, clean: int, back: int = 0) -> World:
    """Firm 1 claims a flagged invoice of firm 0 and a clean one, and gives something back."""
    claims = ((1, 0, abnormal, 0), *(((1, 0, clean, 1),) if clean else ()))
    given_back = ((1, 0, back),) if back else ()
    return World(2, ((0, 0), (0, 0)), ((0, 1),), claims, given_back, SHARE, AMOUNT, frozenset())


@pytest.mark.parametrize(
    ("abnormal", "clean", "back", "carries"),
    [
        (7_000_000, 3_000_000, 0, True),  # exactly seventy per cent
        (7_000_000, 3_000_001, 0, False),
        (7_000_000, 2_999_999, 0, True),
        (5_000_000, 0, 0, False),  # exactly fifty thousand yuan
        (5_000_001, 0, 0, True),
        (4_999_999, 0, 0, False),
        (8_000_000, 0, 2_999_999, False),  # 62.5 per cent: what was given back stays in the whole
        (20_000_000, 0, 6_000_000, True),
        (20_000_000, 0, 6_000_001, False),
        (10_000_000, 0, 11_000_000, False),
    ],
)
def test_both_limits_are_exact_to_the_cent(abnormal: int, clean: int, back: int, *, carries: bool) -> None:
    assert bool(len(carriers_of(spread_of(one_claimant(abnormal, clean, back))))) == carries


def test_sums_beyond_the_product_of_sixty_four_bits_stay_exact() -> None:
    world = one_claimant(7 * 10**17, 3 * 10**17)
    assert carriers_of(spread_of(world)) == [(1, 0)]
    assert carriers_of(spread_of(one_claimant(7 * 10**17, 3 * 10**17 + 1))) == []
