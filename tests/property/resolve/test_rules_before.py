"""What rules said before a batch is derived for whom the batch reaches, and is what the rules said of everything."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from loaders.resolve.linkage.rules import Certain, certain, certain_before
from tests.support.registrations import CODES, prepared
from tests.support.thorough import examples

Said = dict[str, tuple[str | None, str]]
Change = tuple[str, str, str, str]

A, B, C = CODES.values()
OLD = "320102M00000019"  # holds the organisation code of A
PLAIN = "44010100"
FIRM, BRANCH = "南京恒源商贸有限公司", "南京恒源商贸有限公司深圳分公司"


def variant(number: str) -> str:
    """Another number of the same organisation code."""
    changed = number[:2] + "310000" + number[8:17]
    return changed + uscc.calc_check_digit(changed)


def said(fields: pa.Table, told: Certain) -> Said:
    """Of each registration its entity and the first one that rules join it with."""
    ids: list[Any] = fields["id"].to_pylist()
    return {key: (told.entity[row].as_py(), ids[told.first[row]]) for row, key in enumerate(ids)}


def derived(before: pa.Table, after: pa.Table, fresh: set[str]) -> tuple[Said, Said]:
    """What was said of all that stood, from what is said now and what is derived; and what was derived."""
    told = certain(after)
    stands = np.array([key not in fresh for key in after["id"].to_pylist()], np.bool_)
    stayed = set(after["id"].to_pylist()) - fresh
    ended = before.filter(pa.array([key not in stayed for key in before["id"].to_pylist()], pa.bool_()))
    found = certain_before(after, told, stands, ended)
    touched = said(found.fields, found.told)
    unmoved = {key: value for key, value in said(after, told).items() if key in stayed}
    assert [after["id"][place].as_py() for place in found.place if place >= 0] == [
        key for key in touched if key in stayed
    ]
    return {**unmoved, **touched}, touched


@pytest.mark.parametrize(
    ("rows", "change", "reached"),
    [
        pytest.param(({"uscc": A}, {"uscc": C}, {"uscc": C, "id": "z"}), ("z", "uscc", A, C), "bz", id="joined codes"),
        # No value connects the first one with the last, whose change joins their codes.
        pytest.param(
            ({"uscc": B}, {"uscc": A}, {"uscc": A, "id": "z"}), ("z", "uscc", variant(B), A), "abz", id="nothing shared"
        ),
        pytest.param(({"uscc": PLAIN}, {"tax_number": PLAIN, "uscc": A, "id": "z"}), None, "az", id="told a code"),
        pytest.param(({"uscc": A}, {"uscc": B}, {"id": "z"}), None, "z", id="told nobody anything"),
    ],
)
@pytest.mark.parametrize("stays", [True, False])
def test_it_is_derived_for_whom_the_batch_reaches(
    rows: tuple[dict[str, str], ...], change: Change | None, reached: str, stays: bool
) -> None:
    before = prepared(*rows, changes=(change,) if change else ())
    after = prepared(*rows[:-1], *([{"id": "z", "uscc": ""}] if stays else []))
    whole, touched = derived(before, after, {"z"})
    assert whole == said(before, certain(before))
    assert set(touched) >= set(reached)


NUMBERS = ("", A, variant(A), B, C, OLD, PLAIN, "44010199")
Drawn = dict[str, tuple[dict[str, str], tuple[str, str] | None]]


def numbers(random: Random) -> tuple[str, str]:
    return random.choice(NUMBERS), random.choice(NUMBERS)


def drawn(random: Random, names: Sequence[str]) -> Drawn:
    """A registration for each name, some with a recorded change of number."""
    return {
        name: (
            {**dict(zip(("uscc", "tax_number"), numbers(random), strict=True)), "name": random.choice((FIRM, BRANCH))},
            numbers(random) if random.random() < 0.4 else None,
        )
        for name in names
    }


def fields_of(register: Drawn) -> pa.Table:
    rows = [{**row, "id": key} for key, (row, _) in sorted(register.items())]
    changes = tuple((key, "uscc", *change) for key, (_, change) in sorted(register.items()) if change)
    return prepared(*rows, changes=changes)


@settings(max_examples=examples(600, 60), deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_it_is_what_rules_said_of_everything(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible register, no secret
    before = drawn(random, "bdfh"[: random.randint(2, 4)])
    batch = drawn(random, random.sample("abcdefghi", random.randint(0, 2)))
    gone = set(random.sample("bdfh", random.randint(0, 1)))
    after = {**{key: row for key, row in before.items() if key not in gone}, **batch}
    then = fields_of(before)
    whole, _ = derived(then, fields_of(after), set(batch))
    assert whole == said(then, certain(then))
