"""Why two registrations are one, or not: the levels, weights that add up to the score, rules and conflicts."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

from graph.errors import NotFoundError
from loaders.resolve.explain import Explanation, explain
from loaders.resolve.linkage.scoring import score
from tests.support.registrations import CODES, country, prepared, small_model

FIRM = {
    "name": "南京恒源商贸有限公司",
    "legal_representative": "欧阳建国",
    "phone": "13912345678",
    "address": "南京市玄武区人民路12号405室",
}


@cache
def scored_country() -> Any:
    fields = country(2_000, 34)[1]
    return fields, score(fields, small_model())


def explained(*rows: dict[str, Any]) -> Explanation:
    fields = prepared(*rows)
    return explain("b", "a", fields=fields, scored=score(fields, small_model()), model=small_model())


def test_weights_add_up_to_the_score_of_every_pair() -> None:
    fields, scored = scored_country()
    pairs = scored.pairs.to_pylist()[::20]
    assert len(pairs) > 5
    prior = small_model().prior
    for pair in pairs:
        found = explain(pair["left"], pair["right"], fields=fields, scored=scored, model=small_model())
        assert found.total == pair["weight"]
        assert found.prior == pytest.approx(math.log2(prior / (1 - prior)) * 1e6, abs=6)
        assert (found.named and found.total >= found.link) == (pair["verdict"] == "same")


def test_each_field_tells_how_it_compares() -> None:
    other = {**FIRM, "phone": None, "legal_representative": "王秀英", "tax_number": "320102600123456"}
    found = explained({**FIRM, "uscc": CODES["A"]}, other)
    assert {one.field: one.level for one in found.fields} == {
        "name": "same, its own",
        "representative": "different",
        "phone": "unknown",
        "address": "same, its own",
        "registered_on": "unknown",
    }
    assert [one.weight for one in found.fields if one.level == "unknown"] == [0, 0]
    assert (found.rule, found.joined, found.conflict) == (None, False, None)


def test_rules_and_conflicts_are_told() -> None:
    same = explained({**FIRM, "uscc": CODES["A"]}, {**FIRM, "uscc": CODES["A"]})
    assert (same.rule, same.joined, same.conflict) == ("same number", True, None)
    two = explained({**FIRM, "uscc": CODES["A"]}, {**FIRM, "uscc": CODES["B"]})
    assert (two.rule, two.joined, two.conflict) == (None, False, "two organisation codes")
    branch = explained(FIRM, {**FIRM, "name": "南京恒源商贸有限公司苏州分公司"})
    assert branch.conflict == "branch and head office"


def test_a_registration_that_is_not_there_is_not_found() -> None:
    fields, scored = scored_country()
    with pytest.raises(NotFoundError):
        explain("nobody", fields["id"][0].as_py(), fields=fields, scored=scored, model=small_model())
