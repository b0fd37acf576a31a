"""Every indicator's facts against its definition read slowly, on drawn logs; and what is summed of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph.store.duckdb_store import DuckdbStore
from queries.indicators.definitions import INDICATORS
from queries.indicators.grouping import Level
from queries.indicators.measuring import Counted, behind, count_period, measures
from tests.support.indicator_references import Log, reference
from tests.support.small_graph import Draft
from tests.support.stores import written
from tests.support.thorough import examples

FIRST = date(2026, 3, 1)
STATES = ("created", "in_work", "submitted", "submitted", "reopened", "closed", "cancelled", None)
EVENT = st.tuples(
    st.integers(0, 40),  # hours × 12 after the first day's begin, minus two days
    st.sampled_from(STATES),
    st.sampled_from(("o1", "o2", "o3", None)),
    st.booleans(),
    st.sampled_from((None, 0, -300, 540)),  # minutes ahead of UTC
)
TASK = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("inspection", "inquiry", None)),
        "risk": st.sampled_from(("low", "high", None)),
        "outcome": st.sampled_from(("未发现异常", "补缴税款", None)),
        "status": st.sampled_from(("created", "closed", None)),
        "due": st.none() | st.integers(-2, 20).map(lambda days: FIRST + timedelta(days=days)),
        "grid": st.sampled_from(("g1", "g2", None)),
        "officer": st.sampled_from(("o1", "o2", None)),
        "parent": st.none() | st.integers(0, 3),
        "firms": st.sets(st.sampled_from(("f1", "f2"))),
    }
)
LOGS = st.lists(st.tuples(TASK, st.lists(EVENT, max_size=6)), min_size=1, max_size=6)


def drawn_log(drawn: list[tuple[dict[str, Any], list[Any]]]) -> Log:
    """Parents are tasks before, so that no circle is drawn; events in order of instant, then position."""
    tasks, events = {}, {}
    for place, (head, own) in enumerate(drawn):
        parent = head["parent"]
        tasks[f"t{place}"] = head | {"parent": f"t{parent}" if parent is not None and parent < place else None}
        rows = [
            {
                "at": _instant(at),
                "status": status,
                "officer": who,
                "evidence": shown,
                "offset": ahead,
                "position": n,
            }
            for n, (at, status, who, shown, ahead) in enumerate(own)
        ]
        rows.sort(key=lambda row: (row["at"], row["position"]))
        events[f"t{place}"] = [row | {"id": f"e{place}.{row['position']}"} for row in rows]
    return Log(tasks, events)


def _instant(half_days: int) -> datetime:
    return datetime(2026, 2, 26, 20, tzinfo=UTC) + timedelta(hours=12 * half_days)


def drafted(log: Log) -> Draft:
    """The same in the graph."""
    graph = Draft().node("Bureau", "b1").node("Bureau", "b0").link("PART_OF", "Bureau:b1", "Bureau:b0")
    for grid in ("g1", "g2"):
        graph.node("Grid", grid).link("UNDER", grid, "b1")
    for officer in ("o1", "o2", "o3"):
        graph.node("Officer", officer)
    _ = graph.firm("f1").firm("f2")
    for task, head in log.tasks.items():
        own = {name: head[name] for name in ("kind", "risk", "outcome", "status")}
        graph.node("Task", task, **own, due_on=head["due"], opened_at=datetime(2026, 2, 1))  # noqa: DTZ001 - civil
        for name, far in (("HELD_BY", head["grid"]), ("ASSIGNED_TO", head["officer"])):
            _ = graph.link(name, task, far) if far else graph
        for firm in sorted(head["firms"]):
            graph.link("CONCERNS", task, f"Party:no:{firm}")
        if head["parent"]:
            graph.link("SPAWNED", head["parent"], task)
        for event in log.events[task]:
            told = {"status": event["status"], "action": event["status"] or "照会", "officer": event["officer"]}
            told |= {"at": event["at"], "offset_minutes": event["offset"], "position": event["position"]}
            shown = "doc-1" if event["evidence"] else None
            graph.node("TaskEvent", event["id"], task=task, evidence=shown, **told)
            graph.link("HAS_EVENT", task, event["id"])
    return graph


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the drawn stores."""
    return tmp_path_factory.mktemp("indicators")


def counted(folder: Path, log: Log, span: int) -> tuple[DuckdbStore, Counted]:
    path = folder / f"{len(list(folder.iterdir()))}.duckdb"
    store = DuckdbStore.open(path)
    store.ensure_schema()
    written(store, drafted(log).batch())
    return store, count_period(store, since=FIRST, until=FIRST + timedelta(days=span))


@settings(
    max_examples=examples(40, 15), deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(LOGS, st.integers(1, 12))
def test_the_facts_are_those_of_the_definitions(folder: Path, drawn: list[Any], span: int) -> None:
    log = drawn_log(drawn)
    store, found = counted(folder, log, span)
    try:
        expected = reference(log, FIRST, FIRST + timedelta(days=span))
        for indicator in INDICATORS:
            name = indicator.name
            told = sorted(
                (
                    (each.task, each.event, each.officer, each.counted)
                    for subject in _everybody(found, name)
                    for each in behind(store, found, name, Level.OFFICER, subject)
                ),
                key=str,
            )
            assert told == [row for row in expected.get(name, []) if row[2] is not None], name
            assert len(found.facts[name].event) == len(expected.get(name, []))
            _of_taxpayers(store, found, log, name, expected.get(name, []))
        _sums(found)
    finally:
        store.close()


def _of_taxpayers(store: DuckdbStore, found: Counted, log: Log, name: str, facts: list[Any]) -> None:
    """A taxpayer has the facts of its tasks; inside an officer those that are the officer's too."""
    for officer in ("o1", None):
        within = [(Level.OFFICER, officer)] if officer else []
        told = {one.subject: one for one in measures(found, Level.TAXPAYER, only=(name,), within=within)}
        for firm in ("f1", "f2"):
            own = [each for each in facts if firm in log.tasks[each[0]]["firms"] and officer in {None, each[2]}]
            assert (told[firm].base if firm in told else 0) == len(own)
            if own:
                opened = behind(store, found, name, Level.TAXPAYER, firm, within=within)
                assert sorted(((e.task, e.event, e.officer, e.counted) for e in opened), key=str) == own


def _everybody(found: Counted, name: str) -> list[str]:
    return [each.subject for each in measures(found, Level.OFFICER, only=(name,))]


def _sums(found: Counted) -> None:
    """Of one bureau the sum of its grids; found and expected of peers are equal in total."""
    for name in (each.name for each in INDICATORS):
        grids, bureaus = (measures(found, level, only=(name,)) for level in (Level.GRID, Level.BUREAU))
        for bureau in bureaus:
            assert (bureau.counted, bureau.base) == (sum(g.counted for g in grids), sum(g.base for g in grids))
    outcomes = found.facts["outcomes"]
    assert float(outcomes.expected.sum()) == pytest.approx(float(outcomes.counted.sum()))
