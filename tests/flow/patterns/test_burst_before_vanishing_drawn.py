"""Burst before vanishing on drawn firms: what an even pace is, and from when on a firm's sales are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.drawn_facts import drawn_facts, found_by
from tests.support.small_graph import Draft, day

NAME = "burst_before_vanishing"
FIRST, EVERY = day("2026-01-01"), 10
END = [40 + EVERY * place for place in range(6)]  # the end is the days 31 to 90


def draft(early: Sequence[int], *, registered: str = "2020-01-01", newest: int = 200) -> Draft:
    """A sells 3,000 yuan each on days of its early life, then 20,000 on six days; B sells first and last of all."""
    drawn = Draft().firm("A", registered_on=day(registered)).firm("B", registered_on=day("2020-01-01"))
    for place, (when, cents) in enumerate([*((each, 300_000) for each in early), *((each, 2_000_000) for each in END)]):
        on = (FIRST + timedelta(when)).isoformat()
        drawn.invoice(f"{place:02}", seller="A", buyer="B", on=on, net_cents=cents)
    for place, when in enumerate((0, newest)):
        drawn.invoice(f"b{place}", seller="B", buyer="A", on=(FIRST + timedelta(when)).isoformat())
    return drawn


def found(folder: Path, drawn: Draft, **own: int) -> int:
    """How many firms are found."""
    return len(found_by(drawn_facts(folder, drawn), NAME, **own))


# 120,000 in the end of 60 days, 60,000 in the 31 days before: 2,000 a day after 1,935.5.
EVEN = [1 + place for place in range(20)]


@pytest.mark.parametrize(("times", "expected"), [(0, 1), (1, 1), (2, 0)])
def test_an_even_pace_is_no_burst(tmp_path: Path, times: int, expected: int) -> None:
    assert found(tmp_path, draft(EVEN), times=times) == expected


@pytest.mark.parametrize(("count", "expected"), [(10, 1), (11, 0)])
def test_a_burst_sells_twice_as_much_a_day_as_before(tmp_path: Path, count: int, expected: int) -> None:
    assert found(tmp_path, draft(EVEN[:count])) == expected  # 2,000 a day after 967.7 and after 1,064.5


@pytest.mark.parametrize(("registered", "expected"), [("2025-12-01", 1), ("2026-01-03", 0)])
def test_days_before_the_registration_do_not_count(tmp_path: Path, registered: str, expected: int) -> None:
    early = [3 + place for place in range(10)]  # 30,000 in 31 days, or in 29
    assert found(tmp_path, draft(early, registered=registered)) == expected


def test_a_firm_registered_in_the_end_needs_no_days_before(tmp_path: Path) -> None:
    assert found(tmp_path, draft([], registered="2026-02-08")) == 1
    folder = tmp_path / "older"
    folder.mkdir()
    assert found(folder, draft([], registered="2026-01-20")) == 0  # nothing tells that it had sold nothing before


@pytest.mark.parametrize(("newest", "expected"), [(130, 1), (129, 0)])
def test_silence_is_four_pauses_long(tmp_path: Path, newest: int, expected: int) -> None:
    assert found(tmp_path, draft([5], newest=newest)) == expected
