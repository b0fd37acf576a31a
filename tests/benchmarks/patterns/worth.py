"""What one pattern is worth: its findings against its truth table. Pure; used by the command and told by the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from queries.detection.episodes import Finding
from queries.detection.hits import Pattern
from tests.benchmarks.clock import Spent
from tests.support.judging import PART, SUBJECT, WHOLE, firms_of, judge
from tests.support.planted_country import Case

# A finding about a group must have the members of the case, and no near miss may have its anchor in one. All others
# name first whom they are about: suppliers and customers of that firm are witnesses, not suspects.
GROUPS = frozenset({"ring_invoicing", "shared_control", "affiliated_trade"})
EXACT_RECALL, LEAST_RECALL = 100, 95  # percent


@dataclass(frozen=True, slots=True)
class Truth:
    """Cases by pattern; `taxpayer_of`: taxpayers by tax number; `touched`: those of any case or near miss."""

    cases: Mapping[str, Sequence[Case]]
    taxpayer_of: Mapping[str, str]
    touched: frozenset[str]


def truth_of(cases: Mapping[str, Sequence[Case]], taxpayer_of: Mapping[str, str]) -> Truth:
    """Some numbers of members may be unknown to the store: of natural persons, which are hidden, and of officers."""
    numbers = {number for each in cases.values() for case in each for number in case.members}
    return Truth(cases, taxpayer_of, frozenset(taxpayer_of[number] for number in numbers if number in taxpayer_of))


@dataclass(frozen=True, slots=True)
class Worth:
    """Counts of one pattern. `missed`: case numbers. `near_found`: case numbers and the precondition that each breaks.

    `findings` are all, `background` those in which nobody of any case of any pattern takes part.
    """

    name: str
    exact: bool
    planted: int
    missed: tuple[str, ...]
    near: int
    near_found: tuple[tuple[str, str], ...]
    findings: int
    background: int
    spent: Spent

    @property
    def found(self) -> int:
        """Planted cases that were found."""
        return self.planted - len(self.missed)

    @property
    def enough(self) -> bool:
        """Recall is what it must be."""
        return self.found * 100 >= self.planted * (EXACT_RECALL if self.exact else LEAST_RECALL)


def worth_of(pattern: Pattern[Any], findings: Sequence[Finding], truth: Truth, spent: Spent) -> Worth:
    """Hold one pattern's findings against the truth."""
    cases = truth.cases[pattern.name]
    found, near = (WHOLE, PART) if pattern.name in GROUPS else (SUBJECT, SUBJECT)
    verdict = judge(cases, findings, truth.taxpayer_of, found=found, near=near)
    return Worth(
        name=pattern.name,
        exact=pattern.exact,
        planted=sum(case.planted for case in cases),
        missed=tuple(case.row["case"] for case in verdict.missed),
        near=sum(not case.planted for case in cases),
        near_found=tuple((case.row["case"], case.row["broken"]) for case in verdict.near_found),
        findings=len(findings),
        background=sum(not firms_of(finding) & truth.touched for finding in findings),
        spent=spent,
    )


def faults(each: Worth) -> list[str]:
    """What a pattern must not do: miss planted cases, all or too many, or find a near miss."""
    told = []
    if not each.enough:
        least = "all" if each.exact else f"{LEAST_RECALL} in 100"
        told.append(f"{each.name}: {each.found} of {each.planted} planted cases found, not {least}")
    if each.near_found:
        told.append(f"{each.name}: near misses found: {', '.join(case for case, _ in each.near_found)}")
    return told
