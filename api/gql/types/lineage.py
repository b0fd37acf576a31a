"""Answers about work: who was responsible, what was done, is the loop closed, what does an officer look after."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from api.gql.connections import Asked, Connection, list_page, mapped, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import CivilTime
from api.gql.types.answers import Answer, DatedHolder, PartyCard, cuts, dated_holders, party_card
from api.gql.types.links import LazyGrid, LazyOfficer, LazyTask
from graph.store.questions import AsOf
from queries.lineage import Portfolio, TaskEntry, TaskHistory
from queries.loops import LoopTask, OpenWork, TaskLoop
from queries.organisation.lines import Responsible
from queries.results import PartyRef


@strawberry.type(description="An officer who answered for a taxpayer on a day. 责任人")
class Responsibility:
    """`from` and `to`: the days on which taxpayer and officer share the grid, or of the assignment."""

    officer_key: str
    officer_name: str | None
    grid_key: str | None
    grid_name: str | None
    role: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None
    via: str = strawberry.field(description="grid, or task for an open task that is assigned to the officer.")
    task_key: str | None
    as_of: strawberry.Private[AsOf]

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """The officer."""
        return await node_of(info.context, "Officer", self.officer_key, self.as_of)

    @field
    async def grid(self, info: Info) -> LazyGrid | None:
        """The grid."""
        return await node_of(info.context, "Grid", self.grid_key, self.as_of)

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task, where it is by task."""
        return await node_of(info.context, "Task", self.task_key, self.as_of)


@strawberry.type(description="Something done in a task. 过程")
class HistoryEntry:
    """One event."""

    key: str
    position: int | None
    at: datetime | None
    offset_minutes: int | None
    action: str | None
    officer_key: str | None
    officer_name: str | None
    post: str | None
    attributes: str | None = strawberry.field(description="The source's own attributes, JSON text.")
    visible: str | None
    note_digest: str | None


@strawberry.type(name="TaskHistory", description="A task and everything done in it, in order. 事项全过程")
class TaskStory(Answer):
    """Ordered by instant, then position."""

    task_key: str
    entries: list[HistoryEntry]
    as_of: strawberry.Private[AsOf]

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task."""
        return await node_of(info.context, "Task", self.task_key, self.as_of)


@strawberry.type(name="LoopTask", description="A task of a loop, and who holds it. 闭环事项")
class LoopMember:
    """`depth` counts from the first task of the loop."""

    key: str
    title: str | None
    status: str | None
    opened_at: CivilTime | None
    closed_at: CivilTime | None
    depth: int
    officers: list[DatedHolder]
    grids: list[DatedHolder]
    as_of: strawberry.Private[AsOf]

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task."""
        return await node_of(info.context, "Task", self.key, self.as_of)


@strawberry.type(
    name="LoopLink", description="SPAWNED: source opened target. ANSWERS: source answers target. 派生与反馈"
)
class LoopEdge:
    """Between tasks of one loop."""

    kind: str
    source: str
    target: str


@strawberry.type(description="What keeps a loop open: which task, since when, with whom. 未闭环")
class OpenTask:
    """Keys of officers and grids that hold it now."""

    task: str
    since: CivilTime | None
    officers: list[str]
    grids: list[str]


@strawberry.type(name="TaskLoop", description="All tasks that opened or answer each other. 闭环")
class LoopAnswer(Answer):
    """Closed when nothing is open."""

    first: str = strawberry.field(description="Key of the first task.")
    tasks: list[LoopMember]
    links: list[LoopEdge]
    open: list[OpenTask]

    @field
    def closed(self) -> bool:
        """Whether every task of the loop is closed."""
        return not self.open


@strawberry.type(name="Portfolio", description="What an officer looks after on a day. 管户")
class PortfolioAnswer(Answer):
    """Counts are of what is in scope, and never cut."""

    officer_key: str
    officer_name: str | None
    on: date | None
    grids: list[DatedHolder]
    taxpayer_count: int
    open_task_keys: list[str]
    found: strawberry.Private[tuple[PartyRef, ...]]
    as_of: strawberry.Private[AsOf]

    @field
    def taxpayers(self, info: Info, *, first: int = 20, after: str | None = None) -> Connection[PartyCard]:
        """Taxpayers in the officer's grids, by key (管户清单)."""
        page = list_page(self.found, Asked(first, after), self.as_of)
        return mapped(page, lambda party: party_card(info.context, party, self.as_of))


def responsibility(found: Responsible, as_of: AsOf) -> Responsibility:
    """One responsibility as an answer."""
    return Responsibility(
        officer_key=found.officer,
        officer_name=found.officer_name,
        grid_key=found.grid,
        grid_name=found.grid_name,
        role=found.role,
        from_=found.from_,
        to=found.to,
        via=found.via,
        task_key=found.task,
        as_of=as_of,
    )


def task_story(context: RequestContext, found: TaskHistory, as_of: AsOf) -> TaskStory:
    """A history as an answer."""
    context.saw("Task", found.task.id)
    entries = [_entry(entry) for entry in found.entries]
    return TaskStory(cut=cuts(found.cut), task_key=found.task.id, entries=entries, as_of=as_of)


def _entry(found: TaskEntry) -> HistoryEntry:
    names = [name for name in TaskEntry.__slots__ if name not in {"id", "officer"}]
    return HistoryEntry(key=found.id, officer_key=found.officer, **{name: getattr(found, name) for name in names})


def loop_answer(context: RequestContext, found: TaskLoop, as_of: AsOf) -> LoopAnswer:
    """A loop as an answer."""
    for member in found.tasks:
        context.saw("Task", member.task.id)
    return LoopAnswer(
        cut=cuts(found.cut),
        first=found.first,
        tasks=[_member(member, as_of) for member in found.tasks],
        links=[LoopEdge(kind=link.kind, source=link.source, target=link.target) for link in found.links],
        open=[_open(work) for work in found.open],
    )


def _member(found: LoopTask, as_of: AsOf) -> LoopMember:
    return LoopMember(
        key=found.task.id,
        title=found.task.title,
        status=found.task.status,
        opened_at=_civil(found.task.opened_at),
        closed_at=_civil(found.task.closed_at),
        depth=found.depth,
        officers=dated_holders(found.officers),
        grids=dated_holders(found.grids),
        as_of=as_of,
    )


def _open(found: OpenWork) -> OpenTask:
    return OpenTask(task=found.task, since=_civil(found.since), officers=list(found.officers), grids=list(found.grids))


def portfolio_answer(found: Portfolio, as_of: AsOf) -> PortfolioAnswer:
    """A portfolio as an answer."""
    return PortfolioAnswer(
        cut=cuts(found.cut),
        officer_key=found.officer,
        officer_name=found.officer_name,
        on=found.on,
        grids=dated_holders(found.grids),
        taxpayer_count=found.taxpayer_count,
        open_task_keys=[task.id for task in found.open_tasks],
        found=found.taxpayers,
        as_of=as_of,
    )


def _civil(moment: datetime | None) -> CivilTime | None:
    return CivilTime(moment) if moment else None
