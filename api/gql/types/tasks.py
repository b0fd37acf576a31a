"""Where a task stands, what may be done in it, what a mutation left. Fields of tasks, and answers of `roots.tasks`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, datetime

import strawberry

from api.gql.connections import node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import key_of
from api.gql.loading import Related
from api.gql.types.links import LazyTask
from graph.store.questions import AsOf, Direction
from queries.work.actions import Action, Done, NewTask
from queries.work.conformance import Deviation
from queries.work.judging import Allowed
from queries.work.standing import Standing, possible, standing_of


@strawberry.type(description="An action that is possible in a task's state. 可办理动作")
class AllowedAction:
    """`mine`: whether the asker's officer may do it, four eyes kept."""

    action: str
    to: str = strawberry.field(description="The state that it leads to.")
    by: list[str] = strawberry.field(description="assigned, chief, member or system.")
    mine: bool
    needs: list[str] = strawberry.field(description="reason, evidence, officer or grid.")
    evidence: list[str] = strawberry.field(description="Kinds of evidence that are missing still.")
    other_than: list[str] = strawberry.field(description="Actions that another officer must have done (four eyes).")


@strawberry.type(description="Where an event differs from what its kind of task allows. 流程偏差")
class TaskDeviation:
    """A result, never a refusal."""

    event_key: str
    rule: str = strawberry.field(
        description="unknown_action, illegal_transition, skipped_step, missing_reason, missing_evidence, four_eyes or "
        "out_of_order."
    )
    action: str | None
    state: str = strawberry.field(description="Where the task stood; empty before its first event.")
    names: list[str] = strawberry.field(description="Steps, actions, kinds of evidence or the event it is about.")


