"""Responsibility, task histories, loops, and the views of people and offices, from stored facts."""

from datetime import UTC, datetime

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Scope
from queries.limits import Limits
from queries.lineage import task_history
from queries.loops import task_loop
from queries.organisation.portfolio import portfolio
from queries.organisation.responsible import responsible
from queries.results import plain
from queries.searching import search
from queries.views.bureau import bureau_subtree, bureau_view, officer_view
from queries.views.person import person_view
from tests.support.small_graph import Draft, day
from tests.support.stores import written

CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")


def office() -> Draft:
    """Firm A in grid g1 and later g2; officer Wang moves from g1 to g2 in March, Li comes to g1."""
    graph = Draft().firm("A", bureau="11", status="normal").firm("B", bureau="22", status="abnormal")
    graph.node("Bureau", "1", name="Centre", level=1).node("Bureau", "11", name="City", level=3)
    graph.node("Bureau", "22", name="Other", level=3)
    graph.link("PART_OF", "Bureau:11", "Bureau:1").link("PART_OF", "Bureau:22", "Bureau:1")
    for grid, bureau in (("g1", "11"), ("g2", "11"), ("g9", "22")):
        graph.node("Grid", grid, name=f"Grid {grid}", kind="region").link("UNDER", grid, bureau)
    graph.node("Officer", "wang", name="王", expertise="VAT, export").node("Officer", "li", name="李")
    graph.link("WORKS_IN", "wang", "g1", role="manager", valid_from=day("2026-01-01"), valid_to=day("2026-03-01"))
    graph.link("WORKS_IN", "wang", "g2", role="manager", valid_from=day("2026-03-01"))
    graph.link("WORKS_IN", "li", "g1", role="manager", valid_from=day("2026-03-01"))
    graph.link("IN_GRID", "no:A", "g1", role="institution", valid_from=day("2026-02-01"))
    return graph.link("IN_GRID", "no:B", "g9", role="institution")


def task(graph: Draft, name: str, *, about: str = "A", **own: object) -> Draft:
    values = {"title": f"Task {name}", "status": "in_work", "opened_at": datetime(2026, 2, 10, 9)}  # noqa: DTZ001
    graph.node("Task", name, **values | own)
    return graph.link("CONCERNS", name, f"no:{about}")


def test_responsibility_is_where_taxpayer_and_officer_share_a_grid_on_the_day(store: GraphStore) -> None:
    written(store, office().batch())
    february, march = (responsible(store, "A", on=day(text)) for text in ("2026-02-28", "2026-03-01"))
    (one,) = february
    told = (one.officer, one.officer_name, one.grid, one.grid_name, one.role, one.via, one.level, one.grid_kind)
    assert told == ("wang", "王", "g1", "Grid g1", "manager", "grid", 0, "region")
    assert (one.from_, one.to) == (day("2026-02-01"), day("2026-03-01"))
    assert [(each.relationship, str(each.from_), str(each.to)) for each in one.grounds] == [
        ("IN_GRID", "2026-02-01", "None"),
        ("WORKS_IN", "2026-01-01", "2026-03-01"),
    ]
    assert [one.officer for one in march] == ["li"]
    assert responsible(store, "A", on=day("2026-01-31")) == ()


def test_responsibility_is_told_as_it_was_known_at_a_recorded_instant(store: GraphStore) -> None:
    first = store.write(office().batch("b1"))
    late = Draft().node("Officer", "zhao", name="赵").link("WORKS_IN", "zhao", "g1", role="deputy")
    store.write(late.batch("b2"))
    known = responsible(store, "A", on=day("2026-02-28"), recorded=first.committed_at)
    assert [one.officer for one in known] == ["wang"]
    assert [one.officer for one in responsible(store, "A", on=day("2026-02-28"))] == ["wang", "zhao"]


def test_an_open_task_makes_its_officer_responsible_until_it_closes(store: GraphStore) -> None:
    graph = task(office(), "t1", closed_at=datetime(2026, 2, 20, 12), status="closed")  # noqa: DTZ001
    graph.link("ASSIGNED_TO", "t1", "li", role="handler", valid_from=day("2026-02-10"))
    written(store, graph.batch())
    found = responsible(store, "A", on=day("2026-02-15"))
    assert [(one.officer, one.via, one.task) for one in found] == [("wang", "grid", None), ("li", "task", "t1")]
    assert [one.via for one in responsible(store, "A", on=day("2026-02-20"))] == ["grid"]


