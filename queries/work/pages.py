"""Pages of tasks that the desk keeps between groups, so that an action in a task of many events reads none of them.

They hold what the store holds only while nobody else writes: they are kept under the ledger that they were read and
written under, and are let go of as soon as it is another one. Owned by the desk, used by its writer alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.store.port import BatchRecord
from queries.work.book import Kept

MOST_EVENTS: Final = 100_000  # on all kept pages: some hundred bytes each


class Pages:
    """Pages by task. `most`: events on all of them; those that were used longest ago go first."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._most = most
        self._ledger: tuple[BatchRecord, ...] = ()
        self._pages: dict[str, Kept] = {}
        self._events = 0

    def under(self, ledger: tuple[BatchRecord, ...]) -> Mapping[str, Kept]:
        """The pages that hold what a store of this ledger holds."""
        if ledger != self._ledger:  # lines that did not change are the same objects
            self.forget()
        self._ledger = ledger
        return self._pages

    def keep(self, pages: Mapping[str, Kept], ledger: tuple[BatchRecord, ...]) -> None:
        """Pages of a group, as the store holds them under this ledger."""
        self._ledger = ledger
        for task, page in pages.items():
            self._drop(task)
            self._pages[task] = page
            self._events += len(page.events)
        while self._events > self._most:
            self._drop(next(iter(self._pages)))

    def forget(self) -> None:
        """All of them: what became of a group is not known."""
        self._pages, self._events, self._ledger = {}, 0, ()

    def _drop(self, task: str) -> None:
        page = self._pages.pop(task, None)
        self._events -= len(page.events) if page else 0