@strawberry.type(description="What an action left. 办理结果")
class TaskDone:
    """A repeated request is answered with what the first one left."""

    event_key: str
    action: str
    state: str
    sequence: int = strawberry.field(description="Of the event in its task's chain: what a next action has seen.")
    at: datetime
    hash: str | None
    repeated: bool
    task_key: str

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task as it stands now."""
        return await node_of(info.context, "Task", self.task_key, AsOf())


@strawberry.input(description="An action in a task. 事项办理")
class TaskActionInput:
    """`seen`: refused by `store.changed` if something was done since."""

    task: strawberry.ID
    action: str = strawberry.field(description="As `allowedActions` names it.")
    seen: int = strawberry.field(description="`sequence` of the task as it was read; 0 where it has none.")
    reason: str | None = None
    evidence: list[str] = strawberry.field(default_factory=list, description="`kind` or `kind:reference` each.")
    note: str | None = strawberry.field(default=None, description="Outside the chain; its digest is inside.")
    assign_to: strawberry.ID | None = strawberry.field(default=None, description="Key of the officer who gets it.")
    grid: strawberry.ID | None = strawberry.field(default=None, description="Key of the grid that gets it.")
    outcome: str | None = None
    due_on: date | None = None
    once: str | None = strawberry.field(default=None, description="Key of this request: repeated, it is done once.")
    acknowledged: list[str] = strawberry.field(default_factory=list, description="Rules whose reminder was read.")

    def asked(self) -> Action:
        """As the desk takes it."""
        return Action(
            task=key_of(self.task, "Task"),
            action=self.action,
            seen=self.seen,
            reason=self.reason,
            evidence=tuple(self.evidence),
            note=self.note,
            assign_to=_key(self.assign_to, "Officer"),
            grid=_key(self.grid, "Grid"),
            outcome=self.outcome,
            due_on=self.due_on,
            once=self.once,
            acknowledged=tuple(self.acknowledged),
        )


@strawberry.input(description="A task to be opened. 发起事项")
class NewTaskInput:
    """About taxpayers, invoices or findings; spawned by another task, or in answer to it."""

    kind: str = strawberry.field(description="service, inquiry, inspection, confirmation, data_quality, review …")
    title: str
    reason: str | None = None
    stage: str | None = strawberry.field(default=None, description="before, during or after.")
    priority: str | None = None
    risk: str | None = strawberry.field(default=None, description="low or high.")
    loop: str | None = strawberry.field(default=None, description="small, middle or large.")
    due_on: date | None = strawberry.field(default=None, description="By default as its kind says.")
    taxpayers: list[strawberry.ID] = strawberry.field(default_factory=list)
    invoices: list[strawberry.ID] = strawberry.field(default_factory=list)
    findings: list[strawberry.ID] = strawberry.field(default_factory=list, description="What triggered it.")
    parent: strawberry.ID | None = strawberry.field(default=None, description="The task that spawns it.")
    answers: strawberry.ID | None = strawberry.field(default=None, description="The task that it answers.")
    grid: strawberry.ID | None = strawberry.field(default=None, description="Who handles it; by default the opener's.")
    officer: strawberry.ID | None = strawberry.field(default=None, description="To whom it is given at once.")
    note: str | None = None
    evidence: list[str] = strawberry.field(default_factory=list)
    once: str | None = strawberry.field(default=None, description="Key of this request: repeated, it is done once.")

    def asked(self) -> NewTask:
        """As the desk takes it."""
        return NewTask(
            kind=self.kind,
            title=self.title,
            reason=self.reason,
            stage=self.stage,
            priority=self.priority,
            risk=self.risk,
            loop=self.loop,
            due_on=self.due_on,
            taxpayers=_keys(self.taxpayers, "Taxpayer"),
            invoices=_keys(self.invoices, "Invoice"),
            findings=_keys(self.findings, "Finding"),
            parent=_key(self.parent, "Task"),
            answers=_key(self.answers, "Task"),
            grid=_key(self.grid, "Grid"),
            officer=_key(self.officer, "Officer"),
            note=self.note,
            evidence=tuple(self.evidence),
            once=self.once,
        )


def _key(given: strawberry.ID | None, type_name: str) -> str | None:
    return None if given is None else key_of(given, type_name)


def _keys(given: Iterable[strawberry.ID], type_name: str) -> tuple[str, ...]:
    return tuple(key_of(each, type_name) for each in given)


def task_done(context: RequestContext, done: Done) -> TaskDone:
    """A result as an answer; what was done is remembered for the access log."""
    context.did("Task", done.task)
    return TaskDone(
        event_key=done.event,
        action=done.action,
        state=done.state,
        sequence=done.sequence,
        at=done.at,
        hash=done.hash,
        repeated=done.repeated,
        task_key=done.task,
    )


async def task_standing(context: RequestContext, row: dict[str, object], as_of: AsOf) -> Standing:
    """Where a task stands; the events of all tasks of a page are read at once."""
    question = Related("Task", "HAS_EVENT", Direction.OUT, as_of, columns=())
    linked = await context.loaders.related(question, str(row["id"]))
    keys = [str(each["to_id"]) for each in linked.rows]
    events = await asyncio.gather(*(context.loaders.node("TaskEvent", key, as_of) for key in keys))
    return standing_of(row, [event for event in events if event is not None], context.desk.kinds)


def allowed_actions(context: RequestContext, found: Standing) -> list[AllowedAction]:
    """What the asker may do in a task now."""
    desk, officer = context.desk, context.principal.identity.officer
    now = desk.now()
    return [_allowed(each) for each in possible(found, officer, now=now, scope=context.scope, kinds=desk.kinds)]


def _allowed(each: Allowed) -> AllowedAction:
    return AllowedAction(
        action=each.action,
        to=each.to,
        by=list(each.by),
        mine=each.mine,
        needs=list(each.needs),
        evidence=list(each.evidence),
        other_than=list(each.other_than),
    )


def deviation(found: Deviation) -> TaskDeviation:
    """One as an answer."""
    return TaskDeviation(
        event_key=found.event, rule=found.rule, action=found.action, state=found.state, names=list(found.names)
    )
