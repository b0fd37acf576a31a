"""Ends reads whose time is up: one thread for all of them, because starting one for each costs more than a read.

Owned by the engine. A statement that has not begun when it is interrupted does not notice, so it is told again at
every tick until its read ends.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

from graph.errors import StoreError

TICK_SECONDS = 0.02
LONGEST_END_SECONDS = 10.0  # a statement that was interrupted ends long before
PARKED_AFTER_TICKS = 100  # without a read the thread sleeps until the next one


class Interruptible(Protocol):
    """What runs statements."""

    def interrupt(self) -> None:
        """End the statement that runs."""
        ...


class Deadlines:
    """Who must be done when; instants of the monotonic clock."""

    def __init__(self) -> None:
        self._due: dict[Interruptible, float] = {}
        self._guard = threading.Condition()
        self._thread: threading.Thread | None = None
        self._parked = False
        self._closed = False

    def begin(self, running: Interruptible, seconds: float | None) -> None:
        """From now, `running` has so many seconds (None: no limit).

        Raises:
            StoreError: `store.closed` once the owner is closing.
        """
        with self._guard:
            if self._closed:
                raise StoreError("The store is closed.", code="store.closed", next_step="Open it again.")
            self._due[running] = time.monotonic() + seconds if seconds else float("inf")
            if seconds and self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            if self._parked:
                self._guard.notify()

    def end(self, running: Interruptible) -> None:
        """It is done; it is not interrupted any more."""
        with self._guard:
            self._due.pop(running, None)
            if self._closed:
                self._guard.notify_all()

    def interrupt(self) -> None:
        """End everything that runs."""
        with self._guard:
            for running in self._due:
                running.interrupt()

    def close(self) -> None:
        """Let nothing more begin, end what runs (at most `LONGEST_END_SECONDS`) and let the thread end."""
        with self._guard:
            self._closed = True
            self._guard.notify_all()
            last = time.monotonic() + LONGEST_END_SECONDS
            while self._due and time.monotonic() < last:
                for running in self._due:
                    running.interrupt()
                self._guard.wait(TICK_SECONDS)
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        idle = 0
        with self._guard:
            while not self._closed:
                idle = 0 if self._due else idle + 1
                self._parked = idle > PARKED_AFTER_TICKS
                self._guard.wait(None if self._parked else TICK_SECONDS)
                now = time.monotonic()
                for running, due in self._due.items():
                    if due <= now:
                        running.interrupt()
