"""Slow and obvious reference of abnormal vouchers: sets and loops until nothing changes, and random small worlds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

Cell = tuple[int, int]
"""Firm and span."""


@dataclass(frozen=True)
class World:
    """Invoices (seller, span), seeds (invoice, classes), claims (firm, span, cents, invoice), given back, limits."""

    firms: int
    invoices: tuple[Cell, ...]
    seeds: tuple[tuple[int, int], ...]
    claims: tuple[tuple[int, int, int, int], ...]
    given_back: tuple[tuple[int, int, int], ...]
    share: int
    amount: int
    stops: frozenset[int]


def random_world(random: Random) -> World:
    """Chains, cycles and boundaries are common: few firms, few amounts, limits that sums of them hit exactly."""
    firms, spans = random.randint(1, 6), random.randint(1, 3)
    first = random.choice([0, 24_312])
    count = random.randint(1, 14)
    unit = random.choice([1, 10, 3_000_000_000_000])

    def span() -> int:
        return first + random.randrange(spans)

    return World(
        firms=firms,
        invoices=tuple((random.randrange(firms), span()) for _ in range(count)),
        seeds=tuple((random.randrange(count), 1 << random.randrange(4)) for _ in range(random.randint(0, 3))),
        claims=tuple(
            (random.randrange(firms), span(), unit * random.randint(1, 4), random.randrange(count))
            for _ in range(random.randint(0, 20))
        ),
        given_back=tuple(
            (random.randrange(firms), span(), unit * random.randint(1, 2)) for _ in range(random.choice([0, 0, 1, 3]))
        ),
        share=random.choice([0, 333_333, 333_334, 500_000, 666_667, 700_000, 1_000_000]),
        amount=unit * random.randint(0, 3),
        stops=frozenset(firm for firm in range(firms) if random.random() < 0.1),
    )


def abnormal_tax(world: World, cell: Cell, abnormal: Iterable[int]) -> int:
    """What a cell claimed of abnormal invoices and did not give back."""
    bad = set(abnormal)
    claimed = sum(cents for firm, span, cents, invoice in world.claims if (firm, span) == cell and invoice in bad)
    return max(0, claimed - sum(cents for firm, span, cents in world.given_back if (firm, span) == cell))


def whole_tax(world: World, cell: Cell) -> int:
    """All that a cell claimed."""
    return sum(cents for firm, span, cents, _ in world.claims if (firm, span) == cell)


def is_carrier(world: World, cell: Cell, abnormal: Iterable[int]) -> bool:
    """Both limits are reached."""
    tax, whole = abnormal_tax(world, cell, abnormal), whole_tax(world, cell)
    return tax > world.amount and Fraction(tax, whole) >= Fraction(world.share, 1_000_000)


def outputs(world: World, cell: Cell) -> set[int]:
    """What a carrier makes abnormal."""
    firm, since = cell
    if firm in world.stops:
        return set()
    return {number for number, (seller, span) in enumerate(world.invoices) if seller == firm and span >= since}


def cells(world: World) -> list[Cell]:
    """Every firm and span with a claim."""
    return sorted({(firm, span) for firm, span, _, _ in world.claims})


def closure(world: World, pick: Callable[[list[Cell]], Cell]) -> tuple[set[Cell], set[int]]:
    """Carriers and abnormal invoices, one carrier after the other in any order."""
    carriers: set[Cell] = set()
    abnormal = {invoice for invoice, _ in world.seeds}
    while new := [cell for cell in cells(world) if cell not in carriers and is_carrier(world, cell, abnormal)]:
        chosen = pick(new)
        carriers.add(chosen)
        abnormal |= outputs(world, chosen)
    return carriers, abnormal


def rounds(world: World) -> tuple[dict[Cell, int], dict[int, int], dict[int, Cell]]:
    """Round of each carrier, round of each abnormal invoice, cause of each that is no seed."""
    carriers: dict[Cell, int] = {}
    abnormal = {invoice: 0 for invoice, _ in world.seeds}
    cause: dict[int, Cell] = {}
    while new := [cell for cell in cells(world) if cell not in carriers and is_carrier(world, cell, abnormal)]:
        step = 1 + max([*carriers.values(), 0])
        carriers.update(dict.fromkeys(new, step))
        for cell in new:  # ascending: the earliest span of a firm comes first
            fresh = sorted(outputs(world, cell) - set(abnormal))
            abnormal.update(dict.fromkeys(fresh, step))
            cause.update(dict.fromkeys(fresh, cell))
    return carriers, abnormal, cause


def classes(world: World) -> tuple[dict[Cell, int], dict[int, int]]:
    """Seed classes of carriers at the end, and of invoices: what their cause had when it became a carrier."""
    carriers, abnormal, cause = rounds(world)
    of_invoice: dict[int, int] = defaultdict(int)
    for invoice, bits in world.seeds:
        of_invoice[invoice] |= bits

    def behind(cell: Cell, before: int) -> int:
        bits = 0
        for firm, span, _, invoice in world.claims:
            if (firm, span) == cell and abnormal.get(invoice, before) < before:
                bits |= of_invoice[invoice]
        return bits

    for invoice in sorted(cause, key=lambda each: abnormal[each]):
        of_invoice[invoice] = behind(cause[invoice], abnormal[invoice])
    last = max([*abnormal.values(), 0]) + 1
    return {cell: behind(cell, last) for cell in carriers}, dict(of_invoice)
