"""Posts, duties, delegation and the hierarchy of grids in who answers for a taxpayer, and how that moved."""

from datetime import datetime

import pytest

from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import Scope
from queries.limits import Limits
from queries.organisation.moves import Change, responsibility_moves
from queries.organisation.portfolio import portfolio
from queries.organisation.responsible import responsible
from queries.results import plain
from tests.support.small_graph import Draft, day
from tests.support.stores import written

DAY = day("2026-05-10")
CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")


def office() -> Draft:
    """Firm A in region grid g1 below institution grid g0 of bureau 11; Wang is chief of g1 and holds its post p1."""
    graph = Draft().firm("A", bureau="11", registered_on=day("2026-01-01")).firm("B", bureau="22")
    graph.node("Bureau", "11", name="County", level=4)
    graph.node("Grid", "g1", name="One", kind="region").node("Grid", "g0", name="All", kind="institution")
    graph.link("PART_OF", "Grid:g1", "Grid:g0").link("UNDER", "g1", "11").link("IN_GRID", "no:A", "g1")
    for officer in ("wang", "li", "zhao", "sun"):
        graph.node("Officer", officer, name=officer.title())
    graph.link("WORKS_IN", "wang", "g1", role="网格长").link("WORKS_IN", "sun", "g0", role="网格长")
    graph.node("Post", "p1", name="风险应对岗").link("POST_AT", "p1", "Grid:g1").link("HOLDS_POST", "wang", "p1")
    graph.node("Duty", "risk", name="风险应对").node("Duty", "old", name="旧职责", active_to=day("2026-02-01"))
    return graph.link("CARRIES", "p1", "risk").link("CARRIES", "p1", "old")


def delegated(graph: Draft, source: str, target: str, post: str | None = None) -> Draft:
    held = {"valid_from": day("2026-05-01"), "valid_to": day("2026-06-01")}
    return graph.link("DELEGATES_TO", source, target, post=post, **held)


def test_grids_above_answer_too_and_say_how_far_above(store: GraphStore) -> None:
    written(store, office().batch())
    found = [one for one in responsible(store, "A", on=DAY) if one.via == "grid"]
    assert [(one.officer, one.grid, one.grid_kind, one.level) for one in found] == [
        ("wang", "g1", "region", 0),
        ("sun", "g0", "institution", 1),
    ]
    assert [ground.relationship for ground in found[1].grounds] == ["IN_GRID", "PART_OF", "WORKS_IN"]


def test_who_holds_a_post_of_the_grid_answers_with_its_duties(store: GraphStore) -> None:
    written(store, office().batch())
    (post,) = [one for one in responsible(store, "A", on=DAY) if one.via == "post"]
    assert (post.officer, post.post, post.post_name, post.grid) == ("wang", "p1", "风险应对岗", "g1")
    assert [(duty.id, duty.name) for duty in post.duties] == [("risk", "风险应对")]
    early = [one for one in responsible(store, "A", on=day("2026-01-31")) if one.via == "post"]
    assert [duty.id for duty in early[0].duties] == ["old", "risk"]


def test_a_post_of_the_bureau_in_charge_answers_for_its_grids(store: GraphStore) -> None:
    graph = office().node("Post", "p9", name="审理岗", active_from=day("2026-03-01"))
    written(store, graph.link("POST_AT", "p9", "Bureau:11").link("HOLDS_POST", "zhao", "p9").batch())
    found = [(one.officer, one.bureau, str(one.from_)) for one in responsible(store, "A", on=DAY) if one.bureau]
    assert found == [("zhao", "11", "2026-03-01")]
    assert not [one for one in responsible(store, "A", on=day("2026-02-01")) if one.bureau]


