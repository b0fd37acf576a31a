"""Malicious reversal: planted cases are found, near misses are not, and the files say the same read slowly."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from queries.detection.columns import day_of
from queries.detection.episodes import Finding
from queries.patterns.malicious_reversal import Reversed, given_back, reversed_claims
from tests.support.detection import LoadedCountry, judged
from tests.support.planted_country import Invoice, cents, day
from tests.support.slow_registers import is_due, month_of, newest_day, of_numbers
from tests.support.stories import found_near_misses, undeclared, untold

NAME = "malicious_reversal"
LEAST_CENTS = 1_000_00
TOLD = ("reversals", "credit_cents", "kept_cents")


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
    assert found_near_misses(country, NAME, findings) == {"deducted": [], "reversed": [], "kept": []}


def test_findings_are_those_of_the_slow_reading_of_the_files(country: LoadedCountry, findings: list[Finding]) -> None:
    found = {
        (each.anchor.split()[0], each.anchor.split()[1]): tuple(each.measures[name] for name in TOLD)
        for each in findings
    }
    assert found == slow_pairs(country)


def test_claims_that_were_reversed_later_are_those_of_the_files(country: LoadedCountry) -> None:
    facts = country.facts
    found = reversed_claims(facts, "CNY")
    ids = facts.store.invoice_ids(facts.gross.invoice[found.blue].tolist())["id"].to_pylist()
    numbers = _numbers(country)
    slow = {blue.number: (credit, red.day) for blue, red, credit in _reversed(country)}
    told = zip(ids, found.credit.tolist(), facts.invoice_day[found.red].tolist(), strict=True)
    assert {numbers[str(name)]: (credit, day_of(last)) for name, credit, last in told} == slow


def slow_pairs(country: LoadedCountry) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Seller and buyer: reversals, credit and credit kept."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    today = newest_day(country)
    by_buyer: dict[str, list[tuple[Invoice, Invoice, int]]] = defaultdict(list)
    for blue, red, credit in _reversed(country):
        by_buyer[country.taxpayer_of[blue.buyer]].append((blue, red, credit))
    for buyer, reversals in by_buyer.items():
        left = _transfers(country, buyer)
        for blue, red, credit in sorted(reversals, key=lambda each: (each[1].at, each[1].number)):
            kept = credit - _draw(left, _claim_month(country, blue), credit)
            if is_due(month_of(red.day), today) and 2 * kept > credit:
                found[country.taxpayer_of[blue.seller], buyer].append((credit, kept))
    sums = {pair: (len(rows), sum(c for c, _ in rows), sum(k for _, k in rows)) for pair, rows in found.items()}
    return {pair: told for pair, told in sums.items() if told[2] >= LEAST_CENTS}


def _reversed(country: LoadedCountry) -> list[tuple[Invoice, Invoice, int]]:
    """Claimed blue invoices, the last red one of each, and the credit at stake."""
    told = country.told
    number_of = _numbers(country)
    reds: dict[str, list[Invoice]] = defaultdict(list)
    for red in told.invoices.values():
        blue = told.invoices.get(number_of.get(red.blue, ""))
        claim = told.claims.get(blue.number) if blue else None
        if red.red and "作废" not in red.status and blue and claim and day(claim["勾选时间"]) <= red.day:
            reds[blue.number].append(red)
    return [
        (
            told.invoices[number],
            max(found, key=lambda red: (red.at, red.number)),
            min(cents(told.claims[number]["有效税额"]), sum(abs(red.tax) for red in found)),
        )
        for number, found in reds.items()
    ]


def _numbers(country: LoadedCountry) -> dict[str, str]:
    """Either number of an invoice to the one that the reader of the files knows."""
    invoices = country.told.invoices
    return {i.paper: i.number for i in invoices.values()} | {number: number for number in invoices}


def _claim_month(country: LoadedCountry, blue: Invoice) -> date:
    period = country.told.claims[blue.number]["所属期"]
    return date(int(period[:4]), int(period[4:]), 1)


def _transfers(country: LoadedCountry, buyer: str) -> dict[date, int]:
    """What the buyer gave back, by period."""
    found: dict[date, int] = defaultdict(int)
    for row in of_numbers(country, country.told.given_back, buyer):
        found[day(row["所属期起"])] += cents(row["转出税额"])
    return found


def _draw(left: dict[date, int], since: date, credit: int) -> int:
    drawn = 0
    for period in sorted(left):
        part = min(left[period], credit - drawn) if period >= since else 0
        left[period] -= part
        drawn += part
    return drawn


def test_every_cent_given_back_counts_once() -> None:
    """Three reversals of one buyer; what is given back in the first month cannot cover a later claim."""
    longs = (np.array(values, np.int64) for values in ([1, 2, 3], [4, 5, 6], [7, 7, 7], [50, 40, 30], [1, 1, 3]))
    blue, red, buyer, credit, claimed = longs
    found = Reversed(blue, red, buyer, credit, claimed, month=np.array([2, 2, 3], np.int64))
    transfers = [np.array(values, np.int64) for values in ([7, 7], [1, 3], [100, 5])]
    assert given_back(found, *transfers).tolist() == [50, 40, 5]
    enough = [np.array(values, np.int64) for values in ([7, 7], [2, 3], [90, 30])]
    assert given_back(found, *enough).tolist() == [50, 40, 30]
    assert given_back(found, *(np.zeros(0, np.int64),) * 3).tolist() == [0, 0, 0]


def test_findings_are_told_with_their_numbers(findings: list[Finding]) -> None:
    for finding in findings:
        assert not untold(NAME, finding, TOLD)
        assert not undeclared(NAME, finding)
