"""Hand-overs follow instants: logs whose local times stand in another order than what happened, on either store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from loaders import LoadOptions, load
from queries.lineage import TaskEntry
from queries.trail.handovers import Handover, handovers, handovers_in
from tests.support.batches import KEY


def loaded(store: GraphStore, folder: Path, *rows: str) -> tuple[Handover, ...]:
    file = folder / "log.csv"
    file.write_text("\n".join(["case,activity,timestamp,resource", *rows]) + "\n", "utf-8")
    load(store, "event-log", [file], options=LoadOptions(hmac_key=KEY))
    return handovers(store, "event-log:c").handovers


def told(found: tuple[Handover, ...]) -> list[tuple[object, ...]]:
    return [(each.giver, each.taker, each.action, each.after_seconds, each.offset_minutes) for each in found]


def test_a_log_with_three_offsets_is_in_the_order_of_what_happened(store: GraphStore, tmp_path: Path) -> None:
    found = loaded(
        store,
        tmp_path,
        "c,review,2026-03-01T01:30:00-05:00,Cid",
        "c,open,2026-03-01T12:00:00+08:00,Ann",
        "c,work,2026-03-01T05:00:00Z,Bob",
        "c,close,2026-03-01T15:00:00+08:00,Ann",
    )
    assert told(found) == [
        ("Ann", "Bob", "work", 3600, 0),
        ("Bob", "Cid", "review", 5400, -300),
        ("Cid", "Ann", "close", 1800, 480),
    ]


def test_a_hand_over_whose_local_order_reverses_the_true_one(store: GraphStore, tmp_path: Path) -> None:
    found = loaded(store, tmp_path, "c,take,2026-03-01T02:00:00+00:00,Bob", "c,give,2026-03-01T09:00:00+08:00,Ann")
    assert told(found) == [("Ann", "Bob", "take", 3600, 0)]
    assert (found[0].since, found[0].at) == (
        datetime(2026, 3, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 2, tzinfo=UTC),
    )


def test_events_of_one_instant_follow_their_position(store: GraphStore, tmp_path: Path) -> None:
    same = ("2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00Z")
    found = loaded(store, tmp_path, f"c,b,{same[0]},Bob", f"c,a,{same[1]},Ann")
    assert told(found) == [("Bob", "Ann", "a", 0, 0)]


def test_nobody_hands_over_to_himself_or_through_what_nobody_did(store: GraphStore, tmp_path: Path) -> None:
    rows = [f"c,a{hour},2026-03-01T0{hour}:00:00Z,{officer}" for hour, officer in enumerate(("Ann", "Ann", "", "Bob"))]
    assert told(loaded(store, tmp_path, *rows)) == [("Ann", "Bob", "a3", 7200, 0)]


def test_a_task_that_is_not_there_has_no_hand_overs(store: GraphStore) -> None:
    with pytest.raises(NotFoundError):
        handovers(store, "nothing")


def test_an_event_without_an_instant_hands_over_after_nobody_knows_how_long() -> None:
    entries = [
        TaskEntry(officer, None, at, None, "a", officer, None, None, None, None, None)
        for officer, at in (("x", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1)), ("y", None))
    ]
    assert [each.after_seconds for each in handovers_in(entries)] == [None]
