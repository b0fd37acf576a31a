"""Runs of detection after each batch of a changing country, each held against a search of everything."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graph.store.port import GraphStore
from graph.store.projecting import open_projection
from queries.detection.episodes import Finding
from queries.detection.facts import Facts
from queries.detection.hits import Pattern
from queries.detection.running import run
from queries.findings.parties import party_of
from queries.findings.recording import detect
from queries.findings.stored import IN_FORCE, Stored, stored_findings
from tests.support.changing_country import BOOK, Country

Shown = dict[str, tuple[object, ...]]


@dataclass(frozen=True)
class Step:
    """After one batch: what the graph keeps, what a search of everything finds, how each pattern was searched."""

    kept: Shown
    whole: Shown
    ways: Counter[tuple[str, str]]
    found: Counter[str]


def steps(
    store: GraphStore, patterns: Sequence[Pattern[Any]], *, seed: int, batches: int, **told: Any
) -> Iterator[Step]:
    """A country of this seed, batch by batch; the last batch is withdrawn in the end.

    `worth`: from where on facts are narrowed to what was touched; here always, unless told. `only`: kinds of changes.
    """
    worth = told.get("worth", 0)
    country = Country(random.Random(seed), only=frozenset(told.get("only", ())))  # noqa: S311 - a fixed world, no secret
    store.write(country.first_batch().batch("b0"))
    yield searched(store, patterns, worth)
    for number in range(1, batches + 1):
        batch = country.next_batch().batch(f"b{number}")
        if batch.nodes or batch.relationships or batch.ended:
            store.write(batch)
            yield searched(store, patterns, worth)
    last = max(line.number for line in store.batches() if line.header.source == "test" and line.state == "committed")
    store.withdraw(next(line.header.id for line in store.batches() if line.number == last))
    yield searched(store, patterns, worth)


def searched(store: GraphStore, patterns: Sequence[Pattern[Any]], worth: int) -> Step:
    """Search what changed, and then everything without keeping it."""
    done = detect(store, Facts(store, open_projection(store, None), worth=worth), patterns, book=BOOK)
    facts = Facts(store, open_projection(store, None))
    whole = run(facts, patterns, BOOK).findings
    stored = stored_findings(store.export, [pattern.name for pattern in patterns])
    parties = party_of(store)
    return Step(
        kept={key: _as_kept(each) for key, each in stored.items() if each.state in IN_FORCE},
        whole={each.id: _as_found(each, parties) for each in whole},
        ways=Counter((each.pattern, each.how) for each in done.searched),
        found=Counter(each.pattern for each in whole),
    )


def _as_kept(each: Stored) -> tuple[object, ...]:
    row = each.row
    told = (row[name] for name in ("anchor", "first_on", "last_on", "measures", "score", "severity", "left_out"))
    return (*told, frozenset(each.members), frozenset(each.evidence))


def _as_found(each: Finding, parties: dict[str, str]) -> tuple[object, ...]:
    told = (each.anchor, each.first_on, each.last_on, each.told(), each.score, each.severity, each.left_out)
    members = (
        ("Party", parties[m.id], m.role) if m.type == "Taxpayer" else (m.type, m.id, m.role) for m in each.members
    )
    evidence = (("Invoice", key, role) for role, keys in each.evidence.items() for key in keys)
    return (*told, frozenset(members), frozenset(evidence))
