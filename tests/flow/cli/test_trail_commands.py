"""The trail at the command line: key, seal, export, verify."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.command_line import CommandLine, write_tables


@pytest.fixture
def own(tmp_path: Path) -> CommandLine:
    """Two events in a store whose civil day is over: that of the place where the day ends first."""
    made = CommandLine(tmp_path, environment={"TAXGRAPH_TRAIL_KEY_FILE": "trail.key", "TAXGRAPH_TRAIL_ROOTS": "roots"})
    rows = [
        {"task": "T1", "action": action, "at": f"2026-03-01T0{hour}:00:00+08:00", "officer": "=1+1"}
        for hour, action in enumerate(("created", "closed"), start=1)
    ]
    write_tables(tmp_path / "tables", {"task_events": rows})
    made.answer("load", "canonical", "tables")
    return made


def test_a_day_that_is_not_over_is_not_sealed_and_the_trail_is_verified_as_far_as_it_is(own: CommandLine) -> None:
    made = own.answer("trail", "key", "--out", "trail.key")
    assert (own.folder / made["key"]).stat().st_mode & 0o777 == 0o600
    assert own.answer("trail", "seal") == {"days": [], "last": None, "unchained": 0}
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    assert own.error("trail", "seal", "--day", today)[1]["code"] == "query.trail_day"
    (own.folder / "roots").touch()
    exported = own.answer("trail", "export", "--out", "trail.jsonl")
    assert {name: exported[name] for name in ("links", "tasks", "withdrawn", "unchained")} == {
        "links": 2,
        "tasks": 1,
        "withdrawn": 0,
        "unchained": 0,
    }
    verified = own.answer("trail", "verify", "trail.jsonl", "--roots", "roots", "--key", "trail.key.pub")
    assert (verified["faults"], verified["links"], verified["unsealed"]) == ([], 2, 2)


def test_a_fault_ends_with_one_and_a_file_that_is_none_with_an_error(own: CommandLine) -> None:
    own.answer("trail", "key", "--out", "trail.key")
    own.answer("trail", "export", "--out", "trail.jsonl")
    (own.folder / "roots").touch()
    trail = own.folder / "trail.jsonl"
    trail.write_text(trail.read_text("utf-8").replace("closed", "opened"), "utf-8")
    words = ("trail", "verify", "trail.jsonl", "--roots", "roots", "--key")
    done = own.run(*words, "trail.key.pub")
    assert done.returncode == 1
    assert "the content is not what was recorded" in done.stdout
    assert own.error(*words, "trail.jsonl")[1]["code"] == "data.trail"


def test_the_table_for_people_has_a_line_a_link_and_no_formula(own: CommandLine) -> None:
    own.answer("trail", "export", "--out", "trail.csv")
    with (own.folder / "trail.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["task"], row["sequence"], row["action"], row["officer"]) for row in rows] == [
        ("T1", "1", "created", "'=1+1"),
        ("T1", "2", "closed", "'=1+1"),
    ]
    assert rows[0]["at"] == "2026-02-28 17:00:00.000000Z"


def test_hand_overs_are_told_in_order(tmp_path: Path) -> None:
    own = CommandLine(tmp_path)
    lines = (
        "case,activity,timestamp,resource",
        "c,take,2026-03-01T02:00:00Z,Bob",
        "c,give,2026-03-01T09:00:00+08:00,Ann",
    )
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", "utf-8")
    own.answer("load", "event-log", "log.csv")
    (found,) = own.answer("trail", "handovers", "event-log:c")["handovers"]
    assert (found["giver"], found["taker"], found["after_seconds"]) == ("Ann", "Bob", 3600)
    assert "1:00:00" in own.run("trail", "handovers", "event-log:c").stdout


def test_sealing_needs_a_key_and_a_file(tmp_path: Path, own: CommandLine) -> None:
    assert CommandLine(tmp_path).error("trail", "seal")[1]["code"] == "settings.trail"
    assert own.error("trail", "seal")[1]["code"] == "settings.trail_key"


def test_a_place_that_has_no_time_is_a_wrong_setting(own: CommandLine) -> None:
    elsewhere = CommandLine(own.folder, environment={"TAXGRAPH_TRAIL_ZONE": "Mars/Olympus"})
    assert elsewhere.error("trail", "export", "--out", "t")[1]["facts"] == {"settings": "trail_zone"}
