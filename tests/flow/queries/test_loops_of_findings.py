"""A finding becomes work on both stores: the issuing side, counterparties over all levels, answers, and the close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from graph.civil import civil_today
from graph.errors import QueryError, WorkError
from graph.store.port import GraphStore
from graph.store.questions import AsOf
from queries.findings.deciding import Decision, decide
from queries.loops import task_loop
from queries.opened import evidence_paths, open_tasks
from queries.raising.closing import closed_loop
from queries.raising.office import Raised
from queries.raising.opening import ask_receivers, raise_finding
from queries.work.actions import SYSTEM_OFFICER, Action, Done
from queries.work.desk import act
from queries.work.preparing import Asked
from tests.support.small_graph import Draft, day
from tests.support.stores import written

TODAY = date(2026, 4, 1)


def bureaus(graph: Draft) -> Draft:
    """Province p1 with city c1, counties a and b; province p2 with city c2, county z. Every county has a grid."""
    places = {
        "p1": ("top", 2),
        "c1": ("p1", 3),
        "a": ("c1", 4),
        "b": ("c1", 4),
        "p2": ("top", 2),
        "c2": ("p2", 3),
        "z": ("c2", 4),
    }
    graph.node("Bureau", "top", level=1)
    for bureau, (above, level) in places.items():
        graph.node("Bureau", bureau, level=level).link("PART_OF", f"Bureau:{bureau}", f"Bureau:{above}")
        graph.node("Grid", f"g-{bureau}", kind="institution").link("UNDER", f"g-{bureau}", bureau)
        for role, name in (("网格员", "clerk"), ("网格长", "chief")):
            officer = f"{name}-{bureau}"
            graph.node("Officer", officer, expertise="风险应对" if name == "clerk" else "")
            graph.link("WORKS_IN", officer, f"g-{bureau}", role=role)
    return graph


def country(*, state: str = "open", label: str | None = None, severity: str = "high") -> Draft:
    """S (county a) sold to B (county b), C (county a) and Z (other province); finding f rests on these invoices."""
    graph = bureaus(Draft())
    for firm, bureau in (("S", "a"), ("B", "b"), ("C", "a"), ("Z", "z")):
        graph.firm(firm, bureau=bureau).link(
            "IN_GRID", f"no:{firm}", f"g-{bureau}", role="x", valid_from=day("2020-01-01")
        )
    graph.node("Finding", "f", pattern="violent_false_issuing", severity=severity, state=state, label=label)
    for place, firm in enumerate("SBCZ"):
        graph.link("INVOLVES", "f", f"Party:no:{firm}", role="member", place=place)
    for number, buyer in enumerate("BCZ"):
        graph.invoice(str(number), seller="S", buyer=buyer, issued_at=datetime(2026, 3, 1), net_cents=100)  # noqa: DTZ001
        graph.link("EVIDENCE", "f", str(number), role="sold")
    return graph


@pytest.fixture
def do(store: GraphStore) -> Callable[[Asked], Done]:
    """The platform at the desk."""
    return lambda asked: act(store, asked, officer=SYSTEM_OFFICER)


def raised(store: GraphStore, do: Callable[[Asked], Done]) -> Raised:
    return raise_finding(store, "f", on=TODAY, act=do)


def test_a_finding_opens_one_task_about_the_issuing_side_and_nothing_twice(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    written(store, country().batch())
    first, again = raised(store, do), raised(store, do)
    assert (first.taxpayer, first.kind, first.officer, first.grid, first.loop) == (
        "S",
        "inquiry",
        "clerk-a",
        "g-a",
        "small",
    )
    assert (again.task, again.repeated, first.repeated) == (first.task, True, False)
    assert "least open work" in first.why


def test_a_confirmed_high_finding_opens_an_inspection_a_refuted_one_nothing(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    written(store, country().batch())
    decide(store, Decision("f", "confirmed", "seen"), who="x")
    assert raised(store, do).kind == "inspection"
    decide(store, Decision("f", "refuted", "seen again"), who="x")
    with pytest.raises(QueryError) as refused:
        raised(store, do)
    assert refused.value.code == "query.finding.gone"


def test_a_household_at_work_already_takes_the_new_item_in(store: GraphStore, do: Callable[[Asked], Done]) -> None:
    graph = country()
    graph.node("Finding", "f2", pattern="time_inversion", severity="abnormal", state="open")
    graph.link("INVOLVES", "f2", "Party:no:S", role="member", place=0)
    written(store, graph.batch())
    first = raised(store, do)
    second = raise_finding(store, "f2", on=TODAY, act=do)
    assert (second.merged_into, second.officer) == (first.task, None)
    assert store.fetch("Task", [second.task])["status"].to_pylist() == ["cancelled"]
    members = {one.task.id for one in task_loop(store, first.task).tasks}
    assert members == {first.task, second.task}
    present = AsOf(valid=civil_today())
    handled = open_tasks(store, ["clerk-a"], as_of=present)["clerk-a"]
    assert ("Finding", "f2") in evidence_paths(store, handled, officer="clerk-a", as_of=present)
    assert raise_finding(store, "f2", on=TODAY, act=do).task == second.task


def test_receivers_are_asked_once_it_is_confirmed_over_the_levels_of_another_province(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    written(store, country().batch())
    task = raised(store, do).task
    with pytest.raises(QueryError) as early:
        ask_receivers(store, task, on=TODAY, act=do)
    assert early.value.code == "query.loop.unconfirmed"
    decide(store, Decision("f", "confirmed", "seen"), who="x")
    made = ask_receivers(store, task, on=TODAY, act=do)
    told = {(one.taxpayer, one.grid): one for one in made}
    assert {(one.loop, one.officer) for one in made if one.taxpayer == "B"} == {("middle", "clerk-b")}
    assert {(one.loop, one.officer) for one in made if one.taxpayer == "C"} == {("small", "clerk-a")}
    chain = [one for one in made if one.taxpayer == "Z"]
    assert [one.grid for one in chain] == ["g-p2", "g-c2", "g-z"]
    assert [one.parent for one in chain] == [task, *(one.task for one in chain[:-1])]
    assert told["Z", "g-z"].officer == "clerk-z"
    assert [one.task for one in ask_receivers(store, task, on=TODAY, act=do)] == [one.task for one in made]
    loop = task_loop(store, task)
    assert {one.task.id for one in loop.tasks} == {task, *(one.task for one in made)}
    assert {each.task for each in loop.open} == {task, *(one.task for one in made)}


def test_a_task_closes_when_every_part_has_ended_and_every_answer_was_received(
    store: GraphStore, do: Callable[[Asked], Done]
) -> None:
    graph = country()
    written(store, graph.batch())
    task = raised(store, do).task
    decide(store, Decision("f", "confirmed", "seen"), who="x")
    made = ask_receivers(store, task, on=TODAY, act=do)
    through(store, task, "a", until="review")
    with pytest.raises(WorkError) as unfinished:
        close(store, task, "a")
    assert unfinished.value.code == "work.loop"
    assert made[0].task in str(unfinished.value.facts["tasks"])
    for one in made:
        bureau = str(one.grid).removeprefix("g-")
        if one.officer is None:
            act(store, Action(one.task, "dispatch", assign_to=f"clerk-{bureau}"), officer=f"chief-{bureau}")
    ended: set[str] = set()
    for one in made:
        finish(store, one, made, ended)
    with pytest.raises(WorkError) as unheard:
        close(store, task, "a")
    assert "confirmed" in str(unheard.value)
    for one in made:
        if one.parent == task:
            act(store, Action(task, "receive", evidence=(f"answer:{one.task}",)), officer="clerk-a")
    assert close(store, task, "a").state == "closed"
    assert task_loop(store, task).open == ()


def finish(store: GraphStore, one: Raised, made: tuple[Raised, ...], ended: set[str]) -> None:
    """Close a part after those below it."""
    if one.task in ended:
        return
    below = [each for each in made if each.parent == one.task]
    for each in below:
        finish(store, each, made, ended)
    bureau = str(one.grid).removeprefix("g-")
    through(store, one.task, bureau, until="review")
    for each in below:
        act(store, Action(one.task, "receive", evidence=(f"answer:{each.task}",)), officer=f"clerk-{bureau}")
    close(store, one.task, bureau)
    ended.add(one.task)


def through(store: GraphStore, task: str, bureau: str, *, until: str) -> None:
    """Everything up to the review; a high risk needs its signed notice."""
    clerk, chief = f"clerk-{bureau}", f"chief-{bureau}"
    for action in ("accept", "start"):
        act(store, Action(task, action), officer=clerk)
    act(store, Action(task, "submit", evidence=("signed_notice:N-1",)), officer=clerk)
    act(store, Action(task, until), officer=chief)


def close(store: GraphStore, task: str, bureau: str) -> Done:
    return act(store, Action(task, "close", outcome="补缴税款"), officer=f"chief-{bureau}", check=closed_loop)
