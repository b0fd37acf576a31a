"""Events that loads bring are links of their tasks' chains, behind what was recorded before, on either store."""

from __future__ import annotations

from typing import Any

from graph.store.port import GraphStore
from loaders import LoadOptions
from tests.support.batches import KEY
from tests.support.rows import Loading
from tests.support.trails import links_of, whole_chains


def event(task: str, action: str, hour: int, **more: Any) -> dict[str, Any]:
    return {"task": task, "action": action, "at": f"2026-03-01T{hour:02d}:00:00+08:00", "officer": "O1", **more}


def actions(store: GraphStore, task: str = "T1") -> list[str]:
    return [row["action"] for row in links_of(store) if row["task"] == task]


def test_a_load_chains_events_by_instant_whatever_the_order_of_its_rows(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "closed", 12), event("T1", "created", 9), event("T2", "created", 8)])
    assert whole_chains(store) == {"T1": 2, "T2": 1}
    assert actions(store) == ["created", "closed"]


def test_what_comes_later_stands_behind_whatever_its_instant(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "closed", 12)])
    loading(task_events=[event("T1", "created", 9)])
    assert whole_chains(store) == {"T1": 2}
    assert actions(store) == ["closed", "created"]


def test_an_event_that_stands_already_is_not_chained_again(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "created", 9)])
    (before,) = links_of(store)
    loading(task_events=[event("T1", "created", 9, position=7), event("T1", "closed", 12)])
    assert whole_chains(store) == {"T1": 2}
    assert links_of(store)[0]["hash"] == before["hash"]
    (seen,) = [row for row in store.export("TaskEvent").to_pylist() if row["action"] == "created"]
    link = ("sequence", "recorded_at", "previous_hash", "hash")
    assert [seen[name] for name in link] == [before[name] for name in link]


def test_equal_events_are_links_of_their_own(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "created", 9), event("T1", "created", 9)])
    assert whole_chains(store) == {"T1": 2}


def test_slices_of_one_batch_go_on_behind_each_other(store: GraphStore, loading: Loading) -> None:
    rows = [event(f"T{place % 3}", f"step {place}", place) for place in range(20)]
    loading(task_events=rows, options=LoadOptions(hmac_key=KEY, slice_rows=2))
    assert whole_chains(store) == {"T0": 7, "T1": 7, "T2": 6}


def test_withdrawn_events_stay_links_and_come_again_as_new_ones(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "created", 9)])
    mistaken = loading(task_events=[event("T1", "closed", 12)])
    store.withdraw(mistaken.batch, who="tester")
    loading(task_events=[event("T1", "submitted", 11)])
    loading(task_events=[event("T1", "closed", 12), event("T1", "reviewed", 13)])
    assert whole_chains(store) == {"T1": 5}
    assert actions(store) == ["created", "closed", "submitted", "closed", "reviewed"]
    assert store.export("TaskEvent").num_rows == 4


def test_two_withdrawals_hide_no_head(store: GraphStore, loading: Loading) -> None:
    for hour in (9, 10):
        loading(task_events=[event("T1", f"at {hour}", hour)])
    for line in reversed(store.batches()[-2:]):
        store.withdraw(line.header.id, who="tester")
    loading(task_events=[event("T1", "at 11", 11), event("T2", "created", 9)])
    assert whole_chains(store) == {"T1": 3, "T2": 1}


def test_a_check_of_a_load_records_nothing(store: GraphStore, loading: Loading) -> None:
    loading(task_events=[event("T1", "created", 9)], options=LoadOptions(hmac_key=KEY, check=True))
    assert links_of(store) == []
