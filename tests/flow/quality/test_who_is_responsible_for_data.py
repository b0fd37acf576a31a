"""Who gets the task about bad data: a duty for the source, else the grid, else the bureau; nobody is said to be so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from graph.store.port import GraphStore
from queries.detection.rules import PUBLIC
from queries.dispatch.rules import DispatchRules
from queries.dispatch.suggesting import NAME
from queries.quality.placing import NOBODY, Placed, placed
from queries.raising.office import Office
from queries.work.actions import SYSTEM_OFFICER
from queries.work.desk import act
from tests.support.bad_data import organisation
from tests.support.small_graph import Draft, day
from tests.support.stores import written

TODAY = date(2026, 6, 1)
Change = Callable[[Draft], Draft]


def duty(name: str, officer: str = "chief-1", place: str = "g1", until: str | None = None) -> Change:
    """An officer's post with one duty."""

    def change(draft: Draft) -> Draft:
        draft.node("Duty", f"duty {name}", name=name).node("Post", f"post {name}", name="post")
        draft.link("CARRIES", f"post {name}", f"duty {name}")
        draft.link("POST_AT", f"post {name}", f"Grid:{place}")
        return draft.link("HOLDS_POST", officer, f"post {name}", valid_to=day(until) if until else None)

    return change


def who(store: GraphStore, firm: str | None, *changes: Change) -> Placed:
    """For data of `registry`: A stands in g1, N in g2 where nobody works, M in g3 of an empty bureau, X nowhere."""
    draft = organisation().firm("X").node("Bureau", "12", level=4).node("Grid", "g3").link("UNDER", "g3", "12")
    for firm_id, grid in (("A", "g1"), ("N", "g2"), ("M", "g3")):
        draft.firm(firm_id).link("IN_GRID", f"no:{firm_id}", grid, role="x")
    for change in changes:
        draft = change(draft)
    written(store, draft.batch())
    force = PUBLIC.in_force(NAME, DispatchRules, TODAY)
    office = Office(store, TODAY, lambda asked: act(store, asked, officer=SYSTEM_OFFICER), force, "x")
    return placed(office, "registry", firm)


CASES = {
    "by grid and expertise": ("A", (), "clerk-1", "g1"),
    "a duty before expertise": ("A", (duty("数据质量"),), "chief-1", "g1"),
    "the duty for the source first": (
        "A",
        (duty("数据质量"), duty("数据质量 registry", "chief-0", "g0")),
        "chief-0",
        "g0",
    ),
    "another duty": ("A", (duty("征收管理"),), "clerk-1", "g1"),
    "a duty that ended": ("A", (duty("数据质量", until="2026-06-01"),), "clerk-1", "g1"),
    "nobody in the grid": ("N", (), "chief-0", "g0"),
    "nobody in the bureau either": ("M", (), None, "g3"),
    "in no grid": ("X", (), "chief-0", "g0"),
    "about no taxpayer": (None, (), "chief-0", "g0"),
    "about no taxpayer, with a duty": (None, (duty("数据治理"),), "chief-1", "g1"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_nearest_duty_then_the_grid_then_the_bureau(store: GraphStore, name: str) -> None:
    firm, changes, officer, grid = CASES[name]
    found = who(store, firm, *changes)
    assert (found.officer, found.grid) == (officer, grid)
    assert (found.why == NOBODY) is (officer is None)
