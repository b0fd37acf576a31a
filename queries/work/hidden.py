"""Last links of tasks' chains among withdrawn events: hidden from readers, links for ever. Owned by the desk.

The visible ones are on the task's page. Withdrawals are rare, so what they hid is remembered until another one comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import ROOT, AsOf
from graph.store.task_heads import brought_events
from graph.trail.chain import NO_HEAD, Head
from queries.reading import OUT, related, rows

_BEFORE: Final = timedelta(microseconds=1)  # instants of the ledger are told to the microsecond


class HiddenHeads:
    """What withdrawals hid in one store."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._known: tuple[tuple[datetime, ...], dict[str, Head]] = ((), {})

    def of(self, tasks: Collection[str], ledger: Iterable[BatchRecord]) -> dict[str, Head]:
        """The last hidden link of each of these tasks, `NO_HEAD` for none. Nobody else writes."""
        lines = (line for line in ledger if line.withdrawn_at is not None and brought_events(line))
        instants = tuple(sorted({line.withdrawn_at for line in lines if line.withdrawn_at is not None}))
        if instants != self._known[0]:
            self._known = instants, {}
        known = self._known[1]
        asked = sorted(set(tasks) - set(known)) if instants else []
        known.update(self._read(asked, instants))
        return {task: known.get(task, NO_HEAD) for task in tasks}

    def _read(self, tasks: list[str], instants: tuple[datetime, ...]) -> dict[str, Head]:
        found = dict.fromkeys(tasks, NO_HEAD)
        for instant in instants:
            then = AsOf(recorded=instant - _BEFORE)
            wanted = ("sequence", "hash")
            table = related(
                self._store, "Task", tasks, "HAS_EVENT", OUT, attributes=wanted, columns=(), as_of=then, scope=ROOT
            ).table
            for row in rows(table):
                if row["far.sequence"] and row["far.hash"]:
                    found[row["key"]] = max(found[row["key"]], (row["far.sequence"], row["far.hash"]))
        return found
