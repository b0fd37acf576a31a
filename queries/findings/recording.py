"""Detection from facts to the graph: search, compare with what is stored, write the difference as one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.ledger import BatchState
from graph.store.port import GraphStore
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.rules import PUBLIC, RuleBook
from queries.detection.running import run
from queries.findings.changes import SOURCE, Changes, changes
from queries.findings.headers import findings_header
from queries.findings.parties import party_of
from queries.findings.stored import Export, stored_findings
from queries.results import Cut


@dataclass(frozen=True, slots=True)
class Detected:
    """What one run did. `counts`: findings that are new, updated, unchanged, back, gone, superseded.

    `batch`: the batch that holds the difference, None where nothing changed. `findings`: how many the run found.
    """

    findings: int
    counts: Mapping[str, int]
    batch: str | None
    snapshot: int
    cut: tuple[Cut, ...]


def detect(
    store: GraphStore,
    facts: Facts,
    patterns: Sequence[Pattern[Any]],
    *,
    book: RuleBook = PUBLIC,
    who: str = "unknown",
    tell: Tell = silent,
    stop: Stop | None = None,
) -> Detected:
    """Search these patterns and keep what was found. The caller holds the store's turn.

    Raises:
        LimitError: what reads and writes of the store raise.
    """
    done = run(facts, patterns, book, tell=tell, stop=stop)
    ledger = store.batches()
    snapshot = max((each.number for each in ledger if each.state == BatchState.COMMITTED), default=0)
    names, parties, cut = [each.name for each in patterns], party_of(store), {each.part for each in done.cut}

    def compared(export: Export) -> Changes:
        stored = stored_findings(export, names)
        return changes(stored, done.findings, parties=parties, cut=cut, snapshot=snapshot)

    made, batch = compared(store.export), None
    if not made.empty:
        made, batch = _write(store, compared, who)
    return Detected(len(done.findings), dict(made.counts), batch, snapshot, done.cut)


def _write(store: GraphStore, compared: Callable[[Export], Changes], who: str) -> tuple[Changes, str]:
    """Compare again inside the batch, where nothing else is written: a decision of meanwhile must not be lost."""
    header = findings_header(store, SOURCE, who)
    with store.open_batch(header) as batch:
        made = compared(batch.export)
        batch.add(made.batch(header), more=False)
        count = len(made.findings)
        batch.commit(replace(header, read=count, accepted=count, by_type={"Finding": count}))
    return made, header.id
