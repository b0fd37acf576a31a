"""Pipeline firm: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import numpy as np
import pytest

from queries.detection.columns import day_of, first_day_of
from queries.detection.episodes import Finding
from queries.detection.filings import below_baseline, burdens
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


def test_a_month_counts_from_the_day_on_which_its_filings_are_due(
    country: LoadedCountry, findings: list[Finding]
) -> None:
    latest = max(finding.last_on for finding in findings)
    since = (newest_day(country) - latest).days
    due, open_ = (RuleBook({NAME: ((None, {"filing_days": days}),)}) for days in (since, since + 1))
    assert {each.id for each in country.findings(NAME, due)} >= {each.id for each in findings}
    assert max(each.last_on for each in country.findings(NAME, open_)) < latest


def test_a_month_with_less_than_the_least_sales_does_not_count(country: LoadedCountry, findings: list[Finding]) -> None:
    greatest = max(int(finding.measures["sold_cents"]) for finding in findings)
    just, more = (RuleBook({NAME: ((None, {"least_cents": least}),)}) for least in (greatest, greatest + 1))
    assert country.findings(NAME, just)
    assert not country.findings(NAME, more)


def test_burdens_and_their_tenth_are_those_of_the_files(country: LoadedCountry) -> None:
    facts = country.facts
    filed = burdens(facts, "CNY")
    below, tenth = below_baseline(facts, filed, part=100_000, least_peers=LEAST_PEERS)
    peers = _peers(country, closed=False)
    assert len(filed.firm) == sum(len(firms) for firms in peers.values())
    groups: dict[tuple[date, str], list[int]] = defaultdict(list)
    for month, firms in peers.items():
        for industry, burden in firms.values():
            groups[month, industry].append(burden)
    for place, number in enumerate(filed.firm.tolist()):
        month = day_of(int(first_day_of(filed.month[place])))
        industry, burden = peers[month][str(facts.ids[number].as_py())]
        others = groups[month, industry]
        expected = _tenth(others) if len(others) >= LEAST_PEERS else Fraction(0)
        assert (filed.burden[place], tenth[place], below[place]) == (burden, int(expected), burden < expected)
    assert {len(others) < LEAST_PEERS for others in groups.values()} == {True, False}


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


def _peers(country: LoadedCountry, *, closed: bool = True) -> dict[date, dict[str, tuple[str, int]]]:
    """By month, closed or any: industry and burden in millionths of every firm that filed sales."""
    found: dict[date, dict[str, tuple[str, int]]] = defaultdict(dict)
    today = newest_day(country)
    for firm, rows in registrations(country).items():
        for filing in of_numbers(country, country.told.filings, firm):
            month, sales = day(filing["所属期起"]), cents(filing["销售额"])
            if sales > 0 and (not closed or is_due(month, today)):
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


def test_taint_comes_by_the_earliest_purchase_that_carries_it(country: LoadedCountry) -> None:
    found, facts = tainted(country.facts, 3), country.facts
    hops = dict(zip(facts.ids.to_pylist(), found.hops.tolist(), strict=True))
    for vertex in np.flatnonzero(found.hops).tolist():
        firm = str(facts.ids[vertex].as_py())
        carrying = [
            invoice
            for invoice in country.purchases(firm)
            if (hops[firm] == 1 and invoice.number in country.told.flagged)
            or (hops[firm] > 1 and hops[country.taxpayer_of[invoice.seller]] == hops[firm] - 1)
        ]
        seconds = int(facts.gross.tick[found.via[vertex]])
        assert datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) == carrying[0].at


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        assert not untold(NAME, finding, TOLD)
        assert not undeclared(NAME, finding)
