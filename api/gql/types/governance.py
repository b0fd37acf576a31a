"""What the platform itself records: findings, data quality, batches, rejects, reads."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import strawberry

from api.access.principals import Right
from api.gql.building import Node, shown
from api.gql.connections import OUT, Asked, Connection, related_nodes, related_of_type
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.scalars import Money
from api.gql.types.findings import FindingReason, finding_reason
from api.gql.types.links import LazyInvoice, LazyPerson, LazyTask, LazyTaxpayer
from graph.store.scoping import Hop
from queries.findings.telling import explained
from queries.patterns.catalogue import pattern_named
from queries.quality.handling import handlings


@shown
class Finding(Node):
    """Pattern, anchor and first day identify it."""

    pattern: str | None
    anchor: str | None
    first_on: date | None
    last_on: date | None
    state: str | None
    score: Decimal | None
    severity: str | None
    rule_version: str | None
    snapshot: int | None
    truncated: bool | None
    left_out: int | None
    label: str | None
    tax_recovered: Money | None
    task: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None

    @field
    def why(self, info: Info) -> FindingReason:
        """In words, with every number and what is behind it (疑点说明)."""
        context = info.context
        context.deadline.remaining()
        pattern = pattern_named(str(self.pattern))
        found = explained(context.store, pattern, self.key, as_of=self.origin.as_of, scope=context.scope)
        return finding_reason(context, found)

    @field
    def rules(self, info: Info) -> str | None:
        """The thresholds that it was found with, JSON; for the rules role (参数)."""
        context = info.context
        context.demand(Right.RULES)
        asked = pa.table({"id": [self.key]})
        rows = context.store.existing("Finding", asked).to_pylist()
        return str(rows[0]["parameters"]) if rows and rows[0]["parameters"] else None

    @field
    async def people(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyPerson]:
        """People involved (涉及人员)."""
        return await related_of_type(
            self, info, Hop("INVOLVES", OUT, "Person"), Asked(first, after, as_of), newest="id"
        )

    @field
    async def members(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTaxpayer]:
        """Taxpayers involved (涉及成员)."""
        return await related_of_type(
            self, info, Hop("INVOLVES", OUT, "Taxpayer"), Asked(first, after, as_of), newest="id"
        )

    @field
    async def evidence(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyInvoice]:
        """Invoices that it rests on (证据)."""
        return await related_nodes(self, info, Hop("EVIDENCE", OUT, "Invoice"), Asked(first, after, as_of))

    @field
    async def tasks(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTask]:
        """Tasks that it triggered (触发事项)."""
        return await related_nodes(self, info, Hop("TRIGGERED", OUT, "Task"), Asked(first, after, as_of))


@shown
class QualityIssue(Node):
    """Something wrong with the data. What became of it is told by its tasks; settled, it is there as known before."""

    rule: str | None
    subject_type: str | None
    subject: str | None
    columns: str | None
    what: str | None

    @field
    async def status(self, info: Info) -> str | None:
        """What became of it, by its tasks: open, pushed, handled, reviewed (处理状态)."""
        context, as_of = info.context, self.origin.as_of

        def told(keys: list[str]) -> list[str | None]:
            states = {str(each.issue["id"]): each.state for each in handlings(context.store, keys, as_of=as_of)}
            return [states.get(key) for key in keys]

        return await context.loaders.derived(("handling", as_of), self.key, told)

    @field
    async def tasks(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTask]:
        """Tasks that it triggered (触发事项)."""
        return await related_nodes(self, info, Hop("TRIGGERED", OUT, "Task"), Asked(first, after, as_of))


@shown
class Reject(Node):
    """A row that was refused; its content stays in the store."""

    file: str | None
    table: str | None
    row: int | None
    rule: str | None
    column: str | None
    what: str | None
    record: str | None
    refused_row: str | None
    status: str | None
    answered_by: str | None


@shown
class AccessEvent(Node):
    """One read; shown to internal control only."""

    at: datetime | None
    principal: str | None
    officer: str | None
    operation: str | None
    subjects: str | None
    rows: int | None
    task: str | None
    scope: str | None


@strawberry.type(description="How many rows of one type a batch brought.")
class TypeCount:
    """One entry of a batch's account."""

    type: str
    count: int


@shown
class Batch(Node):
    """An entry of the ledger."""

    source: str | None
    digest: str | None
    state: str | None
    read: int | None
    accepted: int | None
    rejected: int | None
    known: int | None
    started_at: datetime | None
    committed_at: datetime | None
    who: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    resolved_by: str | None
    number: int = strawberry.field(description="Place in the ledger. 序号")
    resubmits: str | None = strawberry.field(description="Batch whose rejects it brought back corrected. 重报批次")
    files: list[str] = strawberry.field(description="File names, in order. 文件")
    by_type: list[TypeCount] = strawberry.field(description="Accepted rows by type. 按类型")
