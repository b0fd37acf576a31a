"""Certain rules: numbers, organisation codes, recorded changes; what they may not join."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from loaders.resolve.linkage.numbers import numbers, old_organisation_codes, organisation_codes
from loaders.resolve.linkage.rules import Certain, certain
from tests.support.registrations import CODES, prepared

A, B, C = CODES["A"], CODES["B"], CODES["C"]
NAME = {"name": "南京恒源商贸有限公司"}


def told(*rows: dict[str, Any], changes: tuple[tuple[str, str, str, str], ...] = ()) -> Certain:
    return certain(prepared(*rows, changes=changes))


def joined(found: Certain) -> list[tuple[str, str]]:
    return [(row["left"] + row["right"], row["rule"]) for row in found.pairs.to_pylist()]


def refused(found: Certain) -> list[tuple[str, str]]:
    return [(row["left"] + row["right"], row["reason"]) for row in found.refused.to_pylist()]


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ({"uscc": A}, {"tax_number": f" {A.lower()} "}, "same number"),
        ({"tax_number": "320102600123456"}, {"tax_number": "３２０１０２６００１２３４５６"}, "same number"),
        ({"uscc": A}, {"tax_number": "320102M00000019"}, "organisation code in an old number"),
        ({"uscc": A}, {"tax_number": "320584M00000019"}, "organisation code in an old number"),
    ],
)
def test_a_number_or_the_code_inside_it_makes_one_firm(one: Any, other: Any, rule: str) -> None:
    assert joined(told(one, other)) == [("ab", rule)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"uscc": A}, {"uscc": B}),
        ({"uscc": A}, {"tax_number": "440305M00000019"}),  # another province
        ({"uscc": A}, {"tax_number": "320102M00000018"}),  # a wrong check sign
        ({"tax_number": "000000000000000"}, {"tax_number": "000000000000000"}),
        ({"tax_number": "无"}, {"tax_number": "无"}),
        ({"tax_number": None}, {"tax_number": None}),
        (NAME, NAME),
    ],
)
def test_other_numbers_placeholders_and_names_make_nothing(one: Any, other: Any) -> None:
    assert joined(told(one, other)) == []


def test_one_organisation_code_in_two_regions_is_one_firm() -> None:
    moved = "91440305M000000192"
    assert organisation_codes(pa.array([moved])).to_pylist() == ["M00000019"]
    assert joined(told({"uscc": A}, {"uscc": moved})) == [("ab", "same organisation code")]


def test_a_recorded_change_joins_the_former_number_and_makes_two_codes_one() -> None:
    change = ("a", "uscc", B, A)
    found = told({"uscc": A}, {"uscc": B}, {"tax_number": "320102600123456"}, changes=(change,))
    assert joined(found) == [("ab", "recorded change of number")]
    assert found.legal.to_pylist() == ["M00000019", "M00000019", None]
    assert joined(told({"uscc": A}, {"uscc": B}, changes=(("a", "name", B, A),))) == []


def test_whom_rules_join_with_a_code_has_that_code() -> None:
    old = "320102600123456"
    found = told({"uscc": A, "tax_number": old}, {"tax_number": old}, {"tax_number": "440305600123456"})
    assert found.entity.to_pylist() == ["M00000019", "M00000019", None]
    assert found.legal.to_pylist() == ["M00000019", None, None]


def test_one_number_of_two_codes_is_refused_and_gives_nobody_a_code() -> None:
    old = "320102600123456"
    found = told({"uscc": A, "tax_number": old}, {"uscc": B, "tax_number": old}, {"tax_number": old})
    assert refused(found) == [("ab", "two organisation codes")]
    assert joined(found) == [("ac", "same number")]


def test_a_branch_under_the_number_of_its_head_office_stays_apart() -> None:
    branch = {"name": "南京恒源商贸有限公司苏州分公司", "uscc": A}
    found = told({**NAME, "uscc": A}, branch, branch)
    assert joined(found) == [("bc", "same number")]
    assert refused(found) == [("ab", "branch and head office")]


def test_numbers_are_told_from_placeholders() -> None:
    written = pa.array(["1234567", "12345678", "11111111", "123456789012345", " 9135 0100m000100y43", None])
    assert numbers(written).to_pylist() == [None, "12345678", None, None, "91350100M000100Y43", None]


def test_codes_are_read_where_the_check_sign_is_right() -> None:
    written = pa.array(["91350100M000100Y43", "91350100M000100Y44", "350100M000100Y4", "350100M000100Y5", None])
    assert organisation_codes(written).to_pylist() == ["M000100Y4", None, None, None, None]
    assert old_organisation_codes(written).to_pylist() == [None, None, "M000100Y4", None, None]
