"""What raising a finding, or asking its receiving side, opened. Answers of `roots.tasks`."""

from __future__ import annotations

import strawberry

from api.gql.connections import node_of
from api.gql.context import Info
from api.gql.fields import field
from api.gql.types.links import LazyTask
from graph.store.questions import AsOf
from queries.raising.office import Raised


@strawberry.type(description="A task that was opened, or had been. 派发事项")
class RaisedTask:
    """With who got it and why."""

    task_key: str
    kind: str
    loop: str = strawberry.field(description="small, middle or large.")
    grid_key: str | None
    officer_key: str | None = strawberry.field(description="None where nobody qualifies, or a level hands it down.")
    why: str = strawberry.field(description="Why this officer.")
    parent_key: str | None
    merged_into: str | None = strawberry.field(description="The household was at work there already.")
    repeated: bool

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task as it stands now."""
        return await node_of(info.context, "Task", self.task_key, AsOf())


@strawberry.type(description="Tasks that one request opened. 派发结果")
class RaisedTasks:
    """Those in the asker's scope; of all others only that there are any."""

    tasks: list[RaisedTask]
    elsewhere: bool = strawberry.field(description="Whether a receiving side in another bureau is asked too.")


@strawberry.type(description="What raising issues of data quality opened. 数据质量派发结果")
class RaisedQuality:
    """Asked again, nothing is opened twice."""

    tasks: list[RaisedTask]
    reopened: list[str] = strawberry.field(description="Keys of tasks that are open again: their issues are back.")
    unplaced: int = strawberry.field(description="Issues for which there is no grid that could hold a task.")
    left: int = strawberry.field(description="Issues that the limit on tasks left for the next request.")


@strawberry.type(description="What a reconciliation changed. 数据核对结果")
class ReconciledQuality:
    """`batch`: the key of the batch that holds the difference; None where nothing changed."""

    new: int
    unchanged: int
    settled: int
    batch: str | None


def raised_task(one: Raised) -> RaisedTask:
    """One of them."""
    return RaisedTask(
        task_key=one.task,
        kind=one.kind,
        loop=one.loop,
        grid_key=one.grid,
        officer_key=one.officer,
        why=one.why,
        parent_key=one.parent,
        merged_into=one.merged_into,
        repeated=one.repeated,
    )
