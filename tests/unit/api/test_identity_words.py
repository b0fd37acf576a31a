"""Everything that identity may say has words in both languages."""

from __future__ import annotations

import pytest

from api.identity import words
from api.identity.pairs import Outcome
from loaders.resolve.explain import UNKNOWN
from loaders.resolve.linkage.comparisons import COMPARISONS
from loaders.resolve.linkage.rules import REFUSALS, RULES


def test_every_field_level_rule_and_conflict_has_words() -> None:
    assert set(words.FIELDS) == {one.field for one in COMPARISONS}
    assert set(words.LEVELS) == {UNKNOWN, *(level.name for one in COMPARISONS for level in one.levels)}
    assert set(words.RULES) == set(RULES)
    assert set(words.CONFLICTS) == set(REFUSALS)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_a_sentence_in_both_languages(outcome: Outcome) -> None:
    said = words.of_pair(outcome, rule=RULES[0], conflict=REFUSALS[0], total=-1_234_567)
    assert said.english[0].isupper()
    assert said.english.endswith(".")
    assert said.chinese.endswith("。")
    assert "{" not in said.english + said.chinese


def test_a_weight_has_its_sign_and_a_score_is_a_percentage() -> None:
    assert words.bits(-1_234_567) == "-1.23"
    assert "97.25 % probable" in words.of_belonging("evidence", 972_500).english
