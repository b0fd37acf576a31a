"""Violent false issuing: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from queries.detection.episodes import Finding
from queries.detection.filings import Filed
from queries.detection.flow import flow_of
from queries.detection.rules import RuleBook
from queries.detection.standing import standing_rows
from queries.patterns import violent_issuing
from queries.patterns.violent_issuing import RAISED, Violent, signs_of
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, Row, cents, day, total, within
from tests.support.slow_registers import is_due, month_of, newest_day, of_numbers, registered_on, registrations
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "violent_issuing"
YOUNG, START = 30, 30


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
    assert found_near_misses(country, NAME, findings) == {"young": [], "quota": [], "no_input": [], "sign": []}


@pytest.mark.parametrize(
    ("rules", "broken"),
    [
        ({"young_days": 90}, "young"),
        ({"quota_share": 390_000}, "quota"),
        ({"input_times": 1}, "no_input"),
        ({"peak_times": 1}, "sign"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_near_miss_is_found_once_its_one_rule_is_loose(
    country: LoadedCountry, rules: dict[str, int], broken: str
) -> None:
    found = found_near_misses(country, NAME, country.findings(NAME, RuleBook({NAME: ((None, rules),)})))
    assert {name for name, anchors in found.items() if anchors} == {broken}


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    measures = ("sold_cents", "quota_cents", "bought_cents", "age_days", "signs")
    found = {each.members[0].id: tuple(each.measures[name] for name in measures) for each in findings}
    assert found == slow_issuers(country)


@pytest.mark.parametrize(("share", "times", "days"), [(1, 5, 15), (1, 10**6, 0), (30, 5, 15)])
def test_loose_rules_find_those_of_the_files(country: LoadedCountry, share: int, times: int, days: int) -> None:
    rules = {"young_days": 200, "quota_share": share * 10_000, "input_times": times, "filing_days": days}
    found = {each.members[0].id for each in country.findings(NAME, RuleBook({NAME: ((None, rules),)}))}
    assert found == set(slow_issuers(country, young=200, share=share, times=times, days=days))
    assert len(found) > len(set(found) & set(slow_issuers(country))) > 0


def slow_issuers(
    country: LoadedCountry, *, young: int = YOUNG, share: int = 80, times: int = 5, days: int = 15
) -> dict[str, tuple[object, ...]]:
    """Numbers of every firm that fits."""
    register = registrations(country)
    found: dict[str, tuple[object, ...]] = {}
    for firm, rows in register.items():
        sold = country.sales(firm)
        age = (sold[0].day - registered_on(rows)).days if sold else young
        told = _judged(country, firm, sold, register, days) if 0 <= age < young else None
        if told is None:
            continue
        used, quota, bought, signs, unfiled = told
        if signs and 100 * used >= share * quota and (used >= times * bought or unfiled):
            found[firm] = (used, quota, bought, age, signs)
    return found


def _judged(
    country: LoadedCountry, firm: str, sold: list[Invoice], register: dict[str, list[Row]], days: int
) -> tuple[int, int, int, str, bool] | None:
    """Used, quota, bought, signs, never filed; None without a quota."""
    first = sold[0].day
    start = within(sold, first, START)
    grants = [row for number in country.numbers[firm] if (row := country.told.quotas.get(number))]
    in_time = [row for row in grants if day(row["核定日期"]) < first + timedelta(START)]
    if not in_time:
        return None
    granted = max(in_time, key=lambda row: row["核定日期"])
    quota = cents(granted["发票总额度"])
    bought = total([i for i in country.purchases(firm) if i.day < first + timedelta(START)])
    filings = of_numbers(country, country.told.filings, firm)
    unfiled = not filings and is_due(month_of(first), newest_day(country), days)
    shown = {
        "peak_day": _peak(start),
        "out_of_area": _abroad(country, firm, start, register),
        "near_face_cap": granted["单份限额"] != "" and _near_cap(start, cents(granted["单份限额"])),
    }
    signs = " ".join(name for name, there in shown.items() if there)
    return total(start), quota, bought, signs, unfiled


def _peak(start: list[Invoice]) -> bool:
    by_day: dict[object, int] = defaultdict(int)
    for sale in start:
        by_day[sale.day] += sale.net
    return max(by_day.values()) >= 5 * total(start) / ((start[-1].day - start[0].day).days + 1)


def _abroad(country: LoadedCountry, firm: str, start: list[Invoice], register: dict[str, list[Row]]) -> bool:
    buyers = {country.taxpayer_of[sale.buyer] for sale in start}
    provinces = {each: register[each][0]["XZQHSZ_DM"][:2] for each in (*buyers, firm)}
    away = [buyer for buyer in buyers if provinces[buyer] != provinces[firm]]
    return len(buyers) >= 3 and len(away) > 0.6 * len(buyers)


def _near_cap(start: list[Invoice], cap: int) -> bool:
    return len([sale for sale in start if "数电" not in sale.kind and 0.9 * cap <= sale.net <= cap]) > 0.3 * len(start)


def test_whoever_never_filed_is_found_whatever_it_bought(
    country: LoadedCountry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(violent_issuing, "filed_months", lambda _facts: Filed(np.zeros(0, np.int64)))
    found = country.findings(NAME)
    assert {name for name, anchors in found_near_misses(country, NAME, found).items() if anchors} == {"no_input"}
    assert {finding.measures["unfiled"] for finding in found} == {1}


def test_every_sign_and_both_severities_are_planted(findings: list[Finding]) -> None:
    shown = {sign for finding in findings for sign in str(finding.measures["signs"]).split()}
    assert shown == {"peak_day", "out_of_area", "near_face_cap"}
    for finding in findings:
        assert (finding.severity == "high") == (int(finding.measures["age_days"]) < 3)
    assert {finding.severity for finding in findings} == {"abnormal", "high"}


def test_a_quota_raised_meanwhile_is_a_sign_of_its_own(country: LoadedCountry, findings: list[Finding]) -> None:
    facts = country.facts
    rows, net = standing_rows(facts, "CNY")
    firm = facts.projection.vertex(findings[0].members[0].id)
    assert firm is not None
    own = rows[facts.book.seller[rows] == firm]
    sales = flow_of(np.full(len(own), firm), facts.invoice_day[own], net[own], own)
    strict = replace(Violent(), peak_times=10**6, away_share=10**6)
    shown = [
        signs_of(facts, strict, firm=firm, sales=sales, span=slice(0, len(own)), cap=0, raised=raised).names
        for raised in (False, True)
    ]
    assert shown == [(), (RAISED,)]


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    measures = ("age_days", "sold_count", "sold_cents", "used_share", "quota_cents", "bought_cents")
    of_sign = {"peak_day": "peak_cents", "out_of_area": "away_buyers", "near_face_cap": "near_cap_count"}
    for finding in findings:
        signs = [of_sign[name] for name in str(finding.measures["signs"]).split()]
        assert not untold(NAME, finding, [*measures, *signs])
        assert not undeclared(NAME, finding)
