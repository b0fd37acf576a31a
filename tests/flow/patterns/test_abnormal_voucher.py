"""Abnormal vouchers: planted carriers are found to the cent, near misses are not, all carriers are the slow ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import pytest

from loaders.synthetic.patterns.credit import ABNORMAL_VOUCHERS
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook, Value
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told
from tests.support.planted_country import Case, Invoice, cents, day

NAME = "abnormal_voucher"
VERIFIED: dict[str, Value] = {"verification_stops": True}
Cell = tuple[str, str]
"""Taxpayer and month."""


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    verdict = judged(country, NAME, country.findings(NAME))
    assert (verdict.missed, verdict.near_found) == ([], [])


def test_planted_cases_on_the_legal_boundaries_are_found_with_their_sums(country: LoadedCountry) -> None:
    findings = {_cell(finding): finding.measures for finding in country.findings(NAME)}
    sums = set()
    for case in country.told.cases(NAME):
        if case.planted:
            found = findings[country.taxpayer_of[case.anchor], case.row["period"][:7]]
            own = (found["abnormal_tax_cents"], found["whole_tax_cents"])
            assert own == (int(case.row["abnormal_tax_cents"]), int(case.row["all_tax_cents"]))
            assert found["grade"] == case.row["grade"]
            sums.add(own)
    assert any(100 * int(part) == 70 * int(whole) for part, whole in sums)
    assert (5_000_001, 5_000_001) in sums


@pytest.mark.parametrize("broken", ABNORMAL_VOUCHERS.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    found = {taxpayer for taxpayer, _ in map(_cell, country.findings(NAME))}
    assert not found & {country.taxpayer_of[case.anchor] for case in cases}
    assert not found & {country.taxpayer_of[case.row["second_carrier"]] for case in cases}


def test_the_outputs_of_a_carrier_make_the_next_one(country: LoadedCountry) -> None:
    rounds: dict[str, int] = {}
    for finding in country.findings(NAME):
        rounds[finding.members[0].id] = int(finding.measures["round"])
    assert {rounds[country.taxpayer_of[case.row["second_carrier"]]] for case in _planted(country)} == {2}


def test_every_seed_class_is_kept(country: LoadedCountry) -> None:
    seeds = {finding.measures["seed_classes"] for finding in country.findings(NAME)}
    assert {"1", "2", "3", "4", "5"} <= {name for names in seeds for name in str(names).split(",")}


@pytest.mark.parametrize("own", [{}, VERIFIED, {"span_months": 2}], ids=["default", "verified", "two months"])
def test_the_carriers_are_those_of_the_slow_reading(country: LoadedCountry, own: dict[str, Value]) -> None:
    found = {_cell(finding): _measured(finding) for finding in country.findings(NAME, RuleBook({NAME: ((None, own),)}))}
    assert found == _slow(country, verified=own is VERIFIED, months=int(own.get("span_months", 1)))


def test_verification_of_a_firm_of_grade_a_stops_what_follows_only_where_the_rule_says_so(
    country: LoadedCountry,
) -> None:
    best = [case for case in _planted(country) if case.row["grade"] == "A"]
    others = [case for case in _planted(country) if case.row["grade"] != "A"]
    assert best
    assert others
    for own, passed in (({}, best + others), (VERIFIED, others)):
        findings = country.findings(NAME, RuleBook({NAME: ((None, own),)}))
        found = {taxpayer for taxpayer, _ in map(_cell, findings)}
        assert {country.taxpayer_of[case.anchor] for case in best + others} <= found
        following = {country.taxpayer_of[case.row["second_carrier"]] for case in best + others}
        assert following & found == {country.taxpayer_of[case.row["second_carrier"]] for case in passed}


def test_the_sentences_say_candidate_and_hold_the_numbers(country: LoadedCountry) -> None:
    shown = ("abnormal_tax_cents", "whole_tax_cents", "abnormal_share", "vouchers", "round", "outputs", "seed_classes")
    grades = set()
    for finding in country.findings(NAME):
        said = told(finding)
        assert "candidate" in said.en
        assert "候选" in said.zh
        for text in (said.en, said.zh):
            assert finding.members[0].id in text
            assert finding.first_on.isoformat() in text
            assert all(str(finding.measures[name]) in text for name in shown)
        grades.add((finding.measures["grade"], "verification" in said.en, "核实" in said.zh))
    assert grades >= {("A", True, True), ("B", False, False)}


def _planted(country: LoadedCountry) -> list[Case]:
    return [case for case in country.told.cases(NAME) if case.planted]


def _cell(finding: Finding) -> Cell:
    return finding.members[0].id, str(finding.measures["period"])


def _measured(finding: Finding) -> tuple[object, ...]:
    names = ("abnormal_tax_cents", "whole_tax_cents", "given_back_cents", "round", "output_tax_cents", "seed_classes")
    sizes = {role: len(invoices) for role, invoices in finding.evidence.items()}
    assert (sizes["vouchers"], sizes["outputs"]) == (finding.measures["vouchers"], finding.measures["outputs"])
    return *(finding.measures[name] for name in names), *sizes.values()


@dataclass
class Books:
    """Plain dictionaries: what each cell claimed of which invoice and gave back, who issued what."""

    claimed: dict[Cell, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    back: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))
    issued: dict[str, list[Invoice]] = field(default_factory=lambda: defaultdict(list))


def _span(when: date, months: int) -> str:
    """First month of the span."""
    first = (when.year * 12 + when.month - 1) // months * months
    return f"{first // 12}-{first % 12 + 1:02d}"


def _books(country: LoadedCountry, months: int) -> Books:
    books, plain = Books(), country.told
    for number, row in plain.claims.items():
        invoice = plain.invoices[number]
        when = date(int(row["所属期"][:4]), int(row["所属期"][4:]), 1)
        if invoice.special and not invoice.red and "作废" not in invoice.status:
            cell = country.taxpayer_of[row["纳税人识别号"]], _span(when, months)
            books.claimed[cell][number] = cents(row["有效税额"])
    for firm, rows in plain.given_back.items():
        for row in rows:
            if row["转出原因"] == "异常凭证":
                cell = country.taxpayer_of[firm], _span(day(row["所属期起"]), months)
                books.back[cell] += cents(row["转出税额"])
    for invoice in plain.invoices.values():
        if invoice.special and not invoice.red and "作废" not in invoice.status:
            books.issued[country.taxpayer_of[invoice.seller]].append(invoice)
    return books


def _slow(country: LoadedCountry, *, verified: bool, months: int) -> dict[Cell, tuple[object, ...]]:
    """All carriers by looking at every cell again and again, until a round brings nothing new."""
    books = _books(country, months)
    grades = {firm: rows[0]["纳税信用等级"] for firm, rows in country.told.by_firm("credit_grades").items()}
    stopped = {country.taxpayer_of[firm] for firm, grade in grades.items() if grade == "A" and verified}
    classes = {row["invoice"]: {row["seed_class"]} for row in country.told.neighbours("flagged_abnormal")}
    assert set(classes) == country.told.flagged
    rounds: dict[Cell, int] = {}

    def tax(cell: Cell) -> int:
        return sum(cent for number, cent in books.claimed[cell].items() if number in classes) - books.back[cell]

    def behind(cell: Cell) -> set[str]:
        return set().union(*(classes[number] for number in books.claimed[cell] if number in classes))

    def outputs(cell: Cell) -> list[Invoice]:
        return [each for each in books.issued[cell[0]] if _span(each.day, months) >= cell[1]]

    while True:
        new = [
            cell
            for cell in sorted(books.claimed)
            if cell not in rounds and tax(cell) > 5_000_000 and 10 * tax(cell) >= 7 * sum(books.claimed[cell].values())
        ]
        if not new:
            break
        rounds.update(dict.fromkeys(new, max(rounds.values(), default=0) + 1))
        reached = {cell: behind(cell) for cell in new}
        for cell in new:
            for each in outputs(cell) if cell[0] not in stopped else []:
                classes.setdefault(each.number, reached[cell])
    found: dict[Cell, tuple[object, ...]] = {}
    for cell, step in rounds.items():
        own = [number for number in books.claimed[cell] if number in classes]
        sold = [each for each in outputs(cell) if each.number in classes]
        sums = tax(cell), sum(books.claimed[cell].values()), books.back[cell], step, sum(each.tax for each in sold)
        found[cell] = (*sums, ",".join(sorted(behind(cell))), len(own), len(sold))
    return found
