"""The page of a province and its plot, from made-up facts; and what a reader beside a load may see."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.province.beside import Reads, Seen, check_states
from tests.benchmarks.province.page import GOALS, SENTENCES, goals, page, sentences
from tests.benchmarks.province.plot import draw_growth
from tests.benchmarks.province.sizes import SIZES

BEFORE, AFTER = Seen(2, 10), Seen(3, 12)
SMALLEST, LARGEST = 1_000, 4_000
NAMES = """
growth.files_megabytes growth.rejected growth.linearity growth.peak_megabytes bare.process_seconds bare.peak_megabytes
day.invoices day.seconds day.rows day.peak_megabytes day.stubs
projection.build_seconds projection.open_seconds projection.edges projection.peak_megabytes
households.count households.clients households.load_seconds households.asked households.errors
households.median.p50 households.median.p95 households.largest.p50 households.largest.p95
households.load.p50 households.load.p95 households.load.p99
households.megabytes_before households.megabytes_middle households.megabytes_after
beside.idle.count beside.idle.p50 beside.idle.p95 beside.loading.count beside.loading.p50 beside.loading.p95
beside.loading.p99 beside.afterwards.count beside.afterwards.p50 beside.afterwards.p95 beside.ratio beside.looks
beside.load_seconds beside.invoices beside.megabytes_before beside.peak_megabytes
backup.rows backup.seconds backup.megabytes backup.peak_megabytes backup.digests restore.seconds restore.peak_megabytes
"""


def made_up(**changed: float) -> dict[str, float]:
    """A fact of every name, each 1; `changed` with `__` for dots."""
    facts = {
        f"growth.{invoices}.{name}": invoices / SMALLEST
        for invoices in (SMALLEST, 2_000, LARGEST)
        for name in ("seconds", "cpu_seconds", "peak_megabytes", "rows", "megabytes")
    }
    facts |= dict.fromkeys(NAMES.split(), 1.0) | {"growth.seconds": 4.0, "growth.invoices": LARGEST}
    return facts | {name.replace("__", "."): value for name, value in changed.items()}


def written(facts: dict[str, float]) -> str:
    return page(facts, SIZES["full"], on="2026-01-02", machine_text="2 cores")


def reads(*looks: Seen) -> Reads:
    return Reads([0.1] * len(looks), [look.state for look in looks], list(looks))


def test_every_goal_and_every_sentence_is_told_once_all_steps_are_done() -> None:
    assert len(goals(made_up()).splitlines()) == 2 + len(GOALS)
    assert len(sentences(made_up())) == len(SENTENCES)


def test_a_goal_that_is_missed_is_marked() -> None:
    assert "| a day of 1 invoices into it | 20 s | ≤ 20 s | met |" in written(made_up(day__seconds=20))
    assert "| a day of 1 invoices into it | 21 s | ≤ 20 s | **not met** |" in written(made_up(day__seconds=21))


def test_steps_that_are_not_done_are_left_out() -> None:
    facts = {name: value for name, value in made_up().items() if not name.startswith("beside.")}
    assert "load, p95" not in written(facts)
    assert "| 1,000 | 1 | 1 s | 1 s | 1,000 s | 1 MB | 1 MB |" in written(facts)


def test_the_page_names_the_command_the_day_and_the_machine() -> None:
    assert "`python -m tests.benchmarks.province --size full` on 2026-01-02: 2 cores." in written(made_up())


def test_the_same_facts_draw_the_same_plot(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw_growth(made_up(), tmp_path / "images" / name)
    one, two = (tmp_path / "images" / name for name in ("one.svg", "two.svg"))
    assert one.read_bytes() == two.read_bytes()
    texts = {text.text for text in ET.parse(one).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314 - our own
    assert {"Load, seconds", "thousand invoices", "measured", "straight line through the largest"} <= texts


def test_without_a_country_nothing_is_drawn(tmp_path: Path) -> None:
    draw_growth({}, tmp_path / "growth.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_may_see_the_graph_before_a_batch_and_then_after_it() -> None:
    check_states([reads(BEFORE), reads(BEFORE, AFTER), reads(AFTER)], before=BEFORE, after=AFTER)


@pytest.mark.parametrize(
    ("seen", "after", "words"),
    [
        ([BEFORE, Seen(2, 11), AFTER], AFTER, "Neither before nor after"),
        ([BEFORE, Seen(3, 10)], AFTER, "Neither before nor after"),
        ([BEFORE, Seen(4, 12)], AFTER, "Neither before nor after"),
        ([AFTER, BEFORE], AFTER, "An earlier state"),
        ([BEFORE], Seen(3, 10), "changed nothing"),
    ],
    ids=["half a batch", "a state without its facts", "another state", "back in time", "nothing to see"],
)
def test_a_reader_may_see_nothing_else(seen: list[Seen], after: Seen, words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        check_states([reads(*seen)], before=BEFORE, after=after)


def test_a_read_that_nobody_looked_into_is_checked_by_its_state() -> None:
    with pytest.raises(SystemExit, match=r"states \[7\] of the ledger"):
        check_states([Reads([0.1], [7], [])], before=BEFORE, after=AFTER)
