"""Facts drawn by hand for one test: a small batch in an embedded store, as patterns see it."""

from __future__ import annotations

from pathlib import Path

from graph.store.duckdb_store import DuckdbStore
from graph.store.projecting import open_projection
from graph.store.questions import NOW, AsOf
from queries.detection.episodes import Finding
from queries.detection.facts import Facts
from queries.detection.rules import RuleBook, Value
from queries.detection.running import run
from queries.patterns.catalogue import pattern_named
from tests.support.small_graph import Draft


def drawn_facts(folder: Path, draft: Draft, *, as_of: AsOf = NOW) -> Facts:
    """The facts of one batch, of all times or as of a day."""
    store = DuckdbStore.open(folder / "drawn.duckdb")
    store.ensure_schema()
    store.write(draft.batch())
    return Facts(store, open_projection(store, folder / "projection"), as_of=as_of)


def found_by(facts: Facts, pattern: str, **own: Value) -> tuple[Finding, ...]:
    """What one pattern finds under these rules."""
    return run(facts, (pattern_named(pattern),), RuleBook({pattern: ((None, own),)})).findings
