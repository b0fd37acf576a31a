"""Process maps of stored tasks on both stores: which tasks, in which order, as the scope sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import Scope
from queries.process.mapping import ProcessMap
from queries.process.reading import Which, process_of
from tests.support.small_graph import Draft
from tests.support.stores import written

CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")


def office() -> Draft:
    """Three inspections: two of firm A in a grid of bureau 11, one of firm B elsewhere; and a service."""
    graph = Draft().firm("A", bureau="11").firm("B", bureau="22").node("Bureau", "11").node("Bureau", "1")
    graph.link("PART_OF", "Bureau:11", "Bureau:1").node("Grid", "g1").link("UNDER", "g1", "11")
    for name, kind, about, steps in (
        ("desk:t1", "inspection", "A", ("open", "check", "close")),
        ("desk:t2", "inspection", "A", ("open", "close", "open", "close")),
        ("tasks:t3", "inspection", "B", ("open", "close")),
        ("tasks:t4", "service", "A", ("call",)),
    ):
        graph.node("Task", name, kind=kind).link("CONCERNS", name, f"no:{about}")
        _ = graph.link("HELD_BY", name, "g1") if about == "A" else graph
        for place, action in enumerate(steps):
            at = datetime(2026, 3, int(name[-1]), 15, tzinfo=UTC) + timedelta(hours=place)
            event = f"{name}.{place}"
            graph.node("TaskEvent", event, task=name, action=action, at=at, offset_minutes=540, position=place)
            graph.link("HAS_EVENT", name, event)
    return graph


def ways(found: ProcessMap) -> dict[str, int]:
    return {" ".join(each.path): each.cases for each in found.variants}


def test_a_map_is_of_the_tasks_that_are_asked_for(store: GraphStore) -> None:
    written(store, office().batch())
    found = process_of(store, Which(kind="inspection"))
    assert ways(found) == {"open check close": 1, "open close": 1, "open close open close": 1}
    arcs = {(arc.source, arc.target): (arc.count, arc.times.median_seconds) for arc in found.arcs}
    one = {("open", "check"): (1, 3600), ("check", "close"): (1, 3600), ("close", "open"): (1, 3600)}
    assert arcs == one | {("open", "close"): (3, 3600)}
    assert ways(process_of(store, Which(source="tasks"))) == {"call": 1, "open close": 1}
    assert process_of(store, Which(bureau="1")).cases == 3
    # Begun on the first of March in Shanghai, and in Tokyo on the second.
    assert ways(process_of(store, Which(since=date(2026, 3, 2), until=date(2026, 3, 3)))) == {"open check close": 1}
    assert process_of(store, Which(kind="nothing")).events == 0


def test_a_scope_sees_its_own_tasks_only(store: GraphStore) -> None:
    written(store, office().batch())
    found = process_of(store, Which(kind="inspection"), scope=CITY)
    assert ways(found) == {"open check close": 1, "open close open close": 1}
    with pytest.raises(NotFoundError):
        process_of(store, Which(bureau="99"), scope=CITY)


def test_events_of_one_instant_and_place_stand_by_their_ids(store: GraphStore) -> None:
    graph = Draft().node("Task", "t")
    for name in ("b", "a", "c"):
        graph.node("TaskEvent", name, task="t", action=f"did {name}", at=datetime(2026, 3, 1, tzinfo=UTC))
        graph.link("HAS_EVENT", "t", name)
    written(store, graph.batch())
    assert ways(process_of(store, Which())) == {"did a did b did c": 1}


def test_the_cases_that_began_last_are_kept_and_the_rest_is_told(store: GraphStore) -> None:
    written(store, office().batch())
    found = process_of(store, Which(), most_cases=2)
    assert ways(found) == {"call": 1, "open close": 1}
    assert [(cut.part, cut.dropped) for cut in found.cut] == [("cases", 2)]
