"""What the platform itself records: findings, data quality, batches, rejects, reads."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry

from api.gql.building import Node, shown
from api.gql.connections import OUT, Asked, Connection, related_nodes, related_of_type
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.types.links import LazyInvoice, LazyTask, LazyTaxpayer
from graph.store.scoping import Hop


@shown
class Finding(Node):
    """Pattern, anchor and first day identify it."""

    pattern: str | None
    anchor: str | None
    first_on: date | None
    score: Decimal | None
    severity: str | None
    rule_version: str | None
    snapshot: int | None
    truncated: bool | None

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
    """Something wrong with the data."""

    rule: str | None
    subject_type: str | None
    subject: str | None
    columns: str | None
    what: str | None
    status: str | None


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
    number: int = strawberry.field(description="Place in the ledger. 序号")
    resubmits: str | None = strawberry.field(description="Batch whose rejects it brought back corrected. 重报批次")
    files: list[str] = strawberry.field(description="File names, in order. 文件")
    by_type: list[TypeCount] = strawberry.field(description="Accepted rows by type. 按类型")
