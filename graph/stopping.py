"""A request to end a long piece of work, and what must be interrupted for it.

Made by whoever starts work that can be cancelled, looked at by loaders and stores.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from graph.errors import LimitError

_AGAIN_SECONDS: Final = 0.02


class Stop:
    """Asked for once, from any thread or a signal's handler; looked at as often as one likes.

    An interrupt that comes between two statements is lost, so it is repeated until nothing is left to interrupt.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        # Reentrant: a signal's handler runs in the main thread, which may hold it.
        self._guard = threading.RLock()
        self._interrupts: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Whether the work shall end."""
        return self._asked.is_set()

    def request(self) -> None:
        """Let the work end: at its next look, and at once where it waits for a statement."""
        with self._guard:
            if self._asked.is_set():
                return
            self._asked.set()
        threading.Thread(target=self._interrupt_all, name="stop", daemon=True).start()

    def check(self) -> None:
        """Raise LimitError `limit.cancelled` if the work shall end."""
        if self._asked.is_set():
            raise cancelled_error()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Inside the block a request also calls `interrupt`, several times and from a thread of its own."""
        with self._guard:
            self._interrupts.append(interrupt)
        try:
            self.check()  # a request that came before has nobody left to interrupt
            yield
        finally:
            with self._guard:
                self._interrupts.remove(interrupt)

    def _interrupt_all(self) -> None:
        while True:
            with self._guard:
                for interrupt in self._interrupts:
                    interrupt()
                if not self._interrupts:
                    return
            time.sleep(_AGAIN_SECONDS)


def cancelled_error() -> LimitError:
    """What leaves work that was cancelled."""
    return LimitError(
        "The load was cancelled; nothing was written.", code="limit.cancelled", next_step="Start it anew."
    )
