"""The way of a job's news from the thread that runs it to the server's loop. Used by whatever streams progress."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from api.loads.jobs import LoadJob


class Latest:
    """The latest state of a job: told by the thread that runs it, awaited on the loop; older ones are passed over."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._job: LoadJob | None = None

    def tell(self, job: LoadJob) -> None:
        """Called by the thread of the loads."""
        with suppress(RuntimeError):  # the loop has ended, and a load must not end with it
            self._loop.call_soon_threadsafe(self._take, job)

    def _take(self, job: LoadJob) -> None:
        self._job = job
        self._news.set()

    async def next(self, seconds: float) -> LoadJob | None:
        """The latest state that was not given yet; None if nothing changed for so many seconds."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return None
        self._news.clear()
        return self._job
