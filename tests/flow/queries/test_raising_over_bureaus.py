"""Who sees one side of a finding raises it, and learns nothing of the others; the bureau above both asks those."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.civil import civil_today
from graph.errors import NotFoundError
from graph.store.port import GraphStore
from graph.store.questions import AsOf, Scope
from queries.findings.deciding import Decision, decide
from queries.opened import evidence_paths, open_tasks
from queries.raising.office import Raised
from queries.raising.opening import ask_receivers, raise_finding
from queries.work.actions import SYSTEM_OFFICER, Done
from queries.work.desk import act
from queries.work.preparing import Asked
from tests.flow.queries.test_loops_of_findings import TODAY, country
from tests.support.stores import written

ISSUING, RECEIVING = Scope("a", frozenset({"a"}), b"secret"), Scope("b", frozenset({"b"}), b"secret")
WHO = "clerk-a"


@pytest.fixture
def do(store: GraphStore) -> Callable[[Asked], Done]:
    """The platform at the desk; S (county a) sold to C of its county, B of the next one, Z of another province."""
    graph = country().node("Grid", "g-top", kind="institution").link("UNDER", "g-top", "top")
    written(store, graph.batch())
    return lambda asked: act(store, asked, officer=SYSTEM_OFFICER)


def raised(store: GraphStore, do: Callable[[Asked], Done], scope: Scope = ISSUING) -> Raised:
    return raise_finding(store, "f", on=TODAY, act=do, who=WHO, scope=scope)


def test_the_issuing_side_raises_and_the_receiving_one_does_not_know_the_finding(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    made = raised(store, do)
    assert (made.taxpayer, made.officer) == ("S", "clerk-a")
    with pytest.raises(NotFoundError) as hidden:
        raised(store, do, RECEIVING)
    with pytest.raises(NotFoundError) as absent:
        raise_finding(store, "nothing", on=TODAY, act=do, who=WHO, scope=RECEIVING)
    assert (hidden.value.code, str(hidden.value)) == (absent.value.code, str(absent.value))


def test_who_raised_one_side_does_not_open_the_finding_to_themselves_but_another_handler_sees_it(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    raised(store, do)
    as_of = AsOf(valid=civil_today())
    tasks = open_tasks(store, [WHO], as_of=as_of)[WHO]
    own = evidence_paths(store, tasks, officer=WHO, as_of=as_of)
    assert {end for end in own if end[0] != "Party"} == {("Task", tasks[0]), ("Taxpayer", "S")}
    others = evidence_paths(store, tasks, officer="clerk-b", as_of=as_of)
    assert {("Finding", "f"), ("Taxpayer", "B"), ("Taxpayer", "Z")} <= others


def test_receivers_out_of_scope_are_asked_below_one_task_of_the_bureau_above_both_sides(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    task = raised(store, do).task
    decide(store, Decision("f", "confirmed", "seen"), who="x")
    made = ask_receivers(store, task, on=TODAY, act=do, who=WHO, scope=ISSUING)
    own = {one.task for one in made if one.parent == task}
    assert {(one.taxpayer, one.grid, one.loop) for one in made if one.taxpayer == "C"} == {("C", "g-a", "small")}
    chain = {one.task: one for one in made if one.taxpayer != "C"}
    above = [one for one in chain.values() if one.parent == task]
    assert [(one.kind, one.grid) for one in above] == [("relay", "g-top")]
    assert {(one.taxpayer, one.grid) for one in chain.values() if one.kind == "inquiry"} == {("B", "g-b"), ("Z", "g-z")}
    assert all(one.parent in {*chain, task} and one.loop == "large" for one in chain.values())
    seen = set(store.fetch("Task", [one.task for one in made], columns=(), scope=ISSUING)["id"].to_pylist())
    assert seen == own - {above[0].task}
    again = ask_receivers(store, task, on=TODAY, act=do, who=WHO, scope=ISSUING)
    assert [(one.task, one.repeated) for one in again] == [(one.task, True) for one in made]


def test_who_sees_the_whole_finding_asks_as_before(store: GraphStore, do: Callable[[Asked], Done]) -> None:
    task = raised(store, do).task
    decide(store, Decision("f", "confirmed", "seen"), who="x")
    province = Scope("all", frozenset({"a", "b", "z"}), b"secret")
    made = ask_receivers(store, task, on=TODAY, act=do, scope=province)
    assert [one.grid for one in made if one.taxpayer == "Z"] == ["g-p2", "g-c2", "g-z"]
    assert [(one.loop, one.parent) for one in made if one.taxpayer == "B"] == [("middle", task)]
