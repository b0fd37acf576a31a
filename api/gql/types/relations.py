"""Relationships that have fields of their own: roles, shares, deductions, grid places, postings, assignments."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from api.gql.building import Link, Node, built_link, shown
from api.gql.connections import Asked, Connection, list_page, node_of
from api.gql.context import Info, RequestContext
from api.gql.fields import field
from api.gql.ids import window
from api.gql.loading import Related
from api.gql.scalars import Money
from api.gql.types.links import (
    LazyGrid,
    LazyInvoice,
    LazyOfficer,
    LazyPerson,
    LazyPost,
    LazyTask,
    LazyTaxpayer,
)
from graph.store.questions import AsOf, Direction

if TYPE_CHECKING:
    from api.gql.types.parties import Taxpayer


@strawberry.type(description="A taxpayer outside the scope, named by a document inside it. 范围外纳税人")
class HiddenParty:
    """No name, no number, no degree; nothing can be asked of it."""

    opaque_id: str = strawberry.field(description="Stable within one scope, unlinkable between scopes.")
    province: str | None = strawberry.field(description="Two-digit region.")


Counterparty = Annotated[
    LazyTaxpayer | HiddenParty,
    strawberry.union("Counterparty", description="A taxpayer of a document, or what may be shown of it. 交易方"),
]
Holder = Annotated[
    LazyPerson | LazyTaxpayer, strawberry.union("Holder", description="Who holds: a person or a taxpayer. 持有人")
]


@strawberry.enum(description="The four officers of a firm. 四员")
class FourOfficer(Enum):
    """Values are the relationship types."""

    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE_OF"
    FINANCE_OFFICER = "FINANCE_OFFICER_OF"
    TAX_HANDLER = "TAX_HANDLER_OF"
    INVOICE_COLLECTOR = "INVOICE_COLLECTOR_OF"


@shown
class RoleHolding(Link):
    """A person in one of the four roles of a firm."""

    relationship: ClassVar[str] = FourOfficer.LEGAL_REPRESENTATIVE.value  # all four have the same properties
    role: FourOfficer = strawberry.field(description="Which of the four roles. 角色")
    valid_from: date | None
    valid_to: date | None

    @field
    async def person(self, info: Info) -> LazyPerson | None:
        """Who holds the role."""
        return await node_of(info.context, "Person", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def taxpayer(self, info: Info) -> LazyTaxpayer | None:
        """In which firm."""
        return await node_of(info.context, "Taxpayer", self.origin.row["to_id"], self.origin.as_of)


async def role_holdings(
    parent: Node, info: Info, direction: Direction, asked: Asked, roles: list[FourOfficer] | None
) -> Connection[Any]:
    """The role holdings at a person (OUT) or a firm (IN), by role, then by the order of the store."""
    as_of = info.context.clocks(parent.origin.as_of, asked.as_of, window(asked.first, asked.after))
    wanted = [role for role in FourOfficer if roles is None or role in roles]
    found = await asyncio.gather(*(_of_role(parent, info.context, role, direction, as_of) for role in wanted))
    return list_page([holding for holdings in found for holding in holdings], asked, as_of)


async def _of_role(
    parent: Node, context: RequestContext, role: FourOfficer, direction: Direction, as_of: AsOf
) -> list[RoleHolding]:
    question = Related(parent.origin.type_name, role.value, direction, as_of)
    found = await context.loaders.related(question, parent.key)
    return [built_link(RoleHolding, row, as_of, role=role) for row in found.rows]


@shown
class Shareholding(Link):
    """A share of a firm."""

    relationship: ClassVar[str] = "HOLDS_SHARE"
    ratio: Decimal | None
    ratio_min: Decimal | None
    ratio_max: Decimal | None
    direct: bool | None
    valid_from: date | None
    valid_to: date | None

    @field
    async def holder(self, info: Info) -> Holder | None:
        """Who holds the share."""
        row = self.origin.row
        return await node_of(info.context, row["from_type"], row["from_id"], self.origin.as_of)

    @field
    async def taxpayer(self, info: Info) -> LazyTaxpayer | None:
        """Of which firm."""
        return await node_of(info.context, "Taxpayer", self.origin.row["to_id"], self.origin.as_of)


@shown
class Deduction(Link):
    """A dated claim of input tax."""

    relationship: ClassVar[str] = "DEDUCTED"
    period: date | None
    claimed_on: date | None
    effective_tax: Money | None
    kind: str | None

    @field
    async def taxpayer(self, info: Info) -> Counterparty | None:
        """Who claimed it."""
        return await counterparty(info.context, self.origin.row, "from_id", self.origin.as_of)

    @field
    async def invoice(self, info: Info) -> LazyInvoice | None:
        """Of which invoice."""
        return await node_of(info.context, "Invoice", self.origin.row["to_id"], self.origin.as_of)


@shown
class GridPlace(Link):
    """A taxpayer in a grid."""

    relationship: ClassVar[str] = "IN_GRID"
    role: str | None
    valid_from: date | None
    valid_to: date | None

    @field
    async def taxpayer(self, info: Info) -> LazyTaxpayer | None:
        """The taxpayer managed."""
        return await node_of(info.context, "Taxpayer", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def grid(self, info: Info) -> LazyGrid | None:
        """The grid."""
        return await node_of(info.context, "Grid", self.origin.row["to_id"], self.origin.as_of)


@shown
class GridPosting(Link):
    """An officer in a grid."""

    relationship: ClassVar[str] = "WORKS_IN"
    role: str | None
    valid_from: date | None
    valid_to: date | None

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """The officer."""
        return await node_of(info.context, "Officer", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def grid(self, info: Info) -> LazyGrid | None:
        """The grid."""
        return await node_of(info.context, "Grid", self.origin.row["to_id"], self.origin.as_of)


@shown
class PostHolding(Link):
    """An officer in a post."""

    relationship: ClassVar[str] = "HOLDS_POST"
    valid_from: date | None
    valid_to: date | None

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """The officer."""
        return await node_of(info.context, "Officer", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def post(self, info: Info) -> LazyPost | None:
        """The post."""
        return await node_of(info.context, "Post", self.origin.row["to_id"], self.origin.as_of)


@shown
class Delegation(Link):
    """An officer who acts for another one, in a post or, where none is named, in everything."""

    relationship: ClassVar[str] = "DELEGATES_TO"
    post: str | None
    valid_from: date | None
    valid_to: date | None

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """Who delegates."""
        return await node_of(info.context, "Officer", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def delegate(self, info: Info) -> LazyOfficer | None:
        """Who acts."""
        return await node_of(info.context, "Officer", self.origin.row["to_id"], self.origin.as_of)


@shown
class Assignment(Link):
    """An officer on a task."""

    relationship: ClassVar[str] = "ASSIGNED_TO"
    role: str | None
    valid_from: date | None
    valid_to: date | None

    @field
    async def task(self, info: Info) -> LazyTask | None:
        """The task."""
        return await node_of(info.context, "Task", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def officer(self, info: Info) -> LazyOfficer | None:
        """The officer."""
        return await node_of(info.context, "Officer", self.origin.row["to_id"], self.origin.as_of)


async def counterparty(
    context: RequestContext, row: Mapping[str, Any] | None, end: str, as_of: AsOf
) -> Taxpayer | HiddenParty | None:
    """The taxpayer at an end of a document's relationship; a leaf if the scope does not hold it."""
    if row is None:
        return None
    if row["hidden"]:
        return HiddenParty(opaque_id=row[end], province=row["province"])
    return await node_of(context, "Taxpayer", row[end], as_of)


LINKS: tuple[type[Link], ...] = (
    RoleHolding,
    Shareholding,
    Deduction,
    GridPlace,
    GridPosting,
    PostHolding,
    Delegation,
    Assignment,
)