def test_who_is_delegated_a_post_acts_for_its_holder_on_those_days(store: GraphStore) -> None:
    written(store, delegated(office(), "wang", "li", "p1").batch())
    (acting,) = [one for one in responsible(store, "A", on=DAY) if one.acting_for]
    assert (acting.officer, acting.officer_name, acting.acting_for, acting.via) == ("li", "Li", "wang", "post")
    assert (str(acting.from_), str(acting.to)) == ("2026-05-01", "2026-06-01")
    assert acting.grounds[-1].relationship == "DELEGATES_TO"
    assert not [one for one in responsible(store, "A", on=day("2026-06-01")) if one.acting_for]


def test_a_delegation_of_everything_is_followed_along_its_chain(store: GraphStore) -> None:
    written(store, delegated(delegated(office(), "wang", "li"), "li", "zhao").batch())
    acting = [one for one in responsible(store, "A", on=DAY) if one.acting_for]
    assert [(one.officer, one.via, one.acting_for) for one in acting] == [
        ("li", "grid", "wang"),
        ("zhao", "grid", "wang"),
        ("li", "post", "wang"),
        ("zhao", "post", "wang"),
    ]
    assert [ground.target for ground in acting[1].grounds if ground.relationship == "DELEGATES_TO"] == ["li", "zhao"]


def test_a_circle_of_delegations_is_reported(store: GraphStore) -> None:
    graph = delegated(delegated(office(), "wang", "li", "p1"), "li", "wang", "p1")
    written(store, graph.batch())
    found = {one.officer: one.circle for one in responsible(store, "A", on=DAY) if one.via == "post"}
    assert found == {"wang": (), "li": ("wang", "li", "wang")}


def test_an_officer_who_left_answers_for_nothing(store: GraphStore) -> None:
    graph = office().node("Officer", "qian", active_to=day("2026-04-01")).link("WORKS_IN", "qian", "g1", role="c")
    written(store, graph.batch())
    before, after = (responsible(store, "A", on=day(text)) for text in ("2026-03-31", "2026-04-01"))
    assert ("qian" in {one.officer for one in before}, "qian" in {one.officer for one in after}) == (True, False)


def test_a_task_that_nobody_is_assigned_to_falls_to_the_grid_that_holds_it(store: GraphStore) -> None:
    graph = office().node("Task", "t", opened_at=datetime(2026, 5, 1, 9), status="in_work")  # noqa: DTZ001
    graph.link("CONCERNS", "t", "no:A").link("HELD_BY", "t", "g0")
    graph.link("ASSIGNED_TO", "t", "li", valid_from=day("2026-05-10"))
    written(store, graph.batch())
    by_task = {
        text: [(one.officer, one.grid) for one in responsible(store, "A", on=day(text)) if one.via == "task"]
        for text in ("2026-05-09", "2026-05-10")
    }
    assert by_task == {"2026-05-09": [("sun", "g0")], "2026-05-10": [("li", None)]}


def why(change: Change) -> tuple[str, str, str, list[str]]:
    return (str(change.on), change.kind, change.officer, [ground.relationship for ground in change.because])


def test_every_move_of_responsibility_names_what_began_or_ended(store: GraphStore) -> None:
    graph = office().node("Officer", "wu", name="Wu")
    graph.node("Grid", "g2", name="Two", kind="region").link("WORKS_IN", "wu", "g2", role="网格长")
    graph.node("Officer", "he", active_from=day("2026-03-01")).link("WORKS_IN", "he", "g1", role="网格员")
    written(store, delegated(graph, "wang", "li", "p1").batch("b1"))
    moved = Draft().link("IN_GRID", "no:A", "g1", valid_to=day("2026-05-20"))
    store.write(moved.link("IN_GRID", "no:A", "g2", valid_from=day("2026-05-25")).batch("b2"))
    moves = responsibility_moves(store, "A")
    assert [why(change) for change in moves.changes] == [
        ("2026-03-01", "began", "he", ["ACTIVE"]),
        ("2026-05-01", "began", "li", ["DELEGATES_TO"]),
        ("2026-05-20", "ended", "he", ["IN_GRID"]),
        ("2026-05-20", "ended", "wang", ["IN_GRID"]),
        ("2026-05-20", "ended", "sun", ["IN_GRID"]),
        ("2026-05-20", "ended", "li", ["IN_GRID"]),
        ("2026-05-20", "ended", "wang", ["IN_GRID"]),
        ("2026-05-25", "began", "wu", ["IN_GRID"]),
    ]
    assert plain(moves.nobody) == [{"from": "2026-05-20", "to": "2026-05-25"}]
    cut = responsibility_moves(store, "A", limits=Limits(rows=2))
    assert plain(cut)["cut"] == [
        {"part": "lines", "limit": "rows", "dropped": 4},
        {"part": "changes", "limit": "rows", "dropped": 6},
    ]


