"""What is expected when: what came, what came late, what is missing since when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from graph.errors import SettingsError
from graph.store.port import BatchHeader, BatchRecord
from loaders.feeds import Feed, FeedReport, feed_reports, read_feeds

DAILY = """
[[feed]]
name = "invoices"
source = "invoice-workbook"
every = "day"
due = "06:00"
"""


def feeds(folder: Path, text: str) -> list[Feed]:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return read_feeds(path)


def at(text: str) -> datetime:
    """An instant in civil time."""
    return datetime.fromisoformat(f"{text}+08:00")


def batch(
    number: int, committed: str, *files: str, source: str = "invoice-workbook", state: str = "committed"
) -> BatchRecord:
    header = BatchHeader(f"b{number}", source, f"d{number}", "somebody", at(committed), files or ("a.xlsx",))
    return BatchRecord(header, number, state, at(committed))


def report(folder: Path, text: str, now: str, *batches: BatchRecord) -> FeedReport:
    (found,) = feed_reports(feeds(folder, text), batches, at(now))
    return found


def test_what_came_by_its_time_came(tmp_path: Path) -> None:
    found = report(tmp_path, DAILY, "2026-03-03 09:00", batch(1, "2026-03-03 05:59"))
    assert (found.state, found.batch, found.period) == ("came", "b1", date(2026, 3, 2))
    assert (found.due_at, found.next_due_at) == (at("2026-03-03 06:00"), at("2026-03-04 06:00"))
    assert found.missing == ()


def test_what_did_not_come_is_late_since_the_first_time_that_passed(tmp_path: Path) -> None:
    found = report(tmp_path, DAILY, "2026-03-05 06:00", batch(1, "2026-03-02 05:00"))
    assert (found.state, found.batch, found.late_since) == ("late", None, at("2026-03-03 06:00"))
    assert found.missing == (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))


def test_before_its_time_nothing_is_late(tmp_path: Path) -> None:
    found = report(tmp_path, DAILY, "2026-03-05 05:59", batch(1, "2026-03-04 05:00"))
    assert (found.state, found.period, found.missing) == ("came", date(2026, 3, 3), ())


def test_what_comes_after_its_time_came_late(tmp_path: Path) -> None:
    batches = [batch(1, "2026-03-02 05:00"), batch(2, "2026-03-03 09:00")]
    found = report(tmp_path, DAILY, "2026-03-03 10:00", *batches)
    assert (found.state, found.batch, found.came_at) == ("came_late", "b2", at("2026-03-03 09:00"))


def test_a_late_one_is_not_taken_for_the_next(tmp_path: Path) -> None:
    batches = [batch(1, "2026-03-02 05:00"), batch(2, "2026-03-03 09:00"), batch(3, "2026-03-04 05:00")]
    found = report(tmp_path, DAILY, "2026-03-04 07:00", *batches)
    assert (found.state, found.batch, found.missing) == ("came", "b3", ())


def test_one_gap_stays_told_and_does_not_shift_what_follows(tmp_path: Path) -> None:
    batches = [batch(1, "2026-03-02 05:00"), batch(2, "2026-03-04 05:00"), batch(3, "2026-03-05 05:00")]
    found = report(tmp_path, DAILY, "2026-03-05 07:00", *batches)
    assert (found.state, found.batch, found.missing) == ("came", "b3", (date(2026, 3, 2),))


def test_a_name_that_tells_its_period_counts_for_that_period_whenever_it_comes(tmp_path: Path) -> None:
    text = DAILY + 'files = "query_{YYYY}{MM}{DD}*.xlsx"\n'
    batches = [
        batch(1, "2026-03-04 05:00", "query_20260301.xlsx"),
        batch(2, "2026-03-04 05:10", "query_20260303_2.xlsx"),
    ]
    found = report(tmp_path, text, "2026-03-04 07:00", *batches)
    assert (found.state, found.batch, found.missing) == ("came", "b2", (date(2026, 3, 2),))


@pytest.mark.parametrize(
    "other",
    [
        batch(1, "2026-03-03 05:00", source="registrations"),
        batch(1, "2026-03-03 05:00", state="withdrawn"),
        batch(1, "2026-03-03 05:00", "b.csv"),
    ],
)
def test_batches_of_others_withdrawn_ones_and_other_names_do_not_count(tmp_path: Path, other: BatchRecord) -> None:
    found = report(tmp_path, DAILY + 'files = "*.xlsx"\n', "2026-03-03 07:00", other)
    assert (found.state, found.late_since) == ("late", at("2026-03-03 06:00"))


def test_a_feed_of_a_batch_of_several_sources_counts(tmp_path: Path) -> None:
    found = report(tmp_path, DAILY, "2026-03-03 07:00", batch(1, "2026-03-03 05:00", source="invoice-workbook+tasks"))
    assert found.state == "came"


def test_weeks_and_months_are_due_on_their_day_for_the_one_that_ended(tmp_path: Path) -> None:
    week = DAILY.replace('"day"', '"week"') + "on = 3\n"  # 2026-03-04 is a Wednesday
    assert report(tmp_path, week, "2026-03-05 00:00").period == date(2026, 3, 1)
    assert report(tmp_path, week, "2026-03-04 05:00").due_at == at("2026-02-25 06:00")
    month = DAILY.replace('"day"', '"month"') + "on = 31\n"
    found = report(tmp_path, month, "2026-03-05 00:00")
    assert (found.due_at, found.period) == (at("2026-02-28 06:00"), date(2026, 1, 31))
    assert found.next_due_at == at("2026-03-31 06:00")


def test_nothing_is_expected_before_the_first_day(tmp_path: Path) -> None:
    text = DAILY + "since = 2026-03-02\n"
    early = report(tmp_path, text, "2026-03-01 12:00")
    assert (early.state, early.next_due_at) == ("not_due", at("2026-03-03 06:00"))
    late = report(tmp_path, text, "2026-03-05 12:00")
    assert (late.late_since, len(late.missing)) == (at("2026-03-03 06:00"), 3)


def test_a_zone_says_when_its_clock_strikes(tmp_path: Path) -> None:
    found = report(tmp_path, 'zone = "Europe/Berlin"\n' + DAILY, "2026-07-02 23:00")
    assert found.due_at == datetime(2026, 7, 2, 4, tzinfo=UTC)


def test_what_is_late_comes_first(tmp_path: Path) -> None:
    text = DAILY + DAILY.replace('"invoices"', '"tasks"').replace("invoice-workbook", "tasks")
    found = feed_reports(feeds(tmp_path, text), [batch(1, "2026-03-03 05:00")], at("2026-03-03 07:00"))
    assert [(each.feed.name, str(each.state)) for each in found] == [("tasks", "late"), ("invoices", "came")]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[[feed", ("no TOML",)),
        ("[[feed]]\nname = 'x'\n", ("source is missing", "every is missing", "due is missing")),
        (DAILY.replace('"day"', '"year"'), ("neither day, week nor month",)),
        (DAILY.replace("06:00", "6 o'clock"), ("due is no time",)),
        (DAILY + 'zone = "Mars/Olympus"\nfrom = 1\n', ("no such zone", "no setting 'from'")),
        (DAILY + "on = 2\n", ("on is not within 1 and 1",)),
        (DAILY + "since = 'soon'\n", ("since is no date",)),
        (DAILY + DAILY, ("two feeds are named 'invoices'",)),
        ("feed = 7", ("written as [[feed]]",)),
    ],
)
def test_a_file_of_feeds_that_is_wrong_is_refused_with_its_faults(
    tmp_path: Path, text: str, faults: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as caught:
        feeds(tmp_path, text)
    assert caught.value.code == "settings.feeds"
    assert all(fault in caught.value.message for fault in faults)
