"""Shared control: planted groups are found, near misses are not, and all groups are those of the written definition."""

from __future__ import annotations

import pytest

from loaders.synthetic.patterns.control import SHARED_CONTROL
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support import slow_control
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told

NAME = "shared_control"


def test_every_planted_case_is_found_and_no_near_miss(country: LoadedCountry) -> None:
    findings = country.findings(NAME)
    planted = [case for case in country.told.cases(NAME) if case.planted]
    groups = [frozenset(country.taxpayer_of[number] for number in case.members) for case in planted]
    assert set(groups) <= {_firms(finding) for finding in findings}
    verdict = judged(country, NAME, findings)
    assert (verdict.missed, verdict.near_found) == ([], [])


def test_five_firms_are_high_and_three_are_not(country: LoadedCountry) -> None:
    sizes = {finding.measures["firms"]: finding.severity for finding in country.findings(NAME)}
    assert (sizes[3], sizes[5]) == ("abnormal", "high")


@pytest.mark.parametrize("broken", SHARED_CONTROL.preconditions)
def test_it_vanishes_without(broken: str, country: LoadedCountry) -> None:
    cases = [case for case in country.told.cases(NAME) if case.row["broken"] == broken]
    assert cases
    found = [country.members(finding) for finding in country.findings(NAME)]
    assert not any(country.taxpayer_of[case.anchor] in members for case in cases for members in found)


@pytest.mark.parametrize(
    "own", [{}, {"least_weight": 600_000}, {"most_firms": 4}, {"most_firms": 12, "least_weight": 910_000}], ids=str
)
def test_the_groups_are_those_of_the_slow_reading(country: LoadedCountry, own: dict[str, int]) -> None:
    findings = country.findings(NAME, RuleBook({NAME: ((None, own),)}))
    having = slow_control.having(country)
    groups = slow_control.groups(having, **own)
    expected = {group: (*slow_control.measures(having, group), beyond) for group, beyond in groups.items()}
    assert {_firms(finding): _told(finding) for finding in findings} == expected
    assert len(findings) == len(expected)


def test_a_group_is_no_larger_than_one_can_look_at(country: LoadedCountry) -> None:
    findings = country.findings(NAME)
    (chained,) = (finding for finding in findings if finding.measures["beyond"])
    assert chained.measures["firms"] == max(int(finding.measures["firms"]) for finding in findings) == 50
    assert len(findings) < len(country.numbers) // 300


def test_the_sentences_name_the_firms_and_what_joins_them(country: LoadedCountry) -> None:
    for finding in country.findings(NAME):
        said = told(finding)
        firms = [member.id for member in finding.members if member.role == "firm"]
        for text in (said.en, said.zh):
            assert all(firm in text for firm in firms[:5])
            assert finding.first_on.isoformat() in text
            assert all(
                str(finding.measures[name]) in text
                for name in (*slow_control.KINDS, "firms", "controlled", "crossings", "beyond")
                if finding.measures[name]
            )


def _firms(finding: Finding) -> frozenset[str]:
    return frozenset(member.id for member in finding.members if member.role == "firm")


def _told(finding: Finding) -> tuple[object, ...]:
    numbers = (finding.measures[name] for name in ("firms", *slow_control.KINDS, "crossings", "controlled"))
    people = len([member for member in finding.members if member.role == "person"])
    return *numbers, finding.score, people, finding.measures["beyond"]
