"""What a load says of itself: its steps and the rows that are through. Made by `loaders.run`, told by its steps.

A load goes in slices, and one is read and checked while the one before is merged and written. A row counts by the share
of its way that is behind it. Between two steps, and before each statement of the staging area, a load looks whether it
is to stop.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from graph.progress import WAIT, Tell, silent
from graph.stopping import Stop
from graph.store.port import GraphStore
from loaders.options import LoadOptions

# Share of a load's time that each step takes, roughly: an estimate for the bar and the time left, not a measurement.
SHARES: Mapping[str, float] = MappingProxyType(
    {"read": 0.25, "check": 0.25, "merge": 0.2, "resolve": 0.05, "write": 0.25}
)
STEPS: Final = tuple(SHARES)


@dataclass(slots=True)
class _Slice:
    """A slice on its way: its rows, the step it is in and the share of that step that is done."""

    rows: int
    step: str = STEPS[1]
    done: float = 0.0

    @property
    def through(self) -> float:
        before = sum(SHARES[name] for name in STEPS[: STEPS.index(self.step)])
        return self.rows * (before + SHARES[self.step] * min(1.0, self.done))


class Pace:
    """How far a load is.

    Args:
        tell: who is told.
        stop: what ends the load.
    """

    def __init__(self, tell: Tell = silent, stop: Stop | None = None) -> None:
        self.stop = stop or Stop()
        self._tell = tell
        self._guard = threading.Lock()
        self._slices: dict[int, _Slice] = {}
        self._likely = 1
        self._coming = 0  # rows that were read and are in no slice yet
        self._total: int | None = None

    def waiting(self) -> None:
        """Another load has its turn."""
        self.stop.check()
        self._tell(WAIT, 0, len(STEPS))

    def expect(self, rows: int | None) -> None:
        """Reading begins; `rows`: how many there will be, if a manifest tells."""
        self.stop.check()
        self._total = rows
        self._say(STEPS[0])

    def read(self, rows: int) -> None:
        """A file was read that will be part of a slice."""
        self.stop.check()
        with self._guard:
            self._coming += rows
        self._say(STEPS[0])

    def slice(self, number: int, *, rows: int, likely: int) -> None:
        """A slice with so many rows goes on its way; there will be about `likely`."""
        with self._guard:
            self._coming = max(0, self._coming - rows)
            self._slices[number] = _Slice(rows)
            self._likely = max(likely, number + 1)

    def all_read(self) -> None:
        """No slice follows: now their rows are known."""
        with self._guard:
            self._likely = max(1, len(self._slices))
            self._total = sum(each.rows for each in self._slices.values())

    def begin(self, number: int, step: str) -> None:
        """A step of a slice begins.

        Raises:
            LimitError: `limit.cancelled` if the load is to stop.
        """
        self.stop.check()
        with self._guard:
            self._slices[number].step, self._slices[number].done = step, 0.0
        self._say(step)

    def did(self, number: int, share: float) -> None:
        """So much more of the step that a slice is in; from any thread. Never raises."""
        with self._guard:
            self._slices[number].done += share
            step = self._slices[number].step
        self._say(step)

    def _say(self, step: str) -> None:
        with self._guard:
            slices = self._slices.values()
            done = sum(STEPS.index(each.step) for each in slices)
            rows = round(sum(each.through for each in slices) + self._coming * SHARES[STEPS[0]])
            steps, total = self._likely * len(STEPS), self._total
        self._tell(step, done, steps, rows=rows, rows_total=total)


def in_turn(store: GraphStore, options: LoadOptions, pace: Pace) -> AbstractContextManager[None]:
    """The store's turn for a load."""
    return store.turn(seconds=options.wait_seconds, waiting=pace.waiting)
