"""Findings held against the truth tables of a generated country. Used by tests of patterns and by `make patterns`.

A finding is about a case when they have a key in common; which keys is a matter of the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.store.port import GraphStore
from queries.detection.episodes import Finding
from tests.support.planted_country import Case

TaxpayerOf = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class About:
    """Keys of a case, by the taxpayers of the store, and of a finding."""

    case: Callable[[Case, TaxpayerOf], Hashable]
    finding: Callable[[Finding], Iterable[Hashable]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings held against the truth of one pattern. `others`: findings about nobody of the truth."""

    missed: list[Case]
    near_found: list[Case]
    others: list[Finding]


def firms_of(finding: Finding) -> frozenset[str]:
    """Ids of a finding's firms."""
    return frozenset(each.id for each in finding.members if each.type == "Taxpayer")


def taxpayers_by_number(store: GraphStore) -> dict[str, str]:
    """Taxpayer id by every tax number that it ever bore."""
    parties = store.parties()
    pairs = zip(parties["party_id"].to_pylist(), parties["taxpayer_id"].to_pylist(), strict=True)
    return {str(party).removeprefix("no:"): str(taxpayer) for party, taxpayer in pairs}


def _anchor(case: Case, taxpayer_of: TaxpayerOf) -> str:
    return taxpayer_of[case.anchor]


# The case's anchor takes part; it is the firm that the finding names first; the members are exactly the case's.
PART = About(_anchor, firms_of)
SUBJECT = About(_anchor, lambda finding: [finding.members[0].id])
WHOLE = About(
    lambda case, taxpayer_of: frozenset(taxpayer_of[number] for number in case.members),
    lambda finding: [firms_of(finding)],
)


def judge(
    cases: Sequence[Case], findings: Sequence[Finding], taxpayer_of: TaxpayerOf, *, found: About, near: About
) -> Verdict:
    """`found`: when a planted case counts as found, `near`: when a near miss does."""

    def told(case: Case) -> bool:
        about = found if case.planted else near
        return about.case(case, taxpayer_of) in keys[about]

    keys = {about: {key for finding in findings for key in about.finding(finding)} for about in (found, near)}
    known = {(about, about.case(case, taxpayer_of)) for case in cases for about in [found if case.planted else near]}
    return Verdict(
        missed=[case for case in cases if case.planted and not told(case)],
        near_found=[case for case in cases if not case.planted and told(case)],
        others=[
            finding
            for finding in findings
            if not any((about, key) in known for about in (found, near) for key in about.finding(finding))
        ],
    )
