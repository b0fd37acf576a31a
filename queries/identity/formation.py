"""How a taxpayer was formed, step by step: which party joined or left it, by which batch, by whom and why.

Read from the versions of PARTY_OF and the ledger alone, so it holds whatever later loads or withdrawals changed: at
each instant at which the ledger changed what counts, the parties' taxpayers are compared with those just before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.store.ledger import Snapshot, snapshot_of
from graph.store.port import BatchRecord, GraphStore
from graph.store.questions import NOW, ROOT, AsOf, Scope
from queries.reading import IN, find_taxpayer, related, rows
from queries.results import strings

Row = Mapping[str, Any]
SERIAL = "serial:"


@dataclass(frozen=True, slots=True)
class Moved:
    """A party that came to be part of a taxpayer, or ceased to be.

    `party`: kind and token; `registration`: its key, where the party is one. `was`, `now`: taxpayer ids, None before
    the party was known and after the batch that brought it was withdrawn. `rule`, `score` (millionths): why it is
    part of `now`.
    """

    party: str
    registration: str | None
    was: str | None
    now: str | None
    rule: str | None
    score: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """A human decision that came with a step."""

    id: str
    verdict: str
    who: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch, or its withdrawal, changed of a taxpayer."""

    at: datetime
    batch: str
    source: str
    who: str
    withdrawn: bool
    moved: tuple[Moved, ...]
    decisions: tuple[Said, ...]


def formation(store: GraphStore, taxpayer: str, *, scope: Scope = ROOT) -> tuple[Step, ...]:
    """The steps that made a taxpayer what it is, the oldest first.

    Args:
        store: the graph.
        taxpayer: any id that leads to it.
        scope: who asks; decisions are shown to those who see everything.

    Raises:
        NotFoundError: `not_found.taxpayer`.
    """
    key = find_taxpayer(store, taxpayer, as_of=NOW, scope=scope)
    ledger = store.batches()
    parties = strings(store.memberships("taxpayer", [key])["party"])
    versions = store.memberships("party", parties).to_pylist()
    decisions = _decisions(store, parties, scope)
    return tuple(_steps(key, versions, ledger, decisions))


def _steps(
    key: str, versions: Sequence[Row], ledger: Sequence[BatchRecord], decisions: Mapping[int, Sequence[Said]]
) -> Iterator[Step]:
    before: Mapping[str, Row] = {}
    for at, line, withdrawn in _instants(versions, ledger):
        after = _standing(versions, snapshot_of(ledger, at))
        moved = tuple(_moved(party, before.get(party), after.get(party)) for party in sorted({*before, *after}))
        own = tuple(each for each in moved if each.was != each.now and key in {each.was, each.now})
        if own:
            said = tuple(decisions.get(line.number, ())) if not withdrawn else ()
            header = line.header
            yield Step(at, header.id, header.source, header.who, withdrawn, own, said)
        before = after


def _instants(versions: Iterable[Row], ledger: Iterable[BatchRecord]) -> list[tuple[datetime, BatchRecord, bool]]:
    """When what counts of these versions may have changed: commits and withdrawals of the batches that stamped them."""
    stamps = {row[name] for row in versions for name in ("batch_from", "batch_to")}
    found = []
    for line in ledger:
        own = {line.number, *line.ends_again} & stamps
        if own and line.committed_at:
            found.append((line.committed_at, line, False))
        if own and line.withdrawn_at:
            found.append((line.withdrawn_at, line, True))
    return sorted(found, key=lambda each: (each[0], each[1].number))


def _standing(versions: Iterable[Row], snapshot: Snapshot) -> dict[str, Row]:
    """The version of each party that counts in a snapshot."""
    return {
        row["party"]: row
        for row in versions
        if snapshot.counts(row["batch_from"]) and not snapshot.counts(row["batch_to"])
    }


def _moved(party: str, was: Row | None, now: Row | None) -> Moved:
    return Moved(
        party=party,
        registration=party.removeprefix(SERIAL) if party.startswith(SERIAL) else None,
        was=was["taxpayer"] if was else None,
        now=now["taxpayer"] if now else None,
        rule=now["rule"] if now else None,
        score=now["score"] if now else None,
    )


def _decisions(store: GraphStore, parties: Iterable[str], scope: Scope) -> dict[int, list[Said]]:
    """Decisions about the registrations among these parties, by the batch that brought them."""
    keys = sorted({party.removeprefix(SERIAL) for party in parties if party.startswith(SERIAL)})
    told = ("verdict", "who", "reason", "decided_at")
    found = related(store, "Registration", keys, "DECIDES", IN, attributes=told, as_of=AsOf(), scope=scope)
    said: dict[int, dict[str, Said]] = {}
    for row in rows(found.table):
        each = Said(row["from_id"], row["far.verdict"], row["far.who"], row["far.reason"], row["far.decided_at"])
        said.setdefault(row["batch_from"], {})[each.id] = each
    return {number: [each[key] for key in sorted(each)] for number, each in said.items()}
