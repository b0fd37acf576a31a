"""How large the country of a run is, and how often it is asked."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 11
LOOP_TASKS = 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """A country and the number of subjects each question is asked for."""

    name: str
    taxpayers: int
    invoices: int
    days: int
    asked: int


SIZES = {
    size.name: size
    for size in (
        Size("small", taxpayers=2_000, invoices=4_000, days=120, asked=60),
        Size("full", taxpayers=100_000, invoices=200_000, days=365, asked=300),
    )
}
