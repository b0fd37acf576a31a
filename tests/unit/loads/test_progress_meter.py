"""Rows, rate and time left: what is known, and None where nothing is."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from api.commands.waiting import described
from graph.progress import Meter, Progress
from loaders.pace import SHARES, STEPS, Pace


@dataclass
class Watch:
    """A meter on a clock that the test turns."""

    now: float = 0.0
    seen: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meter = Meter(self.seen.append, clock=lambda: self.now)

    def after(self, seconds: float) -> Watch:
        self.now += seconds
        return self

    @property
    def last(self) -> Progress:
        return self.seen[-1]


def test_nothing_is_said_of_the_time_left_before_it_is_known() -> None:
    watch = Watch()
    watch.meter("read", 0, 5, rows=0, rows_total=100)
    assert (watch.last.rows_per_second, watch.last.seconds_left) == (None, None)
    watch.after(0.5).meter("read", 0, 5, rows=20, rows_total=100)
    assert (watch.last.rows_per_second, watch.last.seconds_left) == (40.0, None)
    watch.after(10).meter("read", 0, 5, rows=4, rows_total=100)
    assert watch.last.seconds_left is None
    watch.after(10).meter("read", 0, 5, rows=50)
    assert watch.last.seconds_left is None


def test_the_time_left_follows_from_the_rows_that_are_through() -> None:
    watch = Watch()
    watch.meter("read", 0, 5, rows=0)
    watch.after(10).meter("check", 1, 5, rows=10, rows_total=40)
    assert (watch.last.rows_per_second, watch.last.seconds_left) == (1.0, 30.0)
    watch.after(30).meter("write", 4, 5, rows=40, rows_total=40)
    assert watch.last.seconds_left == 0.0


def test_waiting_for_others_counts_for_nothing() -> None:
    watch = Watch()
    watch.meter("wait", 0, 5)
    watch.after(1000).meter("read", 0, 5, rows=0)
    watch.after(4).meter("check", 1, 5, rows=200, rows_total=400)
    assert (watch.last.rows_per_second, watch.last.seconds_left) == (50.0, 4.0)


def test_work_that_counts_no_rows_gets_no_estimate() -> None:
    watch = Watch()
    watch.meter("backup Invoice", 1, 3)
    watch.after(60).meter("backup SOLD", 2, 3)
    assert watch.last == Progress("backup SOLD", 2, 3)


def told_of(*slices: int) -> list[Progress]:
    """What a load of slices with these rows tells, each read while the one before is merged."""
    watch = Watch()
    pace = Pace(watch.meter)
    pace.expect(None)
    for number, rows in enumerate(slices):
        pace.slice(number, rows=rows, likely=len(slices))
        if number + 1 == len(slices):
            pace.all_read()
        pace.begin(number, "check")
        if number:
            finish(pace, number - 1)
    finish(pace, len(slices) - 1)
    return watch.seen


def finish(pace: Pace, number: int) -> None:
    for step in STEPS[2:]:
        pace.begin(number, step)
        for _ in range(4):
            pace.did(number, 1 / 4)


@pytest.mark.parametrize("slices", [(100,), (100, 50), (100, 100, 1)])
def test_a_load_goes_from_nothing_to_all_and_never_back(slices: tuple[int, ...]) -> None:
    seen = told_of(*slices)
    rows = [now.rows_done or 0 for now in seen]
    assert (rows[0], rows[-1]) == (0, sum(slices))
    assert rows == sorted(rows)
    assert [now.steps_done for now in seen] == sorted(now.steps_done for now in seen)
    assert {now.steps_total for now in seen[1:]} == {5 * len(slices)}
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_how_many_rows_there_are_is_said_once_all_are_read() -> None:
    totals = [now.rows_total for now in told_of(100, 50)]
    assert totals[:2] == [None, None]
    assert totals[-1] == 150


def test_rows_of_files_that_are_read_count_before_they_are_a_slice() -> None:
    watch = Watch()
    pace = Pace(watch.meter)
    pace.expect(200)
    pace.read(100)
    assert (watch.last.rows_done, watch.last.rows_total) == (round(100 * SHARES["read"]), 200)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Progress("read", 0, 5), "read"),
        (Progress("read", 0, 5, 1200), "read · 1,200 rows"),
        (
            Progress("check", 1, 5, 1200, 5000, 600.0, 90.0),
            "check · 1,200 of 5,000 rows · 600 rows/s · about 2 min left",
        ),
        (Progress("write", 4, 5, 1, 2, None, 0.2), "write · 1 of 2 rows · about 1 s left"),
        (Progress("write", 4, 5, None, 2, None, 9000.0), "write · about 2.5 h left"),
    ],
)
def test_the_bar_says_what_is_known_in_words(now: Progress, words: str) -> None:
    assert described(now) == words
