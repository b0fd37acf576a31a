"""What of each pattern is searched after a batch, and which stored findings that search speaks about.

A pattern none of whose types changed is skipped; one whose reach is known is searched around what was touched; all
others are searched wholly, and so is everything where the ledger, the rules or the software are not those of its last
complete search.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from graph.store.port import BatchRecord
from queries.detection.columns import place_of
from queries.detection.facts import Facts, Longs
from queries.detection.hits import Around, Pattern
from queries.detection.narrowed import facts_around, rows_around, with_partners
from queries.detection.reach import INVOICES, How
from queries.detection.rules import InForce, RuleBook
from queries.detection.running import Refresh, Run, ruling_day, search, search_circles, search_touched
from queries.detection.touched import Touched
from queries.findings.searched import Searched, definition_of, ledger_digest
from queries.findings.stored import IN_FORCE, Stored
from queries.results import strings

Known = Mapping[str, Stored]
Covers = Callable[[Stored], bool]


class Way(StrEnum):
    """How a pattern was searched."""

    SKIPPED = "skipped"  # nothing that it reads changed
    TOUCHED = "touched"  # the taxpayers alone that a batch touched
    BLOCKS = "blocks"  # the blocks of time around changed edges
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Plan:
    """How one pattern will be searched; `now` is what to remember of it, `touched` what changed since it was."""

    pattern: Pattern[Any]
    in_force: InForce[Any]
    way: Way
    now: Searched
    touched: Touched | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found, which stored findings it speaks about, and how much was searched."""

    run: Run
    covers: Covers
    taxpayers: int
    blocks: int = 0


class Planner:
    """Plans for patterns over one state of the facts.

    Args:
        facts: the facts as they stand.
        book: thresholds.
        ledger: all lines, as they stood before the facts were read.
        snapshot: the newest batch of these facts.
        known: the last complete search of each pattern.
    """

    def __init__(
        self, facts: Facts, book: RuleBook, ledger: Sequence[BatchRecord], snapshot: int, known: Mapping[str, Searched]
    ) -> None:
        self._facts = facts
        self._book = book
        self._ledger = ledger
        self._snapshot = snapshot
        self._known = known
        self._touched: dict[tuple[int, int], Touched] = {}

    def plan(self, pattern: Pattern[Any]) -> Plan:
        """How to search one pattern."""
        in_force = self._book.in_force(pattern.name, pattern.rules, ruling_day(self._facts))
        world = pattern.reach.world(self._facts, in_force.rules)
        now = Searched(self._snapshot, self._digest, definition_of(in_force), world, self._parties)
        before = self._known.get(pattern.name)
        if before is None or not self._fits(before, now):
            return Plan(pattern, in_force, Way.WHOLE, now, None)
        touched = self._since(before)
        return Plan(pattern, in_force, _way(pattern, touched, same=before.world == world), now, touched)

    @cached_property
    def _digest(self) -> str:
        return ledger_digest(self._ledger, self._snapshot)

    @cached_property
    def _parties(self) -> int:
        numbers = self._facts.parties[0]
        return int(numbers[-1]) if len(numbers) else 0

    def _fits(self, before: Searched, now: Searched) -> bool:
        """Is the ledger the same up to then, and the definition the same as now?"""
        same = before.definition == now.definition and before.snapshot <= now.snapshot
        return same and before.ledger == ledger_digest(self._ledger, before.snapshot)

    def _since(self, before: Searched) -> Touched:
        key = before.snapshot, before.parties
        if key not in self._touched:
            self._touched[key] = Touched(self._facts, before.snapshot, before.parties)
        return self._touched[key]


def _way(pattern: Pattern[Any], touched: Touched, *, same: bool) -> Way:
    reach = pattern.reach
    moved = bool(len(touched.moved))
    if not same or touched.any(reach.wholly) or (moved and reach.how is How.PAIRS):
        return Way.WHOLE  # who stands behind a pair is read of everybody
    if not moved and not touched.any(reach.reads):
        return Way.SKIPPED
    if reach.how is How.WHOLE:
        return Way.WHOLE
    return Way.BLOCKS if pattern.refresh else Way.TOUCHED


