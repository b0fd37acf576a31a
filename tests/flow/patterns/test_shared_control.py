"""Shared control: planted groups are found, near misses are not, and all groups are those of the written definition."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import pytest

from loaders.synthetic.patterns.control import SHARED_CONTROL
from queries.detection.episodes import Finding
from queries.detection.rules import RuleBook
from tests.support.detection import LoadedCountry, judged
from tests.support.plain_story import told

NAME = "shared_control"
COLUMNS = {
    "FDDBR_ZJHM": ("person", "representative"),
    "CWFZR_ZJHM": ("person", "officer"),
    "BSR_ZJHM": ("person", "officer"),
    "GPR_ZJHM": ("person", "officer"),
    "ZCDZ": ("address", ""),
    "LXDH": ("phone", ""),
}
KINDS = {"persons": "person", "addresses": "address", "phones": "phone"}
Tie = tuple[str, str]
Having = dict[Tie, dict[str, set[str]]]
"""Roles by firm of each tie."""


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


@pytest.mark.parametrize("crossing_alone", [False, True])
def test_the_groups_are_those_of_the_slow_reading(country: LoadedCountry, *, crossing_alone: bool) -> None:
    findings = country.findings(NAME, RuleBook({NAME: ((None, {"crossing_alone": crossing_alone}),)}))
    having = _having(country)
    expected = {frozenset(group): _measures(having, group) for group in _groups(having, crossing_alone=crossing_alone)}
    assert {_firms(finding): _told(finding) for finding in findings} == expected
    assert len(findings) == len(expected)


def test_the_sentences_name_the_firms_and_what_joins_them(country: LoadedCountry) -> None:
    for finding in country.findings(NAME):
        said = told(finding)
        firms = [member.id for member in finding.members if member.role == "firm"]
        for text in (said.en, said.zh):
            assert all(firm in text for firm in firms[:5])
            assert finding.first_on.isoformat() in text
            assert all(
                str(finding.measures[name]) in text
                for name in (*KINDS, "firms", "controlled", "crossings")
                if finding.measures[name]
            )


def _firms(finding: Finding) -> frozenset[str]:
    return frozenset(member.id for member in finding.members if member.role == "firm")


def _told(finding: Finding) -> tuple[object, ...]:
    numbers = (finding.measures[name] for name in ("firms", *KINDS, "crossings", "controlled"))
    return *numbers, finding.score, len([m for m in finding.members if m.role == "person"])


def _having(country: LoadedCountry) -> Having:
    having: Having = defaultdict(lambda: defaultdict(set))
    for number, row in country.told.register.items():
        for column, (kind, role) in COLUMNS.items():
            having[kind, row[column]][country.taxpayer_of[number]].add(role)
    return {tie: firms for tie, firms in having.items() if len(firms) > 1}


def _crosses(roles: dict[str, set[str]], firms: set[str]) -> bool:
    """One of the firms has the person as representative, another one as officer."""
    pairs = ((one, other) for one in firms for other in firms if one != other)
    return any("representative" in roles[one] and "officer" in roles[other] for one, other in pairs)


def _bonds(having: Having, *, crossing_alone: bool) -> Iterator[set[str]]:
    ties_of: dict[str, list[Tie]] = defaultdict(list)
    for tie in sorted(having):
        for firm in having[tie]:
            ties_of[firm].append(tie)
    together: dict[tuple[Tie, Tie], set[str]] = defaultdict(set)
    for firm, ties in ties_of.items():
        for pair in combinations(ties, 2):
            together[pair].add(firm)
    for (one, other), firms in together.items():
        two_kinds = one[0] != other[0] or _crosses(having[one], firms) or _crosses(having[other], firms)
        if len(firms) > 1 and two_kinds:
            yield firms
    for tie, roles in having.items():
        if crossing_alone and tie[0] == "person" and _crosses(roles, set(roles)):
            yield set(roles)


def _groups(having: Having, *, crossing_alone: bool) -> list[set[str]]:
    group_of: dict[str, set[str]] = {}
    for firms in _bonds(having, crossing_alone=crossing_alone):
        joined = firms.union(*(group_of.get(firm, set()) for firm in firms))
        group_of.update(dict.fromkeys(joined, joined))
    return [group for group in {id(each): each for each in group_of.values()}.values() if len(group) >= 3]


def _measures(having: Having, group: set[str]) -> tuple[object, ...]:
    own = {tie: set(firms) & group for tie, firms in having.items() if len(set(firms) & group) > 1}
    weight = {tie: round(1_000_000 / math.log(1 + len(having[tie]))) for tie in own}
    counts = [sum(tie[0] == kind for tie in own) for kind in KINDS.values()]
    crossings = sum(_crosses(having[tie], own[tie]) for tie in own)
    most = max(len(own[tie]) * weight[tie] for tie in own)
    controlled = {len(own[tie]) for tie in own if len(own[tie]) * weight[tie] == most}
    assert len(controlled) == 1
    return len(group), *counts, crossings, controlled.pop(), sum(weight.values()), counts[0]
