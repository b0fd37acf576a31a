"""Taxpayers, their registrations and the people behind them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from api.gql.building import Node, class_of, shown
from api.gql.connections import (
    IN,
    OUT,
    Asked,
    Connection,
    far_node,
    node_of,
    one_related,
    related_links,
    related_nodes,
    related_of_type,
)
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.inputs import InvoiceFilter, InvoiceOrder, TaskFilter, TaskOrder, filters, orders
from api.gql.loading import Related
from api.gql.scalars import millionths
from api.gql.selecting import node_columns
from api.gql.types.facts import CreditGrade, Filing, InputTransferOut, QuotaGrant, RiskLevel, TaxPayment
from api.gql.types.identity import MatchReason, match_reason
from api.gql.types.links import (
    LazyBureau,
    LazyDeduction,
    LazyFinding,
    LazyGridPlace,
    LazyInvoice,
    LazyRoleHolding,
    LazyShareholding,
    LazyTask,
    LazyTaxpayer,
)
from api.gql.types.relations import Deduction, FourOfficer, GridPlace, Shareholding, role_holdings
from graph.store.questions import Order
from graph.store.scoping import Hop


@shown
class Registration(Node):
    """One record of a source's register."""

    source: str | None
    source_id: str | None
    tax_number: str | None
    uscc: str | None
    name: str | None
    kind: str | None
    status: str | None
    vat_status: str | None
    industry: str | None
    region: str | None
    bureau: str | None
    legal_representative: str | None
    address: str | None
    registered_on: date | None
    cancelled_on: date | None
    country: str | None
    postcode: str | None

    @field
    async def taxpayer(self, info: Info, *, as_of: AsOfInput | None = None) -> LazyTaxpayer | None:
        """The taxpayer that this is a registration of."""
        return await far_node(self, info, Hop("REGISTERS", OUT, "Taxpayer"), as_of)

    @field
    async def matched_by(self, info: Info) -> str | None:
        """By which rule it belongs to its taxpayer: own number, serial and numbers, evidence, decision (归并规则)."""
        row, _ = await one_related(self, info, "REGISTERS", OUT)
        return row["rule"] if row else None

    @field
    async def score(self, info: Info) -> Decimal | None:
        """How sure that is: 1 is certain (归并得分)."""
        row, _ = await one_related(self, info, "REGISTERS", OUT)
        return millionths(row["score"]) if row else None

    @field
    async def why(self, info: Info) -> MatchReason | None:
        """Why it belongs to its taxpayer, in words, and what ties it to others (归属理由)."""
        row, clocks = await one_related(self, info, "REGISTERS", OUT)
        if row is None or row["rule"] is None:
            return None
        question = Related("Taxpayer", "REGISTERS", IN, clocks, columns=())
        others = await info.context.loaders.related(question, row["to_id"])
        keys = sorted({each["from_id"] for each in others.rows} - {self.key})
        return match_reason(self.key, row["rule"], row["score"], tuple(keys))


@shown
class RegistrationChange(Node):
    """One change of one item."""

    registration: str | None
    item: str | None
    old_value: str | None
    new_value: str | None
    changed_on: date | None

    @field
    async def taxpayer(self, info: Info, *, as_of: AsOfInput | None = None) -> LazyTaxpayer | None:
        """The taxpayer that changed."""
        return await far_node(self, info, Hop("CHANGED", OUT, "Taxpayer"), as_of)


@shown
class Person(Node):
    """A natural person."""

    name: str | None
    masked_number: str | None
    birth_year: int | None
    region: str | None

    @field
    async def roles(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        role: list[FourOfficer] | None = None,
    ) -> Connection[LazyRoleHolding]:
        """Roles that the person holds in firms (四员任职)."""
        return await role_holdings(self, info, OUT, Asked(first, after, as_of), role)

    @field
    async def shares(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyShareholding]:
        """Shares that the person holds (持股)."""
        return await related_links(self, info, Shareholding, OUT, Asked(first, after, as_of))


