"""Work: `task-open`, `task-act`, `task-show`, `task-conformance`, `task-raise`, `task-ask`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from api.operations.context import OperationContext
from api.operations.findings import rule_book
from api.operations.naming import taxpayer_id
from api.operations.parsing import as_of, day
from api.operations.registry import Answer
from graph.civil import civil_today
from graph.errors import QueryError
from graph.settings import work_settings
from graph.store.questions import ROOT
from queries.control.at_the_desk import controlled, every
from queries.quality.closing import settled_issues
from queries.raising.closing import closed_loop
from queries.raising.opening import ask_receivers, raise_finding
from queries.results import plain
from queries.work.actions import SYSTEM_OFFICER, Action, Done, NewTask
from queries.work.catalogue import DEFAULT
from queries.work.configured import read_kinds
from queries.work.desk import act
from queries.work.kinds import Kinds
from queries.work.preparing import Asked, Check
from queries.work.seeing import Surroundings
from queries.work.services import service
from queries.work.standing import Standing, possible, standing

_SHOWN = ("id", "kind", "title", "status", "risk", "stage", "priority", "loop", "opened_at", "due_on", "closed_at")


def kinds_of_tasks() -> Kinds:
    """The deployment's kinds: those of TAXGRAPH_KINDS, else those of the platform."""
    place = work_settings().kinds
    return read_kinds(place) if place else DEFAULT


def checks_of_desk(kinds: Kinds) -> Check:
    """What is asked before an action reaches the desk: is its loop closed, are its data settled, what control says."""
    return every(closed_loop, settled_issues, controlled(kinds, book=rule_book()))


def open_task(context: OperationContext, *, officer: str, told: Mapping[str, Any]) -> Answer:
    """Open a task as an officer. `told`: fields of `NewTask`; taxpayers by whatever names them, days as ISO text."""
    taxpayers = [taxpayer_id(context.store, each) for each in told.get("taxpayers", ())]
    return _done(context, NewTask(**_values({**told, "taxpayers": taxpayers}, NewTask)), officer)


def act_on_task(context: OperationContext, *, officer: str, told: Mapping[str, Any]) -> Answer:
    """Do an action in a task as an officer. `told`: fields of `Action`, days as ISO text."""
    return _done(context, Action(**_values(told, Action)), officer)


def open_service(
    context: OperationContext,
    *,
    event: str,
    taxpayer: str,
    officer: str,
    risk: str | None = None,
    once: str | None = None,
) -> Answer:
    """Let the platform open the service that an event calls for; `officer` asks for it."""
    key = taxpayer_id(context.store, taxpayer)
    found = service(Surroundings(context.store).now(), event, key, risk=risk, once=once, asked_by=officer)
    because = {"en": found.because.en, "zh": found.because.zh}
    return {**_done(context, found.task, SYSTEM_OFFICER), "risk": found.task.risk, "because": because}


def _values(told: Mapping[str, Any], kind: type[Asked]) -> dict[str, Any]:
    known = {each.name for each in fields(kind)}
    if unknown := sorted(set(told) - known):
        raise QueryError(
            f"A task has no {unknown[0]}.",
            code="query.parameters",
            next_step="Use a command line of the same release as the server.",
        )
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return values | ({"due_on": day(told["due_on"], "--due")} if "due_on" in told else {})


def _done(context: OperationContext, asked: Asked, officer: str) -> Answer:
    kinds = kinds_of_tasks()
    done = act(context.store, asked, officer=officer, kinds=kinds, check=checks_of_desk(kinds))
    context.saw("Task", [done.task])
    return {"done": plain(done)}


def show_task(
    context: OperationContext, *, task: str, officer: str | None = None, recorded: str | None = None
) -> Answer:
    """A task, its events in order, and what may be done in it now, seen by an officer."""
    kinds = kinds_of_tasks()
    found = standing(context.store, task, kinds, as_of=as_of(None, recorded))
    context.saw("Task", [task])
    now = Surroundings(context.store).now()
    allowed = possible(found, officer, now=now, scope=ROOT, kinds=kinds) if recorded is None else ()
    return {**_told(found), "events": plain(found.events), "allowed": plain(allowed)}


def task_conformance(context: OperationContext, *, task: str, recorded: str | None = None) -> Answer:
    """Where a task's events differ from what its kind allows."""
    found = standing(context.store, task, kinds_of_tasks(), as_of=as_of(None, recorded))
    context.saw("Task", [task])
    return {**_told(found), "deviations": plain(found.deviations()), "events": len(found.events)}


def _told(found: Standing) -> Answer:
    row = {name: found.task[name] for name in _SHOWN}
    return {"task": plain(row), "state": found.state.state, "sequence": found.state.sequence}


def raise_task(context: OperationContext, *, finding: str, officer: str) -> Answer:
    """Open the task about a finding's issuing side; `officer` asks for it."""
    made = raise_finding(
        context.store, finding, on=civil_today(), act=platform_desk(context), who=officer, book=rule_book()
    )
    context.saw("Task", [made.task])
    context.saw("Taxpayer", [made.taxpayer])
    return {"raised": [plain(made)]}


def ask_for_answers(context: OperationContext, *, task: str, officer: str) -> Answer:
    """Open a task for each taxpayer that received what a confirmed finding of the task is about."""
    made = ask_receivers(
        context.store, task, on=civil_today(), act=platform_desk(context), who=officer, book=rule_book()
    )
    context.saw("Task", [each.task for each in made])
    context.saw("Taxpayer", (each.taxpayer for each in made))
    return {"raised": [plain(each) for each in made]}


def platform_desk(context: OperationContext) -> Callable[[Asked], Done]:
    """The desk, as the platform itself acts there."""
    kinds = kinds_of_tasks()
    return lambda asked: act(context.store, asked, officer=SYSTEM_OFFICER, kinds=kinds)
