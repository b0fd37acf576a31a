"""Hits to findings: those of one anchor that lie close in time are one episode, which has an identity for ever.

detection.md, paragraph 1: the id is a hash of pattern, anchor and first day. Called by a run of detection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from queries.detection.columns import day_of
from queries.detection.facts import Facts
from queries.detection.hits import Hit, Longs, Measures, Member, Pattern, R, listed
from queries.detection.rules import InForce
from queries.results import strings

ABNORMAL, HIGH = "abnormal", "high"
EPISODES = "hits"  # a measure of every finding: how many hits it joins


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run says about one episode of one anchor; a function of facts and rules alone.

    `evidence`: public ids of invoices by role, in (time, id) order. `left_out`: invoices that are not listed.
    """

    id: str
    pattern: str
    anchor: str
    first_on: date
    last_on: date
    members: tuple[Member, ...]
    evidence: Mapping[str, tuple[str, ...]]
    measures: Measures
    score: int
    severity: str
    rule_version: str
    parameters: str
    left_out: int

    @property
    def truncated(self) -> bool:
        """Evidence was cut."""
        return self.left_out > 0

    def told(self) -> str:
        """The measures as canonical JSON."""
        return json.dumps(dict(self.measures), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def finding_id(pattern: str, anchor: str, first_on: date) -> str:
    """The identity of an episode."""
    text = f"{pattern}\x00{anchor}\x00{first_on.isoformat()}"
    return "finding-" + hashlib.sha256(text.encode()).hexdigest()[:24]


def findings_of(pattern: Pattern[R], hits: Iterable[Hit], facts: Facts, in_force: InForce[R]) -> list[Finding]:
    """The episodes of all hits, by anchor and first day."""
    gap = pattern.gap_days(in_force.rules)
    episodes = [_joined(part, facts) for same in _by_anchor(hits) for part in _apart(same, gap)]
    ids = _invoice_ids(facts, episodes)
    return [_finding(pattern, hit, in_force, ids) for hit in episodes]


def _by_anchor(hits: Iterable[Hit]) -> Iterator[list[Hit]]:
    ordered = sorted(hits, key=lambda hit: (hit.anchor, hit.first_day, hit.last_day))
    return (list(same) for _, same in groupby(ordered, key=lambda hit: hit.anchor))


def _apart(hits: Sequence[Hit], gap: int) -> Iterator[list[Hit]]:
    """Runs of hits with at most `gap` days between the end of what came before and the next beginning."""
    part: list[Hit] = []
    end = 0
    for hit in hits:
        if part and hit.first_day - end > gap:
            yield part
            part = []
        end = max(end, hit.last_day) if part else hit.last_day
        part.append(hit)
    if part:
        yield part


def _joined(hits: Sequence[Hit], facts: Facts) -> Hit:
    """One hit from those of an episode: measures of the strongest, members and evidence of all."""
    strongest = max(hits, key=lambda hit: (hit.high, hit.score, -hit.first_day))
    evidence: dict[str, Longs] = {}
    left_out = sum(hit.left_out for hit in hits)
    for role in dict.fromkeys(role for hit in (strongest, *hits) for role in hit.evidence):
        found = np.concatenate([hit.evidence[role] for hit in hits if role in hit.evidence])
        rows = np.unique(facts.rows_of(found))
        kept, more = listed(rows[rows >= 0])
        evidence[role] = facts.gross.invoice[kept]
        left_out += more
    return Hit(
        anchor=strongest.anchor,
        first_day=min(hit.first_day for hit in hits),
        last_day=max(hit.last_day for hit in hits),
        members=tuple(dict.fromkeys(member for hit in (strongest, *hits) for member in hit.members)),
        evidence=evidence,
        measures={**strongest.measures, EPISODES: len(hits)},
        score=strongest.score,
        high=any(hit.high for hit in hits),
        left_out=left_out,
    )


def _invoice_ids(facts: Facts, hits: Sequence[Hit]) -> dict[int, str]:
    numbers = [hit.evidence[role] for hit in hits for role in hit.evidence]
    wanted = np.unique(np.concatenate(numbers)) if numbers else np.zeros(0, np.int64)
    if not len(wanted):
        return {}
    rows = facts.store.invoice_ids(wanted)
    return dict(zip(rows["invoice"].to_numpy().tolist(), strings(rows["id"]), strict=True))


def _finding(pattern: Pattern[R], hit: Hit, in_force: InForce[R], ids: Mapping[int, str]) -> Finding:
    anchor, first_on = " ".join(hit.anchor), day_of(hit.first_day)
    return Finding(
        id=finding_id(pattern.name, anchor, first_on),
        pattern=pattern.name,
        anchor=anchor,
        first_on=first_on,
        last_on=day_of(hit.last_day),
        members=hit.members,
        evidence={role: tuple(ids[int(each)] for each in invoices) for role, invoices in hit.evidence.items()},
        measures=hit.measures,
        score=hit.score,
        severity=HIGH if hit.high else ABNORMAL,
        rule_version=in_force.version,
        parameters=in_force.as_json(),
        left_out=hit.left_out,
    )
