"""The flag that ends a kernel cleanly. Used by every kernel that can run long.

A kernel polls `stop[0]`: 0 go on, 1 asked to stop (deadline or caller), 2 out of room. Callers with a deadline of
their own pass the array and set it from any thread, since kernels run without the interpreter lock.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.kernels.compiled import Longs

STOP_ASKED = 1
STOP_FULL = 2
REASONS = {0: "", STOP_ASKED: "time", STOP_FULL: "memory"}


def new_stop() -> Longs:
    """A flag that says: go on."""
    return np.zeros(1, np.int64)


@contextmanager
def stop_after(seconds: float | None, stop: Longs | None) -> Iterator[Longs]:
    """The flag to poll, raised after `seconds` (None: never by itself)."""
    flag = new_stop() if stop is None else stop

    def ask() -> None:
        flag[0] = max(int(flag[0]), STOP_ASKED)

    if seconds is None:
        yield flag
        return
    timer = Timer(max(seconds, 0.0), ask)
    timer.daemon = True
    timer.start()
    try:
        yield flag
    finally:
        timer.cancel()
