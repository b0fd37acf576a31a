"""Waiting for one's turn to load. Engine-free; used by both stores, and by the command line for an embedded file."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from graph.errors import StoreBusyError

_PAUSE_SECONDS: Final = 0.1


def nothing() -> None:
    """Waiting that nobody is told of."""


def wait_for_turn(take: Callable[[], bool], *, seconds: float, waiting: Callable[[], None]) -> None:
    """Call `take` until it gives True, and `waiting` before each pause; what that raises ends the wait.

    Raises:
        StoreBusyError: `store.busy` after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not take():
        waiting()
        if time.monotonic() >= deadline:
            raise StoreBusyError(
                "Another load is at work on this store, and this one has waited its time.",
                code="store.busy",
                next_step="Run this load again later, or let it wait longer: --wait, TAXGRAPH_LOAD_WAIT_SECONDS.",
                waited_seconds=round(seconds, 1),
            )
        time.sleep(_PAUSE_SECONDS)