def search_by(plan: Plan, facts: Facts, stored: Callable[[], Known]) -> Answer:
    """Search as planned; `stored` gives findings as the graph keeps them, of other patterns too."""
    if plan.way is Way.WHOLE or plan.touched is None:
        return Answer(search(facts, plan.pattern, plan.in_force), lambda _: True, facts.count)
    if plan.way is Way.SKIPPED:
        return Answer(Run((), ()), lambda _: False, 0)
    if plan.pattern.refresh is not None:
        return _circles(plan, facts, (plan.touched, plan.pattern.refresh), stored())
    return _touched(plan, facts, plan.touched)


def _touched(plan: Plan, facts: Facts, touched: Touched) -> Answer:
    reach = plan.pattern.reach
    # Whoever traded with a taxpayer that is another one now has another partner.
    subjects = np.union1d(touched.of_all(reach.reads), with_partners(facts.book, touched.moved))
    if reach.how is How.PARTNERS:
        subjects = with_partners(facts.book, subjects)
    elif reach.beyond:
        subjects = np.union1d(subjects, with_partners(facts.book, touched.of_all(reach.beyond)))
    near = facts_around(facts, subjects, and_partners=reach.how is not How.OWN)
    run = search_touched(near, plan.pattern, plan.in_force, subjects)
    return Answer(run, _about(facts, subjects, reach.subjects), len(subjects))


def _parties(facts: Facts, vertices: Longs) -> frozenset[str]:
    """Public ids of the parties that these taxpayers are made of: findings hang on one of them."""
    rows = facts.party_rows.filter(pa.array(np.isin(facts.parties[1], vertices)))
    return frozenset(strings(rows["party_id"]))


def _about(facts: Facts, subjects: Longs, roles: Sequence[str]) -> Covers:
    """Is a stored finding about one of these vertices?"""
    parties = _parties(facts, subjects)
    return lambda finding: any(
        kind == "Party" and role in roles and key in parties for kind, key, role in finding.members
    )


def _circles(plan: Plan, facts: Facts, by: tuple[Touched, Refresh], stored: Known) -> Answer:
    touched, refresh = by
    moved = _parties(facts, touched.moved)

    def has_moved(finding: Stored) -> bool:
        return any(key in moved for _, key, _ in finding.members)

    own = (each for each in stored.values() if each.anchor[0] == plan.pattern.name)
    in_force = [each for each in own if each.state in IN_FORCE and not has_moved(each)]
    members = touched.of_all(name for name in plan.pattern.reach.reads if name != INVOICES)
    around = _around(facts, touched, members, _circles_of(facts, in_force))
    done = search_circles(facts, plan.pattern, plan.in_force, refresh, around)
    return Answer(
        run=done.run,
        covers=lambda finding: finding.anchor[1] in done.anchors or has_moved(finding),
        taxpayers=len(np.union1d(members, np.concatenate(touched.trades))),
        blocks=done.blocks,
    )


def _around(
    facts: Facts, touched: Touched, members: Longs, known: Mapping[str, list[tuple[int, ...]]]
) -> Iterator[tuple[str, Around]]:
    """What changed around circles, by currency; all invoices of taxpayers that are others than before did."""
    book = facts.book
    rows = rows_around(book, touched.moved)
    invoices = np.union1d(touched.invoices, book.gross.invoice[rows])
    ends = zip(touched.trades, (book.seller[rows], book.buyer[rows]), strict=True)
    seller, buyer = (np.concatenate([then, now]) for then, now in ends)
    for currency in sorted({*facts.currencies(), *known}):
        yield currency, Around(invoices, seller, buyer, members, tuple(sorted(known.get(currency, ()))))


def _circles_of(facts: Facts, findings: Sequence[Stored]) -> Mapping[str, list[tuple[int, ...]]]:
    """Circles of these findings as vertices, each once, by currency; the anchor ends with the currency."""
    keys = sorted({key for each in findings for _, key, _ in each.members})
    asked: Any = pa.array(keys, pa.string())
    places = place_of(asked, facts.party_rows["party_id"].combine_chunks())
    vertex = dict(zip(keys, facts.parties[1][places].tolist(), strict=True))
    found: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    for each in findings:
        found[each.anchor[1].rpartition(" ")[2]].add(tuple(vertex[key] for _, key, _ in each.members))
    return {currency: list(circles) for currency, circles in found.items()}
