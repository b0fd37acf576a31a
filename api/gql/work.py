"""Where requests run: a bounded pool of threads, each request with a deadline. Owned by `api.app`, used by its routes.

A request is executed whole in one worker thread with an event loop of its own, so that the server's loop only ever
moves bytes: neither the store nor a kernel nor the formatting of a large answer can hold it up.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from graph.errors import LimitError

T = TypeVar("T")
GRACE_SECONDS = 2.0  # a worker that is told to stop gets this long before its caller is answered without it


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the monotonic clock by which a request must be done."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """A deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left.

        Raises:
            LimitError: `limit.time` when none are left.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise too_slow()
        return left


def too_slow() -> LimitError:
    """The error of a request whose time is up."""
    return LimitError(
        "The question took longer than a request may.",
        code="limit.time",
        next_step="Ask for less: fewer hops, a shorter span, a smaller page.",
    )


class WorkPool:
    """Threads for requests, and a bounded queue before them."""

    def __init__(self, *, workers: int, queue: int, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="request")
        self._places = threading.Semaphore(workers + queue)
        self._seconds = seconds

    async def run(self, work: Callable[[Deadline], T]) -> T:
        """Run `work` in a worker thread and hand it its deadline, which counts from now.

        Raises:
            LimitError: `limit.busy` when the queue is full, `limit.time` when the work is not done in time.
        """
        if not self._places.acquire(blocking=False):
            raise LimitError("Too many requests are waiting.", code="limit.busy", next_step="Try again in a moment.")
        deadline = Deadline.within(self._seconds)
        running = self._threads.submit(_started, work, deadline)
        running.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(running), self._seconds + GRACE_SECONDS)
        except TimeoutError:
            raise too_slow() from None

    def close(self) -> None:
        """Let running requests end and take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _started(work: Callable[[Deadline], T], deadline: Deadline) -> T:
    deadline.remaining()  # whoever waited too long in the queue is not begun
    return work(deadline)