def test_nobody_out_of_scope_has_anyone_responsible(store: GraphStore) -> None:
    written(store, office().batch())
    with pytest.raises(NotFoundError):
        responsible(store, "B", on=day("2026-02-15"), scope=CITY)


def test_the_history_of_a_task_is_by_instant_then_position(store: GraphStore) -> None:
    graph = task(office(), "t1")
    at = [datetime(2026, 2, 10, hour, tzinfo=UTC) for hour in (9, 8, 9)]
    for place, (moment, action) in enumerate(zip(at, ("second", "first", "third"), strict=True)):
        graph.node("TaskEvent", f"e{place}", task="t1", position=place, action=action, at=moment, officer="wang")
        graph.link("HAS_EVENT", "t1", f"e{place}")
    written(store, graph.batch())
    history = task_history(store, "t1")
    assert [(entry.action, entry.officer_name) for entry in history.entries] == [
        ("first", "王"),
        ("second", "王"),
        ("third", "王"),
    ]
    cut = task_history(store, "t1", limits=Limits(rows=2))
    assert [entry.action for entry in cut.entries] == ["first", "second"]
    assert plain(cut)["cut"] == [{"part": "entries", "limit": "rows", "dropped": 1}]


def test_a_loop_says_what_is_open_since_when_and_with_whom(store: GraphStore) -> None:
    graph = task(task(task(office(), "ask"), "work"), "answer", status="closed")
    graph.link("SPAWNED", "ask", "work").link("ANSWERS", "answer", "ask")
    graph.link("ASSIGNED_TO", "work", "li", role="handler").link("HELD_BY", "work", "g2")
    written(store, graph.batch())
    for asked in ("ask", "work", "answer"):
        loop = task_loop(store, asked)
        assert loop.first == "ask"
        assert [(one.task.id, one.depth) for one in loop.tasks] == [("ask", 0), ("answer", 1), ("work", 1)]
        assert [(one.task, one.officers, one.grids) for one in loop.open] == [
            ("ask", (), ()),
            ("work", ("li",), ("g2",)),
        ]


def test_a_loop_is_a_tree_with_what_was_merged_below_it(store: GraphStore) -> None:
    graph = office()
    for name in ("a", "b", "c", "d", "e", "hidden", "behind"):
        task(graph, name, about="B" if name == "hidden" else "A")
    graph.link("SPAWNED", "a", "b").link("SPAWNED", "b", "c").link("ANSWERS", "c", "a").link("MERGED_INTO", "d", "c")
    graph.link("SPAWNED", "c", "hidden").link("SPAWNED", "hidden", "behind").link("ANSWERS", "e", "e")
    written(store, graph.batch())
    loop = task_loop(store, "d", scope=CITY)
    assert [(one.task.id, one.depth, one.parent) for one in loop.tasks] == [
        ("a", 0, None),
        ("b", 1, "a"),
        ("c", 2, "b"),
        ("d", 3, "c"),
    ]
    assert ("MERGED_INTO", "d", "c") in [(link.kind, link.source, link.target) for link in loop.links]
    assert {one.task.id for one in task_loop(store, "a").tasks} == {"a", "b", "c", "d", "hidden", "behind"}
    assert [(one.task.id, one.parent) for one in task_loop(store, "e").tasks] == [("e", None)]


def test_a_circle_of_tasks_is_cut_above_its_smallest(store: GraphStore) -> None:
    graph = office()
    for name in ("a", "b", "c", "d"):
        task(graph, name)
    graph.link("SPAWNED", "b", "c").link("SPAWNED", "c", "d").link("SPAWNED", "d", "b").link("SPAWNED", "d", "a")
    written(store, graph.batch())
    found = {one.task.id: (one.depth, one.parent) for one in task_loop(store, "a").tasks}
    assert found == {"b": (0, None), "c": (1, "b"), "d": (2, "c"), "a": (3, "d")}
    assert task_loop(store, "a", limits=Limits(rows=1)).cut[0].part == "tasks"


def test_a_loop_as_of_a_day_is_with_those_who_held_it_then(store: GraphStore) -> None:
    graph = task(office(), "t").link("ASSIGNED_TO", "t", "wang", role="x", valid_to=day("2026-03-01"))
    written(store, graph.link("ASSIGNED_TO", "t", "li", role="x", valid_from=day("2026-03-01")).batch())
    on = {text: task_loop(store, "t", as_of=AsOf(valid=day(text))).open for text in ("2026-02-28", "2026-03-01")}
    assert [[one.officers for one in each] for each in on.values()] == [[("wang",)], [("li",)]]


