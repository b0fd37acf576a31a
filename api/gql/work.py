"""Where requests run: a bounded pool of threads, each request with a deadline. Owned by `api.app`, used by its routes.

A request is executed whole in one worker thread with an event loop of its own, so that the server's loop only ever
moves bytes: neither the store nor a kernel nor the formatting of a large answer can hold it up.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graph.errors import LimitError

T = TypeVar("T")
GRACE_SECONDS = 2.0  # a worker that is told to stop gets this long before its caller is answered without it


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the monotonic clock by which a request must be done, and a flag that ends it earlier."""

    at: float
    stopped: threading.Event = field(default_factory=threading.Event, compare=False)

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """A deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left; asked before every read, so that work whose caller has gone goes no further.

        Raises:
            LimitError: `limit.time` when none are left, `limit.cancelled` when nobody waits any more.
        """
        if self.stopped.is_set():
            raise gone_away()
        left = self.at - time.monotonic()
        if left <= 0:
            raise too_slow()
        return left

    def stop(self) -> None:
        """End the work at its next read."""
        self.stopped.set()


def too_slow() -> LimitError:
    """The error of a request whose time is up."""
    return LimitError(
        "The question took longer than a request may.",
        code="limit.time",
        next_step="Ask for less: fewer hops, a shorter span, a smaller page.",
    )


def gone_away() -> LimitError:
    """The error of a request whose caller has gone; only the log gets to see it."""
    return LimitError("The caller went away.", code="limit.cancelled", next_step="Ask again, and wait for the answer.")


class WorkPool:
    """Threads for requests, and a bounded queue before them."""

    def __init__(self, *, workers: int, queue: int, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="request")
        self._places = threading.Semaphore(workers + queue)
        self._seconds = seconds
        self._counting = threading.Lock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """Requests that run or wait for a worker."""
        return self._taken

    async def run(self, work: Callable[[Deadline], T], *, gone: Callable[[], Awaitable[object]] | None = None) -> T:
        """Run `work` in a worker thread and hand it its deadline, which counts from now.

        Args:
            work: what to do; it asks its deadline before every read.
            gone: ends when the caller has gone away; the work is stopped then.

        Raises:
            LimitError: `limit.busy` when the queue is full, `limit.time` when the work is not done in time,
                `limit.cancelled` when the caller has gone.
        """
        deadline = Deadline.within(self._seconds)
        running = self._submitted(work, deadline)
        answer = asyncio.wrap_future(running)
        answer.add_done_callback(_noticed)
        watching = asyncio.ensure_future(gone()) if gone else None
        awaited: set[asyncio.Future[Any]] = {answer, watching} if watching else {answer}
        try:
            await asyncio.wait(
                awaited,
                timeout=self._seconds + GRACE_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if answer.done():
                return answer.result()
            raise gone_away() if watching and watching.done() else too_slow()
        finally:
            deadline.stop()
            running.cancel()  # if it has not begun
            if watching:
                watching.cancel()

    def _submitted(self, work: Callable[[Deadline], T], deadline: Deadline) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise LimitError("Too many requests are waiting.", code="limit.busy", next_step="Try again in a moment.")
        self._count(1)
        try:
            running = self._threads.submit(_started, work, deadline)
        except RuntimeError:
            self._freed()
            raise LimitError(
                "The server is stopping.", code="limit.stopping", next_step="Try again when it is up again."
            ) from None
        running.add_done_callback(lambda _: self._freed())
        return running

    def _freed(self) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, change: int) -> None:
        with self._counting:
            self._taken += change

    def close(self) -> None:
        """Let running requests end and take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _started(work: Callable[[Deadline], T], deadline: Deadline) -> T:
    deadline.remaining()  # whoever waited too long in the queue is not begun
    return work(deadline)


def _noticed(answer: asyncio.Future[T]) -> None:
    """Whoever went away does not ask how it ended; asyncio would complain."""
    if not answer.cancelled():
        answer.exception()
