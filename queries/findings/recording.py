"""Detection from facts to the graph: search, compare with what is stored, write the difference as one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.progress import Tell, silent
from graph.stopping import Stop
from graph.store.ledger import BatchState
from graph.store.port import BatchHeader, GraphStore
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.rules import PUBLIC, RuleBook
from queries.detection.running import run
from queries.findings.changes import SOURCE, Changes, changes
from queries.findings.parties import party_of
from queries.findings.stored import stored_findings
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
    stored = stored_findings(store, [pattern.name for pattern in patterns])
    cut = {each.part for each in done.cut}
    made = changes(stored, done.findings, parties=party_of(store), cut=cut, snapshot=snapshot)
    batch = _write(store, made, who) if not made.empty else None
    return Detected(len(done.findings), dict(made.counts), batch, snapshot, done.cut)


def _write(store: GraphStore, made: Changes, who: str) -> str:
    ledger = store.batches()
    number = max((each.number for each in ledger), default=0) + 1
    digest = hashlib.sha256(f"{number}\x00{sorted(row['id'] for row in made.findings)}".encode()).hexdigest()
    # It builds on earlier runs, whose versions it ends, and on no load: those can be withdrawn, and are looked at anew.
    before = tuple(each.number for each in ledger if each.header.source == SOURCE)
    header = BatchHeader(
        id=f"{SOURCE}-{digest[:16]}",
        source=SOURCE,
        digest=digest,
        who=who,
        started_at=datetime.now(UTC),
        accepted=len(made.findings),
        read=len(made.findings),
        by_type={"Finding": len(made.findings)},
        built_on=before,
    )
    return store.write(made.batch(header)).header.id
