"""What surrounds an action: who acts, which grids stand above which, and what is known about the task's taxpayers then.

The desk asks it for every action. Loads and detection change it, actions do not: it is kept until a batch of others
comes, or the day ends.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

from graph.civil import civil
from graph.store.ledger import BatchState, FromLedger, last_instant
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.findings.stored import CLOSED, IN_FORCE
from queries.reading import IN, OUT, node, related, rows
from queries.work.actions import SOURCE, SYSTEM_OFFICER
from queries.work.people import Officer, above, officer_on

MOST_FINDINGS: Final = 100
MOST_KEPT: Final = 20_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an officer could see when acting: findings about the task's taxpayers, which grids stand above which.

    `grids`: where no grid holds the task, those of its taxpayers. `findings`: id, pattern, severity, state.
    """

    taxpayers: tuple[str, ...]
    findings: tuple[tuple[str, str | None, str | None, str | None], ...]
    left_out: int
    grids: tuple[str, ...]

    def as_json(self, *, risk: str | None, snapshot: int, kinds: str) -> str:
        """What an event pins: canonical JSON."""
        names = ("id", "pattern", "severity", "state")
        told: dict[str, Any] = {"findings": [dict(zip(names, each, strict=True)) for each in self.findings]}
        told |= {"risk": risk, "snapshot": snapshot, "kinds": kinds}
        if self.left_out:
            told["left_out"] = self.left_out
        return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


NOTHING_SEEN: Final = Seen((), (), 0, ())


class Surroundings:
    """The surroundings of one store's actions."""

    def __init__(self, store: GraphStore, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock
        self._guard = threading.Lock()
        self._marks = FromLedger(_marks)
        self._mark: Hashable = None
        self._kept: dict[Hashable, Any] = {}

    def now(self) -> Now:
        """As the ledger stands."""
        found, number, instant = self._marks.of(self._store.batches())
        today = civil(self._clock()).date()
        mark = (*found, today)
        with self._guard:
            if mark != self._mark or len(self._kept) > MOST_KEPT:
                self._mark, self._kept = mark, {}
            kept = self._kept
        return Now(self._store, AsOf(today, instant), number, kept)


def _marks(ledger: Sequence[BatchRecord]) -> tuple[tuple[int, int, int], int, datetime | None]:
    """`others`, the last committed batch, and when the ledger changed last."""
    number = max((line.number for line in ledger if line.state == BatchState.COMMITTED), default=0)
    return others(ledger), number, last_instant(ledger)


def others(ledger: Sequence[BatchRecord]) -> tuple[int, int, int]:
    """The last committed batch of others, how many there are, and how many are withdrawn, the desk's own too.

    Whatever actions in tasks do not change stays as it is while these do.
    """
    numbers = [line.number for line in ledger if line.state == BatchState.COMMITTED and line.header.source != SOURCE]
    withdrawn = sum(line.state == BatchState.WITHDRAWN for line in ledger)
    return max(numbers, default=0), len(numbers), withdrawn


@dataclass(frozen=True, slots=True)
class Now:
    """One state of the ledger: `snapshot` is its last committed batch."""

    store: GraphStore
    as_of: AsOf
    snapshot: int
    kept: dict[Hashable, Any]

    @property
    def day(self) -> date:
        """The civil day."""
        assert self.as_of.valid is not None  # noqa: S101 - made so by `Surroundings`
        return self.as_of.valid

    def officer(self, officer: str) -> Officer:
        """Who acts; AccessError `access.officer`. The platform itself has no place in the organisation."""
        if officer == SYSTEM_OFFICER:
            return Officer(officer, self.day, None)
        return self.once(("officer", officer), lambda: officer_on(self.store, officer, as_of=self.as_of))

    def above(self, grids: Sequence[str]) -> tuple[str, ...]:
        """These grids and all above them."""
        asked = tuple(sorted(set(grids)))
        return self.once(("above", asked), lambda: above(self.store, asked, as_of=self.as_of))

    def task(self, task: str, scope: Scope) -> Seen:
        """What is known about a task; NotFoundError `not_found.task` where it is not there or out of scope.

        What a task is about is said when it is opened, so an action changes neither that nor who may see it.
        """
        return self.once(("task", task, scope), lambda: self._seen(task, scope))

    def label(self, task: str) -> tuple[str | None, str | None]:
        """Kind and risk of a task, which no action changes; NotFoundError `not_found.task`."""
        row = self.once(
            ("label", task),
            lambda: node(self.store, "Task", task, as_of=AsOf(None, self.as_of.recorded), scope=ROOT),
        )
        return row["kind"], row["risk"]

    def _seen(self, task: str, scope: Scope) -> Seen:
        as_of = AsOf(None, self.as_of.recorded)
        node(self.store, "Task", task, as_of=as_of, scope=scope)
        concerned = rows(related(self.store, "Task", [task], "CONCERNS", OUT, as_of=as_of, scope=scope).table)
        taxpayers = sorted({str(row["to_id"]) for row in concerned if row["to_type"] == "Taxpayer"})
        return self.about(taxpayers, scope, also=[str(r["to_id"]) for r in concerned if r["to_type"] == "Finding"])

    def about(self, taxpayers: Sequence[str], scope: Scope, *, also: Sequence[str] = ()) -> Seen:
        """Findings in force about these taxpayers, and these ones, as far as the scope shows them; the worst first."""
        key = ("about", tuple(taxpayers), tuple(also), scope)
        return self.once(key, lambda: self._about(taxpayers, scope, also))

    def _about(self, taxpayers: Sequence[str], scope: Scope, also: Sequence[str]) -> Seen:
        as_of = AsOf(None, self.as_of.recorded)
        found = related(self.store, "Taxpayer", taxpayers, "INVOLVES", IN, columns=(), as_of=as_of, scope=scope)
        keys = sorted({str(row["from_id"]) for row in rows(found.table)} | set(also))
        wanted = ("pattern", "severity", "state")
        known = rows(self.store.fetch("Finding", keys, columns=wanted, as_of=as_of, scope=scope)) if keys else []
        standing = [row for row in known if row["state"] in IN_FORCE]
        standing.sort(key=lambda row: (row["state"] == CLOSED, row["severity"] != "high", row["id"]))
        listed = tuple((str(row["id"]), *(row[name] for name in wanted)) for row in standing[:MOST_FINDINGS])
        grids = self.once(("grids", tuple(taxpayers)), lambda: self._grids(taxpayers))
        return Seen(tuple(taxpayers), listed, len(standing) - len(listed), grids)

    def _grids(self, taxpayers: Sequence[str]) -> tuple[str, ...]:
        placed = related(self.store, "Taxpayer", taxpayers, "IN_GRID", OUT, columns=(), as_of=self.as_of, scope=ROOT)
        return tuple(sorted({str(row["to_id"]) for row in rows(placed.table)}))

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """What `ask` gives, asked once for all actions until a batch of others comes: nothing that actions change."""
        if key not in self.kept:
            self.kept[key] = ask()
        found: T = self.kept[key]
        return found
