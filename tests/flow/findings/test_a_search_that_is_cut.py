"""A graph built to explode: the search ends within its budget, says so, and takes nothing back that it did not see."""

from __future__ import annotations

import time

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.projecting import open_projection
from queries.detection.facts import Facts
from queries.detection.rules import RuleBook
from queries.findings.recording import Detected, detect
from queries.patterns import ring_invoicing
from tests.support.exploding_graph import FIRMS, fill_with_an_explosion

BUDGET_SECONDS = 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DuckdbStore:
    """Circles without end: 131 million of five members."""
    opened = DuckdbStore.open(tmp_path_factory.mktemp("explosion") / "graph.duckdb")
    fill_with_an_explosion(opened)
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
