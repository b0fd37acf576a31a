"""Missing trader: planted chains are found, near misses are not, and all findings are those of a slow reading."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from loaders.synthetic.patterns.rings import MISSING_TRADERS
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook, Value
from queries.patterns.catalogue import pattern_named
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told
from tests.support.planted_country import Invoice, cents, day

NAME = "missing_trader"
OWN: dict[str, dict[str, Value]] = {
    "default": {},
    "old ones too": {"new_days": 9_000, "paid_share": 1_000_000},
    "patient": {"stop_days": 10, "new_days": 9_000, "paid_share": 400_000, "due_day": 28},
    "without pardon": {"paid_share": 0, "new_days": 400, "stop_days": 1_000},
}


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, NAME, country.findings(NAME))
    assert verdict.missed == []
    anchors = {finding.members[0].id for finding in country.findings(NAME)}
    assert not [case for case in verdict.near_found if country.taxpayer_of[case.anchor] in anchors]


def test_it_is_searched_only_when_asked() -> None:
    assert pattern_named(NAME).off


@pytest.mark.parametrize("broken", MISSING_TRADERS.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    found = {finding.members[0].id for finding in country.findings(NAME)}
    assert not found & {country.taxpayer_of[case.anchor] for case in cases}


def test_members_and_form_are_those_of_the_chain(country: LoadedCountry) -> None:
    findings = {finding.members[0].id: finding for finding in country.findings(NAME)}
    forms = set()
    for case in country.told.cases(NAME):
        if case.planted:
            finding = findings[country.taxpayer_of[case.anchor]]
            by_role = {member.role: member.id for member in finding.members}
            chain = [by_role[role] for role in ("conduit", "trader", "buffer", "broker")]
            assert chain == [country.taxpayer_of[number] for number in case.members]
            assert finding.measures["form"] == case.row["form"]
            forms.add(case.row["form"])
    assert forms == {"linear", "carousel"}


@pytest.mark.parametrize("own", OWN.values(), ids=list(OWN))
def test_the_findings_are_those_of_the_slow_reading(country: LoadedCountry, own: dict[str, Value]) -> None:
    rules = {"new_days": 180, "paid_share": 10_000, "stop_days": 90, "due_day": 15, **own}
    limits = {name: int(value) for name, value in rules.items()}
    found = {
        finding.members[0].id: _told(finding) for finding in country.findings(NAME, RuleBook({NAME: ((None, own),)}))
    }
    taxes = _taxes(country)
    expected = {firm: row for firm in country.numbers if (row := _slow(country, firm, limits, taxes)) is not None}
    assert found == expected


def test_the_sentences_hold_the_numbers(country: LoadedCountry) -> None:
    shown = ("days_old", "output_tax_cents", "paid_cents", "unpaid_share", "missed_months", "first_missed", "buffers")
    circles = set()
    for finding in country.findings(NAME):
        said = told(finding)
        for text in (said.en, said.zh):
            assert all(str(finding.measures[name]) in text for name in (*shown, "onward_cents", "registered_on"))
            assert finding.members[0].id in text
            assert finding.first_on.isoformat() in text
        circles.add((finding.measures["form"], "sold back" in said.en, "闭环" in said.zh))
    assert circles == {("linear", False, False), ("carousel", True, True)}


def _told(finding: Finding) -> tuple[object, ...]:
    names = ("output_tax_cents", "paid_cents", "days_old", "missed_months", "last_filed_on", "buffers", "onward_cents")
    return *(finding.measures[name] for name in names), finding.score, len(finding.evidence["sales"])


def _slow(
    country: LoadedCountry, firm: str, limits: dict[str, int], taxes: dict[str, int]
) -> tuple[object, ...] | None:
    """The measures of a missing trader, by its invoices, filings and payments one by one; None for any other firm."""
    sold, plain = country.sales(firm), country.told
    known = [plain.register[number]["DJRQ"] for number in country.numbers[firm] if number in plain.register]
    if not sold or not known:
        return None
    first, output = sold[0].day, sum(taxes[each.number] for each in sold)
    paid = sum(cents(row["实缴金额"]) for number in country.numbers[firm] for row in plain.payments.get(number, ()))
    filings = [row for number in country.numbers[firm] for row in plain.filings.get(number, ())]
    made = [day(row["申报日期"]) for row in filings]
    old = (first - min(day(each) for each in known)).days
    missed = _missed(country, sold, {row["所属期起"][:7] for row in filings}, limits["due_day"])
    buffers = {country.taxpayer_of[each.buyer] for each in sold}
    onward = {each: [i.net for i in country.sales(each) if i.day >= first] for each in buffers}
    selling = [each for each in onward if onward[each]]
    late = any(each > first + timedelta(limits["stop_days"]) for each in made)
    unpaid = output > 0 and paid * 1_000_000 <= limits["paid_share"] * output
    if old >= limits["new_days"] or not unpaid or not missed or late or not selling:
        return None
    last = max(made).isoformat() if made else ""
    score = (output - paid) * 1_000_000 // output if output > paid else 0
    return output, paid, old, missed, last, len(selling), sum(map(sum, onward.values())), score, len(sold)


def _taxes(country: LoadedCountry) -> dict[str, int]:
    """What remains of the tax of each invoice after its red ones."""
    invoices = country.told.invoices.values()
    given_back: dict[str, int] = defaultdict(int)
    for red in invoices:
        given_back[red.blue] += abs(red.tax) if red.red and "作废" not in red.status else 0
    names = ({each.number, each.paper} - {""} for each in invoices)
    return {
        each.number: max(0, each.tax - sum(given_back[name] for name in own))
        for each, own in zip(invoices, names, strict=True)
    }


def _missed(country: LoadedCountry, sold: list[Invoice], filed: set[str], due_day: int) -> int:
    newest = max(each.day for each in country.told.invoices.values())
    months = {each.day.replace(day=1) for each in sold}
    due = {month: (month + timedelta(32)).replace(day=due_day) for month in months}
    return sum(due[month] <= newest and f"{month:%Y-%m}" not in filed for month in months)
