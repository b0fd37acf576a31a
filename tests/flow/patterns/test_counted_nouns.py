"""Sentences of all patterns say one invoice and two invoices, one firm and two firms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from queries.detection.episodes import Finding
from queries.detection.hits import noun
from queries.patterns.catalogue import PATTERNS
from tests.support.detection import LoadedCountry
from tests.support.stories import sentences_of

NOUNS = (
    *("invoice", "firm", "person", "address", "number", "round", "time", "step", "month"),
    *("kind", "line", "transfer", "buyer", "day", "member", "agent"),
)
ONE, MANY = "|".join(NOUNS), "|".join("addresses" if each == "address" else f"{each}s" for each in NOUNS)
OTHERS = r"(?:(?!of\b)[a-z-]+(?<!s) ){0,2}"


@pytest.fixture(scope="module")
def findings(country: LoadedCountry) -> list[tuple[str, Finding]]:
    """Some findings of every pattern."""
    return [(pattern.name, each) for pattern in PATTERNS for each in country.findings(pattern.name)[:5]]


def test_the_form_of_a_noun_goes_with_its_number() -> None:
    assert [noun(number, "firm") for number in (0, 1, 2)] == ["firms", "firm", "firms"]
    assert [noun(number, "address", "addresses") for number in (1, 2)] == ["address", "addresses"]


@pytest.mark.parametrize(("number", "wrong"), [(1, MANY), (2, ONE)], ids=["one", "many"])
def test_nouns_agree_with_their_numbers(findings: list[tuple[str, Finding]], number: int, wrong: str) -> None:
    assert len({name for name, _ in findings}) >= len(PATTERNS) - 2
    said = list(_said(findings, number))
    assert any(re.search(rf"\b{number} {OTHERS}(?:{ONE}|{MANY})\b", text) for text in said)
    assert [text for text in said if re.search(rf"\b{number} {OTHERS}(?:{wrong})\b", text)] == []


def _said(findings: list[tuple[str, Finding]], number: int) -> Iterator[str]:
    """Sentences with this number for whatever is counted."""
    units = {pattern.name: {name: each.unit for name, each in pattern.measures.items()} for pattern in PATTERNS}
    for name, finding in findings:
        own = {
            key: number if units[name].get(key) in {"count", "days"} else told for key, told in finding.measures.items()
        }
        yield sentences_of(name, replace(finding, measures=own)).en