@shown
class Taxpayer(Node):
    """The unique subject of tax."""

    tax_number: str | None
    name: str | None
    kind: str | None
    status: str | None
    vat_status: str | None
    industry: str | None
    region: str | None
    bureau: str | None
    registered_on: date | None
    stub: bool | None

    @field
    async def authority(self, info: Info) -> LazyBureau | None:
        """The bureau in charge (主管税务机关)."""
        columns = node_columns(info, class_of("Bureau"))
        return await node_of(info.context, "Bureau", self.bureau, self.origin.as_of, columns)

    @field
    async def registrations(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Registration]:
        """Registrations that this taxpayer is made of (登记)."""
        return await related_nodes(self, info, Hop("REGISTERS", IN, "Registration"), Asked(first, after, as_of))

    @field
    async def changes(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[RegistrationChange]:
        """Changes of registered items, newest first (变更)."""
        asked = Asked(first, after, as_of, order=(Order("far.changed_on", descending=True),))
        return await related_nodes(self, info, Hop("CHANGED", IN, "RegistrationChange"), asked)

    @field
    async def officers(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        role: list[FourOfficer] | None = None,
    ) -> Connection[LazyRoleHolding]:
        """The four officers, dated (四员)."""
        return await role_holdings(self, info, IN, Asked(first, after, as_of), role)

    @field
    async def shareholders(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyShareholding]:
        """Who holds shares of this firm (股东)."""
        return await related_links(self, info, Shareholding, IN, Asked(first, after, as_of))

    @field
    async def shares(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyShareholding]:
        """Shares that this firm holds (对外投资)."""
        return await related_links(self, info, Shareholding, OUT, Asked(first, after, as_of))

    @field
    async def sales(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: InvoiceFilter | None = None,
        order: InvoiceOrder | None = None,
    ) -> Connection[LazyInvoice]:
        """Invoices sold (销项发票)."""
        asked = Asked(first, after, as_of, filters(where, far=True), orders(order, far=True))
        return await related_nodes(self, info, Hop("SOLD", OUT, "Invoice"), asked)

    @field
    async def purchases(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: InvoiceFilter | None = None,
        order: InvoiceOrder | None = None,
    ) -> Connection[LazyInvoice]:
        """Invoices bought (进项发票)."""
        asked = Asked(first, after, as_of, filters(where, far=True), orders(order, far=True))
        return await related_nodes(self, info, Hop("BOUGHT_BY", IN, "Invoice"), asked)

    @field
    async def deductions(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyDeduction]:
        """Input tax claimed (抵扣勾选)."""
        asked = Asked(first, after, as_of, order=(Order("claimed_on", descending=True),))
        return await related_links(self, info, Deduction, OUT, asked, attributes=("currency",))

    @field
    async def filings(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Filing]:
        """Tax filings, newest first (申报)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "Filing"), asked, newest="filed_on")

    @field
    async def payments(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[TaxPayment]:
        """Payments of tax, newest first (税款缴纳)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "TaxPayment"), asked, newest="paid_on")

    @field
    async def transfers_out(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[InputTransferOut]:
        """Input tax transferred out, newest first (进项税额转出)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "InputTransferOut"), asked, newest="booked_on")

    @field
    async def quota_grants(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[QuotaGrant]:
        """Invoice quotas, newest first (票种核定)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "QuotaGrant"), asked, newest="granted_on")

    @field
    async def risk_levels(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[RiskLevel]:
        """Risk levels, newest first (风险等级)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "RiskLevel"), asked, newest="rated_on")

    @field
    async def credit_grades(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[CreditGrade]:
        """Credit grades, newest first (纳税信用等级)."""
        asked = Asked(first, after, as_of)
        return await related_of_type(self, info, Hop("ABOUT", IN, "CreditGrade"), asked, newest="graded_on")

    @field
    async def grids(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyGridPlace]:
        """Grids that manage the taxpayer, dated (所属网格)."""
        return await related_links(self, info, GridPlace, OUT, Asked(first, after, as_of))

    @field
    async def tasks(
        self,
        info: Info,
        *,
        first: int = 20,
        after: str | None = None,
        as_of: AsOfInput | None = None,
        where: TaskFilter | None = None,
        order: TaskOrder | None = None,
    ) -> Connection[LazyTask]:
        """Tasks about the taxpayer (事项)."""
        asked = Asked(first, after, as_of, filters(where, far=True), orders(order, far=True))
        return await related_nodes(self, info, Hop("CONCERNS", IN, "Task"), asked)

    @field
    async def findings(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyFinding]:
        """Findings that involve the taxpayer (疑点)."""
        return await related_nodes(self, info, Hop("INVOLVES", IN, "Finding"), Asked(first, after, as_of))
