"""The cases of one pattern as columns: which firms are theirs, what a near miss breaks, where it lies in time.

Made by `patterns.draw_book`, read by every pattern module. A case owns a block of reserved firms, its roles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from loaders.synthetic.patterns.book import Book
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.text import Booleans, Floats, Integers

PLANTED = -1


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: firms and (at most) invoices of a case, preconditions a near miss may break, days a case takes."""

    name: str
    firms: int
    invoices: int
    preconditions: tuple[str, ...]
    days: int
    plant: Callable[[Cases, Book], None]


@dataclass(frozen=True, slots=True)
class Cases:
    """Planted cases first, then as many near misses.

    Attributes:
        number: of each case among those of all patterns.
        first: place of each case's first firm.
        broken: the precondition that a near miss breaks, `PLANTED` for a planted case.
        variant: counts the cases of one kind, so that severities and forms alternate.
        start: first day of the case. scale: factor of its amounts, 0.8 to 1.25.
    """

    pattern: Pattern
    number: Integers
    first: Integers
    broken: Integers
    variant: Integers
    start: Integers
    scale: Floats

    @property
    def count(self) -> int:
        """How many cases."""
        return len(self.first)

    def firm(self, role: int | Integers) -> Integers:
        """Place of the firm in this role in each case; a row of roles gives a row of firms a case."""
        if isinstance(role, int):
            return self.first + role
        return self.first[:, None] + np.atleast_2d(role)

    def fails(self, precondition: str) -> Booleans:
        """Which cases are near misses by this precondition."""
        failing: Booleans = self.broken == self.pattern.preconditions.index(precondition)
        return failing

    def only(self, mask: Booleans) -> Cases:
        """Some of the cases."""
        parts = {name: getattr(self, name)[mask] for name in ("number", "first", "broken", "variant", "start", "scale")}
        return replace(self, **parts)

    def cents(self, yuan: float | Floats) -> Integers:
        """An amount in the case's size: one for each case."""
        return np.round(self.scale * yuan * 100).astype(np.int64)


def draw_cases(pattern: Pattern, plan: Plan, *, number: int, first: int) -> Cases:
    """`plan.planted` cases and as many near misses; `number` and `first` are the first case's number and firm."""
    chance = plan.chance(f"pattern {pattern.name}")
    order = np.tile(np.arange(plan.planted, dtype=np.int64), 2)
    near = np.arange(len(order)) >= plan.planted
    kinds = len(pattern.preconditions)
    place = np.arange(len(order), dtype=np.int64)
    slack = plan.days - pattern.days
    return Cases(
        pattern=pattern,
        number=number + place,
        first=first + place * pattern.firms,
        broken=np.where(near, order % kinds, PLANTED),
        variant=np.where(near, order // kinds, order),
        start=plan.first_day + chance.integers(0, max(slack, 0) + 1, len(order)),
        scale=0.8 + 0.45 * chance.random(len(order)),
    )
