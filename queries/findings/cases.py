"""Gang view: findings that share members are one case, so that source, pipeline and beneficiary appear together.

A member of very many findings (an agent, a platform) joins nothing: it would make one case of a country; it is named
in the answer. Cases are ranked by severity, then net amount of their evidence, then the newest day, then id.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from queries.findings.stored import OPEN, REOPENED, Stored

MOST_FINDINGS = 50  # of one member that still joins
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Gang:
    """One case: its findings by first day, its members with how many of its findings they are in, most first."""

    id: str
    rank: int
    severity: str
    amount_cents: int
    first_on: date
    last_on: date
    patterns: tuple[str, ...]
    findings: tuple[str, ...]
    members: tuple[tuple[Key, int], ...]


@dataclass(frozen=True, slots=True)
class Gangs:
    """Cases by rank, and members that joined nothing because they are in too many findings."""

    cases: tuple[Gang, ...]
    left_out: tuple[tuple[Key, int], ...]


def gangs(findings: Iterable[Stored], amounts: Mapping[str, int], *, most: int = MOST_FINDINGS) -> Gangs:
    """Join the standing findings.

    Args:
        findings: as stored.
        amounts: net cents of the evidence by finding.
        most: findings of one member that still joins.
    """
    standing = sorted((each for each in findings if each.state in {OPEN, REOPENED}), key=lambda each: each.id)
    of_member: dict[Key, list[Stored]] = defaultdict(list)
    for each in standing:
        for member in dict.fromkeys((kind, key) for kind, key, _ in each.members):
            of_member[member].append(each)
    left_out = {member: len(own) for member, own in of_member.items() if len(own) > most}
    parent = {each.id: each.id for each in standing}
    for member, own in sorted(of_member.items()):
        if member not in left_out:
            for each in own[1:]:
                _join(parent, own[0].id, each.id)
    groups: dict[str, list[Stored]] = defaultdict(list)
    for each in standing:
        groups[_root(parent, each.id)].append(each)
    return Gangs(_ranked(groups.values(), amounts), tuple(sorted(left_out.items())))


def _root(parent: dict[str, str], key: str) -> str:
    while parent[key] != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key


def _join(parent: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first


def _ranked(groups: Iterable[Sequence[Stored]], amounts: Mapping[str, int]) -> tuple[Gang, ...]:
    made = [_gang(group, sum(amounts.get(each.id, 0) for each in group)) for group in groups]
    made.sort(key=lambda gang: (gang.severity != "high", -gang.amount_cents, -gang.last_on.toordinal(), gang.id))
    return tuple(replace(gang, rank=rank) for rank, gang in enumerate(made, 1))


def _gang(group: Sequence[Stored], amount: int) -> Gang:
    ordered = sorted(group, key=lambda each: (each.span, each.id))
    counts: dict[Key, int] = defaultdict(int)
    for each in ordered:
        for member in dict.fromkeys((kind, key) for kind, key, _ in each.members):
            counts[member] += 1
    oldest = ordered[0].id
    return Gang(
        id="case-" + hashlib.sha256(oldest.encode()).hexdigest()[:24],
        rank=0,
        severity="high" if any(each.row["severity"] == "high" for each in ordered) else "abnormal",
        amount_cents=amount,
        first_on=min(each.span[0] for each in ordered),
        last_on=max(each.span[1] for each in ordered),
        patterns=tuple(sorted({str(each.row["pattern"]) for each in ordered})),
        findings=tuple(each.id for each in ordered),
        members=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
