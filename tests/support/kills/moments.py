"""At which moments a load dies: the n-th time it does something of a phase, before, during or after that.

Phases: `step` (the pipeline's own: read, check, merge, resolve, write), `nodes`, `relationships` and `ledger` (one
statement of the store each), `commit` (the end of a transaction).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Moment:
    """`when`: before, during (a millisecond after its beginning) or after."""

    phase: str
    nth: int
    when: str

    def __str__(self) -> str:
        return f"{self.when} {self.phase} {self.nth}"

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Inverse of `str`."""
        when, phase, nth = text.split()
        return cls(phase, int(nth), when)


def _moments(phase: str, **places: tuple[int, ...]) -> list[Moment]:
    return [Moment(phase, nth, when) for when, all_nth in places.items() for nth in all_nth]


_STEPS: Final = [*_moments("step", before=(1, 2, 3, 4, 5))]
EMBEDDED: Final = (
    *_STEPS,
    *_moments("nodes", before=(1, 9), during=(3, 12, 14), after=(5, 15)),
    *_moments("relationships", before=(1, 5), during=(2, 3, 5), after=(2, 4)),
    *_moments("ledger", before=(1, 1), during=(1, 1), after=(1, 1)),  # one statement a load
    *_moments("commit", before=(1,), during=(1, 1, 1), after=(1,)),
)
SERVER: Final = (
    *_STEPS,
    *_moments("nodes", before=(1, 9), during=(3, 12, 17), after=(5, 20)),
    *_moments("relationships", before=(1, 5), during=(2, 3, 5), after=(2, 4)),
    *_moments("ledger", before=(1, 2), during=(4, 12), after=(1, 9, 20)),
    *_moments("commit", before=(1, 12), during=(6,), after=(1,)),
)
# Of the server itself, under the writes of a load.
SERVER_ITSELF: Final = (
    *_moments("nodes", during=(4,)),
    *_moments("relationships", during=(3,)),
    *_moments("ledger", during=(3, 14)),
    *_moments("commit", during=(5,)),
)
