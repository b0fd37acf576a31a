"""What the offline verifier finds, and where: every way to change a trail or the file of its roots, on either store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.trail.roots import read
from queries.trail.keys import create_key, read_key
from queries.trail.sealing import signed_line
from tests.flow.trail.conftest import Desk, Line

Sealed = Callable[[], list[Line]]
LINKS = [("A", 1), ("A", 2), ("A", 3), ("A", 4), ("B", 1), ("B", 2), ("B", 3), ("B", 4), ("C", 1)]


def link(trail: list[Line], task: str, sequence: int) -> Line:
    return next(row for row in trail if (row["task"], row["sequence"]) == (task, sequence))


def rehashed(rows: list[Line]) -> None:
    """Chain the rows of a task anew, so that every hash fits."""
    previous = ""
    for sequence, row in enumerate(rows, start=1):
        row["sequence"], row["previous_hash"] = sequence, previous
        fields = [part for name in sorted(row["event"]) for part in (name, row["event"][name])]
        parts = [str(part).encode() for part in ("taxgraph-event-1", previous, sequence, row["recorded_at"], *fields)]
        previous = row["hash"] = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def test_the_drawn_trail_is_what_the_tests_think(sealed: Sealed) -> None:
    assert [(row["task"], row["sequence"]) for row in sealed()] == LINKS
    assert [row["event"]["action"] for row in sealed() if row["task"] == "B"] == [
        "created",
        "closed",
        "closed by mistake",
        "reviewed",
    ]
    assert [row["withdrawn_at"] is not None for row in sealed() if row["task"] == "B"] == [False, False, True, False]
    assert link(sealed(), "A", 1)["restated"] == {"position": "9"}


@pytest.mark.parametrize(("task", "sequence"), LINKS)
def test_one_bit_anywhere_in_an_event_is_found_where_it_is(
    sealed: Sealed, desk: Desk, task: str, sequence: int
) -> None:
    day = link(sealed(), task, sequence)["day"]
    for name in link(sealed(), task, sequence)["event"]:
        trail = sealed()
        event = link(trail, task, sequence)["event"]
        event[name] = event[name][:-1] + chr(ord(event[name][-1]) ^ 1)
        assert desk.faults(trail) == [(task, day, sequence)], name


@pytest.mark.parametrize("name", ["sequence", "recorded_at"])
def test_a_link_has_its_place_and_its_instant(sealed: Sealed, desk: Desk, name: str) -> None:
    trail = sealed()
    link(trail, "A", 2)[name] ^= 1
    assert ("A", "2026-03-01") in {fault[:2] for fault in desk.faults(trail)}


@pytest.mark.parametrize("name", ["hash", "previous_hash"])
def test_a_hash_that_was_changed_is_found(sealed: Sealed, desk: Desk, name: str) -> None:
    trail = sealed()
    link(trail, "A", 2)[name] = "0" * 64
    assert desk.faults(trail)[0] == ("A", "2026-03-01", 2)


def test_a_day_that_was_changed_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    link(trail, "A", 3)["day"] = "2026-03-03"
    assert desk.faults(trail) == [("A", "2026-03-02", 3), ("A", "2026-03-03", 3)]


@pytest.mark.parametrize(("task", "sequence", "day"), [("A", 4, "2026-03-04"), ("B", 4, "2026-03-04")])
def test_the_last_event_that_was_removed_is_found(
    sealed: Sealed, desk: Desk, task: str, sequence: int, day: str
) -> None:
    trail = [row for row in sealed() if (row["task"], row["sequence"]) != (task, sequence)]
    assert desk.faults(trail) == [(task, day, sequence)]


def test_the_last_event_of_a_day_with_several_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = [row for row in sealed() if row["task"] != "A" or row["sequence"] < 2]
    assert desk.faults(trail) == [("A", "2026-03-01", 2), ("A", "2026-03-02", 3), ("A", "2026-03-04", 4)]


def test_an_event_that_was_removed_from_the_middle_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = [row for row in sealed() if (row["task"], row["sequence"]) != ("A", 2)]
    assert ("A", "2026-03-02", 3) in desk.faults(trail)


def test_two_events_that_were_swapped_are_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    first, second = link(trail, "A", 1), link(trail, "A", 2)
    first["event"], second["event"] = second["event"], first["event"]
    assert desk.faults(trail) == [("A", "2026-03-01", 1), ("A", "2026-03-01", 2)]


def test_two_lines_that_were_swapped_are_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    trail[0], trail[1] = trail[1], trail[0]
    assert {fault[:2] for fault in desk.faults(trail)} >= {("A", "2026-03-01")}


@pytest.mark.parametrize(
    ("task", "where"), [("A", ("A", "2026-03-01", 2)), ("B", ("B", "2026-03-01", 1)), ("C", ("C", "2026-03-01", 1))]
)
def test_a_whole_task_that_was_removed_is_found(
    sealed: Sealed, desk: Desk, task: str, where: tuple[str, str, int]
) -> None:
    assert desk.faults([row for row in sealed() if row["task"] != task]) == [where]


@pytest.mark.parametrize(
    ("sequence", "day", "head"), [(1, "2026-03-01", 2), (3, "2026-03-02", 3), (4, "2026-03-04", 4)]
)
def test_a_trail_that_was_rewritten_with_fresh_hashes_is_found_from_its_day_on(
    sealed: Sealed, desk: Desk, sequence: int, day: str, head: int
) -> None:
    trail = sealed()
    link(trail, "A", sequence)["event"]["action"] = "nothing happened"
    rehashed([row for row in trail if row["task"] == "A"])
    faults = desk.faults(trail)
    assert faults[0] == ("A", day, head)
    assert {fault[0] for fault in faults} == {"A"}


def test_an_event_that_was_put_in_with_fresh_hashes_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    extra = link(sealed(), "C", 1) | {"day": "2026-03-02"}
    rows = [link(trail, "C", 1), extra]
    rehashed(rows)
    assert desk.faults([*trail[:-1], *rows]) == [("C", "2026-03-02", 2)]


def test_a_task_that_never_was_is_found(sealed: Sealed, desk: Desk) -> None:
    extra: list[Line] = [link(sealed(), "C", 1)]
    extra[0]["task"] = extra[0]["event"]["task"] = "D"
    rehashed(extra)
    assert desk.faults([*sealed(), *extra]) == [("D", "2026-03-01", 1)]


def test_a_later_version_that_says_otherwise_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    link(trail, "A", 2)["restated"] = {"action": "closed"}
    assert desk.faults(trail) == [("A", "2026-03-01", 2)]


def test_a_task_under_another_name_is_found(sealed: Sealed, desk: Desk) -> None:
    trail = sealed()
    link(trail, "C", 1)["task"] = "D"
    assert {fault[0] for fault in desk.faults(trail)} == {"C", "D"}


# --- the file of the roots


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root", "0" * 64),
        ("tasks", 7),
        ("links", 70),
        ("zone", "UTC"),
        ("sealed_at", 1),
        ("signature", "00" * 64),
        ("moved", [["A", 1, "0" * 64]]),
        ("previous", "1" * 64),
    ],
)
def test_a_line_that_was_altered_is_found_at_its_day(
    sealed: Sealed, desk: Desk, place: int, name: str, value: Any
) -> None:
    roots = desk.lines()
    roots[place][name] = value
    assert desk.faults(sealed(), roots)[0] == ("", f"2026-03-0{place + 1}", 0)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_day_that_is_missing_is_found(sealed: Sealed, desk: Desk, place: int) -> None:
    roots = desk.lines()
    del roots[place]
    assert desk.faults(sealed(), roots) == [("", f"2026-03-0{place + 1}", 0)]


def test_a_missing_last_day_is_found_by_who_knows_that_it_was_sealed(sealed: Sealed, desk: Desk) -> None:
    roots = desk.lines()[:-1]
    assert desk.verified(sealed(), roots).last_day == "2026-03-04"
    faults = desk.verified(sealed(), roots, until="2026-03-05").faults
    assert [fault.day for fault in faults] == ["2026-03-05"]


def test_a_missing_first_day_is_found(sealed: Sealed, desk: Desk) -> None:
    assert ("", "2026-03-02", 0) in desk.faults(sealed(), desk.lines()[1:])


def test_days_that_changed_places_are_found(sealed: Sealed, desk: Desk) -> None:
    roots = desk.lines()
    roots[1], roots[2] = roots[2], roots[1]
    assert ("", "2026-03-02", 0) in desk.faults(sealed(), roots)


def test_a_day_that_another_key_signed_is_found(sealed: Sealed, desk: Desk, tmp_path: Path) -> None:
    create_key(tmp_path / "another")
    roots = desk.lines()
    line = signed_line(read(roots[2]), read_key(tmp_path / "another"), sealed_at=roots[2]["sealed_at"])
    assert desk.faults(sealed(), [*roots[:2], json.loads(line), *roots[3:]]) == [("", "2026-03-03", 0)]


def test_lines_that_are_no_lines_are_found(sealed: Sealed, desk: Desk) -> None:
    roots: list[Any] = desk.lines()
    roots[2] = "gone"
    assert ("", "2026-03-03", 0) in desk.faults(sealed(), roots)
    broken: list[Any] = sealed()
    broken[1] = ["gone"]
    assert ("A", "2026-03-02", 3) in desk.faults(broken)
