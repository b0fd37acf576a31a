"""One run of detection: every asked pattern over one state of the facts. A function of facts and rules alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.progress import Tell, silent
from graph.stopping import Stop
from queries.detection.columns import NEVER, day_of
from queries.detection.episodes import Finding, findings_of
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.rules import PUBLIC, RuleBook
from queries.results import Cut

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
    """Search these patterns; `tell` is told before each, `stop` is asked then.

    Raises:
        LimitError: `limit.cancelled`, and what a read of the store raises.
    """
    found: list[Finding] = []
    cut: list[Cut] = []
    for place, pattern in enumerate(patterns):
        if stop is not None:
            stop.check()
        tell(f"search {pattern.name}", place, len(patterns))
        in_force = book.in_force(pattern.name, pattern.rules, ruling_day(facts))
        for currency in facts.currencies() if pattern.by_currency else ("",):
            answer = pattern.detect(facts, in_force.rules, currency)
            found += findings_of(pattern, answer.hits, facts, in_force)
            cut += [Cut(pattern.name, answer.cut)] if answer.cut else []
    return Run(tuple(found), tuple(cut))
