"""Findings told in sentences, and knock-out tables. Used by the tests of patterns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from queries.detection.episodes import Finding
from queries.detection.hits import Sentences, Story
from queries.patterns.catalogue import pattern_named
from tests.support.detection import LoadedCountry

_UNITS = {
    "cents": (lambda value: f"{value / 100:,.2f} yuan", lambda value: f"{value / 100:,.2f} 元"),
    "share": (lambda value: f"{value / 10_000:.2f} %", lambda value: f"{value / 10_000:.2f}%"),
    "days": (lambda value: f"{value} day" if value == 1 else f"{value} days", lambda value: f"{value} 天"),
}


def words_of(pattern: str, finding: Finding) -> tuple[dict[str, str], dict[str, str]]:
    """Measures of a finding in English and Chinese words."""
    units = {name: measure.unit for name, measure in pattern_named(pattern).measures.items()}
    told = [{name: _word(units[name], value, place) for name, value in _own(finding, units)} for place in (0, 1)]
    return told[0], told[1]


def _own(finding: Finding, units: Collection[str]) -> list[tuple[str, int | str]]:
    return [(name, value) for name, value in finding.measures.items() if name in units]


def _word(unit: str, value: int | str, place: int) -> str:
    return _UNITS[unit][place](value) if unit in _UNITS and isinstance(value, int) else str(value)


def story_of(pattern: str, finding: Finding) -> Story:
    """A finding as `explain` reads it; labels of members are their ids."""
    members: dict[str, list[str]] = defaultdict(list)
    for member in finding.members:
        members[member.role].append(member.id)
    en, zh = words_of(pattern, finding)
    return Story(
        members=members,
        en=en,
        zh=zh,
        raw=finding.measures,
        evidence={role: len(invoices) for role, invoices in finding.evidence.items()},
        first_on=finding.first_on.isoformat(),
        last_on=finding.last_on.isoformat(),
    )


def sentences_of(pattern: str, finding: Finding) -> Sentences:
    """What the pattern says about a finding."""
    return pattern_named(pattern).explain(story_of(pattern, finding))


def untold(pattern: str, finding: Finding, measures: Iterable[str]) -> list[str]:
    """What is missing from its sentences: these measures, its days or members; or a place that was left empty."""
    said, words = sentences_of(pattern, finding), words_of(pattern, finding)
    wanted = [*(member.id for member in finding.members), finding.last_on.isoformat()]
    missing = [
        f"{language}: {part}"
        for language, sentence, own in (("en", said.en, words[0]), ("zh", said.zh, words[1]))
        for part in (*wanted, *(own[name] for name in measures))
        if part not in sentence
    ]
    empty = [text for text in (said.en, said.zh) if "?" in text or "None" in text or "  " in text or " ," in text]
    return missing + empty


def undeclared(pattern: str, finding: Finding) -> set[str]:
    """Measures, roles of members and roles of evidence that differ from what the pattern declares."""
    own = pattern_named(pattern)
    roles = {member.role for member in finding.members} | set(finding.evidence)
    behind = {role for measure in own.measures.values() for role in measure.behind}
    return (
        (set(finding.measures) ^ {*own.measures, "hits"}) | (roles ^ set(own.roles)) | (behind - set(finding.evidence))
    )


def found_near_misses(country: LoadedCountry, pattern: str, findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Anchors of near misses that were found, by the precondition that each fails; every precondition is a key."""
    members = [country.members(finding) for finding in findings]
    found: dict[str, list[str]] = defaultdict(list)
    for case in country.told.cases(pattern):
        if not case.planted:
            hit = any(country.taxpayer_of[case.anchor] in each for each in members)
            found[case.row["broken"]] += [case.anchor] if hit else []
    return dict(found)
