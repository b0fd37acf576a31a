"""A desk that keeps pages of tasks between groups does what one does that reads each task anew for each action."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from graph.errors import TaxgraphError
from graph.store.port import GraphStore
from queries.work.actions import Action, Done, NewTask
from queries.work.desk import Desk, act
from queries.work.preparing import Asked
from tests.support.offices import CHIEF, CLERK, SECOND, office
from tests.support.small_graph import Draft, day
from tests.support.stores import beside, written

OFFICERS = (CHIEF, CLERK, SECOND)
ACTIONS = (
    "note",
    "note",
    "note",
    "accept",
    "start",
    "wait",
    "submit",
    "return",
    "assign",
    "assign",
    "dispatch",
    "decline",
)
BY_CHIEF = frozenset({"return", "assign", "dispatch"})
TASKS, TURNS = 2, 56
Turn = tuple[Asked, str]


def turns(count: int) -> list[Turn]:
    """Actions as they come, allowed or not, some of them twice; `seen` is not looked at."""
    drawn = random.Random(7)  # noqa: S311 - the same turns each time
    made: list[Turn] = [
        (NewTask("inquiry", f"Task {n}", taxpayers=("A",), officer=CLERK, once=str(n)), CHIEF) for n in range(TASKS)
    ]
    for number in range(count):
        told: dict[str, Any] = {"reason": "why", "evidence": ("report:1",), "note": f"note {number}"}
        if (action := drawn.choice(ACTIONS)) in {"assign", "dispatch"}:
            told["assign_to"] = drawn.choice((CLERK, SECOND))
        officer = CHIEF if action in BY_CHIEF else drawn.choice(OFFICERS)
        made.append((Action(str(drawn.randrange(TASKS)), action, once=str(number), **told), officer))
        if number % 9 == 0:
            made.append(made[-1])
    return made


def clock() -> Callable[[], datetime]:
    """One that stands still, whoever asks how often: order is told by the chain."""
    now = datetime(2026, 5, 4, 2, tzinfo=UTC)
    return lambda: now


def others(store: GraphStore, place: int) -> None:
    """What others do meanwhile in one of the tasks: load an event, rename it, take that back, give it to another."""
    task = min(map(str, store.export("Task")["id"].to_pylist()), default="")
    if place == 30:
        at = datetime(2026, 5, 3, tzinfo=UTC)
        draft = Draft().node("TaskEvent", "loaded", task=task, action="noted", at=at, position=9)
        store.write(draft.link("HAS_EVENT", f"Task:{task}", "TaskEvent:loaded").batch("loaded"))
    if place == 40:
        store.write(Draft().node("Task", task, kind="inquiry", title="Renamed", status="waiting").batch("renamed"))
    if place == 46:
        store.withdraw("renamed", with_later=True)
    if place == 50:
        given = Draft().link("ASSIGNED_TO", f"Task:{task}", SECOND, role="handler", valid_from=day("2026-05-01"))
        store.write(given.batch("given"))


def played(store: GraphStore, do: Callable[[Asked, str], Done]) -> list[object]:
    """Every turn, with what others do between; how each ended."""
    outcomes, tasks = list[object](), list[str]()
    for place, (asked, officer) in enumerate(turns(TURNS)):
        others(store, place)
        meant = replace(asked, task=tasks[int(asked.task)]) if isinstance(asked, Action) else asked
        try:
            done = do(meant, officer)
        except TaxgraphError as error:
            outcomes.append((error.code, dict(error.facts)))
            continue
        outcomes.append(done)
        if isinstance(asked, NewTask):
            tasks.append(done.task)
    return outcomes


def left(store: GraphStore) -> dict[str, object]:
    """What it left: rows of every type that actions write, and what each batch builds on."""
    found: dict[str, object] = {"ledger": [(line.number, line.state, line.header.built_on) for line in store.batches()]}
    for name in ("Task", "TaskEvent", "ASSIGNED_TO", "HELD_BY", "HAS_EVENT", "DONE_BY"):
        found[name] = sorted(map(repr, store.export(name).to_pylist()))
    return found


def test_kept_pages_change_nothing_whatever_others_do_meanwhile(store: GraphStore) -> None:
    desk = Desk(written(store, office().batch()), clock=clock())
    kept = played(store, lambda asked, officer: desk.act(asked, officer=officer))
    desk.close()
    with beside() as reference:
        written(reference, office().batch())
        anew = played(reference, lambda asked, officer: act(reference, asked, officer=officer, clock=clock()))
        assert kept == anew
        assert left(store) == left(reference)
    codes = {outcome[0] for outcome in kept if isinstance(outcome, tuple)}
    assert {"work.transition", "work.actor"} <= codes
