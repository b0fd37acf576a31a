"""Mutations of work: opening tasks, and acting in them as the officer whom the token names."""

from __future__ import annotations

from collections.abc import Callable

import strawberry

from api.access.principals import Right
from api.gql.context import Info, RequestContext
from api.gql.fields import mutation
from api.gql.types.tasks import NewTaskInput, TaskActionInput, TaskDone, task_done
from graph.errors import AccessError
from queries.work.preparing import Asked


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


def _at_the_desk(context: RequestContext, asked: Callable[[], Asked]) -> TaskDone:
    context.demand(Right.WORK)
    officer = context.principal.identity.officer
    if officer is None:
        raise AccessError(
            "Your token names no officer.",
            code="access.officer",
            next_step="Ask for a token of your own as an officer.",
        )
    seconds = context.deadline.remaining()
    return task_done(context, context.desk.act(asked(), officer=officer, scope=context.scope, seconds=seconds))
