"""How many connections may be open for something at once, and whether they must end. Owned by `api.service`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from graph.errors import LimitError


class Streams:
    """Places for open connections, of subscriptions or of uploads.

    Args:
        most: how many places there are.
        what: for people, in the plural.
    """

    def __init__(self, most: int, *, what: str = "subscriptions") -> None:
        self._what = what
        self._most = most
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self.open = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """One connection; LimitError `limit.busy` if there are too many, `limit.stopping` if the server stops."""
        self.check()
        with self._guard:
            if self.open >= self._most:
                raise LimitError(
                    f"Too many {self._what} are open.", code="limit.busy", next_step="Try again in a moment."
                )
            self.open += 1
        try:
            yield
        finally:
            with self._guard:
                self.open -= 1

    def check(self) -> None:
        """LimitError `limit.stopping` if subscriptions must end."""
        if self._stopping.is_set():
            raise LimitError(
                "The server is stopping.", code="limit.stopping", next_step="Try again when it is up again."
            )

    def stop(self) -> None:
        """Let open ones end at their next look."""
        self._stopping.set()
