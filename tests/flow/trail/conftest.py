"""A trail over four days with what makes trails hard, in either store, and its days sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from api.verify_trail import Fault, Result, read_public_key, verify
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from loaders import LoadOptions, load_frames
from queries.trail.keys import create_key, public_path, read_key
from queries.trail.rows import write_trail
from queries.trail.sealing import Sealed, seal
from tests.support.batches import KEY
from tests.support.stores import store, store_factory  # noqa: F401  # fixtures are found by their names
from tests.support.trails import aged

ZONE = "Asia/Shanghai"
LATER = datetime(2026, 3, 6, 4, tzinfo=UTC)  # the fifth is over, and nothing was recorded on it
DAYS = ("2026-03-01", "2026-03-02", "2026-03-02", "2026-03-04")
Line = dict[str, Any]


def event(task: str, action: str, hour: int) -> dict[str, object]:
    return {"task": task, "action": action, "at": f"2026-03-01T{hour:02d}:00:00+08:00", "officer": "O1"}


BATCHES = (
    [event("A", "created", 9), event("A", "dispatched", 10), event("B", "created", 9), event("C", "created", 8)],
    [event("A", "accepted", 11), event("B", "closed", 12)],
    [event("B", "closed by mistake", 13)],  # withdrawn
    [event("A", "created", 9) | {"position": 9}, event("A", "closed", 14), event("B", "reviewed", 15)],
)


def recorded(path: Path) -> GraphStore:
    """The four batches in an embedded store, the third of them withdrawn."""
    made = cast("GraphStore", DuckdbStore.open(path))
    made.ensure_schema()
    for place, rows in enumerate(BATCHES):
        options = LoadOptions(hmac_key=KEY, as_at=datetime(2026, 3, 1 + place))  # noqa: DTZ001  # civil time
        report = load_frames(made, {"task_events": pd.DataFrame(rows)}, options=options)
        if place == 2:
            made.withdraw(report.batch, who="tester")
    return made


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """See `recorded`."""
    made = recorded(tmp_path_factory.mktemp("recorded") / "graph.duckdb")
    yield made
    made.close()


@dataclass(frozen=True)
class Desk:
    """Where the days are sealed and verified."""

    folder: Path

    @property
    def roots(self) -> Path:
        return self.folder / "roots.jsonl"

    def seal(self, trail: GraphStore, **options: Any) -> Sealed:
        return seal(trail, read_key(self.folder / "key"), self.roots, **{"zone": ZONE, "now": LATER, **options})

    def exported(self, trail: GraphStore) -> list[Line]:
        write_trail(trail, self.folder / "trail.jsonl", zone=ZONE)
        return [json.loads(line) for line in (self.folder / "trail.jsonl").read_text("utf-8").splitlines()]

    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.roots.read_text("utf-8").splitlines()]

    def verified(self, trail: list[Line], roots: list[Line] | None = None, **options: Any) -> Result:
        told = self.lines() if roots is None else roots
        key = read_public_key(public_path(self.folder / "key"))
        return verify(map(json.dumps, trail), map(json.dumps, told), key, **options)

    def faults(self, trail: list[Line], roots: list[Line] | None = None) -> list[tuple[str, str, int]]:
        return [place(fault) for fault in self.verified(trail, roots).faults]


def place(fault: Fault) -> tuple[str, str, int]:
    return (fault.task, fault.day, fault.sequence)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """With a key of its own."""
    create_key(tmp_path / "key")
    return Desk(tmp_path)


@pytest.fixture
def trail(source: GraphStore, store: GraphStore) -> GraphStore:  # noqa: F811  # the fixture above
    """The store under test with that trail over four days."""
    return aged(source, store, DAYS)


@pytest.fixture
def sealed(trail: GraphStore, desk: Desk) -> Callable[[], list[Line]]:
    """The trail is sealed; gives its lines anew each time."""
    desk.seal(trail)
    text = json.dumps(desk.exported(trail))
    return lambda: cast("list[Line]", json.loads(text))
