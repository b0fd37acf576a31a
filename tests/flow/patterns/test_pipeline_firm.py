"""Pipeline firm: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import numpy as np
import pytest

from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from queries.detection.tainted import tainted
from queries.patterns.pipeline_firm import dwell_of
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, cents, day, total
from tests.support.slow_registers import is_due, month_of, newest_day, of_numbers, registrations
from tests.support.slow_taint import hops_to_a_flag
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "pipeline_firm"
LEAST_CENTS, LEAST_PEERS = 100_000_00, 10
TOLD = ("bought_cents", "sold_cents", "dwell_days", "burden_share", "peer_burden_share", "expense_cents", "hops")


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
    preconditions = ("balance", "dwell", "burden", "expenses", "bad_source")
    assert found_near_misses(country, NAME, findings) == {name: [] for name in preconditions}


@pytest.mark.parametrize(
    ("rules", "broken"),
    [
        ({"gap": 300_000}, "balance"),
        ({"dwell_days": 90}, "dwell"),
        ({"expenses": 100_000}, "expenses"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_near_miss_is_found_once_its_one_rule_is_loose(
    country: LoadedCountry, rules: dict[str, int], broken: str
) -> None:
    found = found_near_misses(country, NAME, country.findings(NAME, RuleBook({NAME: ((None, rules),)})))
    assert {name for name, anchors in found.items() if anchors} == {broken}


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    slow = slow_pipelines(country)
    assert {finding.members[0].id for finding in findings} == set(slow)
    for finding in findings:
        months = slow[finding.members[0].id]
        assert finding.first_on == min(months)
        assert month_of(finding.last_on) == max(months)
        assert finding.measures["hits"] == len(months)
        assert tuple(finding.measures[name] for name in TOLD) in months.values()


def slow_pipelines(country: LoadedCountry) -> dict[str, dict[date, tuple[int, ...]]]:
    """Months of every firm that fit, with the numbers of the finding."""
    peers = _peers(country)
    found: dict[str, dict[date, tuple[int, ...]]] = defaultdict(dict)
    for month, firms in peers.items():
        for industry in sorted({industry for industry, _ in firms.values()}):
            burdens = [burden for own, burden in firms.values() if own == industry]
            for firm, (own, burden) in sorted(firms.items()):
                if own == industry and len(burdens) >= LEAST_PEERS and burden < _tenth(burdens):
                    told = _judged(country, firm, month)
                    if told is not None:
                        found[firm][month] = (*told[:3], burden, int(_tenth(burdens)), *told[3:])
    return found


def _peers(country: LoadedCountry) -> dict[date, dict[str, tuple[str, int]]]:
    """By closed month: industry and burden in millionths of every firm that filed sales."""
    found: dict[date, dict[str, tuple[str, int]]] = defaultdict(dict)
    for firm, rows in registrations(country).items():
        for filing in of_numbers(country, country.told.filings, firm):
            month, sales = day(filing["所属期起"]), cents(filing["销售额"])
            if sales > 0 and is_due(month, newest_day(country)):
                found[month][firm] = (rows[0]["HY_DM"], cents(filing["应纳税额"]) * 1_000_000 // sales)
    return found


def _tenth(burdens: list[int]) -> Fraction:
    ordered = sorted(burdens)
    place = Fraction(len(ordered) - 1, 10)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _judged(country: LoadedCountry, firm: str, month: date) -> tuple[int, ...] | None:
    bought, sold = (_of_month(invoices, month) for invoices in (country.purchases(firm), country.sales(firm)))
    into, out = total(bought), total(sold)
    if out < LEAST_CENTS or 10 * abs(into - out) >= max(into, out):
        return None
    hops = hops_to_a_flag(country, firm, most=3)
    dwell = _dwell(country.purchases(firm), country.sales(firm), month)
    goods = {line.commodity for invoice in country.sales(firm) for line in invoice.lines}
    expenses = total([i for i in bought if not goods & {line.commodity for line in i.lines}])
    if not hops or dwell is None or dwell > 30 or 100 * expenses >= 2 * into:
        return None
    return into, out, int(dwell), expenses, hops


def _of_month(invoices: list[Invoice], month: date) -> list[Invoice]:
    return [invoice for invoice in invoices if month_of(invoice.day) == month]


def _dwell(bought: list[Invoice], sold: list[Invoice], month: date) -> Fraction | None:
    """Mean days that what was sold in the month had lain there: cents drawn lot by lot, oldest first."""
    left_of = [invoice.net for invoice in bought]
    weighed = weight = 0
    for sale in sold:
        left = sale.net
        for place, lot in enumerate(bought):
            drawn = min(left, left_of[place]) if lot.day <= sale.day else 0
            left_of[place] -= drawn
            left -= drawn
            if month_of(sale.day) == month:
                weighed += drawn * (sale.day - lot.day).days
                weight += drawn
    return Fraction(weighed, weight) if weight else None


def test_dwell_is_that_of_drawing_lot_by_lot() -> None:
    chance = np.random.default_rng(5)
    start = date(2026, 1, 1)
    for _ in range(200):
        sides = [_random_trade(chance, start) for _ in range(2)]
        (lot_days, lots), (sale_days, sales) = ([np.array(column, np.int64) for column in side] for side in sides)
        bought, sold = ([_invoice(start, *row) for row in zip(*side, strict=True)] for side in sides)
        month = date(2026, 2, 1)
        counted = np.array([month_of(sale.day) == month for sale in sold], np.bool_)
        found = dwell_of((lot_days, sale_days), (lots, sales), counted)
        expected = _dwell(bought, sold, month)
        assert (Fraction(found.cent_days, found.cents) if found.cents else None) == expected


def _random_trade(chance: np.random.Generator, start: date) -> tuple[list[int], list[int]]:
    count = int(chance.integers(0, 8))
    first = (start - date(1970, 1, 1)).days
    return sorted((first + chance.integers(0, 90, count)).tolist()), chance.integers(1, 50, count).tolist()


def _invoice(start: date, number: int, net: int) -> Invoice:
    at = start + timedelta(number - (start - date(1970, 1, 1)).days)
    return Invoice("", "", "", datetime.combine(at, time()), net, 0, "", "正常", red=False)


def test_taint_reaches_those_whose_purchases_lead_back_to_a_flag(country: LoadedCountry) -> None:
    found = tainted(country.facts, 3)
    taxpayers = country.facts.ids.to_pylist()
    expected = {firm: hops_to_a_flag(country, firm, most=3) for firm in country.numbers}
    assert {str(firm): hops for firm, hops in zip(taxpayers, found.hops.tolist(), strict=True)} == expected
    assert set(expected.values()) == {0, 1, 2, 3}


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        assert not untold(NAME, finding, TOLD)
        assert not undeclared(NAME, finding)
