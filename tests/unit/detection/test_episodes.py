"""Hits of one anchor that lie close in time are one finding; its identity is pattern, anchor and first day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from graph.store.duckdb_store import DuckdbStore
from graph.store.projecting import open_projection
from queries.detection.columns import number_of
from queries.detection.episodes import Finding, finding_id, findings_of
from queries.detection.facts import Facts
from queries.detection.hits import MOST_EVIDENCE, Hit, Member
from queries.detection.rules import PUBLIC
from queries.patterns.ring_invoicing import PATTERN
from tests.support.small_graph import Draft

FIRST = date(2026, 1, 1)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    graph = Draft().firm("A").firm("B")
    for place in range(MOST_EVIDENCE + 5):
        graph.invoice(f"{place:05}", seller="A", buyer="B")
    store = DuckdbStore.open(tmp_path_factory.mktemp("episodes") / "graph.duckdb")
    store.ensure_schema()
    store.write(graph.batch())
    return Facts(store, open_projection(store, None))


def hit(
    facts: Facts, first: int, last: int, *, score: int = 500_000, high: bool = False, rows: slice | None = None
) -> Hit:
    start = number_of(FIRST)
    return Hit(
        anchor=("A", "CNY"),
        first_day=start + first,
        last_day=start + last,
        members=(Member("Taxpayer", "A", "member"),),
        evidence={"invoices": facts.gross.invoice[rows or slice(first, last)]},
        measures={"length": first},
        score=score,
        high=high,
    )


def found(facts: Facts, *hits: Hit) -> list[Finding]:
    return findings_of(PATTERN, hits, facts, PUBLIC.in_force(PATTERN.name, PATTERN.rules, FIRST))


def test_hits_no_further_apart_than_the_gap_are_one_finding(facts: Facts) -> None:
    gap = PATTERN.gap_days(PATTERN.rules())
    near = found(facts, hit(facts, 0, 5), hit(facts, 5 + gap, 200))
    assert [(each.first_on, each.last_on) for each in near] == [(FIRST, date(2026, 7, 20))]
    apart = found(facts, hit(facts, 0, 5), hit(facts, 6 + gap, 200))
    assert [each.first_on for each in apart] == [FIRST, date(2026, 4, 7)]
    assert apart[0].id == near[0].id == finding_id("ring_invoicing", "A CNY", FIRST)


def test_a_long_hit_bridges_later_ones(facts: Facts) -> None:
    assert len(found(facts, hit(facts, 0, 300), hit(facts, 1, 2), hit(facts, 310, 311))) == 1


def test_the_strongest_hit_is_told_and_the_evidence_is_that_of_all_once_in_order(facts: Facts) -> None:
    weak = hit(facts, 0, 4, score=900_000)
    strong = replace(hit(facts, 2, 6, high=True), members=(Member("Taxpayer", "B", "member"),))
    (one,) = found(facts, weak, strong)
    assert (one.severity, one.score, one.measures["length"], one.measures["hits"]) == ("high", 500_000, 2, 2)
    assert [member.id for member in one.members] == ["B", "A"]
    assert one.evidence["invoices"] == tuple(f"{place:05}" for place in range(6))
    assert found(facts, strong, weak) == [one]


def test_evidence_beyond_the_limit_is_counted(facts: Facts) -> None:
    (one,) = found(facts, hit(facts, 0, 9, rows=slice(None)))
    assert (len(one.evidence["invoices"]), one.left_out, one.truncated) == (MOST_EVIDENCE, 5, True)
