"""How large a run is. Read by the command, by every step and by the page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Province:
    """Counts of one run.

    `invoices`: of the countries that are loaded, smallest first; each has a tenth as many taxpayers. The largest is
    kept, and the other steps work on it: `day_invoices` and `batch_invoices` of its taxpayers come later. `memory`:
    TAXGRAPH_MEMORY_LIMIT of the commands, not of the servers; None leaves it alone. Over HTTP `households` median and
    as many of the largest taxpayers are asked one by one, then `clients` at once for `load_seconds`; `reads` medians
    before, and as many after, the batch that loads beside.
    """

    name: str
    invoices: tuple[int, ...]
    day_invoices: int
    batch_invoices: int
    memory: str | None
    households: int
    clients: int
    load_seconds: int
    reads: int

    @property
    def largest(self) -> int:
        """Invoices of the country that is kept."""
        return self.invoices[-1]

    @property
    def taxpayers(self) -> int:
        """Taxpayers of the country that is kept."""
        return taxpayers_of(self.largest)


def taxpayers_of(invoices: int) -> int:
    """A tenth."""
    return invoices // 10


SIZES = {
    "small": Province(
        name="small",
        invoices=(2_000, 4_000, 8_000),
        day_invoices=200,
        batch_invoices=2_000,
        memory=None,
        households=20,
        clients=4,
        load_seconds=3,
        reads=20,
    ),
    "full": Province(
        name="full",
        invoices=(1_000_000, 2_500_000, 5_000_000, 10_000_000),
        day_invoices=100_000,
        batch_invoices=1_000_000,
        memory="1000MB",
        households=200,
        clients=64,
        load_seconds=300,
        reads=200,
    ),
}
