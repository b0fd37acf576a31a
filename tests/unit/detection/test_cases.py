"""Findings that share members are one case; a member in very many joins none; ranks are total."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from queries.findings.cases import gangs
from queries.findings.stored import Stored


def finding(key: str, members: str, *, severity: str = "abnormal", day: int = 1, state: str = "open") -> Stored:
    row = {
        "id": key,
        "pattern": f"pattern-{key[0]}",
        "anchor": key,
        "first_on": date(2026, 1, day),
        "last_on": date(2026, 1, day),
        "severity": severity,
        "state": state,
    }
    return Stored(row, tuple(("Taxpayer", member, "member") for member in members), ())


def test_chains_of_shared_members_are_one_case_and_others_stay_apart() -> None:
    found = gangs([finding("f1", "AB"), finding("f2", "BC"), finding("f3", "CD"), finding("f4", "XY")], {})
    assert [case.findings for case in found.cases] == [("f1", "f2", "f3"), ("f4",)]
    first = found.cases[0]
    assert first.members == (
        (("Taxpayer", "B"), 2),
        (("Taxpayer", "C"), 2),
        (("Taxpayer", "A"), 1),
        (("Taxpayer", "D"), 1),
    )
    assert (first.rank, first.patterns) == (1, ("pattern-f",))


def test_closed_and_vanished_findings_are_in_no_case() -> None:
    states = ("open", "reopened", "closed", "gone", "superseded")
    found = gangs([finding(f"f{n}", "A", state=state) for n, state in enumerate(states)], {})
    assert [case.findings for case in found.cases] == [("f0", "f1")]


def test_a_member_in_more_findings_than_allowed_joins_nothing_and_is_named() -> None:
    many = [finding(f"f{n}", f"Z{n}") for n in range(4)]
    assert len(gangs(many, {}, most=4).cases) == 1
    found = gangs(many, {}, most=3)
    assert len(found.cases) == 4
    assert found.left_out == ((("Taxpayer", "Z"), 4),)


def test_cases_are_ranked_by_severity_amount_newness_and_id() -> None:
    found = gangs(
        [
            finding("a", "A", day=9),
            finding("b", "B", severity="high"),
            finding("c", "C", severity="high"),
            finding("d", "D", day=9),
            finding("e", "E", day=8),
        ],
        {"b": 5, "c": 7, "a": 3, "d": 3, "e": 3},
    )
    ranked = [case.findings[0] for case in found.cases]
    assert ranked[:2] == ["c", "b"]
    assert set(ranked[2:4]) == {"a", "d"}
    assert ranked[4] == "e"
    assert [case.rank for case in found.cases] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_findings_does_not_matter(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - a reproducible draw, no secret
    some = [finding(f"f{n:02}", "".join(chance.sample("ABCDEFGHIJKLMN", 2)), day=1 + n % 9) for n in range(12)]
    first = gangs(some, {})
    chance.shuffle(some)
    assert gangs(some, {}) == first
    # The slow way: findings are joined when a walk over shared members leads from one to the other.
    for case in first.cases:
        members = {member for each in some if each.id in case.findings for _, member, _ in each.members}
        others = {member for each in some if each.id not in case.findings for _, member, _ in each.members}
        assert not members & others
