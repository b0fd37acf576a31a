"""Indicators from stored work on both stores: numbers by hand, what is behind them, appeals, repeated deliveries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from graph.errors import NotFoundError, QueryError, StoreBusyError
from graph.kernels.intervals import garwood, wilson
from graph.store.port import GraphStore
from queries.indicators.appeals import Contested, decide_appeal, raise_appeal
from queries.indicators.delivery import canonical, delivery
from queries.indicators.grouping import Level
from queries.indicators.measuring import Counted, Measure, behind, count_period, measures
from tests.support.small_graph import Draft, day
from tests.support.stores import written

SINCE, UNTIL = date(2026, 3, 1), date(2026, 4, 1)


def office() -> Draft:
    """Officer li closes three tasks of grid g1 (bureau b1 below b0), one late and sent back; wang's is overdue."""
    graph = Draft().node("Bureau", "b1", level=4).node("Bureau", "b0", level=3).node("Grid", "g1")
    graph.link("PART_OF", "Bureau:b1", "Bureau:b0").link("UNDER", "g1", "b1")
    for officer in ("li", "wang"):
        graph.node("Officer", officer)
    for name, due, steps in (
        ("t1", "2026-03-10", ((1, "created"), (5, "submitted"), (6, "closed"))),
        ("t2", "2026-03-10", ((1, "created"), (12, "submitted"), (13, "reopened"), (14, "submitted"), (15, "closed"))),
        ("t3", "2026-03-30", ((1, "created"), (20, "submitted"), (21, "closed"))),
    ):
        work(graph, name, "li", due, steps, outcome="补缴税款" if name == "t1" else "未发现异常")
    return work(graph, "t4", "wang", "2026-03-15", ((2, "created"),))


def work(
    graph: Draft,
    name: str,
    officer: str,
    due: str,
    steps: tuple[tuple[int, str], ...],
    *,
    grid: str = "g1",
    outcome: str | None = None,
) -> Draft:
    opened = datetime(2026, 3, 1)  # noqa: DTZ001
    graph.node("Task", name, kind="inspection", risk="high", due_on=day(due), opened_at=opened, outcome=outcome)
    graph.link("HELD_BY", name, grid).link("ASSIGNED_TO", name, officer, role="handler")
    for position, (on, status) in enumerate(steps):
        at = datetime(2026, 3, on, 2, tzinfo=UTC)
        graph.node(
            "TaskEvent", f"{name}.{position}", task=name, at=at, position=position, status=status, officer=officer
        )
        graph.link("HAS_EVENT", name, f"{name}.{position}")
    return graph


def counted(store: GraphStore) -> Counted:
    return count_period(store, since=SINCE, until=UNTIL)


def of(found: Counted, level: Level, subject: str) -> dict[str, Measure]:
    return {one.indicator: one for one in measures(found, level) if one.subject == subject}


def test_numbers_of_an_officer_are_those_of_the_log(store: GraphStore) -> None:
    written(store, office().batch())
    li, wang = (of(counted(store), Level.OFFICER, officer) for officer in ("li", "wang"))
    assert (li["volume"].counted, li["lateness"].counted, li["lateness"].base) == (3, 1, 3)
    assert (li["rework"].counted, li["rework"].base) == (1, 4)
    assert li["outcomes"].counted == 1
    assert li["outcomes"].expected == pytest.approx(1.0)
    assert (li["lateness"].low, li["lateness"].high) == pytest.approx(wilson(1, 3))
    assert [name for name, one in wang.items()] == ["overdue"]


def test_events_of_other_systems_are_told_and_not_counted(store: GraphStore) -> None:
    graph = office().node("TaskEvent", "x", task="t1", at=datetime(2026, 3, 3, tzinfo=UTC), action="照会", officer="li")
    written(store, graph.link("HAS_EVENT", "t1", "x").batch())
    found = counted(store)
    assert found.events == (13, 1)
    assert of(found, Level.OFFICER, "li")["volume"].counted == 3


def test_grids_and_bureaus_up_to_the_top_have_the_sums(store: GraphStore) -> None:
    written(store, office().batch())
    found = counted(store)
    for level, subject in ((Level.GRID, "g1"), (Level.BUREAU, "b1"), (Level.BUREAU, "b0")):
        own = of(found, level, subject)
        assert (own["volume"].counted, own["overdue"].counted) == (3, 1)


