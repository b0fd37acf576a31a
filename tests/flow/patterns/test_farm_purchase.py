"""Farm purchases: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, Line, rows_of
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "farm_purchase"
YEAR, LEAST_COUNT = timedelta(365), 10
FACES = range(9_000_00, 10_000_00 + 1)
FARMER_CENTS = 5_000_000_00
TOLD = ("farmer_cents", "near_count", "near_share", "price_lines", "price_variation")


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
    loose = country.findings(NAME, RuleBook({NAME: ((None, {"least_count": 1}),)}))
    assert found_near_misses(country, NAME, loose) == {"face": [], "farmer": [], "price": []}


@pytest.mark.parametrize(
    "value",
    [{"face_share": 750_000}, {"face_high_cents": 9_400_00}, {"farmer_cents": 10**12}, {"price_share": 2_000}],
    ids=lambda value: str(next(iter(value))),
)
def test_a_stricter_rule_leaves_nobody(country: LoadedCountry, value: dict[str, int]) -> None:
    assert not country.findings(NAME, RuleBook({NAME: ((None, value),)}))


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    found = {each.members[0].id: tuple(each.measures[name] for name in TOLD) for each in findings}
    assert found == slow_buyers(country)


@pytest.mark.parametrize(("farmer", "share", "price"), [(0, 0, 10**9), (20_000_00, 2, 10**9), (0, 0, 150)], ids=str)
def test_loose_rules_find_those_of_the_files(country: LoadedCountry, farmer: int, share: int, price: int) -> None:
    rules = {"farmer_cents": farmer, "face_share": share * 10_000, "price_share": price * 10_000, "least_count": 1}
    findings = country.findings(NAME, RuleBook({NAME: ((None, rules),)}))
    found = {each.members[0].id: tuple(each.measures[name] for name in TOLD) for each in findings}
    assert found == slow_buyers(country, Limits(farmer, share, price, 1))
    assert len(found) > PLANTED


@dataclass(frozen=True)
class Limits:
    """Cents of one farmer, hundredths of near faces and of price variation, least count."""

    farmer: int = FARMER_CENTS
    share: int = 50
    price: int = 2
    count: int = LEAST_COUNT


PLANTED = 12
DEFAULT = Limits()


def slow_buyers(country: LoadedCountry, limits: Limits = DEFAULT) -> dict[str, tuple[int, ...]]:
    """Numbers of every buyer that fits."""
    farm = _farm_numbers(country)
    found = {}
    for firm in country.numbers:
        bought = [invoice for invoice in country.purchases(firm) if invoice.number in farm]
        told = _judged(country, bought, limits)
        if told is not None:
            found[firm] = told
    return found


def _farm_numbers(country: LoadedCountry) -> set[str]:
    paths = sorted((country.told.folder / "invoices").glob("*信息汇总表.csv"))
    rows = [row for path in paths for row in rows_of(path) if row["特定业务类型"] == "农产品收购"]
    return {row["数电发票号码"] or row["发票代码"] + row["发票号码"] for row in rows}


def _judged(country: LoadedCountry, bought: list[Invoice], limits: Limits) -> tuple[int, ...] | None:
    spans = [(_of_farmer(country, bought, last), -place, last) for place, last in enumerate(bought)]
    if not spans or max(span[0] for span in spans) <= limits.farmer:
        return None
    great, _, last = max(spans, key=lambda span: (span[0], span[1]))
    year = [invoice for invoice in bought if last.day - YEAR < invoice.day <= last.day]
    capped = [invoice for invoice in year if "数电" not in invoice.kind]
    near = [invoice for invoice in capped if country.told.invoices[invoice.number].net in FACES]
    prices = _main_prices(line for invoice in year for line in invoice.lines)
    if len(capped) < limits.count or 100 * len(near) <= limits.share * len(capped) or len(prices) < limits.count:
        return None
    if 100 * (max(prices) - min(prices)) >= limits.price * min(prices):
        return None
    variation = (max(prices) - min(prices)) * 1_000_000 // min(prices)
    return great, len(near), len(near) * 1_000_000 // len(capped), len(prices), variation


def _of_farmer(country: LoadedCountry, bought: list[Invoice], last: Invoice) -> int:
    farmer = country.taxpayer_of[last.seller]
    return sum(
        invoice.net
        for invoice in bought
        if country.taxpayer_of[invoice.seller] == farmer and last.day - YEAR < invoice.day <= last.day
    )


def _main_prices(lines: Iterable[Line]) -> list[int]:
    amounts: dict[str, int] = defaultdict(int)
    prices: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        amounts[line.commodity] += line.net
        prices[line.commodity].append(line.price)
    return prices[max(amounts, key=lambda goods: (amounts[goods], goods))]


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        assert not untold(NAME, finding, TOLD)
        assert not undeclared(NAME, finding)


def test_all_three_second_thresholds_make_it_high(country: LoadedCountry, findings: list[Finding]) -> None:
    assert {finding.severity for finding in findings} == {"abnormal"}
    lower = {"high_face_share": 700_000, "high_farmer_cents": FARMER_CENTS}
    assert {each.severity for each in country.findings(NAME, RuleBook({NAME: ((None, lower),)}))} == {"high"}
    for name in lower:
        one = {key: value for key, value in lower.items() if key != name}
        assert {each.severity for each in country.findings(NAME, RuleBook({NAME: ((None, one),)}))} == {"abnormal"}
