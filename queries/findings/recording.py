"""Detection from facts to the graph: search, compare with what is stored, write the difference as one batch.

What is searched follows from what changed since the last complete search of each pattern (`refreshing`); the findings
are those of a search of everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.ledger import BatchState
from graph.store.port import BatchRecord, GraphStore, WriteBatch
from graph.store.projecting import marks_of
from graph.store.questions import NOW
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.rules import PUBLIC, RuleBook
from queries.findings.changes import SOURCE, Changes, changes
from queries.findings.headers import findings_header
from queries.findings.parties import smallest_parties
from queries.findings.refreshing import Answer, Known, Plan, Planner, search_by
from queries.findings.searched import remember, remembered
from queries.findings.stored import IN_FORCE, stored_findings
from queries.results import Cut


@dataclass(frozen=True, slots=True)
class SearchedPattern:
    """How one pattern was searched: skipped, touched, blocks or whole; how many taxpayers and blocks of time."""

    pattern: str
    how: str
    taxpayers: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Detected:
    """What one run did. `counts`: findings that are new, updated, unchanged, back, gone, superseded.

    `batch`: the batch that holds the difference, None where nothing changed. `findings`: how many the patterns have,
    found or kept because nothing that they depend on changed. `searched`: how each pattern was.
    """

    findings: int
    counts: Mapping[str, int]
    batch: str | None
    snapshot: int
    cut: tuple[Cut, ...]
    searched: tuple[SearchedPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a run changes, and how many findings in force it does not speak about."""

    changes: Changes
    kept: int


def detect(
    store: GraphStore,
    facts: Facts,
    patterns: Sequence[Pattern[Any]],
    *,
    book: RuleBook = PUBLIC,
    who: str = "unknown",
    full: bool = False,
    tell: Tell = silent,
    stop: Stop | None = None,
) -> Detected:
    """Search what changed of these patterns (`full`: everything), and keep what was found.

    The caller holds the store's turn.

    Raises:
        LimitError: what reads and writes of the store raise.
    """
    ledger = store.batches()
    snapshot = max((each.number for each in ledger if each.state == BatchState.COMMITTED), default=0)
    planner = Planner(facts, book, ledger, snapshot, {} if full or not _present(facts, ledger) else remembered(store))
    tell("what changed", 0, len(patterns) + 2)
    plans = [planner.plan(pattern) for pattern in patterns]
    seen = _standing_lines(store)
    names = [pattern.name for pattern in patterns]
    stored = cache(lambda: stored_findings(store.export, names))
    answers = list(_answers(facts, plans, stored, tell, stop))
    tell("compare findings", len(patterns) + 1, len(patterns) + 2)
    compared = partial(_compared, plans, answers, facts, snapshot)
    made, batch = compared(stored()), None
    if not made.changes.empty:
        made, batch = _write(store, names, compared, who, before=(seen, made))
    if _present(facts, store.batches()):
        _remember(store, plans, answers)
    counts = made.changes.counts + Counter(unchanged=made.kept)
    found = sum(len(each.run.findings) for each in answers) + made.kept
    return Detected(found, dict(counts), batch, snapshot, _cut(answers), tuple(map(_told, plans, answers)))


def _present(facts: Facts, ledger: Sequence[BatchRecord]) -> bool:
    """Are these the facts as they stand in this ledger?"""
    return facts.as_of == NOW and facts.projection.batches == marks_of(ledger)


def _answers(
    facts: Facts, plans: Sequence[Plan], stored: Callable[[], Known], tell: Tell, stop: Stop | None
) -> Iterator[Answer]:
    for place, plan in enumerate(plans):
        if stop is not None:
            stop.check()
        tell(f"search {plan.pattern.name}", place + 1, len(plans) + 2)
        yield search_by(plan, facts, stored)


def _compared(
    plans: Sequence[Plan], answers: Sequence[Answer], facts: Facts, snapshot: int, stored: Known
) -> _Compared:
    covers = {plan.pattern.name: answer.covers for plan, answer in zip(plans, answers, strict=True)}
    told = {key: each for key, each in stored.items() if covers[each.anchor[0]](each)}
    found = [finding for answer in answers for finding in answer.run.findings]
    members = {member.id for finding in found for member in finding.members}
    cut = {each.part for each in _cut(answers)}
    made = changes(told, found, parties=smallest_parties(facts.party_rows, members), cut=cut, snapshot=snapshot)
    kept = sum(each.state in IN_FORCE for key, each in stored.items() if key not in told)
    return _Compared(made, kept)


def _standing_lines(store: GraphStore) -> frozenset[int]:
    """Numbers of the batches that count."""
    return frozenset(line.number for line in store.batches() if line.state == BatchState.COMMITTED)


def _write(
    store: GraphStore,
    patterns: Sequence[str],
    compared: Callable[[Known], _Compared],
    who: str,
    *,
    before: tuple[frozenset[int], _Compared],
) -> tuple[_Compared, str]:
    """Write the difference. Where a batch came since it was made, make it again, as nothing else is written now.

    A decision of meanwhile must not be lost.
    """
    seen, made = before
    header = findings_header(store, SOURCE, who)
    with store.open_batch(header) as batch:
        batch.add(WriteBatch(header))  # a server admits others until the first part
        if _standing_lines(store) != seen:
            made = compared(stored_findings(batch.export, patterns))
        batch.add(made.changes.batch(header))
        count = len(made.changes.findings)
        batch.commit(replace(header, read=count, accepted=count, by_type={"Finding": count}))
    return made, header.id


def _remember(store: GraphStore, plans: Sequence[Plan], answers: Sequence[Answer]) -> None:
    """Remember complete searches; one that was cut is none."""
    known = remembered(store)
    for plan, answer in zip(plans, answers, strict=True):
        known.pop(plan.pattern.name, None)
        if not answer.run.cut:
            known[plan.pattern.name] = plan.now
    remember(store, known)


def _cut(answers: Sequence[Answer]) -> tuple[Cut, ...]:
    return tuple(cut for answer in answers for cut in answer.run.cut)


def _told(plan: Plan, answer: Answer) -> SearchedPattern:
    return SearchedPattern(plan.pattern.name, str(plan.way), answer.taxpayers, answer.blocks)
