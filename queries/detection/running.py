"""One run of detection: asked patterns over one state of the facts. A function of facts and rules alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from graph.progress import Tell, silent
from graph.stopping import Stop
from queries.detection.columns import NEVER, day_of
from queries.detection.episodes import Finding, findings_of
from queries.detection.facts import Facts, Longs
from queries.detection.hits import Around, Found, Hit, Pattern, Refreshed
from queries.detection.rules import PUBLIC, InForce, RuleBook
from queries.results import Cut

Refresh = Callable[[Facts, Any, str, Around], Refreshed]
_ANY_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run found: findings by pattern, then anchor and first day; `cut`: searches that ended early."""

    findings: tuple[Finding, ...]
    cut: tuple[Cut, ...]


def ruling_day(facts: Facts) -> date:
    """The day whose rules apply: that of the question, else of the newest invoice."""
    if facts.as_of.valid is not None:
        return facts.as_of.valid
    return _ANY_DAY if facts.last_day == NEVER else day_of(facts.last_day)


def run(
    facts: Facts,
    patterns: Sequence[Pattern[Any]],
    book: RuleBook = PUBLIC,
    *,
    tell: Tell = silent,
    stop: Stop | None = None,
) -> Run:
    """Search these patterns wholly; `tell` is told before each, `stop` is asked then.

    Raises:
        LimitError: `limit.cancelled`, and what a read of the store raises.
    """
    found: list[Finding] = []
    cut: list[Cut] = []
    for place, pattern in enumerate(patterns):
        if stop is not None:
            stop.check()
        tell(f"search {pattern.name}", place, len(patterns))
        done = search(facts, pattern, book.in_force(pattern.name, pattern.rules, ruling_day(facts)))
        found += done.findings
        cut += done.cut
    return Run(tuple(found), tuple(cut))


def search(facts: Facts, pattern: Pattern[Any], in_force: InForce[Any]) -> Run:
    """Search one pattern wholly."""
    found: list[Finding] = []
    cut: list[Cut] = []
    for currency in _currencies(facts, pattern):
        answer = pattern.detect(facts, in_force.rules, currency)
        found += findings_of(pattern, answer.hits, facts, in_force)
        cut += _cut(pattern, answer)
    return Run(tuple(found), tuple(cut))


def search_touched(facts: Facts, pattern: Pattern[Any], in_force: InForce[Any], subjects: Longs) -> Run:
    """Search the anchors of a pattern that are about one of these taxpayers.

    Args:
        facts: complete for whatever these anchors' verdicts depend on.
        pattern: what to search.
        in_force: its rules.
        subjects: vertices.
    """
    places: Any = pa.array(subjects)
    asked = frozenset(str(key) for key in facts.ids.take(places).to_pylist())
    found: list[Finding] = []
    cut: list[Cut] = []
    for currency in _currencies(facts, pattern):
        with facts.judging(subjects):
            answer = pattern.detect(facts, in_force.rules, currency)
        hits = (hit for hit in answer.hits if _about(hit, pattern.reach.subjects, asked))
        found += findings_of(pattern, hits, facts, in_force)
        cut += _cut(pattern, answer)
    return Run(tuple(found), tuple(cut))


@dataclass(frozen=True, slots=True)
class CirclesRun:
    """What a search of changed circles found; `anchors` that were looked at, `blocks` of time that were searched."""

    run: Run
    anchors: frozenset[str]
    blocks: int


def search_circles(
    facts: Facts, pattern: Pattern[Any], in_force: InForce[Any], refresh: Refresh, around: Iterable[tuple[str, Around]]
) -> CirclesRun:
    """Search the circles of a pattern that may have changed, by currency."""
    found: list[Finding] = []
    cut: list[Cut] = []
    anchors: set[str] = set()
    blocks = 0
    for currency, changed in around:
        answer = refresh(facts, in_force.rules, currency, changed)
        found += findings_of(pattern, answer.found.hits, answer.facts, in_force)
        cut += _cut(pattern, answer.found)
        anchors |= {" ".join(anchor) for anchor in answer.anchors}
        blocks += answer.blocks
    return CirclesRun(Run(tuple(found), tuple(cut)), frozenset(anchors), blocks)


def _currencies(facts: Facts, pattern: Pattern[Any]) -> tuple[str, ...]:
    return facts.currencies() if pattern.by_currency else ("",)


def _cut(pattern: Pattern[Any], found: Found) -> list[Cut]:
    return [Cut(pattern.name, found.cut)] if found.cut else []


def _about(hit: Hit, roles: Sequence[str], asked: frozenset[str]) -> bool:
    return any(member.role in roles and member.id in asked for member in hit.members)
