"""How far a long piece of work is, and how fast. Told by loaders and stores, shown by the terminal and the API.

Whoever works *tells* (`Tell`): which step runs, how many rows are through. A `Meter` holds the one clock and turns what
it is told into a `Progress`. What is not known is None, never a guess.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

WAIT: Final = "wait"  # the step of work that waits for other work
# Before that much of the work is behind it, an estimate of the rest would swing wildly.
_FIRST_SHARE: Final = 0.05
_FIRST_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A piece of work as it stands.

    Attributes:
        step: what is being done.
        steps_done: steps that are behind it, of `steps_total`.
        rows_done: rows that are through, of `rows_total`; one that is half way counts half. None where none is counted.
        rows_per_second: since the first row.
        seconds_left: of the whole work, None until it can be said.
    """

    step: str
    steps_done: int
    steps_total: int
    rows_done: int | None = None
    rows_total: int | None = None
    rows_per_second: float | None = None
    seconds_left: float | None = None


Show = Callable[[Progress], None]


class Tell(Protocol):
    """How work says how far it is."""

    def __call__(  # noqa: D102 - the class says it
        self, step: str, done: int, total: int, /, *, rows: int | None = None, rows_total: int | None = None
    ) -> None: ...


def silent(_step: str, _done: int, _total: int, /, *, rows: int | None = None, rows_total: int | None = None) -> None:
    """Progress that nobody watches."""
    del rows, rows_total


class Meter:
    """Turns what is told, from any thread, into `Progress` and shows it.

    Args:
        show: gets each state; it must not raise.
        clock: seconds, ascending.
    """

    def __init__(self, show: Show, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._guard = threading.Lock()
        self._began: float | None = None

    def __call__(
        self, step: str, done: int, total: int, /, *, rows: int | None = None, rows_total: int | None = None
    ) -> None:
        """`step` runs, `done` of `total` steps are behind it, and so many rows are through."""
        with self._guard:
            now = self._clock()
            if rows is not None and self._began is None:  # what came before was waiting
                self._began = now
            seconds = 0.0 if self._began is None else now - self._began
            rate = _rate(rows, seconds)
            left = _left(rows, rows_total, seconds)
        self._show(Progress(step, done, total, rows, rows_total, rate, left))


def _rate(rows: int | None, seconds: float) -> float | None:
    return round(rows / seconds, 1) if rows and seconds > 0 else None


def _left(rows: int | None, total: int | None, seconds: float) -> float | None:
    if not rows or not total or rows < _FIRST_SHARE * total or seconds < _FIRST_SECONDS:
        return None
    return round(seconds * max(0, total - rows) / rows, 1)
