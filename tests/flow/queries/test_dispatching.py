"""Who should handle a task, from stored facts, on both stores: tier, grid, expertise, open work."""

from datetime import date, datetime

import pytest

from graph.errors import NotFoundError, QueryError
from graph.store.port import GraphStore
from graph.store.questions import ROOT, AsOf, Scope
from queries.detection.rules import RuleBook
from queries.dispatch.arriving import arrivals, seats
from queries.dispatch.choosing import Ground
from queries.dispatch.rules import DispatchRules
from queries.dispatch.simulation import compare
from queries.dispatch.suggesting import Override, Suggestion, suggest
from tests.support.small_graph import Draft, day
from tests.support.stores import written

DAY = date(2026, 3, 31)
LOW = RuleBook({"dispatch": ((None, {"city_sales": 50_000, "province_sales": 10**14}),)})


def office() -> Draft:
    """Firm A in region grid r1 of county 114 (institution grid i1); city 113 has grid c1; B is in no grid."""
    graph = Draft().firm("A", bureau="114", status="normal").firm("B", bureau="999")
    for bureau, level in (("111", 1), ("112", 2), ("113", 3), ("114", 4)):
        graph.node("Bureau", bureau, level=level)
    for below, above in (("114", "113"), ("113", "112"), ("112", "111")):
        graph.link("PART_OF", f"Bureau:{below}", f"Bureau:{above}")
    for grid, kind, bureau in (("r1", "region", "114"), ("i1", "institution", "114"), ("c1", "institution", "113")):
        graph.node("Grid", grid, kind=kind).link("UNDER", grid, bureau)
    graph.link("PART_OF", "Grid:r1", "Grid:i1").link("IN_GRID", "no:A", "r1", role="region")
    for officer, grid, tags in (
        ("an", "r1", "纳税服务"),
        ("bo", "r1", "稽查协查、风险应对"),
        ("ce", "i1", "出口退税"),
        ("di", "c1", "稽查协查"),
    ):
        graph.node("Officer", officer, expertise=tags).link("WORKS_IN", officer, grid, role="网格员")
    graph.invoice("1", seller="A", buyer="B", issued_at=datetime(2026, 3, 1, 9), net_cents=60_000)  # noqa: DTZ001
    return task(graph, "t", kind="inspection")


def task(graph: Draft, name: str, *, kind: str, to: str | None = None, closed: bool = False) -> Draft:
    ended = {"status": "closed", "closed_at": datetime(2026, 3, 5)} if closed else {"status": "in_work"}  # noqa: DTZ001
    graph.node("Task", name, kind=kind, opened_at=datetime(2026, 3, 1, 8), **ended)  # noqa: DTZ001
    graph.link("CONCERNS", name, "no:A").link("HELD_BY", name, "r1")
    return graph if to is None else graph.link("ASSIGNED_TO", name, to, role="handler", valid_from=day("2026-03-01"))


def found(store: GraphStore, graph: Draft, **asked: object) -> Suggestion:
    written(store, graph.batch())
    return suggest(store, "t", on=DAY, **asked)  # type: ignore[arg-type]  # the test names what it is about


def test_the_qualified_officer_of_the_own_grid_is_taken_though_others_have_less_to_do(store: GraphStore) -> None:
    shown = found(store, task(office(), "old", kind="service", to="bo"))
    assert (shown.choice.officer, shown.choice.grid, shown.choice.ground) == ("bo", "r1", Ground.QUALIFIED)
    assert (shown.level, shown.sales_cents, shown.choice.load) == (4, 60_000, 60)
    assert [place.grid for place in shown.places] == ["r1", "i1", "c1"]
    assert (shown.choice.asked, shown.choice.qualified) == (4, 2)


def test_a_closed_task_is_no_load_and_an_open_one_counts_its_minutes(store: GraphStore) -> None:
    graph = task(task(office(), "o1", kind="inquiry", to="an"), "o2", kind="inquiry", to="an", closed=True)
    shown = found(store, graph)
    assert {one.officer: one.load for one in shown.candidates}["an"] == DispatchRules().inquiry_minutes


def test_a_large_taxpayer_is_looked_after_higher_up(store: GraphStore) -> None:
    shown = found(store, office(), book=LOW)
    assert (shown.level, shown.choice.officer, shown.choice.grid) == (3, "di", "c1")
    assert shown.rule_version.startswith("1+")


def test_sales_before_the_span_do_not_count(store: GraphStore) -> None:
    written(store, office().batch())
    assert suggest(store, "t", on=date(2027, 4, 1), book=LOW).level == 4


def test_who_left_or_moved_is_not_asked(store: GraphStore) -> None:
    graph = office().node("Officer", "ex", expertise="稽查协查", active_to=day("2026-03-31"))
    graph.link("WORKS_IN", "ex", "r1", role="网格员")
    graph.node("Officer", "mo", expertise="稽查协查").link("WORKS_IN", "mo", "r1", role="x", valid_to=day("2026-03-31"))
    assert {one.officer for one in found(store, graph).candidates} == {"an", "bo", "ce", "di"}


def test_a_person_chooses_otherwise_with_a_reason_among_those_in_question(store: GraphStore) -> None:
    shown = found(store, office(), override=Override("an", "knows the trade"))
    assert (shown.choice.officer, shown.choice.ground, shown.choice.next_best) == ("an", Ground.OVERRIDDEN, "bo")
    with pytest.raises(QueryError, match="none of the grids"):
        suggest(store, "t", on=DAY, override=Override("zoe", "because"))


def test_without_a_grid_and_a_bureau_nobody_is_chosen(store: GraphStore) -> None:
    graph = office().node("Task", "u", kind="service").link("CONCERNS", "u", "no:B")
    written(store, graph.batch())
    shown = suggest(store, "u", on=DAY)
    assert (shown.choice.officer, shown.choice.ground, shown.places) == (None, Ground.NOBODY, ())


def test_a_task_out_of_scope_answers_as_one_that_does_not_exist(store: GraphStore) -> None:
    written(store, office().batch())
    for key, scope in (("t", Scope(label="x", bureaus=frozenset({"999"}), secret=b"s")), ("none", ROOT)):
        with pytest.raises(NotFoundError) as refused:
            suggest(store, key, on=DAY, scope=scope)
        assert refused.value.code == "not_found.task"


def test_stored_tasks_are_simulated_under_every_policy(store: GraphStore) -> None:
    graph = office()
    for place in range(12):
        task(graph, f"s{place}", kind=("service", "inspection")[place % 2])
    written(store, graph.batch())
    found_arrivals = arrivals(
        store, since=date(2026, 3, 1), until=date(2026, 4, 1), rules=DispatchRules(), as_of=AsOf()
    )
    assert len(found_arrivals) == 13
    assert arrivals(store, since=DAY, until=date(2026, 4, 1), rules=DispatchRules(), as_of=AsOf()) == ()
    scores = {each.policy: each for each in compare(found_arrivals, seats(store, as_of=AsOf(valid=DAY)))}
    assert scores["least_loaded"].unqualified == 0.0
    assert scores["round_robin"].unqualified > 0.0
    assert scores["optimal"].days_taken == min(each.days_taken for each in scores.values())
