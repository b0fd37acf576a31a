"""Gaps and overlaps of responsibility: what was planted in a generated country, of whom, for whom, and what was cut."""

import csv
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from graph.errors import NotFoundError, QueryError
from graph.store.port import GraphStore
from graph.store.questions import Scope
from loaders import LoadOptions
from loaders.run import load
from loaders.synthetic import generate
from queries.limits import Limits
from queries.organisation.gaps import responsibility_gaps
from queries.organisation.overlaps import responsibility_overlaps
from queries.results import plain
from tests.support.batches import KEY
from tests.support.small_graph import Draft, day
from tests.support.stores import written

CITY = Scope(label="city", bureaus=frozenset({"11"}), secret=b"s")
CHIEF = "网格长"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_gaps_of_a_generated_country_are_those_that_were_planted(store: GraphStore, tmp_path: Path) -> None:
    folder = tmp_path / "country"
    generate(folder, taxpayers=400, invoices=400, days=120, seed=3, planted=0)
    load(store, "auto", [folder], options=LoadOptions(hmac_key=KEY))
    numbers = {row["id"]: row["tax_number"] for row in store.select("Taxpayer").table.to_pylist()}
    found = responsibility_gaps(store)
    never = {numbers[each.subject] for each in found.gaps if each.kind == "taxpayer_never_in_grid"}
    planted = {
        (each.kind, numbers.get(each.subject, each.subject), str(each.from_), str(each.to), str(each.days))
        for each in found.gaps
        if each.kind != "taxpayer_never_in_grid"
    }
    assert planted == {tuple(row.values()) for row in rows_of(folder / "truth" / "gaps.csv")}
    # Second registrations that stay taxpayers of their own: no grid knows them.
    second = {row["second_serial"] for row in rows_of(folder / "truth" / "duplicates.csv")}
    register = store.select("Registration").table.to_pylist()
    assert {row["source_id"] for row in register if row["tax_number"] in never} <= second
    assert found.totals["taxpayer_without_grid"] > 0
    assert not any(responsibility_overlaps(store).totals.values())


def office() -> Draft:
    """Firm A of city 11 in no grid since March, B of city 22 in two; grid g1 has two chiefs in May and none in June."""
    graph = Draft().firm("A", bureau="11", registered_on=day("2026-01-01"))
    graph.firm("B", bureau="22", registered_on=day("2026-01-01")).node("Bureau", "1").node("Bureau", "11")
    graph.node("Bureau", "22").link("PART_OF", "Bureau:11", "Bureau:1").link("PART_OF", "Bureau:22", "Bureau:1")
    for grid, bureau in (("g1", "11"), ("g2", "22")):
        graph.node("Grid", grid, name=grid, kind="region").link("UNDER", grid, bureau, valid_from=day("2026-01-01"))
        graph.link("IN_GRID", "no:B", grid)
    graph.link("IN_GRID", "no:A", "g1", role="x", valid_to=day("2026-03-01"))
    for officer in ("li", "wang", "zhao"):
        graph.node("Officer", officer, active_to=day("2026-06-01"))
        graph.link("WORKS_IN", officer, "g2" if officer == "zhao" else "g1", role=CHIEF, valid_from=_since(officer))
    return graph


def _since(officer: str) -> date:
    return day("2026-05-01") if officer == "wang" else day("2026-01-01")


