"""Changed shell: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, day, total, within
from tests.support.slow_registers import oldest_day, registered_on, registrations
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "changed_shell"
ITEMS = {"法定代表人": "legal_representative", "注册地址": "address"}
AFTER_DAYS, MEAN_DAYS, SLEEP_DAYS, KNOWN_DAYS, MONTH = 90, 180, 90, 90, 30
LEAST_COUNT, LEAST_CENTS = 5, 100_000_00


@pytest.fixture(scope="module")
def findings(country: LoadedCountry) -> list[Finding]:
    return list(country.findings(NAME))


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry, findings: list[Finding]) -> None:
    verdict = judged(country, NAME, findings)
    assert not verdict.missed
    assert not verdict.near_found


def test_each_precondition_alone_keeps_a_near_miss_from_being_found(
    country: LoadedCountry, findings: list[Finding]
) -> None:
    open_floors = {"least_count": 1, "least_cents": 0, "least_known_days": 1}
    loose = country.findings(NAME, RuleBook({NAME: ((None, open_floors),)}))
    assert len(loose) > len(findings)
    assert found_near_misses(country, NAME, loose) == {"change": [], "within_90_days": [], "surge": []}


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    measures = ("item", "after_cents", "peak_cents", "before_cents", "before_days", "slept_days")
    slow = slow_changes(country)
    assert {finding.members[0].id for finding in findings} == set(slow)
    for finding in findings:
        told = (finding.first_on, *(finding.measures[name] for name in measures))
        assert told in slow[finding.members[0].id] or finding.measures["hits"] != 1
        assert told[1:] in [each[1:] for each in slow[finding.members[0].id]]


@pytest.mark.parametrize(("times", "sleep"), [(0, 10**6), (6, 10**6), (10**6, 99), (10**6, 20)])
def test_each_of_the_two_signs_is_that_of_the_files(country: LoadedCountry, times: int, sleep: int) -> None:
    rules = {"surge_times": times, "sleep_days": sleep, "least_count": 2}
    found = {each.members[0].id for each in country.findings(NAME, RuleBook({NAME: ((None, rules),)}))}
    assert found == set(slow_changes(country, times=times, sleep=sleep, least=2))
    assert found


def slow_changes(
    country: LoadedCountry, *, times: int = 3, sleep: int = SLEEP_DAYS, least: int = LEAST_COUNT
) -> dict[str, list[tuple[object, ...]]]:
    """Every change that fits, by firm: day, item and the numbers of the finding."""
    oldest = oldest_day(country)
    found: dict[str, list[tuple[object, ...]]] = {}
    for firm, rows in registrations(country).items():
        known_from = max(registered_on(rows), oldest)
        for change in (change for row in rows for change in country.told.changes.get(row["DJXH"], ())):
            told = _judged(country.sales(firm), day(change["BGRQ"]), known_from, least)
            signs = told and (_surges(told, times), told[4] >= sleep)
            if change["BGXM"] in ITEMS and told and any(signs or ()):
                found.setdefault(firm, []).append((day(change["BGRQ"]), ITEMS[change["BGXM"]], *told))
    return found


def _judged(sold: list[Invoice], at: date, known_from: date, least: int) -> tuple[int, ...] | None:
    """After, best month, before, days known, days slept; None if too little was sold."""
    after = within(sold, at, AFTER_DAYS + 1)
    if len(after) < least or total(after) < LEAST_CENTS:
        return None
    known = min(max((at - known_from).days, 0), MEAN_DAYS)
    before = within(sold, at - timedelta(known), known)
    peak = max(total(within(after, sale.day, MONTH)) for sale in after)
    earlier = [sale.day for sale in sold if sale.day < at]
    slept = (after[0].day - (earlier[-1] if earlier else known_from)).days
    return total(after), peak, total(before), known, slept


def _surges(told: tuple[int, ...], times: int) -> bool:
    _, peak, before, known, _ = told
    return before > 0 and known >= KNOWN_DAYS and peak * known >= times * before * MONTH


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    assert {finding.measures["item"] for finding in findings} == set(ITEMS.values())
    for finding in findings:
        decisive = "peak_cents" if finding.measures["sign"] == "surge" else "slept_days"
        assert not untold(NAME, finding, ["after_count", "after_cents", "before_cents", "before_days", decisive])
        assert not undeclared(NAME, finding)
        assert (finding.severity == "high") == (finding.measures["sign"] == "surge_and_wake")
