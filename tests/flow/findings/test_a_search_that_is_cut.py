"""A graph built to explode: the search ends within its budget, says so, and takes nothing back that it did not see."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.projecting import open_projection
from queries.detection.facts import Facts
from queries.detection.rules import RuleBook
from queries.findings.recording import Detected, detect
from queries.patterns import ring_invoicing
from tests.support.small_graph import Draft

FIRMS, BUDGET_SECONDS = 60, 1
START = datetime.fromisoformat("2026-01-01T08:00:00")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DuckdbStore:
    """Sixty firms that all sell to all: 650 million circles of five."""
    graph = Draft()
    for firm in range(FIRMS):
        graph.firm(f"F{firm:02}")
    for seller in range(FIRMS):
        for buyer in range(FIRMS):
            if seller != buyer:
                on = START + timedelta(minutes=(seller * 37 + buyer * 11) % 40_000)
                key = f"{seller:02}{buyer:02}"
                graph.invoice(key, seller=f"F{seller:02}", buyer=f"F{buyer:02}", on=on.isoformat())
    opened = DuckdbStore.open(tmp_path_factory.mktemp("explosion") / "graph.duckdb")
    opened.ensure_schema()
    opened.write(graph.batch())
    return opened


def searched(store: DuckdbStore, **rules: int) -> Detected:
    book = RuleBook({ring_invoicing.PATTERN.name: ((None, rules),)})
    facts = Facts(store, open_projection(store, None))
    return detect(store, facts, (ring_invoicing.PATTERN,), book=book)


def test_it_ends_within_its_budget_and_says_what_it_lacks(store: DuckdbStore) -> None:
    mutual = searched(store, longest=2)
    assert (mutual.cut, mutual.findings) == ((), FIRMS * (FIRMS - 1) // 2)
    began = time.monotonic()
    cut = searched(store, seconds=BUDGET_SECONDS, most_rings=500)
    assert time.monotonic() - began < 30
    assert [(each.part, bool(each.limit)) for each in cut.cut] == [("ring_invoicing", True)]
    assert "gone" not in cut.counts, "what was not seen is not taken back"
    assert searched(store, longest=2).counts["unchanged"] >= mutual.findings - 500
