"""A sample is drawn by its seed alone, leaves out whoever has a finding, and opens each task once; on both stores."""

from __future__ import annotations

import pytest

from graph.errors import QueryError
from graph.store.port import GraphStore
from graph.store.projecting import open_projection
from queries.detection.facts import Facts
from queries.findings.recording import detect
from queries.findings.sampling import as_tasks, draw
from queries.patterns import ring_invoicing
from tests.support.small_graph import Draft
from tests.support.stores import written

NAMES = [ring_invoicing.PATTERN.name]


@pytest.fixture
def country(store: GraphStore) -> GraphStore:
    """Twenty firms, two of which are a circle, and a stub."""
    graph = Draft().node("Taxpayer", "stub", stub=True)
    for number in range(20):
        graph.firm(f"F{number:02}")
    graph.invoice("1", seller="F00", buyer="F01").invoice("2", seller="F01", buyer="F00", on="2026-01-12")
    written(store, graph.batch())
    detect(store, Facts(store, open_projection(store, None)), (ring_invoicing.PATTERN,))
    return store


def test_the_seed_alone_decides_and_a_larger_sample_contains_a_smaller_one(country: GraphStore) -> None:
    first = draw(country, NAMES, count=5, seed="a")
    assert first == draw(country, NAMES, count=5, seed="a")
    assert draw(country, NAMES, count=9, seed="a")[:5] == first
    assert draw(country, NAMES, count=5, seed="b") != first


def test_nobody_with_a_finding_and_no_stub_is_drawn(country: GraphStore) -> None:
    assert sorted(draw(country, NAMES, count=100, seed="a")) == [f"F{number:02}" for number in range(2, 20)]


def test_a_task_is_opened_about_each_once(country: GraphStore) -> None:
    drawn = draw(country, NAMES, count=3, seed="a")
    assert as_tasks(country, drawn, seed="a", who="tester") is not None
    assert as_tasks(country, drawn, seed="a", who="tester") is None
    tasks = country.export("Task").to_pylist()
    assert [(each["kind"], each["status"]) for each in tasks] == [("sample", "created")] * 3
    links = country.export("CONCERNS").to_pylist()
    assert sorted(link["to_id"] for link in links) == sorted(f"no:{key}" for key in drawn)


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_count_that_makes_no_sense_is_refused(country: GraphStore, count: int) -> None:
    with pytest.raises(QueryError) as caught:
        draw(country, NAMES, count=count, seed="a")
    assert caught.value.code == "query.sample"
