"""Tasks and what was done in them."""

from __future__ import annotations

from datetime import date, datetime

from api.gql.building import Node, shown
from api.gql.connections import (
    IN,
    OUT,
    Asked,
    Connection,
    node_of,
    related_links,
    related_nodes,
    related_of_type,
)
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.scalars import CivilTime
from api.gql.types.links import (
    LazyAssignment,
    LazyFinding,
    LazyGrid,
    LazyInvoice,
    LazyOfficer,
    LazyQualityIssue,
    LazyTaxpayer,
)
from api.gql.types.pinned import pinned
from api.gql.types.relations import Assignment
from api.gql.types.tasks import AllowedAction, TaskDeviation, allowed_actions, deviation, task_standing
from graph.store.questions import Order
from graph.store.scoping import Hop
from queries.work.standing import Standing

BY_TIME = (Order("far.at"), Order("far.position"))


@shown
class TaskEvent(Node):
    """Ordered by instant, then position."""

    position: int | None
    action: str | None
    at: datetime | None
    offset_minutes: int | None
    post: str | None
    acting_for: str | None
    status: str | None
    reason: str | None
    evidence: str | None
    attributes: str | None
    note: str | None
    note_digest: str | None
    sequence: int | None
    recorded_at: datetime | None
    previous_hash: str | None
    hash: str | None

    @field
    async def visible(self, info: Info) -> str | None:
        """Findings, risk label, snapshot that were visible then, JSON; without findings out of scope (当时可见信息)."""
        return await pinned(info.context, self.origin.row["visible"], self.origin.as_of)

    @field
    async def task(self, info: Info) -> Task | None:
        """The task (事项)."""
        return await node_of(info.context, "Task", self.origin.row["task"], self.origin.as_of)

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """By whom (经办人)."""
        return await node_of(info.context, "Officer", self.origin.row["officer"], self.origin.as_of)


@shown
class Task(Node):
    """About a taxpayer, an invoice or a finding."""

    kind: str | None
    title: str | None
    stage: str | None
    priority: str | None
    status: str | None
    opened_at: CivilTime | None
    due_on: date | None
    closed_at: CivilTime | None
    outcome: str | None
    loop: str | None
    risk: str | None
    level: int | None
    template: str | None
    channel: str | None
    attributes: str | None

    @field
    async def state(self, info: Info) -> str:
        """Where it stands by its events (事项状态)."""
        return (await self._standing(info)).state.state

    @field
    async def sequence(self, info: Info) -> int:
        """Place of its last event in its chain, 0 for none: what an action has `seen`."""
        return (await self._standing(info)).state.sequence

    @field
    async def allowed_actions(self, info: Info) -> list[AllowedAction]:
        """What may be done in it now, by whom, and whether by the asker (可办理动作)."""
        return allowed_actions(info.context, await self._standing(info))

    @field
    async def conformance(self, info: Info) -> list[TaskDeviation]:
        """Where its events differ from what its kind allows (流程偏差)."""
        return [deviation(each) for each in (await self._standing(info)).deviations()]

    async def _standing(self, info: Info) -> Standing:
        return await task_standing(info.context, dict(self.origin.row), self.origin.as_of)

    @field
    async def events(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[TaskEvent]:
        """Events in order of time (事项过程)."""
        return await related_nodes(
            self, info, Hop("HAS_EVENT", OUT, "TaskEvent"), Asked(first, after, as_of, order=BY_TIME)
        )

    @field
    async def assignments(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyAssignment]:
        """Officers assigned, dated (经办人)."""
        return await related_links(self, info, Assignment, OUT, Asked(first, after, as_of))

    @field
    async def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyGrid]:
        """Grids that hold or held it (承接网格)."""
        return await related_nodes(self, info, Hop("HELD_BY", OUT, "Grid"), Asked(first, after, as_of))

    @field
    async def taxpayers(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTaxpayer]:
        """Taxpayers that it concerns (涉及纳税人)."""
        return await related_of_type(
            self, info, Hop("CONCERNS", OUT, "Taxpayer"), Asked(first, after, as_of), newest="id"
        )

    @field
    async def invoices(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyInvoice]:
        """Invoices that it concerns (涉及发票)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("CONCERNS", OUT, "Invoice"), asked, newest="issued_at")

    @field
    async def findings(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyFinding]:
        """Findings that it concerns (涉及疑点)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("CONCERNS", OUT, "Finding"), asked, newest="first_on")

    @field
    async def quality_issues(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyQualityIssue]:
        """Issues of data quality that triggered it and are not settled (数据质量问题)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("TRIGGERED", IN, "QualityIssue"), asked, newest="id")

    @field
    async def spawned(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Task]:
        """Tasks that it spawned (派生事项)."""
        return await related_nodes(self, info, Hop("SPAWNED", OUT, "Task"), Asked(first, after, as_of))

    @field
    async def answers(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Task]:
        """Tasks that answer it (反馈)."""
        return await related_nodes(self, info, Hop("ANSWERS", IN, "Task"), Asked(first, after, as_of))
