"""A finding told with plain ids for labels and plain numbers for measures. Used by the tests of `explain`."""

from __future__ import annotations

from collections import Counter, defaultdict

from queries.detection.episodes import Finding
from queries.detection.hits import Sentences, Story
from queries.patterns.catalogue import pattern_named


def plain_story(finding: Finding) -> Story:
    """The story that `explain` reads, without names and units."""
    members: dict[str, list[str]] = defaultdict(list)
    for member in finding.members:
        members[member.role].append(member.id)
    words = {name: str(value) for name, value in finding.measures.items()}
    return Story(
        members=members,
        en=words,
        zh=words,
        raw=finding.measures,
        evidence=Counter({role: len(invoices) for role, invoices in finding.evidence.items()}),
        first_on=finding.first_on.isoformat(),
        last_on=finding.last_on.isoformat(),
    )


def told(finding: Finding) -> Sentences:
    """Its sentences, checked for places that nobody filled."""
    said = pattern_named(finding.pattern).explain(plain_story(finding))
    for text in (said.en, said.zh):
        assert not any(empty in text for empty in ("?", "None", "()", "  ", ", ,", "{", "（）")), text
    return said
