"""Days are sealed once, in order, without gaps; an untouched trail passes the verifier, wherever it was carried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest

from api import verify_trail
from api.operations.backups import backup, restore
from api.operations.context import OperationContext
from api.operations.local import LocalProjections
from graph.errors import DataError, QueryError, SettingsError, StoreError
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from queries.trail.keys import create_key, read_key
from tests.flow.trail.conftest import DAYS, Desk, Line
from tests.support.trails import aged


def test_an_untouched_trail_passes(trail: GraphStore, desk: Desk) -> None:
    desk.seal(trail)
    result = desk.verified(desk.exported(trail), until="2026-03-05")
    assert result.faults == []
    assert (result.days, result.tasks, result.links, result.withdrawn, result.unsealed) == (5, 3, 9, 1, 0)


def test_every_day_has_a_root_and_a_second_call_adds_none(trail: GraphStore, desk: Desk) -> None:
    assert desk.seal(trail).days == tuple(f"2026-03-0{day}" for day in range(1, 6))
    before = desk.roots.read_bytes()
    assert desk.seal(trail).days == ()
    assert desk.seal(trail, until=date(2026, 3, 2)).days == ()
    assert desk.roots.read_bytes() == before
    assert [(line["tasks"], line["links"]) for line in desk.lines()] == [(3, 4), (3, 7), (3, 7), (3, 9), (3, 9)]


def test_days_sealed_one_by_one_are_days_sealed_at_once(trail: GraphStore, desk: Desk) -> None:
    for day in (1, 2, 5):
        desk.seal(trail, until=date(2026, 3, day))
    by_and_by = desk.roots.read_bytes()
    desk.roots.unlink()
    desk.seal(trail)
    assert desk.roots.read_bytes() == by_and_by


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 3, 1, 16, 4, 59, tzinfo=UTC), "2026-02-28"),
        (datetime(2026, 3, 1, 16, 5, tzinfo=UTC), "2026-03-01"),
    ],
)
def test_a_day_is_sealed_when_it_is_over_where_the_authority_is(
    trail: GraphStore, desk: Desk, now: datetime, last: str
) -> None:
    with pytest.raises(QueryError, match="not over") as refused:
        desk.seal(trail, until=date(2026, 3, 2), now=now)
    assert refused.value.facts["last"] == last
    assert desk.seal(trail, now=now).last == (last if last >= DAYS[0] else None)


def test_links_of_open_days_are_told_apart(trail: GraphStore, desk: Desk) -> None:
    desk.seal(trail, until=date(2026, 3, 2))
    result = desk.verified(desk.exported(trail))
    assert (result.faults, result.unsealed, result.last_day) == ([], 2, "2026-03-02")


def test_a_store_without_events_has_nothing_to_seal(store: GraphStore, desk: Desk) -> None:
    assert desk.seal(store).last is None
    assert not desk.roots.exists()
    assert desk.exported(store) == []


def test_a_store_that_lost_what_was_sealed_is_told_and_its_open_days_are_sealed(
    source: GraphStore, trail: GraphStore, desk: Desk, tmp_path: Path
) -> None:
    desk.seal(trail, until=date(2026, 3, 2))
    other = cast("GraphStore", DuckdbStore.open(tmp_path / "other.duckdb"))
    other.ensure_schema()
    aged(source, other, ("2026-03-01", "2026-03-04", "2026-03-04", "2026-03-04"))
    with pytest.raises(StoreError, match="not what was sealed") as told:
        desk.seal(other)
    other.close()
    assert {name: told.value.facts[name] for name in ("day", "task", "sequence", "tasks")} == {
        "day": "2026-03-02",
        "task": "A",
        "sequence": 3,
        "tasks": 2,
    }
    assert len(desk.lines()) == 5


def test_a_trail_that_was_backed_up_and_restored_is_the_same(
    sealed: object, trail: GraphStore, desk: Desk, tmp_path: Path
) -> None:
    before = (tmp_path / "trail.jsonl").read_bytes()
    backup(OperationContext(trail, LocalProjections(trail)), out=str(tmp_path / "saved"))
    other = cast("GraphStore", DuckdbStore.open(tmp_path / "restored.duckdb"))
    other.ensure_schema()
    restore(OperationContext(other, LocalProjections(other)), folder=str(tmp_path / "saved"))
    assert desk.verified(desk.exported(other)).faults == []
    assert (tmp_path / "trail.jsonl").read_bytes() == before
    assert desk.seal(other).days == ()
    other.close()


def test_a_damaged_file_of_roots_is_refused_with_its_line(trail: GraphStore, desk: Desk) -> None:
    desk.seal(trail)
    lines = desk.lines()
    lines[1]["links"] += 1
    desk.roots.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(DataError) as refused:
        desk.seal(trail)
    assert (refused.value.code, refused.value.facts["line"]) == ("data.trail_roots", 2)


def test_a_key_that_others_may_read_is_refused(desk: Desk) -> None:
    assert (desk.folder / "key").stat().st_mode & 0o777 == 0o600
    (desk.folder / "key").chmod(0o640)
    with pytest.raises(SettingsError, match="others"):
        read_key(desk.folder / "key")


def test_a_key_is_never_replaced(desk: Desk) -> None:
    before = (desk.folder / "key").read_bytes()
    with pytest.raises(SettingsError, match="already"):
        create_key(desk.folder / "key")
    assert (desk.folder / "key").read_bytes() == before


def test_the_verifier_is_one_file_that_runs_anywhere(sealed: list[Line], desk: Desk, tmp_path: Path) -> None:
    script = tmp_path / "elsewhere" / "verify_trail.py"
    script.parent.mkdir()
    script.write_bytes(Path(verify_trail.__file__).read_bytes())
    files = [str(tmp_path / name) for name in ("trail.jsonl", "roots.jsonl", "key.pub")]

    def run() -> tuple[int, str]:
        command = [sys.executable, "-I", str(script), *files]
        done = subprocess.run(command, capture_output=True, text=True, cwd=script.parent, env=os.environ, check=False)  # noqa: S603 - our own script
        return done.returncode, done.stdout

    assert run() == (0, "days=5 tasks=3 links=9 withdrawn=1 unsealed=0 last_day=2026-03-05 faults=0\n")
    (tmp_path / "trail.jsonl").write_text((tmp_path / "trail.jsonl").read_text("utf-8").replace("accepted", "accepteD"))
    code, told = run()
    assert code == 1
    assert told.startswith("FAULT day=2026-03-02 task=A sequence=3: the content is not what was recorded\n")
    (tmp_path / "key.pub").unlink()
    assert run()[0] == 2


def test_the_same_trail_gives_the_same_bytes(sealed: object, trail: GraphStore, desk: Desk, tmp_path: Path) -> None:
    before = (tmp_path / "trail.jsonl").read_bytes()
    desk.exported(trail)
    assert (tmp_path / "trail.jsonl").read_bytes() == before
