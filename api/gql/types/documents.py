"""Invoices, their lines and the commodities on them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from api.gql.building import Link, Node, shown
from api.gql.connections import (
    IN,
    OUT,
    Asked,
    Connection,
    node_of,
    one_related,
    related_links,
    related_nodes,
)
from api.gql.context import AsOfInput, Info
from api.gql.fields import field
from api.gql.scalars import CivilTime, Money
from api.gql.types.links import LazyInvoice, LazyTask
from api.gql.types.relations import Counterparty, Deduction, counterparty
from graph.store.questions import Order
from graph.store.scoping import Hop


@shown
class Commodity(Node):
    """A kind of goods or service."""

    name: str | None


@shown
class InvoiceLine(Link):
    """One line of an invoice."""

    relationship: ClassVar[str] = "LISTS"
    line: int | None
    name: str | None
    specification: str | None
    unit: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Money | None
    rate: Decimal | None
    tax: Money | None

    @field
    async def commodity(self, info: Info) -> Commodity | None:
        """What is sold (商品)."""
        return await node_of(info.context, "Commodity", self.origin.row["to_id"], self.origin.as_of)


@shown
class Reversal(Link):
    """A red invoice and the blue one that it reverses."""

    relationship: ClassVar[str] = "REVERSES"
    basis: str | None
    confidence: Decimal | None

    @field
    def red_key(self) -> str:
        """Key of the red invoice."""
        return str(self.origin.row["from_id"])

    @field
    def blue_key(self) -> str:
        """Key of the blue invoice; it need not have been loaded."""
        return str(self.origin.row["to_id"])

    @field
    async def red(self, info: Info) -> LazyInvoice | None:
        """The red invoice."""
        return await node_of(info.context, "Invoice", self.origin.row["from_id"], self.origin.as_of)

    @field
    async def blue(self, info: Info) -> LazyInvoice | None:
        """The blue invoice."""
        return await node_of(info.context, "Invoice", self.origin.row["to_id"], self.origin.as_of)


@shown
class Invoice(Node):
    """Seller, buyer and issuer are three roles."""

    code: str | None
    number: str | None
    kind: str | None
    issued_at: CivilTime
    issued_precision: str | None
    net: Money
    tax: Money
    total: Money | None
    currency: str
    status: str | None
    red: bool | None
    blue_code: str | None
    blue_number: str | None
    business_kind: str | None
    risk_level: str | None
    channel: str | None
    issuer_name: str | None
    remark: str | None

    @field
    async def seller(self, info: Info, *, as_of: AsOfInput | None = None) -> Counterparty | None:
        """Who sold (销方)."""
        row, clocks = await one_related(self, info, "SOLD", IN, as_of)
        return await counterparty(info.context, row, "from_id", clocks)

    @field
    async def buyer(self, info: Info, *, as_of: AsOfInput | None = None) -> Counterparty | None:
        """Who bought (购方)."""
        row, clocks = await one_related(self, info, "BOUGHT_BY", OUT, as_of)
        return await counterparty(info.context, row, "to_id", clocks)

    @field
    async def issuer(self, info: Info, *, as_of: AsOfInput | None = None) -> Counterparty | None:
        """Who issued, where it is not the seller (开票方)."""
        row, clocks = await one_related(self, info, "ISSUED", IN, as_of)
        return await counterparty(info.context, row, "from_id", clocks)

    @field
    async def seller_name(self, info: Info) -> str | None:
        """Seller's name as written; empty for a seller out of scope (销方名称)."""
        row, _ = await one_related(self, info, "SOLD", IN)
        return row["name"] if row else None

    @field
    async def buyer_name(self, info: Info) -> str | None:
        """Buyer's name as written; empty for a buyer out of scope (购买方名称)."""
        row, _ = await one_related(self, info, "BOUGHT_BY", OUT)
        return row["name"] if row else None

    @field
    async def lines(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[InvoiceLine]:
        """Lines (明细)."""
        asked = Asked(first, after, as_of, order=(Order("line"),))
        return await related_links(self, info, InvoiceLine, OUT, asked)

    @field
    async def deductions(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Deduction]:
        """Claims of its input tax (抵扣勾选)."""
        return await related_links(self, info, Deduction, IN, Asked(first, after, as_of))

    @field
    async def reverses(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Reversal]:
        """Blue invoices that this red one reverses (冲红)."""
        return await related_links(self, info, Reversal, OUT, Asked(first, after, as_of))

    @field
    async def reversed_by(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[Reversal]:
        """Red invoices that reverse this blue one (被冲红)."""
        return await related_links(self, info, Reversal, IN, Asked(first, after, as_of))

    @field
    async def tasks(
        self, info: Info, *, first: int = 20, after: str | None = None, as_of: AsOfInput | None = None
    ) -> Connection[LazyTask]:
        """Tasks about the invoice (事项)."""
        return await related_nodes(self, info, Hop("CONCERNS", IN, "Task"), Asked(first, after, as_of))


LINKS: tuple[type[Link], ...] = (InvoiceLine, Reversal)
