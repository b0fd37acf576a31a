"""Burst before vanishing: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, day, total
from tests.support.slow_registers import (
    is_due,
    month_of,
    newest_day,
    of_numbers,
    oldest_day,
    registered_on,
    registrations,
)
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "burst_before_vanishing"
END_DAYS, SILENT_DAYS, PAUSES = 60, 10, 4
LEAST_COUNT, LEAST_CENTS, TIMES = 6, 100_000_00, 2


@pytest.fixture(scope="module")
def findings(country: LoadedCountry) -> list[Finding]:
    return list(country.findings(NAME))


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry, findings: list[Finding]) -> None:
    verdict = judged(country, NAME, findings)
    assert not verdict.missed
    assert not verdict.near_found


def test_the_share_alone_keeps_a_near_miss_from_being_found(country: LoadedCountry, findings: list[Finding]) -> None:
    open_floors = {"least_count": 1, "least_cents": 0, "silent_days": 0, "quiet_times": 0, "times": 0}
    loose = country.findings(NAME, RuleBook({NAME: ((None, open_floors),)}))
    assert len(loose) > len(findings)
    assert found_near_misses(country, NAME, loose) == {"share": []}


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    found = {each.members[0].id: (each.measures["burst_cents"], each.measures["lifetime_cents"]) for each in findings}
    assert found == slow_bursts(country)


def slow_bursts(country: LoadedCountry) -> dict[str, tuple[int, int]]:
    """Cents of the end and of the whole life of every firm that fits."""
    today, oldest, register = newest_day(country), oldest_day(country), registrations(country)
    found = {}
    for firm in country.numbers:
        sold = country.sales(firm)
        if not sold:
            continue
        begin = sold[-1].day - timedelta(END_DAYS - 1)
        end = [invoice for invoice in sold if invoice.day >= begin]
        known = len(end) < len(sold) or (firm in register and registered_on(register[firm]) >= begin)
        enough = len(end) >= LEAST_COUNT and total(end) >= LEAST_CENTS
        since = min(registered_on(register[firm]), sold[0].day) if firm in register else oldest
        days = max(0, (begin - max(since, oldest)).days)
        bursts = total(end) * days >= TIMES * (total(sold) - total(end)) * END_DAYS
        if known and enough and bursts and _silent(end, today) and 2 * total(end) >= total(sold):
            found[firm] = (total(end), total(sold))
    return found


def _silent(end: list[Invoice], today: date) -> bool:
    silence = (today - end[-1].day).days
    pause = (end[-1].day - end[0].day).days / (len(end) - 1)
    return silence >= SILENT_DAYS and silence >= PAUSES * pause


def test_missed_filings_and_status_only_confirm(country: LoadedCountry, findings: list[Finding]) -> None:
    today, register = newest_day(country), registrations(country)
    for finding in findings:
        firm = finding.members[0].id
        filed = {day(row["所属期起"]) for row in of_numbers(country, country.told.filings, firm)}
        missed = {month_of(i.day) for i in country.sales(firm) if is_due(month_of(i.day), today)} - filed
        assert finding.measures["missed_filings"] == len(missed)
        normal = register[firm][0]["NSRZT_DM"] == "03"
        assert (finding.severity == "high") == (bool(missed) or not normal)
    assert {finding.severity for finding in findings} == {"abnormal", "high"}


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        measures = ["burst_count", "burst_cents", "burst_share", "lifetime_cents"]
        measures += ["missed_filings"] if finding.measures["missed_filings"] else []
        assert not untold(NAME, finding, measures)
        assert not undeclared(NAME, finding)
