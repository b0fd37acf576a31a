"""Answers about work: who was responsible, what was done, is the loop closed, what does an officer look after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import strawberry

from api.gql.connections import Asked, Connection, list_page, mapped, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.scalars import CivilTime
from api.gql.types.answers import Answer, DatedHolder, PartyCard, cuts, dated_holders, party_card
from api.gql.types.links import LazyGrid, LazyOfficer, LazyTask
from api.gql.types.pinned import pinned
from graph.store.questions import AsOf
from queries.lineage import TaskEntry, TaskHistory
from queries.loops import LoopTask, OpenWork, TaskLoop
from queries.organisation.facts import Ground
from queries.organisation.lines import HeldDuty, Responsible
from queries.organisation.portfolio import Delegation, HeldPost, Portfolio
from queries.results import PartyRef
from queries.trail.handovers import Handover, Handovers


@strawberry.type(description="A dated fact that a responsibility rests on. 责任依据")
class GroundFact:
    """`relationship`: of the vocabulary, or ACTIVE for the days on which an officer or a post itself is there."""

    relationship: str
    source: str = strawberry.field(description="Public id.")
    target: str = strawberry.field(description="Public id.")
    role: str | None
    from_: date | None = strawberry.field(name="from")
    to: date | None


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
    level: int | None = strawberry.field(description="Grids above the taxpayer's own: 0 its own; null by task.")
    grid_kind: str | None = strawberry.field(description="institution, region or group.")
    bureau_key: str | None = strawberry.field(description="Where the post stands, unless in a grid.")
    post_key: str | None
    post_name: str | None
    duties: list[DatedHolder] = strawberry.field(description="What the post carries, dated.")
    acting_for: str | None = strawberry.field(description="Key of the officer who delegated it.")
    circle: list[str] = strawberry.field(description="Officers who delegate it to one another in a circle.")
    grounds: list[GroundFact] = strawberry.field(description="The facts behind it, delegations last.")
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
    note_digest: str | None
    as_of: strawberry.Private[AsOf]
    told: strawberry.Private[str | None]

    @field
    async def visible(self, info: Info) -> str | None:
        """What was visible then; findings out of scope are left out."""
        return await pinned(info.context, self.told, self.as_of)


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


@strawberry.type(name="Handover", description="From the officer who acted last to the next who did. 交接")
class HandoverStep:
    """`since`: the giver's last event; `at`: the taker's first, in order of instants."""

    giver_key: str
    giver_name: str | None
    taker_key: str
    taker_name: str | None
    since: datetime | None
    at: datetime | None
    offset_minutes: int | None
    after_seconds: int | None
    action: str | None
    event_key: str


@strawberry.type(name="Handovers", description="Who handed a task over to whom, when, after how long. 交接记录")
class HandoverAnswer(Answer):
    """Ordered by instant, then position."""

    task_key: str
    handovers: list[HandoverStep]


@strawberry.type(name="LoopTask", description="A task of a loop, and who holds it. 闭环事项")
class LoopMember:
    """`depth` counts from the first task of the loop."""

    key: str
    title: str | None
    status: str | None
    opened_at: CivilTime | None
    closed_at: CivilTime | None
    depth: int
    parent: str | None = strawberry.field(description="Key of the task above it in the tree.")
    officers: list[DatedHolder]
    grids: list[DatedHolder]
    as_of: strawberry.Private[AsOf]

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task."""
        return await node_of(info.context, "Task", self.key, self.as_of)


@strawberry.type(name="LoopLink", description="A link between two tasks of one loop. 派生、反馈与并入")
class LoopEdge:
    """Between keys of tasks."""

    kind: str = strawberry.field(
        description="SPAWNED: source opened target. ANSWERS: source answers target. MERGED_INTO: source is part of it."
    )
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


@strawberry.type(description="A post that an officer holds. 任岗")
class PortfolioPost:
    """Keys of the grids and bureaus where it stands."""

    key: str
    name: str | None
    grids: list[str]
    bureaus: list[str]
    from_: date | None = strawberry.field(name="from")
    to: date | None
    duties: list[DatedHolder]


