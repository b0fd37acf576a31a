"""A progress bar on standard error for whatever takes longer than two seconds. Used by `session` and `generate`."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PATIENCE_SECONDS: Final = 2.0


class Waiting:
    """Shows nothing for two seconds, then a bar that says which step runs; nothing at all outside a terminal."""

    def __init__(self, what: str) -> None:
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task(what, total=None)
        self._timer = threading.Timer(PATIENCE_SECONDS, self._bar.start)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()  # a bar that starts after its end would never go away
        self._bar.stop()

    def tell(self, stage: str, done: int, total: int) -> None:
        """Progress of an operation: the stage that begins, steps done, steps in all."""
        self._bar.update(self._task, description=stage, completed=done, total=total)