def test_a_portfolio_counts_taxpayers_in_scope_on_the_day(store: GraphStore) -> None:
    graph = office().link("IN_GRID", "no:B", "g1", role="guest")
    written(store, graph.batch())
    assert portfolio(store, "wang", on=day("2026-02-15")).taxpayer_count == 2
    ours = portfolio(store, "wang", on=day("2026-02-15"), scope=CITY)
    assert [party.id for party in ours.taxpayers] == ["A"]
    assert portfolio(store, "wang", on=day("2026-03-15")).taxpayer_count == 0


def test_the_bureau_view_counts_its_subtree_inside_the_scope(store: GraphStore) -> None:
    graph = task(task(office(), "t1"), "t2", about="B").link("HELD_BY", "t1", "g1").link("HELD_BY", "t2", "g9")
    written(store, graph.batch())
    whole = bureau_view(store, "1")
    assert [child.id for child in whole.children] == ["11", "22"]
    assert whole.taxpayers_by_status == {"normal": 1, "abnormal": 1}
    assert (whole.task_count, whole.officer_count, len(whole.grids)) == (2, 2, 3)
    ours = bureau_view(store, "1", scope=CITY)
    assert (ours.taxpayers_by_status, ours.tasks_by_status) == ({"normal": 1}, {"in_work": 1})
    assert bureau_subtree(store, ["1"]) == ("1", "11", "22")


def test_the_officer_view_counts_open_closed_and_late_tasks(store: GraphStore) -> None:
    due = day("2026-02-20")
    graph = task(office(), "open", due_on=due)
    task(graph, "late", due_on=due, closed_at=datetime(2026, 2, 25), status="closed")  # noqa: DTZ001
    task(graph, "done", due_on=due, closed_at=datetime(2026, 2, 15), status="closed")  # noqa: DTZ001
    for name in ("open", "late", "done"):
        graph.link("ASSIGNED_TO", name, "wang", role="handler", valid_to=day("2026-02-26"))
    written(store, graph.batch())
    view = officer_view(store, "wang", as_of=AsOf(valid=day("2026-03-31")))
    assert (view.tasks_open, view.tasks_closed, view.tasks_late) == (1, 2, 2)
    assert view.expertise == ("VAT", "export")
    assert [grid.id for grid in view.grids] == ["g2"]
    early = officer_view(store, "wang", as_of=AsOf(valid=day("2026-02-20")))
    assert (early.tasks_open, early.tasks_closed, early.tasks_late) == (2, 1, 0)


def test_the_person_view_shows_dated_roles_and_contacts_without_their_values(store: GraphStore) -> None:
    graph = office().person("p", represents="A", valid_from=day("2025-01-01"), valid_to=day("2026-01-01"))
    graph.person("q", represents="A").link("HOLDS_SHARE", "Person:p", "no:B", ratio=300_000)
    graph.node("Phone", "0123456789abcdef", value="13800000000").link("USES", "Person:p", "Phone:0123456789abcdef")
    graph.link("RELATED_TO", "p", "q", kind="kin")
    written(store, graph.batch())
    view = person_view(store, "p")
    assert [(role.role, role.subject, str(role.to)) for role in view.roles] == [
        ("legal_representative_of", "A", "2026-01-01")
    ]
    assert [(share.subject, share.share) for share in view.shares] == [("B", 300_000)]
    assert [(contact.kind, contact.masked) for contact in view.contacts] == [("Phone", "01234567…")]
    assert "13800000000" not in repr(view)
    assert [one.person for one in view.related] == ["q"]
    assert person_view(store, "p", as_of=AsOf(valid=day("2026-02-01"))).roles == ()
    assert person_view(store, "p", scope=CITY).shares == ()


def test_search_finds_chinese_names_and_says_how_many_there_are(store: GraphStore) -> None:
    graph = Draft()
    for number in range(3):
        graph.firm(f"F{number}", bureau="11", name=f"深圳前海贸易{number}号有限公司")
    written(store, graph.batch())
    found = search(store, "前海贸易", ["Taxpayer"], limits=Limits(rows=2))
    assert (len(found.hits), found.total) == (2, 3)
    assert plain(found)["truncated"] is True
