"""Invoices between firms of a power law, with planted rings, as arrays on disk. Made by one step, read by the others.

Firm of rank r sells and buys with a weight of r^-γ. `corr` is the share of firms whose two ranks coincide: with none
of them firms stand in tiers (who sells much buys little), with all of them every hub does both, the worst case for
rings. Each pair has three invoices in the mean, at midnight of 365 dates. Members of planted rings are ordinary firms.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.kernels.sizes import DAY, DAYS, Spec
from tests.benchmarks.sizes import SEED

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
OF_A_PAIR = 3
A_PAIR_TRIED = 2.8214  # λ / (1 - e^-λ) = 3: pairs that no invoice is drawn for are not there
CHUNK = 5_000_000  # rows drawn at once: what is drawn as float64 stays small beside the columns
SHORTEST, LONGEST = 3, 8  # members
SPAN_DAYS = 30
EVENNESS = 0.04
FEW = 1_000  # rows of a date from which a planted invoice takes one
LEAST_CENTS = 1_000  # of planted invoices: rounding moves no band
MEDIAN_CENTS, SPREAD = 1_000_000, 1.5  # of the log-normal amounts
NOBODY = -1
COLUMNS = {"seller": np.int32, "buyer": np.int32, "tick": np.int64, "amount": np.int64}


@dataclass(frozen=True, slots=True)
class Graph:
    """Invoices as columns [n], ticks ascending, firms 0..v-1.

    `planted`: members of each planted ring, the smallest first, then in the direction of the invoices.
    """

    seller: Ints
    buyer: Ints
    tick: Longs
    amount: Longs
    firms: int
    planted: tuple[tuple[int, ...], ...]

    @property
    def edges(self) -> tuple[Ints, Ints, Longs, Longs, Longs]:
        """As the ring kernels take it; a firm's place by public id is its number."""
        return self.seller, self.buyer, self.tick, self.amount, np.arange(self.firms, dtype=np.int64)

    def between(self, first: int, end: int) -> Graph:
        """The invoices of the ticks first..end - 1; the planted rings are those of the whole."""
        rows = slice(*np.searchsorted(self.tick, [first, end]).tolist())
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})


def power_law(count: int, gamma: float, draws: int, chance: np.random.Generator) -> Ints:
    """So many ranks 0..count-1 in random order, rank r with weight (r + 1)^-gamma."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -gamma
    drawn = np.repeat(np.arange(count, dtype=np.int32), chance.multinomial(draws, weights / weights.sum()))
    chance.shuffle(drawn)
    return drawn


def ranked_firms(firms: int, corr: int, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """(firm of each selling rank, firm of each buying rank); `corr` millionths of the ranks have the same firm."""
    sellers = chance.permutation(firms).astype(np.int32)
    buyers = sellers.copy()
    others = chance.permutation(firms)[: firms - firms * corr // 1_000_000]
    buyers[others] = sellers[chance.permutation(others)]
    return sellers, buyers


def write_graph(folder: Path, spec: Spec, planted: int) -> None:
    """Draw the graph column by column into files; the same spec gives the same graph. Plain graphs get no rings."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chance = np.random.default_rng([SEED, spec.invoices, spec.corr, int(spec.plain)])
    columns = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=(spec.invoices,))
        for name, kind in COLUMNS.items()
    }
    (_draw_once if spec.plain else _draw_pairs)(columns["seller"], columns["buyer"], spec, chance)
    _draw_moments(columns["tick"], spec, chance)
    for start in range(0, spec.invoices, CHUNK):
        part = columns["amount"][start : start + CHUNK]
        part[:] = np.maximum(1, chance.lognormal(np.log(MEDIAN_CENTS), SPREAD, len(part)))
    rings = [] if spec.plain else _plant(columns, spec.firms, planted, chance)
    for column in columns.values():
        column.flush()
    members = np.array([[*ring, *[NOBODY] * (LONGEST - len(ring))] for ring in rings], np.int32)
    np.save(folder / "planted.npy", members.reshape(-1, LONGEST))