def test_gaps_are_of_everything_of_a_bureau_or_of_one_subject(store: GraphStore) -> None:
    written(store, office().batch())
    asked = partial(responsibility_gaps, store, kinds=("taxpayer_without_grid", "grid_without_chief"))
    whole = asked()
    assert [(each.kind, each.subject, str(each.from_), each.to) for each in whole.gaps] == [
        ("taxpayer_without_grid", "A", "2026-03-01", None),
        ("grid_without_chief", "g1", "2026-06-01", None),
        ("grid_without_chief", "g2", "2026-06-01", None),
    ]
    assert asked(bureau="1").gaps == whole.gaps
    assert [each.subject for each in asked(bureau="22").gaps] == ["g2"]
    assert [each.subject for each in responsibility_gaps(store, subject=("Taxpayer", "A")).gaps] == ["A"]
    early = asked(since=day("2026-03-05"), until=day("2026-04-01"))
    assert plain(early)["gaps"][0]["days"] == 27
    assert early.totals == {"taxpayer_without_grid": 1, "grid_without_chief": 0}
    cut = plain(asked(limits=Limits(rows=1)))
    assert (len(cut["gaps"]), cut["truncated"], cut["cut"][0]["dropped"]) == (1, True, 2)
    assert cut["totals"] == {"taxpayer_without_grid": 1, "grid_without_chief": 2}


def test_overlaps_name_those_who_share_what_is_one_persons(store: GraphStore) -> None:
    written(store, office().batch())
    found = responsibility_overlaps(store).overlaps
    assert [(each.kind, each.subject, each.members, str(each.from_), str(each.to)) for each in found] == [
        ("two_chiefs_of_a_grid", "g1", ("li", "wang"), "2026-05-01", "2026-06-01"),
        ("two_grids_of_a_kind", "B", ("g1", "g2"), "None", "None"),
    ]
    assert not responsibility_overlaps(store, subject=("Grid", "g2")).overlaps
    assert responsibility_overlaps(store, bureau="11").totals["two_grids_of_a_kind"] == 0


def test_what_is_out_of_scope_is_neither_listed_nor_counted(store: GraphStore) -> None:
    graph = office().link("IN_GRID", "no:B", "g2", role="late", valid_from=day("2026-02-01"))
    graph.firm("C", bureau="22", registered_on=day("2026-01-01"))
    written(store, graph.batch())
    ours = responsibility_gaps(store, scope=CITY)
    assert ours.totals["taxpayer_never_in_grid"] == 0
    assert responsibility_gaps(store).totals["taxpayer_never_in_grid"] == 1
    assert responsibility_overlaps(store, scope=CITY).totals["two_grids_of_a_kind"] == 0
    with pytest.raises(NotFoundError):
        responsibility_gaps(store, subject=("Taxpayer", "C"), scope=CITY)
    with pytest.raises(NotFoundError):
        responsibility_gaps(store, bureau="nowhere")


def test_a_step_done_by_nobody_or_by_one_who_had_left_is_a_gap(store: GraphStore) -> None:
    graph = office().node("Task", "t", opened_at=datetime(2026, 5, 1), status="in_work")  # noqa: DTZ001
    graph.link("CONCERNS", "t", "no:A").link("HELD_BY", "t", "g2")
    evening, morning = (datetime(2026, 5, 31, hour, tzinfo=UTC) for hour in (15, 17))  # the day ends at 16:00 UTC
    at = {"fine": evening, "late": morning, "nobody": datetime(2026, 5, 2, tzinfo=UTC)}
    for event, moment in at.items():
        graph.node("TaskEvent", event, task="t", at=moment, action=event).link("HAS_EVENT", "t", event)
        if event != "nobody":
            graph.link("DONE_BY", event, "zhao")
    written(store, graph.batch())
    found = responsibility_gaps(store, subject=("Task", "t"))
    assert [(each.kind, each.subject, str(each.from_), str(each.to)) for each in found.gaps] == [
        ("task_without_officer", "t", "2026-06-01", "None"),
        ("step_without_officer", "late", "2026-06-01", "2026-06-02"),
        ("step_without_officer", "nobody", "2026-05-02", "2026-05-03"),
    ]


def test_a_kind_that_there_is_not_is_refused(store: GraphStore) -> None:
    with pytest.raises(QueryError) as caught:
        responsibility_gaps(store, kinds=("taxpayer_without_grid", "nonsense"))
    assert caught.value.code == "query.kind"
    assert responsibility_gaps(store).totals == dict.fromkeys(responsibility_gaps(store).totals, 0)
    assert not responsibility_overlaps(store).overlaps
