"""Runs of detection with the seconds of each pattern. Used by the command."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.store.opening import open_store
from graph.store.port import GraphStore
from graph.store.projecting import open_projection, projection_folder
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.running import run
from queries.findings.recording import Detected, detect
from queries.findings.stored import IN_FORCE, stored_findings
from queries.patterns.catalogue import PATTERNS
from tests.benchmarks.clock import spent, timed
from tests.benchmarks.daily.country import url_of
from tests.benchmarks.household import PATIENT_SECONDS


@dataclass
class Watch:
    """CPU seconds of each step that a run tells of, by what it says it does.

    What else the machine does hardly changes them.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    _now: tuple[str, float] | None = None

    def __call__(
        self, step: str, done: int, total: int, /, *, rows: int | None = None, rows_total: int | None = None
    ) -> None:
        """A step begins."""
        del done, total, rows, rows_total
        self.end()
        self._now = step, time.process_time()

    def end(self) -> None:
        """The last step has ended."""
        if self._now is not None:
            step, began = self._now
            self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - began
        self._now = None


@dataclass(frozen=True)
class Measured:
    """What a run did, its CPU seconds by step, wall and CPU seconds in all, wall seconds of the projection before."""

    done: Detected
    steps: Mapping[str, float]
    seconds: float
    cpu_seconds: float
    projection_seconds: float


def asked_patterns() -> list[Pattern[Any]]:
    """Those that a run searches where none is named."""
    return [pattern for pattern in PATTERNS if not pattern.off]


def measured(place: Path, *, full: bool = False) -> Measured:
    """One run of detection, as the command does it."""
    store = open_store(url_of(place), create=False, timeout=PATIENT_SECONDS)
    try:
        projection, opening = timed(lambda: open_projection(store, projection_folder(store.url)))
        watch = Watch()
        done, took = spent(lambda: detect(store, Facts(store, projection), asked_patterns(), full=full, tell=watch))
        watch.end()
        return Measured(done, watch.seconds, took.seconds, took.cpu_seconds, opening)
    finally:
        store.close()


def differences(place: Path) -> int:
    """How many findings the graph keeps that a search of everything has not, or has otherwise, or the reverse."""
    store = open_store(url_of(place), create=False, timeout=PATIENT_SECONDS)
    try:
        return _differences(store)
    finally:
        store.close()


def _differences(store: GraphStore) -> int:
    facts = Facts(store, open_projection(store, projection_folder(store.url)))
    whole = {
        each.id: (each.anchor, each.last_on, each.told(), each.score, each.severity)
        for each in run(facts, asked_patterns()).findings
    }
    stored = stored_findings(store.export, [pattern.name for pattern in asked_patterns()])
    kept = {
        key: tuple(each.row[name] for name in ("anchor", "last_on", "measures", "score", "severity"))
        for key, each in stored.items()
        if each.state in IN_FORCE
    }
    return sum(whole.get(key) != kept.get(key) for key in {*whole, *kept})
