"""A progress bar on standard error for whatever takes longer than two seconds. Used by `session` and `generate`."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from graph.progress import WAIT, Progress

PATIENCE_SECONDS: Final = 2.0
_MINUTE, _HOUR = 60, 3600


class Waiting:
    """Shows nothing for two seconds, then a bar that says which step runs; no bar outside a terminal.

    `quiet`: outside a terminal, too, nothing is said about waiting for others (`--json`).
    """

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task = self._bar.add_task(what, total=None)
        self._timer = threading.Timer(PATIENCE_SECONDS, self._bar.start)
        self._timer.daemon = True
        self._quiet = quiet or self._console.is_terminal
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()  # a bar that starts after its end would never go away
        self._bar.stop()

    def show(self, now: Progress) -> None:
        """How far the operation is."""
        if now.step == WAIT:
            self.waits("Another load is at work on this store; waiting for its end.")
            return
        self._bar.update(self._task, description=described(now), completed=now.steps_done, total=now.steps_total)

    def waits(self, sentence: str) -> None:
        """The operation waits for somebody else: told in the bar, or once as a line where there is none."""
        self._bar.update(self._task, description=sentence)
        if not self._quiet and sentence not in self._said:
            self._said.add(sentence)
            self._console.print(sentence, markup=False)


def described(now: Progress) -> str:
    """`check · 300,000 of 1,200,000 rows · 410,000 rows/s · about 1 min left`; what is not known is left out."""
    parts = [now.step]
    if now.rows_done is not None and now.rows_total is not None:
        parts.append(f"{now.rows_done:,} of {now.rows_total:,} rows")
    elif now.rows_done is not None:
        parts.append(f"{now.rows_done:,} rows")
    if now.rows_per_second is not None:
        parts.append(f"{now.rows_per_second:,.0f} rows/s")
    if now.seconds_left is not None:
        parts.append(f"about {_span(now.seconds_left)} left")
    return " · ".join(parts)


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h"
