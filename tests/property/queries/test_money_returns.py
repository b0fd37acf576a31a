"""Money that comes back is found as by trying every chain of transfers, and the told chain is a real one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.detection.returns import Distance, Transfers, chains

WORLDS_AN_EXAMPLE = 60
SEEDS = st.integers(0, 2**32 - 1)
Row = tuple[int, int, int, int]
"""Payer, payee, tick, cents."""


@dataclass(frozen=True)
class World:
    """Transfers by tick, payments among them, homes of each."""

    transfers: tuple[Row, ...]
    homes: dict[int, frozenset[int]]
    reach: Distance


def random_world(random: Random) -> World:
    """Ties, cycles and equal ways are common."""
    people = random.randint(2, 6)
    ticks, most = random.choice([2, 5, 40]), random.choice([1, 3, 10])
    pairs = [random.sample(range(people), 2) for _ in range(random.randint(1, 16))]
    rows = sorted((random.randrange(ticks), *pair, random.randint(1, most)) for pair in pairs)
    transfers = tuple((payer, payee, tick, cents) for tick, payer, payee, cents in rows)
    payments = random.sample(range(len(rows)), random.randint(0, len(rows)))
    homes = {each: frozenset({transfers[each][0], random.randrange(people + 2)}) for each in sorted(payments)}
    gap = random.choice([0, 100_000, 333_333, 500_000, 999_999])
    return World(transfers, homes, Distance(random.randint(1, 4), random.randrange(ticks + 1), gap))


def found_in(world: World) -> dict[int, list[int]]:
    columns = np.array(world.transfers, np.int64).reshape(-1, 4).T
    rows = [(payment, home) for payment, homes in world.homes.items() for home in sorted(homes)]
    place, home = np.array(rows, np.int64).reshape(-1, 2).T
    payments = np.array(list(world.homes), np.int64)
    return chains(Transfers(*columns), payments, (place, home), world.reach)


def all_chains(world: World, payment: int, way: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every chain that ends at home, by depth first search without any shortcut."""
    rows, homes = world.transfers, world.homes[payment]
    at, since = rows[(payment, *way)[-1]][1:3]
    for number, (payer, payee, tick, cents) in enumerate(rows):
        smaller, larger = sorted((cents, rows[payment][3]))
        fits = smaller * 1_000_000 >= (1_000_000 - world.reach.gap) * larger
        late = tick < since or tick > rows[payment][2] + world.reach.ticks
        if payer != at or payee == rows[payment][1] or late or not fits:
            continue
        if payee in homes:
            yield (*way, number)
        elif len(way) + 1 < world.reach.hops:
            yield from all_chains(world, payment, (*way, number))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_every_payment_that_comes_back_is_told_with_its_shortest_and_earliest_chain(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible world, no secret
    for _ in range(WORLDS_AN_EXAMPLE):
        world = random_world(random)
        found = found_in(world)
        for payment in world.homes:
            every = list(all_chains(world, payment, ()))
            assert (payment in found) == bool(every), (world, payment)
            if every:
                told = tuple(found[payment])
                assert told in every, (world, payment)
                assert (len(told), told[-1]) == min((len(chain), chain[-1]) for chain in every), (world, payment)


def one_return(*, tick: int = 30, cents: int = 80, gap: int = 200_000) -> World:
    return World(((0, 1, 0, 100), (1, 0, tick, cents)), {0: frozenset({0})}, Distance(4, 30, gap))


@pytest.mark.parametrize(
    ("world", "back"),
    [
        (one_return(), True),
        (one_return(tick=31), False),
        (one_return(cents=79), False),
        (one_return(cents=125), True),
        (one_return(cents=126), False),
        (one_return(gap=200_001, cents=80), True),
    ],
)
def test_limits_are_inclusive_and_exact(world: World, *, back: bool) -> None:
    assert bool(found_in(world)) == back
