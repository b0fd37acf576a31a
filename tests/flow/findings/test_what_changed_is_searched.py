"""After each batch a run searches what changed alone, and the graph keeps what a search of everything finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from queries.detection.facts import WORTH
from queries.detection.hits import Pattern
from queries.detection.reach import How
from queries.patterns.catalogue import PATTERNS, pattern_named
from tests.support.refreshed import Step, steps

SEEDS, MORE_SEEDS, BATCHES = range(20, 25), range(20, 40), 14
NARROW = [pattern for pattern in PATTERNS if pattern.reach.how is not How.WHOLE]


def embedded(file: Path) -> GraphStore:
    store = DuckdbStore.open(file)
    store.ensure_schema()
    return store


@pytest.fixture(scope="module")
def every_step(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, int, Step]]:
    """Some countries, each after each of its batches."""
    folder = tmp_path_factory.mktemp("countries")
    found = []
    for seed in SEEDS:
        store = embedded(folder / f"{seed}.duckdb")
        worth = WORTH if seed % 3 == 0 else 0
        drawn = enumerate(steps(store, PATTERNS, seed=seed, batches=BATCHES, worth=worth))
        found += [(seed, place, step) for place, step in drawn]
        store.close()
    return found


def test_after_each_batch_the_findings_are_those_of_a_search_of_everything(
    every_step: list[tuple[int, int, Step]],
) -> None:
    for seed, place, step in every_step:
        assert step.kept == step.whole, f"seed {seed}, batch {place}"


def test_patterns_are_skipped_or_searched_around_what_changed(every_step: list[tuple[int, int, Step]]) -> None:
    ways: Counter[tuple[str, str]] = sum((step.ways for _, _, step in every_step), Counter())
    found: Counter[str] = sum((step.found for _, _, step in every_step), Counter())
    assert {name for name, way in ways if way == "skipped"} == {pattern.name for pattern in PATTERNS}
    narrow = {name for name, way in ways if way in {"touched", "blocks"}}
    assert narrow == {pattern.name for pattern in NARROW}
    for pattern in NARROW:
        around = ways[pattern.name, "touched"] + ways[pattern.name, "blocks"]
        assert around > len(every_step) // 4, pattern.name
        assert found[pattern.name], f"{pattern.name} finds nothing in these countries"


def too_small(name: str, **less: Any) -> Pattern[Any]:
    """A pattern whose reach says less than the truth."""
    pattern = pattern_named(name)
    return replace(pattern, reach=replace(pattern.reach, **less))


@pytest.mark.parametrize(
    ("pattern", "change"),
    [
        (too_small("violent_issuing", reads=("Invoice", "Taxpayer")), "paper"),
        (too_small("violent_issuing", beyond=()), "registered"),
        (too_small("commodity_switch", reads=("Invoice",)), "more_lines"),
        (too_small("commodity_switch", how=How.OWN), "invoice"),
        (too_small("affiliated_trade", how=How.OWN), "invoice"),
        (too_small("affiliated_trade", wholly=()), "person_link"),
        (too_small("malicious_reversal", reads=("Invoice",)), "kept_credit invoice"),
        (too_small("changed_shell", reads=("Invoice",)), "registration_change"),
        (too_small("farm_purchase", subjects=("farmer",)), "invoice"),
        (too_small("ring_invoicing", reads=("Invoice",)), "claim"),
        (too_small("burst_before_vanishing", how=How.OWN, subjects=("issuer",)), "invoice"),
        (too_small("abnormal_voucher", reads=("FLAGGED_ABNORMAL",)), "claim"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.name}: {each.reach.how} {' '.join(each.reach.reads)}",
)
def test_a_reach_that_is_declared_too_small_is_caught(pattern: Pattern[Any], change: str, tmp_path: Path) -> None:
    for seed in MORE_SEEDS:
        store = embedded(tmp_path / f"{seed}.duckdb")
        drawn = steps(store, [pattern], seed=seed, batches=BATCHES, only=change.split())
        differ = any(step.kept != step.whole for step in drawn)
        store.close()
        if differ:
            return
    pytest.fail("no batch of any country needs what this reach leaves out")


def test_on_both_stores(store: GraphStore) -> None:
    ways: Counter[tuple[str, str]] = Counter()
    for step in steps(store, PATTERNS, seed=20, batches=4):
        assert step.kept == step.whole
        ways += step.ways
    assert {way for _, way in ways} == {"whole", "skipped", "touched", "blocks"}