def _drawn(draws: int, spec: Spec, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """Sellers and buyers; nobody buys from itself."""
    sellers, buyers = ranked_firms(spec.firms, spec.corr, chance)
    sells = sellers[power_law(spec.firms, spec.gamma, draws, chance)]
    buys = buyers[power_law(spec.firms, spec.gamma, draws, chance)]
    itself = sells == buys
    buys[itself] = (buys[itself] + 1) % spec.firms
    return sells, buys


def _draw_pairs(seller: Ints, buyer: Ints, spec: Spec, chance: np.random.Generator) -> None:
    """Each invoice is of a pair at random: three each in the mean."""
    pairs = round(spec.invoices / A_PAIR_TRIED)
    sells, buys = _drawn(pairs, spec, chance)
    for start in range(0, spec.invoices, CHUNK):
        chosen = chance.integers(0, pairs, len(seller[start : start + CHUNK]))
        seller[start : start + CHUNK], buyer[start : start + CHUNK] = sells[chosen], buys[chosen]


def _draw_once(seller: Ints, buyer: Ints, spec: Spec, chance: np.random.Generator) -> None:
    """Distinct pairs, as many as there are invoices."""
    sells, buys = _drawn(2 * spec.invoices, spec, chance)
    _, first = np.unique(sells.astype(np.int64) * spec.firms + buys, return_index=True)
    chosen = np.sort(first)[: len(seller)]
    seller[:], buyer[:] = sells[chosen], buys[chosen]


def _draw_moments(tick: Longs, spec: Spec, chance: np.random.Generator) -> None:
    """Ascending, as the projection holds them."""
    if spec.plain:
        tick[:] = np.sort(chance.choice(DAYS * DAY, spec.invoices, replace=False))
        return
    ends = np.cumsum(chance.multinomial(spec.invoices, np.full(DAYS, 1 / DAYS)))
    for date, (start, end) in enumerate(pairwise([0, *ends.tolist()])):
        tick[start:end] = date * DAY


def _plant(
    columns: Mapping[str, npt.NDArray[Any]], firms: int, planted: int, chance: np.random.Generator
) -> list[tuple[int, ...]]:
    """Some rows become rings: nobody is in two, dates do not fall, amounts are nearly even."""
    lengths = chance.integers(SHORTEST, LONGEST + 1, planted)
    members = chance.permutation(firms)[: lengths.sum()].astype(np.int32)
    rings, taken = [], set[int]()
    for ring in np.split(members, np.cumsum(lengths)[:-1]):
        dates = chance.integers(0, DAYS - SPAN_DAYS) + np.sort(chance.integers(0, SPAN_DAYS + 1, len(ring)))
        rows = [_free_row(columns["tick"], date, taken, chance) for date in (dates * DAY).tolist()]
        evenly = chance.uniform(1 - EVENNESS, 1 + EVENNESS, len(ring))
        columns["seller"][rows], columns["buyer"][rows] = ring, np.roll(ring, -1)
        columns["amount"][rows] = np.ceil(LEAST_CENTS + chance.lognormal(np.log(MEDIAN_CENTS), 1)) * evenly
        rings.append(tuple(np.roll(ring, -int(ring.argmin())).tolist()))
    return rings


def _free_row(tick: Longs, date: int, taken: set[int], chance: np.random.Generator) -> int:
    """A row of that date which is of no planted ring yet."""
    start, end = np.searchsorted(tick, [date, date + 1]).tolist()
    free = next(row for row in chance.permutation(np.arange(start, end)[:FEW]).tolist() if row not in taken)
    taken.add(free)
    return int(free)


def read_graph(folder: Path) -> Graph:
    """A graph from its files, in memory."""
    columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
    members = np.load(folder / "planted.npy").tolist()
    rings = tuple(tuple(member for member in ring if member != NOBODY) for ring in members)
    return Graph(**columns, firms=Spec(len(columns["tick"]), 0).firms, planted=rings)
