"""Findings held against a truth table, and the page that tells of it, from made-up cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from graph.errors import SettingsError
from loaders.synthetic.patterns import PATTERNS as PLANTED
from loaders.synthetic.patterns import fitting
from queries.detection.episodes import Finding
from queries.detection.hits import Member
from queries.patterns.catalogue import PATTERNS, pattern_named
from tests.benchmarks.clock import Spent
from tests.benchmarks.patterns.country import sizes_for
from tests.benchmarks.patterns.definitions import DEFINITIONS
from tests.benchmarks.patterns.page import page, table, wrong
from tests.benchmarks.patterns.worth import Worth, faults, truth_of, worth_of
from tests.support.planted_country import Case

TOOK = Spent(1.5, 1.25)
NUMBERS = "ABCDEFGH"
TAXPAYER_OF = {number: f"tp-{number}" for number in NUMBERS}
FACTS = {"taxpayers": 10.0, "invoices": 20.0, "load.rows": 30.0, "load.rejected": 0.0} | {
    f"load.{name}": 4.0 for name in ("seconds", "cpu_seconds")
}


def case(number: str, members: str, broken: str = "") -> Case:
    """Its anchor is the first member, a letter."""
    kind = "near" if broken else "planted"
    row = {"case": number, "kind": kind, "anchor": members[0], "members": ";".join(members), "broken": broken}
    return Case(row)


def finding(members: str) -> Finding:
    """About these firms, the first one first."""
    return Finding(
        id=members,
        pattern="",
        anchor=members,
        first_on=date(2026, 1, 1),
        last_on=date(2026, 1, 1),
        members=(*(Member("Taxpayer", TAXPAYER_OF[each], "role") for each in members), Member("Person", "p", "role")),
        evidence={},
        measures={},
        score=0,
        severity="",
        rule_version="",
        parameters="",
        left_out=0,
    )


def worth(name: str, cases: list[Case], *found: str, others: tuple[Case, ...] = ()) -> Worth:
    truth = truth_of({name: cases, "another": others}, TAXPAYER_OF)
    return worth_of(pattern_named(name), [finding(members) for members in found], truth, TOOK)


def test_a_case_is_found_by_a_finding_about_its_anchor_and_not_by_one_that_only_names_it() -> None:
    cases = [case("P00001", "AB"), case("P00002", "CD"), case("N00001", "EF", "gap"), case("N00002", "GH", "hops")]
    told = worth("pipeline_firm", cases, "AH", "DC", "ECG")
    assert (told.planted, told.found, told.missed) == (2, 1, ("P00002",))
    assert (told.near, told.near_found) == (2, (("N00001", "gap"),))
    assert told.findings == 3


@pytest.mark.parametrize("name", ["ring_invoicing", "shared_control", "affiliated_trade"])
def test_a_group_is_found_whole_and_a_near_miss_of_one_in_part(name: str) -> None:
    cases = [case("P00001", "ABC"), case("P00002", "DE"), case("N00001", "FG", "gap"), case("N00002", "H", "order")]
    told = worth(name, cases, "CBA", "DEB", "AF")
    assert told.missed == ("P00002",)
    assert told.near_found == (("N00001", "gap"),)


def test_background_is_where_nobody_of_any_case_of_any_pattern_takes_part() -> None:
    cases = [case("P00001", "AB"), case("N00001", "C", "gap")]
    told = worth("pipeline_firm", cases, "A", "GH", "G", "HB", "HC", "HD", others=(case("P00001", "D?"),))
    assert (told.findings, told.background) == (6, 2)


def test_a_truth_whose_anchor_the_store_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        worth("pipeline_firm", [case("P00001", "?")])


def made_up(name: str, *, planted: int = 100, missed: int = 0, near_found: int = 0) -> Worth:
    cases = [f"P{place:05}" for place in range(1, missed + 1)]
    near = tuple((f"N{place:05}", "gap") for place in range(1, near_found + 1))
    exact = pattern_named(name).exact
    return Worth(name, exact, planted, tuple(cases), planted, near, planted, 7, TOOK)


def test_an_exact_pattern_misses_nothing_and_another_one_at_most_one_in_twenty() -> None:
    assert not faults(made_up("ring_invoicing"))
    assert faults(made_up("ring_invoicing", missed=1)) == ["ring_invoicing: 99 of 100 planted cases found, not all"]
    assert not faults(made_up("pipeline_firm", missed=5))
    assert faults(made_up("pipeline_firm", missed=6)) == ["pipeline_firm: 94 of 100 planted cases found, not 95 in 100"]


def test_no_pattern_finds_a_near_miss() -> None:
    assert faults(made_up("pipeline_firm", near_found=2)) == ["pipeline_firm: near misses found: N00001, N00002"]


def test_the_page_tells_counts_times_and_what_went_wrong() -> None:
    bad = made_up("pipeline_firm", planted=1_000, missed=21, near_found=1)
    assert "| `pipeline_firm` | 1,000 | 979 | 21 | 1,000 | 1 | 1,000 | 7 | 1.5 s | 1.2 s |" in table([bad])
    assert "P00020 and 1 more." in wrong([bad])
    assert "finds near misses: N00001 (gap)." in wrong([bad])
    assert wrong([replace(bad, missed=(), near_found=())]) == "Every planted case is found, and no near miss."


def test_the_page_names_the_command_the_day_the_machine_and_every_rule_but_no_value() -> None:
    text = page([made_up("pipeline_firm")], FACTS, planted=3, on="2026-01-02", machine_text="2 cores")
    assert "`python -m tests.benchmarks.patterns --planted 3` on 2026-01-02: 2 cores." in text
    for pattern in PATTERNS:
        assert f"### {pattern.number}. " in text
        assert all(f"| `{name}` | " in text for name in pattern.rules().values())
    assert "| `gap` | share | gap of in and out, abnormal | 进销差(疑点) |\n" in text
    assert max(len(line) for line in text.splitlines() if line.startswith("*")) <= 120


def test_every_pattern_is_planted_and_defined_once() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert list(DEFINITIONS) == names
    assert set(names) < {pattern.name for pattern in PLANTED}
    assert not [
        text for pair in DEFINITIONS.values() for text in (pair.en, pair.zh) if any(letter.isdigit() for letter in text)
    ]


@pytest.mark.parametrize("planted", [1, 2, 3, 50, 500])
def test_the_cases_fit_into_the_country_and_not_into_one_of_two_thirds(planted: int) -> None:
    sizes = sizes_for(planted)
    taxpayers, invoices, days = (sizes[name] for name in ("taxpayers", "invoices", "days"))
    assert fitting(taxpayers=taxpayers, invoices=invoices, days=days, wanted=planted) == planted
    for fewer in ((taxpayers * 2 // 3, invoices), (taxpayers, invoices * 2 // 3)):
        with pytest.raises(SettingsError):
            fitting(taxpayers=fewer[0], invoices=fewer[1], days=days, wanted=planted)