def test_renewed_postings_are_one_responsibility(store: GraphStore) -> None:
    graph = Draft().link("WORKS_IN", "li", "g1", role="网格员", valid_to=day("2026-03-01"))
    written(store, office().batch("b1"), graph.batch("b2"))
    again = Draft().firm("C").link("IN_GRID", "no:C", "g1", role="x", valid_to=day("2026-03-01"))
    store.write(again.link("IN_GRID", "no:C", "g1", role="y", valid_from=day("2026-03-01")).batch("b3"))
    (wang,) = [one for one in responsibility_moves(store, "C").lines if one.officer == "wang" and one.via == "grid"]
    assert (wang.from_, wang.to) == (None, None)


def test_moves_are_told_as_they_were_known_and_to_whom_may_see_them(store: GraphStore) -> None:
    first = store.write(office().batch("b1"))
    store.write(Draft().link("WORKS_IN", "li", "g1", role="网格员").batch("b2"))
    known = responsibility_moves(store, "A", recorded=first.committed_at)
    assert {one.officer for one in known.lines} == {"wang", "sun"}
    assert {one.officer for one in responsibility_moves(store, "A", scope=CITY).lines} == {"wang", "sun", "li"}
    with pytest.raises(NotFoundError):
        responsibility_moves(store, "B", scope=CITY)


def test_a_portfolio_names_posts_delegations_and_load(store: GraphStore) -> None:
    graph = delegated(delegated(office(), "wang", "li", "p1"), "sun", "wang")
    graph.node("Task", "t1", status="in_work", due_on=day("2026-05-01"), opened_at=datetime(2026, 4, 1))  # noqa: DTZ001
    graph.node("Task", "t2", status="in_work").link("ASSIGNED_TO", "t1", "wang").link("ASSIGNED_TO", "t2", "sun")
    written(store, graph.link("CONCERNS", "t1", "no:A").link("CONCERNS", "t2", "no:A").batch())
    found = portfolio(store, "wang", on=DAY)
    (post,) = found.posts
    assert (post.id, post.name, post.grids, post.bureaus) == ("p1", "风险应对岗", ("g1",), ())
    assert [duty.id for duty in post.duties if duty.to is None] == ["risk"]
    assert [(each.officer, each.officer_name, each.post) for each in found.delegates_to] == [("li", "Li", "p1")]
    assert [(each.officer, each.post) for each in found.acts_for] == [("sun", None)]
    assert (found.load.open, found.load.late, found.load.acting) == (1, 1, 1)
    later = portfolio(store, "wang", on=day("2026-06-01"))
    assert (later.acts_for, later.load.acting) == ((), 0)


def test_the_taxpayers_of_a_portfolio_come_in_pages(store: GraphStore) -> None:
    graph = office()
    for name in ("C", "D", "E"):
        graph.firm(name).link("IN_GRID", f"no:{name}", "g1")
    written(store, graph.batch())
    first = portfolio(store, "wang", on=DAY, limits=Limits(rows=2))
    second = portfolio(store, "wang", on=DAY, after="C", limits=Limits(rows=2))
    assert [[each.id for each in page.taxpayers] for page in (first, second)] == [["A", "C"], ["D", "E"]]
    assert (first.taxpayer_count, first.cut[0].dropped) == (4, 2)
    assert (second.taxpayer_count, second.cut) == (4, ())
