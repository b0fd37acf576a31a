"""The access log's writer: groups, retries, and what happens when the store does not take it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from api.access.log import AccessLog, Read
from api.access.principals import Identity, Principal, Role
from graph.errors import StoreError
from graph.store.questions import ROOT

WANG = Principal(Identity("wang", frozenset({Role.INVESTIGATOR})), ROOT)


def read_of(subject: str) -> Read:
    """A read of one taxpayer."""
    return Read(datetime(2026, 1, 1, tzinfo=UTC), WANG, "query(taxpayer)", None, frozenset({("Taxpayer", subject)}))


class Shelf:
    """Where tables land; refuses the first few times."""

    def __init__(self, *, refusals: int = 0) -> None:
        self.tables: list[pa.Table] = []
        self.refusals = refusals
        self.opened = threading.Event()
        self.opened.set()

    def take(self, table: pa.Table) -> None:
        """Keep a table, or refuse it."""
        self.opened.wait()
        if self.refusals:
            self.refusals -= 1
            raise StoreError("busy")
        self.tables.append(table)

    def subjects(self) -> list[str]:
        """Every subject kept, in order."""
        return [str(subject) for table in self.tables for subject in table["subjects"].to_pylist()]


def test_reads_are_written_in_order_and_in_groups() -> None:
    shelf = Shelf()
    log = AccessLog(shelf.take, group_seconds=0.05)
    for place in range(50):
        log.record(read_of(f"T{place:02}"))
    assert log.flush()
    assert shelf.subjects() == [f"T{place:02}" for place in range(50)]
    assert len(shelf.tables) < 50
    assert log.close()


def test_closing_writes_what_waits() -> None:
    shelf = Shelf()
    log = AccessLog(shelf.take, group_seconds=5)
    log.record(read_of("T1"))
    assert log.close()
    assert shelf.subjects() == ["T1"]


def test_a_store_that_refuses_for_a_while_gets_the_same_reads_again() -> None:
    shelf = Shelf(refusals=3)
    log = AccessLog(shelf.take, group_seconds=0.01)
    log.record(read_of("T1"))
    log.record(read_of("T2"))
    assert log.flush()
    assert sorted(shelf.subjects()) == ["T1", "T2"]
    assert log.close()


def test_reading_stops_when_the_log_cannot_be_written_for_too_long() -> None:
    shelf = Shelf()
    shelf.opened.clear()
    log = AccessLog(shelf.take, group_seconds=0, most_waiting=2, patience_seconds=0.1)
    with pytest.raises(StoreError) as refused:
        _fill(log)
    assert refused.value.code == "store.access_log"
    shelf.opened.set()
    assert log.close()


def test_whoever_finds_no_room_waits_for_it_and_nothing_is_lost() -> None:
    shelf = Shelf()
    shelf.opened.clear()
    log = AccessLog(shelf.take, group_seconds=0, most_waiting=2, patience_seconds=60)
    filling = threading.Thread(target=_fill, args=(log,))
    filling.start()
    filling.join(0.3)
    assert filling.is_alive()
    assert log.waiting <= 2
    shelf.opened.set()
    filling.join(60)
    assert log.close()
    assert shelf.subjects() == [f"T{place}" for place in range(10)]
    assert log.written == 10


def test_a_count_stands_for_subjects_that_cannot_be_named_one_by_one() -> None:
    shelf = Shelf()
    log = AccessLog(shelf.take, group_seconds=0)
    log.record(replace(read_of("T1"), rows=5000))
    assert log.close()
    assert shelf.tables[0]["rows"].to_pylist() == [5000]


def test_a_closed_log_takes_nothing_more() -> None:
    log = AccessLog(Shelf().take)
    assert log.close()
    with pytest.raises(StoreError):
        log.record(read_of("T1"))


def test_two_processes_of_one_store_never_give_one_sequence_twice() -> None:
    shelf = Shelf()
    logs = [AccessLog(shelf.take, group_seconds=0) for _ in range(2)]
    for log in logs:
        log.record(read_of("T1"))
        assert log.close()
    ids = [str(key) for table in shelf.tables for key in table["id"].to_pylist()]
    assert len(set(ids)) == 2


def _fill(log: AccessLog) -> None:
    for place in range(10):
        log.record(read_of(f"T{place}"))
