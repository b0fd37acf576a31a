"""Every pattern searched in a loaded country, each with its wall and CPU seconds. Used by the command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph.store.port import GraphStore
from graph.store.projecting import TradeProjection, open_projection
from loaders.synthetic.patterns import PATTERNS as PLANTED
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.running import Run, run
from queries.patterns.catalogue import PATTERNS
from tests.benchmarks.clock import spent
from tests.benchmarks.patterns.country import exports_of, opened
from tests.benchmarks.patterns.worth import Truth, Worth, truth_of, worth_of
from tests.support.judging import taxpayers_by_number
from tests.support.planted_country import Case, rows_of


def searched(place: Path) -> list[Worth]:
    """What every pattern of the catalogue is worth in this country, in the catalogue's order."""
    store = opened(place)
    try:
        projection = open_projection(store, place / "projection")
        return list(_worths(store, projection, _truth(place, store)))
    finally:
        store.close()


def _truth(place: Path, store: GraphStore) -> Truth:
    """The truth of all that is planted: also of what another part of the platform searches."""
    tables = {pattern.name: exports_of(place) / "truth" / f"{pattern.name}.csv" for pattern in PLANTED}
    cases = {name: [Case(row) for row in rows_of(table)] for name, table in tables.items()}
    return truth_of(cases, taxpayers_by_number(store))


def _worths(store: GraphStore, projection: TradeProjection, truth: Truth) -> Iterator[Worth]:
    for pattern in PATTERNS:
        sys.stderr.write(f"{pattern.name} …\n")
        done, took = spent(lambda pattern=pattern: _alone(store, projection, pattern))  # type: ignore[misc]
        yield worth_of(pattern, done.findings, truth, took)


def _alone(store: GraphStore, projection: TradeProjection, pattern: Pattern[Any]) -> Run:
    """The search of one pattern, which reads all facts that it needs: no pattern profits from another's reading.

    Raises:
        SystemExit: if the search ended early.
    """
    done = run(Facts(store, projection), [pattern])
    if done.cut:
        raise SystemExit(f"The search of {pattern.name} ended early: {done.cut[0].limit}.")
    return done
