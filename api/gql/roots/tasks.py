"""Mutations of work: opening tasks, and acting in them as the officer whom the token names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import strawberry

from api.access.principals import Right
from api.gql.context import Info, RequestContext
from api.gql.fields import mutation
from api.gql.ids import key_of
from api.gql.types.raised import RaisedTasks, raised_task
from api.gql.types.tasks import NewTaskInput, TaskActionInput, TaskDone, task_done
from api.operations.findings import rule_book
from graph.errors import AccessError
from queries.raising.office import Raised
from queries.raising.opening import ask_receivers, raise_finding
from queries.work.actions import SYSTEM_OFFICER, Done
from queries.work.preparing import Asked
from queries.work.services import service


@strawberry.type
class TaskMutations:
    """Every one passes the desk; a refusal says what is allowed now, and for whom."""

    @mutation
    def open_task(self, info: Info, *, input: NewTaskInput) -> TaskDone:  # noqa: A002 - the name of the argument
        """Open a task (发起事项)."""
        return _at_the_desk(info.context, input.asked)

    @mutation
    def act_on_task(self, info: Info, *, input: TaskActionInput) -> TaskDone:  # noqa: A002 - the name of the argument
        """Do an action in a task (办理事项)."""
        return _at_the_desk(info.context, input.asked)

    @mutation
    def raise_finding(self, info: Info, *, finding: strawberry.ID) -> RaisedTasks:
        """Open the task about a finding's issuing side; asked again, nothing is opened twice (疑点派发)."""
        context, officer = info.context, officer_of(info.context)
        made = raise_finding(
            context.store,
            key_of(finding, "Finding"),
            on=context.desk.now().day,
            act=platform_desk(context),
            who=officer,
            book=rule_book(),
            scope=context.scope,
        )
        return _raised(context, (made,))

    @mutation
    def ask_receivers(self, info: Info, *, task: strawberry.ID) -> RaisedTasks:
        """Ask everybody who received what a confirmed finding of the task is about, over the levels (协查派发)."""
        context, officer = info.context, officer_of(info.context)
        made = ask_receivers(
            context.store,
            key_of(task, "Task"),
            on=context.desk.now().day,
            act=platform_desk(context),
            who=officer,
            book=rule_book(),
            scope=context.scope,
        )
        return _raised(context, made)

    @mutation
    def open_service(
        self, info: Info, *, event: str, taxpayer: strawberry.ID, risk: str | None = None, once: str | None = None
    ) -> TaskDone:
        """Let the platform open the service that an event of a taxpayer calls for (服务事项).

        The risk label (low or high; by default that of its findings) chooses template and channel; the least loaded
        qualified officer gets it, and the first event says why.
        """
        context = info.context
        officer, key = officer_of(context), key_of(taxpayer, "Taxpayer")
        found = service(context.desk.now(), event, key, risk=risk, once=once, scope=context.scope, asked_by=officer)
        return _done(context, found.task, SYSTEM_OFFICER)


def officer_of(context: RequestContext) -> str:
    """Who works; AccessError `access.right`, `access.officer`."""
    context.demand(Right.WORK)
    officer = context.principal.identity.officer
    if officer is None:
        raise AccessError(
            "Your token names no officer.",
            code="access.officer",
            next_step="Ask for a token of your own as an officer.",
        )
    return officer


def platform_desk(context: RequestContext) -> Callable[[Asked], Done]:
    """The desk, as the platform itself acts there: tasks may stand in grids that the officer does not see."""
    return lambda asked: context.desk.act(asked, officer=SYSTEM_OFFICER, seconds=context.deadline.remaining())


def _raised(context: RequestContext, made: Sequence[Raised]) -> RaisedTasks:
    """What of it lies in the officer's scope; of all others only whether there are any."""
    keys = [each.task for each in made]
    seen = set(context.store.fetch("Task", keys, columns=(), scope=context.scope)["id"].to_pylist())
    shown = [each for each in made if each.task in seen]
    for each in shown:
        context.saw("Task", each.task)
    return RaisedTasks(tasks=[raised_task(each) for each in shown], elsewhere=len(made) > len(shown))


def _at_the_desk(context: RequestContext, asked: Callable[[], Asked]) -> TaskDone:
    officer = officer_of(context)
    return _done(context, asked(), officer)


def _done(context: RequestContext, asked: Asked, officer: str) -> TaskDone:
    seconds = context.deadline.remaining()
    return task_done(context, context.desk.act(asked, officer=officer, scope=context.scope, seconds=seconds))
