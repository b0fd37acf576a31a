"""Internal control as a check of the desk: what it says about an action before that reaches the desk, and its alert.

A blocked or reminded step leaves an alert for the supervisor in a small batch of its own, whether the officer goes on
or not; the platform's own actions, and those that leave a task where it stands, are not asked about.
"""

from __future__ import annotations

from dataclasses import replace

from graph.store.port import GraphStore
from graph.store.questions import NOW, ROOT, AsOf
from queries.control.alerts import alert_changes
from queries.control.checking import Verdict, verdict
from queries.control.hits import Done
from queries.control.knowing import known_at
from queries.control.scanning import control_header
from queries.detection.rules import PUBLIC, RuleBook
from queries.reading import IN, OUT, related, rows, smallest_party
from queries.work.actions import Action
from queries.work.desk import Clock, utc_now
from queries.work.kinds import Kinds
from queries.work.people import Officer
from queries.work.preparing import Asked, Check
from queries.work.seeing import Now, Seen
from queries.work.standing import Standing, possible, standing

MOST_LEVELS = 8  # of grids above one another


def every(*checks: Check) -> Check:
    """All of them, in order; the first that refuses ends it."""

    def check(asked: Asked, officer: Officer, seen: Seen, now: Now) -> None:
        for each in checks:
            each(asked, officer, seen, now)

    return check


def controlled(kinds: Kinds, *, book: RuleBook = PUBLIC, clock: Clock = utc_now) -> Check:
    """The check of internal control.

    It raises AccessError `access.control.blocked` or `access.control.reminder`.
    """

    def check(asked: Asked, officer: Officer, _seen: Seen, now: Now) -> None:
        if not isinstance(asked, Action) or officer.own is None:
            return
        found = _leading(asked, officer.id, kinds, now)
        if found is None:
            return
        act = Done(found[1], clock(), now.day, officer.id, evidence=bool(asked.evidence))
        known = known_at(now.store, found[0], (officer.id,), as_of=NOW, once=now.once)
        said = verdict(act, known, asked.acknowledged, book)
        if said.notices:
            _keep(said, officer.id, kinds.chief_roles, now)
        said.demand()

    return check


def _leading(asked: Action, officer: str, kinds: Kinds, now: Now) -> tuple[Standing, str] | None:
    """The task and the state that the action would lead to; None where it leads nowhere, or will be refused.

    Most actions are notes: they are told by the task's kind alone, its events are not read.
    """
    steps = kinds.machine(*now.label(asked.task)).steps
    if all(step.target is None for step in steps if asked.action in {step.action, *step.known_as}):
        return None
    found = standing(now.store, asked.task, kinds)
    step = found.machine.step(asked.action, found.state.state)
    if step is None or step.target is None or asked.seen not in {None, found.state.sequence}:
        return None
    mine = [each for each in possible(found, officer, now=now, scope=ROOT, kinds=kinds) if each.mine]
    given = {item.partition(":")[0] for item in asked.evidence}
    fitting = [each for each in mine if each.action == step.action and given.issuperset(each.evidence)]
    return (found, step.target) if fitting else None


def _keep(said: Verdict, officer: str, roles: frozenset[str], now: Now) -> None:
    """Write its alerts: each attempt is one, since time is a part of what an alert is."""
    store, known = now.store, said.known
    alerts = said.alerts(_supervisor(officer, known.task, roles, now), smallest_party(store, known.taxpayers))
    header = replace(control_header(store, "step", officer), read=len(alerts), accepted=len(alerts))
    store.write(alert_changes({}, alerts, rules=()).batch(replace(header, by_type={"ControlAlert": len(alerts)})))


def _supervisor(officer: str, task: str, roles: frozenset[str], now: Now) -> str | None:
    """The chief of the officer's grid that day (of the one that holds the task, first), else one above."""
    store, as_of = now.store, AsOf(valid=now.day)
    own = _ends(store, "Officer", [officer], "WORKS_IN", as_of)
    held = _ends(store, "Task", [task], "HELD_BY", as_of)
    frontier = sorted(own, key=lambda grid: (grid not in held, grid)) or sorted(held)
    for _ in range(MOST_LEVELS):
        for grid in frontier:
            if chief := _chief(store, grid, officer, roles, as_of):
                return chief
        frontier = sorted(_ends(store, "Grid", frontier, "PART_OF", as_of))
    return None


def _ends(store: GraphStore, kind: str, keys: list[str], relationship: str, as_of: AsOf) -> set[str]:
    table = related(store, kind, keys, relationship, OUT, columns=(), as_of=as_of, scope=ROOT).table
    return {str(row["to_id"]) for row in rows(table) if row["to_type"] == "Grid"}


def _chief(store: GraphStore, grid: str, officer: str, roles: frozenset[str], as_of: AsOf) -> str | None:
    posted = rows(related(store, "Grid", [grid], "WORKS_IN", IN, columns=("role",), as_of=as_of, scope=ROOT).table)
    chiefs = {str(row["from_id"]) for row in posted if row["role"] in roles} - {officer}
    return min(chiefs, default=None)
