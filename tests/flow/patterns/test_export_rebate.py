"""Export rebate: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Row, cents, day, total
from tests.support.slow_taint import hops_to_a_flag
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "export_rebate"
WINDOW, STOCK = timedelta(365), timedelta(90)
TOLD = ("declared_cents", "bought_cents", "added_cents", "rebate_cents", "hops")


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
    assert found_near_misses(country, NAME, findings) == {"value_added": [], "risky_source": [], "rebate": []}


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        ({"times": 0}, 16),
        ({"times": 6}, 12),
        ({"times": 7}, 6),
        ({"times": 11}, 6),
        ({"hops": 1}, 0),
        ({"hops": 2}, 12),
    ],
    ids=str,
)
def test_rules_move_what_is_found(country: LoadedCountry, rules: dict[str, int], count: int) -> None:
    assert len(country.findings(NAME, RuleBook({NAME: ((None, rules),)}))) == count


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    found = {each.members[0].id: tuple(each.measures[name] for name in TOLD) for each in findings}
    assert found == slow_exporters(country)
    for finding in findings:
        assert (finding.severity == "high") == (
            int(finding.measures["added_cents"]) > 10 * int(finding.measures["bought_cents"])
        )
    assert {finding.severity for finding in findings} == {"abnormal", "high"}


def slow_exporters(country: LoadedCountry) -> dict[str, tuple[int, ...]]:
    """Numbers of every exporter that fits."""
    found: dict[str, tuple[int, ...]] = {}
    for firm in country.numbers:
        exports = _documents(country, "customs_declarations", firm)
        claims = _documents(country, "rebate_claims", firm)
        days = sorted({day(row["declared_on"]) for row in exports})
        sums = [_sums(country, firm, exports, claims, at) for at in days]
        fitting = [each for each in sums if each[2] > 5 * each[1] and each[3] > 0]
        hops = hops_to_a_flag(country, firm, most=3) if fitting else 0
        if hops:
            found[firm] = (*max(fitting, key=lambda each: each[0] / each[1]), hops)
    return found


def _documents(country: LoadedCountry, name: str, firm: str) -> list[Row]:
    return [row for row in country.told.neighbours(name) if row["taxpayer"] in country.numbers[firm]]


def _sums(
    country: LoadedCountry, firm: str, exports: list[Row], claims: list[Row], at: date
) -> tuple[int, int, int, int]:
    """Declared, bought, value added, rebate claimed."""
    declared = sum(cents(row["amount"]) for row in exports if at - WINDOW < day(row["declared_on"]) <= at)
    bought = total([i for i in country.purchases(firm) if at - WINDOW - STOCK < i.day <= at])
    rebate = sum(cents(row["amount"]) for row in claims if day(row["claimed_on"]) > at - WINDOW)
    return declared, bought, declared - bought, rebate


def test_the_path_leads_from_the_flagged_invoice_to_the_exporter(
    country: LoadedCountry, findings: list[Finding]
) -> None:
    for finding in findings:
        path = [country.told.invoices[number] for number in finding.evidence["source_path"]]
        assert path[0].number in country.told.flagged
        assert country.taxpayer_of[path[0].seller] == finding.members[1].id
        assert [first.buyer for first in path[:-1]] == [second.seller for second in path[1:]]
        assert country.taxpayer_of[path[-1].buyer] == finding.members[0].id


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        assert not untold(NAME, finding, TOLD)
        assert not undeclared(NAME, finding)