@strawberry.type(name="Portfolio", description="What an officer looks after on a day. 管户")
class PortfolioAnswer(Answer):
    """Counts are of what is in scope, and never cut."""

    officer_key: str
    officer_name: str | None
    on: date | None
    grids: list[DatedHolder]
    taxpayer_count: int
    open_task_keys: list[str]
    posts: list[PortfolioPost] = strawberry.field(description="Posts held, dated, with their duties.")
    delegates_to: list[DatedHolder] = strawberry.field(description="Who acts for the officer; role: the post, or all.")
    acts_for: list[DatedHolder] = strawberry.field(description="For whom the officer acts; role: the post, or all.")
    open_count: int = strawberry.field(description="Open tasks.")
    late_count: int = strawberry.field(description="Open tasks past their due day.")
    acting_count: int = strawberry.field(description="Open tasks of officers who delegate everything to this one.")
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
        level=found.level,
        grid_kind=found.grid_kind,
        bureau_key=found.bureau,
        post_key=found.post,
        post_name=found.post_name,
        duties=held_duties(found.duties),
        acting_for=found.acting_for,
        circle=list(found.circle),
        grounds=ground_facts(found.grounds),
        as_of=as_of,
    )


def held_duties(found: Iterable[HeldDuty]) -> list[DatedHolder]:
    """Duties of an answer."""
    return [DatedHolder(key=one.id, name=one.name, role=None, from_=one.from_, to=one.to) for one in found]


def ground_facts(found: Iterable[Ground]) -> list[GroundFact]:
    """Grounds of an answer."""
    return [
        GroundFact(
            relationship=one.relationship,
            source=one.source,
            target=one.target,
            role=one.role,
            from_=one.from_,
            to=one.to,
        )
        for one in found
    ]


def task_story(context: RequestContext, found: TaskHistory, as_of: AsOf) -> TaskStory:
    """A history as an answer."""
    context.saw("Task", found.task.id)
    entries = [_entry(entry, as_of) for entry in found.entries]
    return TaskStory(cut=cuts(found.cut), task_key=found.task.id, entries=entries, as_of=as_of)


def _entry(found: TaskEntry, as_of: AsOf) -> HistoryEntry:
    values = {name: getattr(found, name) for name in TaskEntry.__slots__ if name not in {"id", "officer", "visible"}}
    return HistoryEntry(key=found.id, officer_key=found.officer, told=found.visible, as_of=as_of, **values)


def handover_answer(context: RequestContext, found: Handovers) -> HandoverAnswer:
    """Hand-overs as an answer."""
    context.saw("Task", found.task)
    return HandoverAnswer(
        cut=cuts(found.cut), task_key=found.task, handovers=[_handover(each) for each in found.handovers]
    )


def _handover(found: Handover) -> HandoverStep:
    plain = ("giver_name", "taker_name", "since", "at", "offset_minutes", "after_seconds", "action")
    keys = {f"{name}_key": getattr(found, name) for name in ("giver", "taker", "event")}
    return HandoverStep(**keys, **{name: getattr(found, name) for name in plain})


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
        parent=found.parent,
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
        posts=[_post(post) for post in found.posts],
        delegates_to=[_delegation(one) for one in found.delegates_to],
        acts_for=[_delegation(one) for one in found.acts_for],
        open_count=found.load.open,
        late_count=found.load.late,
        acting_count=found.load.acting,
        found=found.taxpayers,
        as_of=as_of,
    )


def _post(found: HeldPost) -> PortfolioPost:
    return PortfolioPost(
        key=found.id,
        name=found.name,
        grids=list(found.grids),
        bureaus=list(found.bureaus),
        from_=found.from_,
        to=found.to,
        duties=held_duties(found.duties),
    )


def _delegation(found: Delegation) -> DatedHolder:
    return DatedHolder(key=found.officer, name=found.officer_name, role=found.post, from_=found.from_, to=found.to)


def _civil(moment: datetime | None) -> CivilTime | None:
    return CivilTime(moment) if moment else None