def test_the_way_down_leads_from_the_top_bureau_to_the_taxpayer_and_counts_nothing_twice(store: GraphStore) -> None:
    graph = office().node("Grid", "g0").link("UNDER", "g0", "b0").firm("A").firm("B")
    work(graph, "t5", "li", "2026-03-30", ((3, "created"), (4, "submitted")), grid="g0")
    graph.link("CONCERNS", "t1", "no:A").link("CONCERNS", "t1", "no:B")
    written(store, graph.link("CONCERNS", "t2", "no:A").batch())
    found = counted(store)

    def below(level: Level, *within: tuple[Level, str]) -> dict[str, int]:
        return {one.subject: one.counted for one in measures(found, level, only=("volume",), within=within)}

    top, grid, officer = (Level.BUREAU, "b0"), (Level.GRID, "g1"), (Level.OFFICER, "li")
    assert below(Level.BUREAU) == {"b0": 4, "b1": 3}
    assert (below(Level.BUREAU, top), below(Level.GRID, top)) == ({"b1": 3}, {"g0": 1})
    assert below(Level.GRID, (Level.BUREAU, "b1")) == {"g1": 3}
    assert below(Level.OFFICER, grid) == {"li": 3}
    assert below(Level.TAXPAYER, grid, officer) == {"A": 2, "B": 1}
    facts = behind(store, found, "volume", Level.TAXPAYER, "A", within=(grid, officer))
    assert [(one.task, one.event) for one in facts] == [("t1", "t1.1"), ("t2", "t2.1")]
    with pytest.raises(NotFoundError):
        behind(store, found, "volume", Level.TAXPAYER, "A", within=((Level.GRID, "g0"),))


def test_a_number_opens_into_its_events(store: GraphStore) -> None:
    written(store, office().batch())
    found = counted(store)
    facts = behind(store, found, "lateness", Level.OFFICER, "li")
    assert [(one.task, one.event, one.counted) for one in facts] == [
        ("t1", "t1.1", False),
        ("t2", "t2.1", True),
        ("t3", "t3.1", False),
    ]
    with pytest.raises(NotFoundError):
        behind(store, found, "lateness", Level.OFFICER, "wang")


def test_an_upheld_appeal_takes_a_fact_out_and_earlier_deliveries_can_be_repeated(store: GraphStore) -> None:
    written(store, office().batch())
    before = canonical(delivery(store, counted(store)))
    asof = max(each.committed_at for each in store.batches() if each.committed_at)
    row = raise_appeal(store, Contested("lateness", "t2", "t2.1", "li"), reason="asked for a later day", who="li")
    assert of(counted(store), Level.OFFICER, "li")["lateness"].base == 3
    decide_appeal(store, row["id"], uphold=True, ruling="the file shows it", who="boss")
    after = counted(store)
    assert (of(after, Level.OFFICER, "li")["lateness"].counted, of(after, Level.OFFICER, "li")["lateness"].base) == (
        0,
        2,
    )
    assert of(after, Level.OFFICER, "li")["volume"].counted == 3
    listed = delivery(store, after)["upheld_appeals"]
    assert [one["event"] for one in listed] == ["t2.1"]
    again = count_period(store, since=SINCE, until=UNTIL, recorded=asof)
    assert canonical(delivery(store, again)) == before


def test_nobody_decides_about_an_own_fact_and_nothing_is_decided_twice(store: GraphStore) -> None:
    written(store, office().batch())
    fact = Contested("lateness", "t2", "t2.1", "li")
    row = raise_appeal(store, fact, reason="why", who="colleague")
    for who in ("li", "colleague"):
        with pytest.raises(QueryError) as own:
            decide_appeal(store, row["id"], uphold=True, ruling="because", who=who)
        assert own.value.code == "query.four_eyes"
    with pytest.raises(StoreBusyError):
        raise_appeal(store, fact, reason="again", who="other")
    decide_appeal(store, row["id"], uphold=False, ruling="no ground", who="boss")
    with pytest.raises(StoreBusyError):
        decide_appeal(store, row["id"], uphold=True, ruling="otherwise", who="boss2")
    assert of(counted(store), Level.OFFICER, "li")["lateness"].base == 3


def test_an_appeal_names_what_is_there_and_says_why(store: GraphStore) -> None:
    written(store, office().batch())
    for fact, error in (
        (Contested("lateness", "t9", None, "li"), NotFoundError),
        (Contested("lateness", "t1", "t2.1", "li"), NotFoundError),
        (Contested("speed", "t1", None, "li"), QueryError),
    ):
        with pytest.raises(error):
            raise_appeal(store, fact, reason="why", who="x")
    with pytest.raises(QueryError):
        raise_appeal(store, Contested("lateness", "t1", None, "li"), reason=" ", who="x")


def test_the_same_period_is_delivered_in_the_same_bytes(store: GraphStore) -> None:
    written(store, office().batch())
    assert canonical(delivery(store, counted(store))) == canonical(delivery(store, counted(store)))


def test_a_period_has_a_day_and_one_without_work_has_no_number(store: GraphStore) -> None:
    written(store, office().batch())
    with pytest.raises(QueryError):
        count_period(store, since=UNTIL, until=UNTIL)
    early = count_period(store, since=SINCE - timedelta(days=60), until=SINCE - timedelta(days=30))
    assert measures(early, Level.OFFICER) == ()


def test_intervals_are_those_of_the_tables() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    # Poisson, Garwood 1936: of 5 observed 1.6235 to 11.6683
    assert garwood(5, 1.0) == pytest.approx((1.6235, 11.6683), abs=1e-4)
    assert garwood(0, 2.0) == pytest.approx((0.0, 3.6889 / 2), abs=1e-4)
