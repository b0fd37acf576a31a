"""How large a run is, and its seeds. Read by the command, by every step and by the page."""

from __future__ import annotations

from dataclasses import dataclass

# The shipped model and its thresholds come of the first alone; every measure is of the second.
TRAINING_SEED, MEASURED_SEED = 1_001, 20_261_130
TRAINED_ON, TRAINING_PAIRS = 200_000, 4_000_000


@dataclass(frozen=True, slots=True)
class Register:
    """Counts of one run: `registrations` of the registers that are resolved, smallest first; `batch` come on top."""

    name: str
    registrations: tuple[int, ...]
    batch: int

    @property
    def largest(self) -> int:
        """Registrations of the register that a batch is resolved against."""
        return self.registrations[-1]


SIZES = {
    "small": Register("small", (5_000, 10_000), 1_000),
    "full": Register("full", (100_000, 250_000, 500_000, 1_000_000), 100_000),
}
"""`full` is the goal; `small` only tries the command."""
