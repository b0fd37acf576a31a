"""Builds an office for tests of work: grids with chiefs and clerks, firms, a finding; and looks at the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.store.port import GraphStore
from graph.trail.canonical import canonical, micros
from graph.trail.chain import link_hash
from queries.work.actions import Action, Done, NewTask
from queries.work.desk import act
from tests.support.small_graph import Draft, day

CHIEF, CLERK, SECOND, ABOVE, STRANGER = "chief-1", "clerk-1", "clerk-2", "chief-0", "clerk-9"


def office() -> Draft:
    """Grid g1 (chief-1, clerk-1, clerk-2) under g0 (chief-0) manages firm A; grid g9 (clerk-9) firm B; F is about A."""
    draft = Draft().node("Bureau", "11", name="City", level=3)
    for grid in ("g0", "g1", "g9"):
        draft.node("Grid", grid, name=f"Grid {grid}", kind="region").link("UNDER", grid, "11")
    draft.link("PART_OF", "Grid:g1", "Grid:g0")
    for officer, grid, role in (
        (CHIEF, "g1", "网格长"),
        (CLERK, "g1", "网格员"),
        (SECOND, "g1", "网格员"),
        (ABOVE, "g0", "网格长"),
        (STRANGER, "g9", "网格员"),
    ):
        draft.node("Officer", officer, name=f"Officer {officer}", expertise="VAT")
        draft.link("WORKS_IN", officer, grid, role=role, valid_from=day("2020-01-01"))
    draft.node("Officer", "gone", name="Officer gone", active_to=day("2021-01-01"))
    for firm, grid in (("A", "g1"), ("B", "g9")):
        draft.firm(firm, bureau="11").link("IN_GRID", f"no:{firm}", grid, role="region")
    draft.node("Finding", "F", pattern="ring_invoicing", severity="high", state="open", first_on=day("2026-01-01"))
    return draft.link("INVOLVES", "Finding:F", "Party:no:A", role="member")


def opened(store: GraphStore, *, officer: str | None = CLERK, by: str = CHIEF, **own: Any) -> str:
    """A task about firm A, given to an officer."""
    asked = NewTask(**{"kind": "inquiry", "title": "About A", "taxpayers": ("A",), "officer": officer} | own)
    return act(store, asked, officer=by).task


def step(store: GraphStore, task: str, officer: str, action: str, **told: Any) -> Done:
    """One action by an officer."""
    return act(store, Action(task, action, **told), officer=officer)


def in_hand(store: GraphStore, **own: Any) -> str:
    """A task that the clerk works on."""
    task = opened(store, **own)
    for action in ("accept", "start"):
        step(store, task, CLERK, action)
    return task


def events(store: GraphStore, task: str) -> list[dict[str, Any]]:
    """The visible events of a task, in order of recording, whole rows."""
    rows: list[dict[str, Any]] = store.export("TaskEvent").to_pylist()
    return sorted((row for row in rows if row["task"] == task), key=lambda row: row["sequence"] or 0)


def check_chain(rows: Sequence[Mapping[str, Any]]) -> None:
    """Each link follows the one before, by its own computation: sequence from 1, and every hash."""
    previous = ""
    for number, row in enumerate(rows, start=1):
        assert (row["sequence"], row["previous_hash"] or "") == (number, previous)
        assert row["hash"] == link_hash(previous, number, micros(row["recorded_at"]), canonical(row))
        previous = row["hash"]


def check_chains(store: GraphStore) -> dict[str, int]:
    """Every chain of the store holds; how many links each task has."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in store.export("TaskEvent").to_pylist():
        grouped.setdefault(row["task"], []).append(row)
    for rows in grouped.values():
        check_chain(sorted(rows, key=lambda row: row["sequence"]))
    return {task: len(rows) for task, rows in grouped.items()}
